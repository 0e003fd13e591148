"""The site's pages: the status of ratings, and the questionnaires it enters for the participant."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from assessments import actions, queries
from assessments.access import form_for
from assessments.courses import Point, courses_of, outcome_words
from assessments.form_versions import definition_asked
from assessments.forms import AnswersForm
from assessments.instruments import INDEPENDENT, shown_answer
from assessments.models import Assessment, AssessmentState, ItemCorrection
from core.errors import Conflict, Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import content_digest
from patients.access import visit_for

STATES = {"ready": "due", "started": "started", "locked": "locked"}


@requires(Permission.RATING_BOOK)
@require_GET
def assessment_list(request: PageRequest) -> HttpResponse:
    """Shows which ratings have a rater and how far they are, and which questionnaires are to be entered."""
    found = queries.site_assessments(request.viewer, Permission.RATING_BOOK)
    shows_locked = request.GET.get("show") == "locked"
    chosen = found.filter(state="locked") if shows_locked else found.filter(state__in=queries.OPEN)
    chosen = chosen.order_by("visit__booked_at", "visit__target_on", "id")[:400]
    ratings, forms = _ratings_by_visit(chosen), _forms_by_visit(chosen)
    context = {
        "ratings": ratings,
        "forms": forms,
        "chips": _chips(shows_locked),
        "answers": [
            (
                "Without a rater",
                sum(row["rater"] is None for row in ratings) if not shows_locked else 0,
                "pool is drawn by lot",
            ),
            ("Ratings under way" if not shows_locked else "Ratings locked", len(ratings), "status only, never scores"),
            ("Questionnaires", sum(len(row["forms"]) for row in forms), "locked" if shows_locked else "to be entered"),
        ],
    }
    return render(request, "assessments/assessment_list.html", context)


@require_POST
@requires(Permission.RATING_BOOK)
def rater_assign(request: PageRequest, public_id: str) -> HttpResponse:
    """Draws a rater for what the visit has without one."""
    visit = visit_for(request.viewer, public_id, Permission.RATING_BOOK)
    try:
        for instrument in queries.unrated_instruments(visit):
            actions.assign_rater(
                visit.participant, visit=visit, instrument=instrument, by=request.viewer.person, at=request.now
            )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"A rater was drawn for {visit.participant.screening_number}, {visit.name}.")
    return redirect("assessments:assessment-list")


@requires(Permission.VISIT_RECORD)
def form_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes down a questionnaire by item code; complete, it is scored and only corrected with a reason."""
    assessment = form_for(request.viewer, public_id, Permission.VISIT_RECORD)
    if assessment.state == AssessmentState.LOCKED:
        return _show_locked(request, assessment)
    items, checks = queries.worded_items(assessment), queries.checks_for(assessment)
    if request.method != "POST":
        stored = AnswersForm.initial_of(queries.answers_for(assessment))
        form = AnswersForm(items=items, initial=stored | {"seen_digest": content_digest(assessment)})
        return _show_form(request, assessment, form)
    form = AnswersForm(request.POST, items=items, checks=checks)
    if not form.is_valid():
        return _show_form(request, assessment, form, status=422)
    try:
        _keep(request, assessment, form)
    except Conflict:
        return _show_conflict(request, assessment, form)
    except Refused as refusal:
        show_refusal(form, refusal)
        return _show_form(request, assessment, form, status=422)
    return redirect("assessments:form-detail", public_id)


def _keep(request: PageRequest, assessment: Assessment, form: AnswersForm) -> None:
    by, at = request.viewer.person, request.now
    completes = "complete" in request.POST
    if completes:
        reason = form.cleaned_data["missing_reason"]
        actions.enter_and_complete(
            assessment,
            answers=form.answers,
            seen_digest=form.cleaned_data["seen_digest"],
            missing_reason=reason,
            confirmations=form.confirmations,
            by=by,
            at=at,
        )
    else:
        actions.enter_items(
            assessment, answers=form.answers, seen_digest=form.cleaned_data["seen_digest"], by=by, at=at
        )
    messages.success(request, "Complete and scored." if completes else "Answers saved.")


def _show_form(request: PageRequest, assessment: Assessment, form: AnswersForm, *, status: int = 200) -> HttpResponse:
    items, stored = form.asked, queries.answers_for(assessment)
    done = len(items) - len(queries.missing_in(assessment, stored))
    context = {
        "assessment": assessment,
        "form": form,
        "answers": [
            ("Answered", f"{done} of {len(items)}", "saved so far"),
            (
                ("Answers", "As each item says", "")
                if items[0].text
                else ("Answers from", f"{items[0].low} to {items[0].high}", "unless the form says otherwise")
            ),
            ("Visit", assessment.visit.code, assessment.visit.name),
        ],
    }
    return render(request, "assessments/form_detail.html", context, status=status)


def _show_conflict(request: PageRequest, assessment: Assessment, form: AnswersForm) -> HttpResponse:
    theirs = queries.answers_for(assessment)
    rows = [
        (
            f"Item {item.code}",
            shown_answer(item, theirs.get(item.number)),
            shown_answer(item, form.answers[item.number]),
        )
        for item in form.asked
    ]
    # What was typed is kept, and saving again now means that both were seen.
    again = AnswersForm(
        items=form.asked, initial=AnswersForm.initial_of(form.answers) | {"seen_digest": content_digest(assessment)}
    )
    latest = assessment.items.select_related("recorded_by").order_by("-recorded_at").first()
    context: dict[str, Any] = {"assessment": assessment, "form": again, "rows": rows, "latest": latest}
    return render(request, "assessments/form_conflict.html", context, status=409)


def _show_locked(request: PageRequest, assessment: Assessment) -> HttpResponse:
    stored, items = queries.answers_for(assessment), queries.items_for(assessment)
    entered = {row.item: row for row in assessment.items.select_related("recorded_by")}
    corrections = queries.corrections_of(assessment)
    latest: dict[int, ItemCorrection] = {}
    for each in corrections:
        latest.setdefault(each.item, each)
    point = _point_of(assessment)
    scores = queries.standing_scores([assessment]).get(assessment.pk, [])
    main = next((score for score in scores if score.complete), scores[0] if scores else None)
    context = {
        "assessment": assessment,
        "scores": scores,
        "point": point,
        "outcomes": outcome_words(definition_asked(assessment), point),
        "corrections": corrections,
        "rows": [
            {
                "item": item,
                "value": shown_answer(item, stored.get(item.number)),
                "entered": entered.get(item.number),
                "corrected": latest.get(item.number),
            }
            for item in items
        ],
        "answers": [
            (
                "Score",
                main.shown if main and main.complete else "Incomplete" if main else "None",
                main.label.lower() if main else "not scored",
            ),
            ("Answered", f"{len(items) - len(queries.missing_in(assessment, stored))} of {len(items)}", ""),
            ("Visit", assessment.visit.code, assessment.visit.name),
        ],
    }
    return render(request, "assessments/form_locked.html", context)


def _point_of(assessment: Assessment) -> Point | None:
    siblings = queries.course_rows(assessment.participant).filter(
        instrument=assessment.instrument, respondent=assessment.respondent
    )
    course = next(iter(courses_of(siblings)), None)
    return course.at_visit(assessment.visit.code) if course else None


def _ratings_by_visit(found: Any) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for assessment in found:
        if assessment.respondent != INDEPENDENT:
            continue
        row = rows.setdefault(
            assessment.visit_id, {"visit": assessment.visit, "participant": assessment.participant, "states": set()}
        )
        row["states"].add(assessment.state)
        row["rater"] = assessment.rater
    for row in rows.values():
        state = "started" if len(row["states"]) > 1 else next(iter(row["states"]))
        row["state"], row["words"] = STATES[state], AssessmentState(state).label
    return list(rows.values())


def _forms_by_visit(found: Any) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for assessment in found:
        if assessment.respondent == INDEPENDENT:
            continue
        new = {"visit": assessment.visit, "participant": assessment.participant, "forms": []}
        rows.setdefault(assessment.visit_id, new)["forms"].append((STATES[assessment.state], assessment))
    for row in rows.values():
        states = {state for state, _ in row["forms"]}
        row["state"] = states.pop() if len(states) == 1 else "started"
    return list(rows.values())


def _chips(shows_locked: bool) -> list[dict[str, Any]]:
    return [
        {"label": "Open", "url": "?", "current": not shows_locked},
        {"label": "Locked", "url": "?show=locked", "current": shows_locked},
    ]
