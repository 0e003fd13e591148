"""Adverse events: list, first report, one event with its revisions, judgements and clocks."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Conflict, Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import signatures_of
from core.templatetags.vigil import duration
from patients.access import participant_for, participants_for
from patients.queries import definition_for
from safety import actions, queries
from safety.access import event_for, events_for
from safety.forms import (
    CausalityForm,
    DeterminationForm,
    MeetForm,
    ParticipantForm,
    ReceiptForm,
    ReportForm,
    RevisionForm,
    words,
)
from safety.models import AdverseEvent

ON_A_PAGE = 50
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
    "causality": "Relation, investigator",
    "sponsor_causality": "Relation, sponsor",
    "expectedness": "Expectedness",
    "action_taken": "What was done",
    "outcome": "Outcome",
    "narrative": "What happened",
}
FILTERS = {"": "All", "serious": "Serious", "ongoing": "Going on", "open": "Not assessed"}


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def adverse_event_list(request: PageRequest) -> HttpResponse:
    """Lists every event of the viewer's sites, the latest first."""
    events = events_for(request.viewer, Permission.ADVERSE_EVENT_VIEW).order_by("-site_aware_at", "-id")
    everything = [(event, queries.standing(event)) for event in queries.with_clocks(events)]
    wanted = request.GET.get("show", "")
    kept = {name: [row for row in everything if _kept(row[1], name)] for name in FILTERS}
    page = Paginator(kept.get(wanted, everything), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": page.object_list,
        "wanted": wanted,
        "chips": [
            {
                "url": f"?show={name}" if name else "?",
                "label": label,
                "count": len(kept[name]),
                "current": name == wanted,
            }
            for name, label in FILTERS.items()
        ],
        "answers": [
            ("Events", str(len(everything)), ""),
            ("Serious", str(len(kept["serious"])), ""),
            ("Not assessed yet", str(len(kept["open"])), "by the investigator" if kept["open"] else ""),
        ],
        "may_report": request.viewer.may(Permission.ADVERSE_EVENT_REPORT),
    }
    return render(request, "safety/adverse_event_list.html", context)


@requires(Permission.ADVERSE_EVENT_REPORT)
@require_GET
def adverse_event_start(request: PageRequest) -> HttpResponse:
    """Asks whom the report is about and goes on to the form."""
    found = participants_for(request.viewer, Permission.ADVERSE_EVENT_REPORT).filter(protocol_version__isnull=False)
    options = list(found.order_by("screening_number").values_list("public_id", "screening_number"))
    form = ParticipantForm(request.GET or None, options=options)
    if form.is_bound and form.is_valid():
        return redirect("safety:adverse-event-report", form.cleaned_data["participant"])
    context = {
        "form": form,
        "answers": [
            ("What is an event?", "Any change", "welcome or not"),
            ("Who may report?", "Everybody at the site", ""),
            ("What starts a clock?", "One criterion", "of seriousness"),
        ],
    }
    return render(request, "safety/adverse_event_start.html", context, status=422 if form.errors else 200)


@requires(Permission.ADVERSE_EVENT_REPORT)
@require_http_methods(["GET", "POST"])
def adverse_event_report(request: PageRequest, public_id: str) -> HttpResponse:
    """Reports an event; a serious one starts its clocks at once."""
    participant = participant_for(request.viewer, public_id, Permission.ADVERSE_EVENT_REPORT)
    if participant.protocol_version is None:
        messages.error(request, f"Events are collected from consent on; {participant} has not consented yet.")
        return redirect("safety:adverse-event-list")
    definition, zone = definition_for(participant), participant.site.zone
    form = ReportForm(
        request.POST or None,
        definition=definition,
        sessions=queries.sessions_of(participant),
        now=request.now,
        zone=zone,
        initial=_suggested(request),
    )
    if request.method == "POST" and form.is_valid():
        try:
            event = actions.report_adverse_event(
                participant,
                description=form.description(),
                site_aware_at=form.cleaned_data["site_aware_at"],
                submission_id=form.cleaned_data["submission_id"],
                session=form.chosen_session,
                by=request.viewer.person,
                at=request.now,
            )
            _confirm(request, event)
            return redirect("safety:adverse-event-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "form": form,
        "participant": participant,
        "definition_text": definition.adverse_events.definition,
        "answers": [
            ("What counts?", "Any change", "in feeling, behaviour or function"),
            ("If serious", _first_term(definition), "from the site's awareness"),
            ("Reported before", str(participant.adverse_events.count()), f"of {participant}"),
        ],
    }
    return render(request, "safety/adverse_event_report.html", context, status=422 if form.errors else 200)


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def adverse_event_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one event: what is known, its clocks, its judgements, and how it came to be known."""
    return render(request, DETAIL, detail_context(request, public_id))


@requires(Permission.ADVERSE_EVENT_REPORT)
@require_http_methods(["GET", "POST"])
def adverse_event_revise(request: PageRequest, public_id: str) -> HttpResponse:
    """Adds what is newly known as another revision; two people who revise at once see both texts."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_REPORT)
    latest = queries.standing(event)
    definition = definition_for(event.participant)
    form = RevisionForm(
        request.POST or None, definition=definition, now=request.now, zone=event.site.zone, initial=_as_entered(latest)
    )
    context: dict[str, Any] = {"event": event, "participant": event.participant, "latest": latest}
    if request.method == "POST" and form.is_valid():
        try:
            actions.revise_adverse_event(
                event,
                changes=form.values(),
                reason=form.cleaned_data["reason"],
                seen_number=form.cleaned_data["seen_number"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, "The revision is kept; what was known before stays on record.")
            return redirect("safety:adverse-event-detail", event.public_id)
        except Conflict as conflict:
            context |= _both_texts(form, event)
            show_refusal(form, conflict)
        except Refused as refusal:
            show_refusal(form, refusal)
    context |= {
        "form": form,
        "answers": [
            ("What is known", latest.get_severity_display(), "serious" if latest.serious else "not serious"),
            ("Revision", str(latest.number), f"by {latest.recorded_by}"),
            ("What happens to the old one?", "It stays", "nothing is overwritten"),
        ],
    }
    return render(request, "safety/adverse_event_revise.html", context, status=422 if form.errors else 200)


@requires(Permission.ADVERSE_EVENT_ASSESS)
@require_POST
def adverse_event_assess(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the investigator's view of causality, signed."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_ASSESS)
    form = CausalityForm(request.POST, definition=definition_for(event.participant))
    if form.is_valid():
        entered = form.cleaned_data
        try:
            actions.assess_causality(
                event,
                causality=entered["causality"],
                password=entered["password"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, "Causality is assessed and signed.")
            return redirect("safety:adverse-event-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = detail_context(request, public_id, causality_form=form)
    return render(request, DETAIL, context | {"form": form}, status=422)


@requires(Permission.SAFETY_OFFICE)
@require_POST
def adverse_event_receive(request: PageRequest, public_id: str) -> HttpResponse:
    """Records when the sponsor received the event."""
    event = event_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    form = ReceiptForm(request.POST, zone=event.site.trial.sponsor_zone, now=request.now)
    if form.is_valid():
        try:
            actions.receive_at_sponsor(
                event, received_at=form.cleaned_data["received_at"], by=request.viewer.person, at=request.now
            )
            messages.success(request, "The receipt is recorded; deadlines that count from it run now.")
            return redirect("safety:adverse-event-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = detail_context(request, public_id, receipt_form=form)
    return render(request, DETAIL, context | {"form": form}, status=422)


@requires(Permission.SAFETY_OFFICE)
@require_POST
def adverse_event_determine(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the sponsor's determination."""
    event = event_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    definition, zone = definition_for(event.participant), event.site.trial.sponsor_zone
    form = DeterminationForm(request.POST, definition=definition, zone=zone, now=request.now)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            actions.judge_expectedness(
                event,
                expectedness=entered["expectedness"],
                sponsor_causality=entered["sponsor_causality"],
                determined_at=entered["determined_at"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, "The determination is recorded.")
            return redirect("safety:adverse-event-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = detail_context(request, public_id, determination_form=form)
    return render(request, DETAIL, context | {"form": form}, status=422)


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
            (label, queries.shown(latest, name)) for name, label in LABELS.items() if queries.shown(latest, name)
        ],
        "cards": cards,
        "history": queries.differences(revisions, LABELS),
        "signatures": signatures_of(first_signed[0]) if first_signed else [],
        "suggestions": queries.grade_suggestions(event),
        "sponsor_zone": event.site.trial.sponsor_zone,
        "may_revise": request.viewer.may(Permission.ADVERSE_EVENT_REPORT, site_id=event.site_id),
        "answers": _answers(latest, cards),
    }
    return context | _judging(request, event, definition, revisions, given) | _meeting(request, event, cards, given)


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
            forms["determination_form"] = DeterminationForm(definition=definition, zone=zone, now=now)
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
        ("Relation, investigator", words(latest.causality) if latest.causality else "Open", ""),
    ]


def _first_term(definition: Any) -> str:
    hours = [clock.hours for clock in definition.clocks if clock.hours is not None]
    return f"{min(hours)} hours" if hours else "At once"


def _kept(revision: Any, name: str) -> bool:
    kept = {"serious": revision.serious, "ongoing": revision.ongoing, "open": not revision.causality}
    return bool(kept.get(name, True))


def _suggested(request: PageRequest) -> dict[str, Any]:
    initial: dict[str, Any] = {"site_aware_at": request.now, "outcome": "unknown", "event_group": "none"}
    if request.GET.get("session"):
        initial["session"] = request.GET["session"]
    if request.GET.get("term"):
        initial["term"] = request.GET["term"][:200]
    return initial


def _confirm(request: PageRequest, event: AdverseEvent) -> None:
    clocks = event.clocks.order_by("due_at")
    first = clocks.first()
    if first is None:
        messages.success(request, f"{event} of {event.participant} is reported.")
        return
    left = duration(first.due_at - request.now)
    messages.success(
        request,
        f"{event} of {event.participant} is reported as serious. {queries.clock_label(first.rule)}: {left} left.",
    )


def _as_entered(latest: Any) -> dict[str, Any]:
    names = (
        "term", "started_on", "severity", "valence", "seriousness", "event_group", "action_taken", "ended_on",
        "outcome", "ctcae_grade", "narrative",
    )  # fmt: skip
    values = {name: getattr(latest, name) for name in names}
    return values | {"ongoing": "yes" if latest.ongoing else "no", "seen_number": latest.number}


def _both_texts(form: RevisionForm, event: AdverseEvent) -> dict[str, Any]:
    theirs = queries.revisions_of(event)[0]
    yours = form.values()
    rows = [(LABELS[name], queries.shown(theirs, name), _typed(yours[name])) for name in LABELS if name in yours]
    # Saving again is a decision made in the sight of both texts.
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["seen_number"] = str(theirs.number)  # type: ignore[index]
    return {"conflict_rows": rows, "theirs": theirs}


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, tuple):
        return ", ".join(item.replace("_", " ") for item in value)
    return "" if value is None else str(value)
