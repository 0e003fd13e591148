"""The pages that look across rooms: worklist, matrix, timeline, move, search."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods

from core.addresses import address_of
from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.worklist import BEGIN_WITH
from overview.forms import MoveForm
from overview.history import history_page
from overview.matrix import Person, columns_of, epochs_of, matrix_of, people_of
from overview.panel import panel_of
from overview.search import search as find
from overview.timeline import BESIDE_A_DIALOG, WIDE, draw, moved_lines
from overview.worklist import bands_for
from patients import actions
from patients.access import participant_for, participants_for, visit_for
from patients.completeness import completeness_of
from patients.models import Participant, ParticipantStatus, Visit
from patients.queries import may_contact, visits_of
from sessions.actions import move_chain
from sessions.chain import propose_chain
from trials.queries import current_version, definition_of

PAGE_SIZE = 50
DOSING = "dosing"
S = ParticipantStatus
BEFORE_TREATMENT = (S.SCREENING, S.ENROLLED)
FILTERS = {
    "all": ("Everybody", None),
    "screening": ("In screening", (S.CONTACTED, S.SCREENING, S.ENROLLED)),
    "treatment": ("In treatment", (S.RANDOMISED, S.DISCONTINUED)),
    "left": ("Left or completed", (S.SCREEN_FAILED, S.WITHDRAWN, S.COMPLETED)),
}


@requires(Permission.WORKLIST_VIEW)
@require_GET
def worklist(request: PageRequest) -> HttpResponse:
    """Shows what must be done next, by whom, until when."""
    most = None if request.GET.get("show") == "all" else BEGIN_WITH
    bands = bands_for(request.viewer, at=request.now, most=most)
    now, week, waiting = bands
    context = {
        "bands": [band for band in bands if band.number],
        "today": request.now.date(),
        "answers": [
            ("Overdue or due today", now.number, f"{now.overdue} overdue"),
            ("Breaks this week", week.number, "windows and times that come"),
            ("Waiting on others", waiting.number, "nothing to do but ask"),
        ],
    }
    return render(request, "overview/worklist.html", context)


@requires(Permission.PARTICIPANT_VIEW)
@require_GET
def matrix(request: PageRequest) -> HttpResponse:
    """Shows who is where in the trial: participants by visits, and beside them the visit that was chosen."""
    opened = request.GET.get("visit", "")
    visit = visit_for(request.viewer, opened, Permission.PARTICIPANT_VIEW) if opened else None
    panel = panel_of(visit, at=request.now) if visit else None
    if request.headers.get("HX-Target") == "visit_panel":
        return render(request, "overview/_visit_panel.html", {"panel": panel})
    chosen = request.GET.get("show", "all")
    chosen = chosen if chosen in FILTERS else "all"
    found = participants_for(request.viewer, Permission.PARTICIPANT_VIEW)
    statuses = FILTERS[chosen][1]
    if statuses is not None:
        found = found.filter(status__in=statuses)
    page = Paginator(people_of(found).order_by("screening_number", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    version = current_version()
    if version is None:
        return render(request, "overview/matrix.html", {"page": page})
    definition = definition_of(version)
    people = [Person._make(row) for row in page.object_list]
    drawn = matrix_of(people, definition, at=request.now, address=f"?show={chosen}&page={page.number}")
    context = {
        "page": page,
        "panel": panel,
        "chosen": chosen,
        "rows": [(person.code, address_of("overview:timeline", person.public_id), row) for person, row in drawn.rows],
        "columns": columns_of(definition),
        "epochs": epochs_of(definition),
        "chips": [
            {"label": label, "url": f"?show={key}", "current": key == chosen} for key, (label, _) in FILTERS.items()
        ],
        "answers": [
            ("Who is in the trial?", page.paginator.count, FILTERS[chosen][0].lower()),
            ("Who is past a window?", drawn.overdue, "visits without a record"),
            ("What closes soon?", drawn.closing, "windows"),
        ],
    }
    return render(request, "overview/matrix.html", context)


@requires(Permission.PARTICIPANT_VIEW)
@require_GET
def timeline(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows where a person is, which windows are open, and what is to come."""
    participant = participant_for(request.viewer, public_id, Permission.PARTICIPANT_VIEW)
    before = participant.status in BEFORE_TREATMENT
    record = completeness_of([participant], at=request.now).get(participant.pk) if before else None
    return render(request, "overview/timeline.html", _timeline_context(request, participant) | {"record": record})


@requires(Permission.VISIT_MANAGE)
@require_http_methods(["GET", "POST"])
def visit_move(request: PageRequest, public_id: str) -> HttpResponse:
    """Moves a visit: shows first what moves with it, and saves only when that was seen."""
    visit = visit_for(request.viewer, public_id, Permission.VISIT_MANAGE)
    participant = visit.participant
    form = MoveForm(request.POST or None, zone=visit.site.zone, initial={"starts_at": visit.booked_at})
    preview, chain = None, None
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            if request.POST.get("step") == "move":
                _move(request, visit, **entered)
                messages.success(request, f"{visit.name} was moved.")
                return redirect("overview:timeline", participant.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
        preview = actions.preview_move(visit, starts_at=entered["starts_at"])
        if visit.kind == DOSING:
            chain = propose_chain(visit, starts_at=entered["starts_at"], chosen=_slots(request, visit))
    context = _timeline_context(request, participant, width=BESIDE_A_DIALOG) | {
        "visit": visit,
        "form": form,
        "preview": preview,
        "chain": chain,
        "moved": moved_lines(preview.lines) if preview else [],
        "writes": may_contact(participant.pk, channel="email"),
    }
    return render(request, "overview/visit_move.html", context, status=422 if form.errors else 200)


def _move(request: PageRequest, visit: Visit, *, starts_at: datetime, reason: str) -> None:
    """Moves a visit; a dosing session takes along the visits that follow it."""
    said: dict[str, Any] = {"starts_at": starts_at, "reason": reason, "by": request.viewer.person, "at": request.now}
    if visit.kind == DOSING:
        move_chain(visit, slots=_slots(request, visit), **said)
    else:
        actions.move_visit(visit, **said)


def _slots(request: PageRequest, visit: Visit) -> dict[str, datetime | None]:
    """Returns the slots that were chosen on the page, by the visit's code; what is no time counts as none."""
    codes = dict(visit.participant.visits.values_list("public_id", "code"))
    chosen: dict[str, datetime | None] = {}
    for public_id, code in codes.items():
        sent = request.POST.get(f"slot_{public_id}")
        if sent is not None:
            chosen[code] = _moment(sent)
    return chosen


def _moment(sent: str) -> datetime | None:
    try:
        return parse_datetime(sent[:40])
    except ValueError:
        return None


@requires(Permission.AUDIT_VIEW)
@require_GET
def participant_history(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows who changed what in a participant's record, when and why, over every room that the viewer may read."""
    participant = participant_for(request.viewer, public_id, Permission.AUDIT_VIEW)
    only, typed = request.GET.get("of", ""), request.GET.get("upto", "")
    up_to = int(typed) if typed.isdecimal() and len(typed) < 10 else None
    page = history_page(request.viewer, participant, only=only, up_to=up_to)
    newest = page.entries[0] if page.entries else None
    context = {
        "participant": participant,
        "history": page,
        "only": only if only in page.labels else "",
        "up_to": up_to,
        "answers": [
            ("How many changes?", page.total, only if only in page.labels else "in what you may read"),
            ("Who changed last on this page?", newest.actor if newest else "Nobody", newest.reason if newest else ""),
            ("Which tables?", len(page.labels), "choose one below"),
        ],
    }
    return render(request, "overview/participant_history.html", context)


@requires(Permission.PARTICIPANT_VIEW, Permission.KIT_VIEW)
@require_GET
def search(request: PageRequest) -> HttpResponse:
    """Finds records by their codes and numbers, never by a name; one hit opens at once."""
    query = request.GET.get("q", "").strip()[:60]
    hits = find(request.viewer, query)
    if len(hits) == 1:
        return redirect(hits[0].url)
    return render(request, "overview/search.html", {"query": query, "hits": hits})


def _timeline_context(request: PageRequest, participant: Participant, *, width: int = WIDE) -> dict[str, Any]:
    visits = visits_of(participant)
    zone = participant.site.zone
    today = local_date(request.now, zone=zone)
    whole = request.GET.get("zoom") == "all"
    to_come = [visit for visit in visits if visit.state in ("planned", "booked")]
    is_open = [v for v in to_come if v.earliest_on and v.latest_on and v.earliest_on <= today <= v.latest_on]
    late = [v for v in to_come if v.latest_on and v.latest_on < today]
    following = min((v for v in to_come if v.target_on), key=lambda v: (v.booked_at is None, v.target_on), default=None)
    return {
        "participant": participant,
        "visits": visits,
        "drawing": draw(visits, zone=zone, today=today, whole=whole, width=width) if visits else None,
        "whole": whole,
        "today": today,
        "answers": [
            (
                "Where is this person?",
                participant.get_status_display(),
                participant.status_reason or participant.site.name,
            ),
            ("Which windows are open?", len(is_open), f"{len(late)} passed without a record"),
            ("What comes next?", following.code if following else "Nothing", following.name if following else ""),
        ],
    }
