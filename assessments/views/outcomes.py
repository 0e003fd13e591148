"""Pictures of the outcome: one participant's course, and how complete the trial is. No arm and no mean of a group."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from assessments import actions, queries
from assessments.completeness import assessed_visits, retention_of, rows_of
from assessments.courses import Course, Point, courses_of, outcome_words, shown_value, signed_value
from assessments.forecast import drawing_of, forecasts_of
from assessments.form_versions import definition_with_forms
from assessments.forms import ReleaseForm
from assessments.outcome_chart import picture_of
from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import participant_for, participants_for, visits_for
from trials.queries import current_version

ON_A_PAGE = 40


@requires(Permission.OUTCOME_VIEW, Permission.RATINGS_RELEASE)
@require_http_methods(["GET", "POST"])
def participant_outcome(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows a participant's course by instrument; whoever may, releases the ratings of raters."""
    viewer = request.viewer
    sees = viewer.may(Permission.OUTCOME_VIEW)
    participant = participant_for(viewer, public_id, Permission.OUTCOME_VIEW if sees else Permission.RATINGS_RELEASE)
    released = queries.release_of(participant)
    may_release = viewer.may(Permission.RATINGS_RELEASE) and released is None
    if request.method == "POST" and not may_release:
        raise Http404
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.release_ratings(participant, by=viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Released. The investigator of the site now sees the ratings.")
            return redirect("assessments:participant-outcome", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    rows = list(queries.open_rows(participant, viewer=viewer, is_released=released is not None))
    definition = definition_with_forms(participant.protocol_version) if participant.protocol_version else None
    courses = courses_of(rows) if sees else []
    visits = list(participant.visits.order_by("order"))
    picture = picture_of(definition, courses, visits, zone=participant.site.zone) if definition else None
    context: dict[str, Any] = {
        "participant": participant,
        "picture": picture,
        "lines": [
            _line(course, point, outcome_words(definition, point) if definition else [])
            for course in courses
            for point in course.points
        ],
        "states": [] if sees else rows,
        "released": released,
        "form": form if may_release else None,
        "answers": _answers(courses, released=released is not None),
    }
    return render(request, "assessments/participant_outcome.html", context, status=422 if form.errors else 200)


@requires(Permission.PARTICIPANT_VIEW)
@require_GET
def completeness(request: PageRequest) -> HttpResponse:
    """Shows participants by assessments, and how many of those who were due were still assessed."""
    version = current_version()
    if version is None:
        raise Http404
    definition = definition_with_forms(version)
    columns = assessed_visits(definition)
    codes = [code for code, _, _ in columns]
    consented = participants_for(request.viewer, Permission.PARTICIPANT_VIEW).filter(protocol_version__isnull=False)
    page = Paginator(consented.order_by("screening_number"), ON_A_PAGE).get_page(request.GET.get("page"))
    people = list(page.object_list)
    today = local_date(request.now, zone=request.viewer.person.zone)
    visits = visits_for(request.viewer, Permission.PARTICIPANT_VIEW).filter(code__in=codes)
    shown = visits.filter(participant__in=people)
    treated = list(visits.filter(participant__randomisation__isnull=False))
    foreseen = forecasts_of(treated, definition=definition, today=today)
    retention = retention_of(treated, definition=definition, today=today)
    rows = rows_of(people, shown, queries.statuses_of(people), codes=codes, today=today)
    states = [cell.state for row in rows for cell in row.cells]
    last = next((step for step in reversed(retention) if step.due), None)
    context = {
        "columns": columns,
        "rows": rows,
        "page": page,
        "retention": retention,
        "curve": curve_of(retention),
        "foreseen": foreseen,
        "forecast": drawing_of(foreseen),
        "answers": [
            ("Overdue", states.count("overdue"), "on this page"),
            ("Incomplete or missed", states.count("query") + states.count("missed"), "each with its reason"),
            (
                "Still assessed",
                f"{last.assessed} of {last.due}" if last else "Nobody due",
                f"at {last.code}, of those randomised" if last else "",
            ),
        ],
    }
    return render(request, "assessments/completeness.html", context)


def curve_of(retention: list[Any]) -> dict[str, Any]:
    """Returns the retention curve as numbers of its drawing: a step for each visit at which somebody was due."""
    width, left, top, bottom = 560, 44, 20, 140
    step = (width - left - 20) / max(len(retention), 1)
    marks = [
        {"x": f"{left + step * (place + 0.5):.1f}", "y": f"{bottom - each.share * (bottom - top):.1f}", "step": each}
        for place, each in enumerate(retention)
        if each.share is not None
    ]
    path = "".join(
        f"{'M' if not place else 'V'}{mark['x'] + ' ' if not place else ''}{mark['y']}"
        f"{'H' + marks[place + 1]['x'] if place + 1 < len(marks) else ''}"
        for place, mark in enumerate(marks)
    )
    labels = [(f"{left + step * (place + 0.5):.1f}", each.code) for place, each in enumerate(retention)]
    scale = [(f"{bottom - share * (bottom - top):.1f}", f"{share:.0%}") for share in (0, 0.5, 1)]
    return {"marks": marks, "path": path, "labels": labels, "scale": scale}


def _line(course: Course, point: Point, outcomes: list[tuple[str, str, str]]) -> dict[str, Any]:
    change = point.change.change
    return {
        "course": course,
        "point": point,
        "outcomes": outcomes,
        "value": "" if point.value is None else shown_value(point.value),
        "change": "" if change is None else signed_value(change),
    }


def _answers(courses: list[Any], *, released: bool) -> list[tuple[str, Any, str]]:
    points = [point for course in courses for point in course.points]
    missing = sum(point.value is None for point in points)
    worse = [c.instrument for c in courses if c.points and c.points[-1].change.reliable == "worsened"]
    return [
        ("Instruments", len(courses), "with the raters' own" if released else "the raters' own are not released"),
        ("Without a value", missing or "None", "each with its reason" if missing else ""),
        ("Reliably worse", ", ".join(worse) or "None", "at the latest assessment"),
    ]
