"""Adverse events: list, first report, one event with its revisions, judgements and clocks."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import signatures_of
from core.templatetags.vigil import duration
from patients.queries import definition_for
from safety import actions, queries
from safety.access import event_for
from safety.forms import (
    CausalityForm,
    DayZeroForm,
    DeterminationForm,
    MeetForm,
    NullifyForm,
    ReceiptForm,
    RefusalForm,
    TakeForm,
    words,
)
from safety.models import AdverseEvent

DETAIL = "safety/adverse_event_detail.html"
LABELS = {
    "term": "What was observed",
    "started_on": "Start",
    "ongoing": "Goes on",
    "ended_on": "End",
    "severity": "Severity",
    "ctcae_grade": "CTCAE grade",
    "valence": "For the participant",
    "seriousness": "Seriousness",
    "event_group": "Group of special interest",
    "abuse_related": "Related to a potential for abuse",
    "causality": "Relation, investigator",
    "sponsor_causality": "Relation, sponsor",
    "expectedness": "Expectedness",
    "expectedness_basis": "Judged by",
    "action_taken": "What was done",
    "drug_action": "Action with the study drug",
    "outcome": "Outcome",
    "narrative": "What happened",
    "nullified": "Counts for nothing",
}
# What is said of an event only where it is so.
MARKS = frozenset({"abuse_related", "nullified"})


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def adverse_event_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one event: what is known, its clocks, its judgements, and how it came to be known."""
    return render(request, DETAIL, detail_context(request, public_id))


@requires(Permission.ADVERSE_EVENT_ASSESS)
@require_POST
def adverse_event_assess(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the investigator's view of causality, signed."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_ASSESS)
    form = CausalityForm(request.POST, definition=definition_for(event.participant))
    return _taken(
        request, event, form, actions.assess_causality, "Causality is assessed and signed.", causality_form=form
    )


@requires(Permission.SAFETY_OFFICE)
@require_POST
def adverse_event_receive(request: PageRequest, public_id: str) -> HttpResponse:
    """Records when the sponsor received the event."""
    event = event_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    form = ReceiptForm(request.POST, zone=event.site.trial.sponsor_zone, now=request.now)
    told = "The receipt is recorded; deadlines that count from it run now."
    return _taken(request, event, form, actions.receive_at_sponsor, told, receipt_form=form)


@requires(Permission.SAFETY_OFFICE)
@require_POST
def adverse_event_determine(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the sponsor's determination."""
    event = event_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    definition, zone = definition_for(event.participant), event.site.trial.sponsor_zone
    found = queries.expectedness_by_reference(event, actions.latest_revision(event))
    form = DeterminationForm(request.POST, definition=definition, by_reference=found, zone=zone, now=request.now)
    return _taken(
        request, event, form, actions.judge_expectedness, "The determination is recorded.", determination_form=form
    )


@requires(Permission.ADVERSE_EVENT_ASSESS)
@require_POST
def day_zero_correct(request: PageRequest, public_id: str) -> HttpResponse:
    """Corrects when the site became aware; every clock is reckoned anew."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_ASSESS)
    form = DayZeroForm(request.POST, zone=event.site.zone, now=request.now)
    told = "Day 0 is corrected. The clocks count from it; those before stay on record."
    return _taken(request, event, form, actions.correct_day_zero, told, day_zero_form=form)


@requires(Permission.ADVERSE_EVENT_ASSESS)
@require_POST
def adverse_event_nullify(request: PageRequest, public_id: str) -> HttpResponse:
    """Keeps that an event was reported by mistake."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_ASSESS)
    form, told = NullifyForm(request.POST), "The event counts for nothing now, and stays on record."
    return _taken(request, event, form, actions.nullify_event, told, nullify_form=form)


@requires(Permission.ADVERSE_EVENT_ASSESS)
@require_POST
def adverse_event_restore(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes a nullification back."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_ASSESS)
    form = NullifyForm(request.POST)
    return _taken(request, event, form, actions.restore_event, "The event counts again.", nullify_form=form)


def _taken(
    request: PageRequest, event: AdverseEvent, form: Any, act: Callable[..., object], told: str, **given: Any
) -> HttpResponse:
    """Does with an event what a form says, and tells so; a refusal stands at its field on the page of the event."""
    if form.is_valid():
        try:
            act(event, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, told)
            return redirect("safety:adverse-event-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = detail_context(request, event.public_id, **given)
    return render(request, DETAIL, context | {"form": form}, status=422)


@requires(Permission.ADVERSE_EVENT_REPORT)
@require_POST
def proposal_take(request: PageRequest, public_id: str, mark: str) -> HttpResponse:
    """Gives the event a mark that its words propose."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_REPORT)
    try:
        actions.take_proposal(event, mark=mark, by=request.viewer.person, at=request.now)
        messages.success(request, f"{event} is marked: {words(mark).lower()}.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("safety:adverse-event-detail", event.public_id)


@requires(Permission.ADVERSE_EVENT_REPORT)
@require_POST
def proposal_refuse(request: PageRequest, public_id: str, mark: str) -> HttpResponse:
    """Keeps that a proposed mark does not fit, and why."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_REPORT)
    form = RefusalForm(request.POST, prefix=mark)
    told = "Kept, with the reason. It is not proposed for this event again."
    refuse = partial(actions.refuse_proposal, mark=mark)
    return _taken(request, event, form, refuse, told, refusal_form=form, refused_mark=mark)


def detail_context(request: PageRequest, public_id: str, **given: Any) -> dict[str, Any]:
    """Returns what the page of one event shows, with a form that came back in place of a fresh one."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_VIEW)
    definition = definition_for(event.participant)
    revisions = queries.revisions_of(event)
    latest = revisions[0]
    cards = [
        queries.card_of(clock, event, at=request.now)
        for clock in event.clocks.select_related("met_by").order_by("due_at", "id")
    ]
    signed = next((revision for revision in revisions if revision.causality), None)
    first_signed = [r for r in revisions if signed is not None and r.causality == signed.causality][-1:]
    context = {
        "event": event,
        "participant": event.participant,
        "latest": latest,
        "facts": [
            (label, queries.shown(latest, name))
            for name, label in LABELS.items()
            if queries.shown(latest, name) and not (name in MARKS and not getattr(latest, name))
        ],
        "cards": cards,
        "history": queries.differences(revisions, LABELS),
        "signatures": signatures_of(first_signed[0]) if first_signed else [],
        "suggestions": queries.grade_suggestions(event.participant, session=event.session, at=event.site_aware_at),
        "told_in": queries.source_of(event.participant, f"{event.source_kind}:{event.source_id}"),
        "dosing_relation": queries.relation_to_doses(event, latest),
        "treatment": queries.treatment_in_words(latest, queries.medicines_of(event.participant))
        if latest.treated_with
        else [],
        "sponsor_zone": event.site.trial.sponsor_zone,
        "may_revise": request.viewer.may(Permission.ADVERSE_EVENT_REPORT, site_id=event.site_id),
        "answers": _answers(latest, cards),
        "may_report_case": bool(latest.seriousness) and request.viewer.may(Permission.SAFETY_OFFICE),
    }
    return (
        context
        | _judging(request, event, definition, revisions, given)
        | _meeting(request, event, cards, given)
        | _proposing(request, event, latest, given)
        | _climbing(request, event, cards, given)
        | _correcting(request, event, latest, given)
    )


def _climbing(request: PageRequest, event: AdverseEvent, cards: list[Any], given: dict[str, Any]) -> dict[str, Any]:
    steps = queries.steps_of(event) if cards else []
    waiting = queries.waits_for_name(steps)
    taking = given.get("taking", "")
    may_take = request.viewer.may(Permission.ALERT_ACKNOWLEDGE, site_id=event.site_id)
    return {
        "steps": steps,
        "take_forms": [
            (card, given["take_form"] if card.clock.public_id == taking else TakeForm(prefix=card.clock.public_id))
            for card in cards
            if may_take and card.clock.pk in waiting and card.clock.met_at is None and not card.clock.superseded_at
        ],
    }


def _correcting(request: PageRequest, event: AdverseEvent, latest: Any, given: dict[str, Any]) -> dict[str, Any]:
    viewer, found = request.viewer, {"aware_at": latest.aware_at or event.site_aware_at}
    if viewer.may(Permission.ADVERSE_EVENT_ASSESS, site_id=event.site_id):
        form = DayZeroForm(zone=event.site.zone, now=request.now, initial=dict(found))
        found["day_zero_form"] = given.get("day_zero_form", form)
        found["nullify_form"] = given.get("nullify_form", NullifyForm())
    return found


def _proposing(request: PageRequest, event: AdverseEvent, latest: Any, given: dict[str, Any]) -> dict[str, Any]:
    if not (latest.proposals and request.viewer.may(Permission.ADVERSE_EVENT_REPORT, site_id=event.site_id)):
        return {}
    refused = given.get("refused_mark", "")
    return {
        "proposals": [
            (mark, words(mark), found, given["refusal_form"] if mark == refused else RefusalForm(prefix=mark))
            for mark, found in queries.proposed(event, latest)
        ]
    }


def _judging(
    request: PageRequest, event: AdverseEvent, definition: Any, revisions: list[Any], given: dict[str, Any]
) -> dict[str, Any]:
    latest, zone, now = revisions[0], event.site.trial.sponsor_zone, request.now
    forms: dict[str, Any] = {}
    if request.viewer.may(Permission.ADVERSE_EVENT_ASSESS, site_id=event.site_id):
        forms["causality_form"] = CausalityForm(definition=definition, initial={"causality": latest.causality})
    if request.viewer.may(Permission.SAFETY_OFFICE, site_id=event.site_id) and latest.serious:
        received = any(revision.reason == actions.SPONSOR_RECEIVED for revision in revisions)
        if not received:
            forms["receipt_form"] = ReceiptForm(zone=zone, now=now)
        elif not latest.expectedness:
            found = None if "determination_form" in given else queries.expectedness_by_reference(event, latest)
            forms["determination_form"] = DeterminationForm(
                definition=definition, by_reference=found, zone=zone, now=now
            )
    return forms | given


def _meeting(request: PageRequest, event: AdverseEvent, cards: list[Any], given: dict[str, Any]) -> dict[str, Any]:
    viewer = request.viewer
    may_meet = viewer.may(Permission.SAFETY_OFFICE) or viewer.may(
        Permission.ADVERSE_EVENT_REPORT, site_id=event.site_id
    )
    running = [card for card in cards if card.clock.met_at is None and card.clock.superseded_at is None]
    if not may_meet or not running:
        return {}
    meeting = given.get("meeting", "")
    return {
        "meet_forms": [
            (
                card,
                given["meet_form"]
                if card.clock.public_id == meeting
                else MeetForm(zone=event.site.zone, now=request.now, prefix=card.clock.public_id),
            )
            for card in running
        ]
    }


def _answers(latest: Any, cards: list[Any]) -> list[tuple[str, str, str]]:
    running = [card for card in cards if card.clock.met_at is None and card.clock.superseded_at is None]
    if running:
        first = running[0]
        left = f"{duration(first.left)} overdue" if first.is_overdue else f"{duration(first.left)} left"
        clock = ("Ends next", left, queries.clock_label(first.clock.rule))
    else:
        clock = ("Ends next", "No clock runs", "")
    criteria = ", ".join(words(code).lower() for code in latest.seriousness)
    return [
        ("Is it serious?", "Yes" if latest.serious else "No", criteria),
        clock,
        ("Relation, investigator", words(latest.causality) if latest.causality else "Not assessed", ""),
    ]
