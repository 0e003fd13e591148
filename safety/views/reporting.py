"""Adverse events: the first report, with what it was told in, and revisions of what is known."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Conflict, Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import duration
from patients.access import participant_for, participants_for
from patients.queries import definition_for
from safety import actions, queries
from safety.access import event_for
from safety.forms import ParticipantForm, ReportForm, RevisionForm
from safety.models import AdverseEvent
from safety.views.events import LABELS

if TYPE_CHECKING:
    from patients.models import Participant


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
    definition = definition_for(participant)
    form = _report_form(request, participant)
    if request.method == "POST" and form.is_valid():
        try:
            event = actions.report_adverse_event(
                participant,
                description=form.description(),
                site_aware_at=form.cleaned_data["site_aware_at"],
                submission_id=form.cleaned_data["submission_id"],
                session=form.chosen_session,
                awareness=form.cleaned_data["awareness"],
                source=(form.told_in.kind, form.told_in.public_id) if form.told_in else ("", ""),
                by=request.viewer.person,
                at=request.now,
            )
            if form.told_in and form.told_in.mention:
                actions.report_mention(form.told_in.mention, event=event, by=request.viewer.person, at=request.now)
            _confirm(request, event)
            return redirect("safety:adverse-event-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "form": form,
        "participant": participant,
        "definition_text": definition.adverse_events.definition,
        "told_in": form.told_in,
        "suggestions": queries.grade_suggestions(
            participant, session=form.told_in.session if form.told_in else None, at=request.now
        ),
        "answers": [
            ("What counts?", "Any change", "in feeling, behaviour or function"),
            ("If serious", _first_term(definition), "from the site's awareness"),
            ("Reported before", str(participant.adverse_events.count()), f"of {participant}"),
        ],
    }
    return render(request, "safety/adverse_event_report.html", context, status=422 if form.errors else 200)


@requires(Permission.ADVERSE_EVENT_REPORT)
@require_http_methods(["GET", "POST"])
def adverse_event_revise(request: PageRequest, public_id: str) -> HttpResponse:
    """Adds what is newly known as another revision; two people who revise at once see both texts."""
    event = event_for(request.viewer, public_id, Permission.ADVERSE_EVENT_REPORT)
    latest = queries.standing(event)
    definition = definition_for(event.participant)
    form = RevisionForm(
        request.POST or None,
        definition=definition,
        medicines=queries.medicines_of(event.participant),
        now=request.now,
        zone=event.site.zone,
        initial=_as_entered(latest),
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


def _first_term(definition: Any) -> str:
    hours = [clock.hours for clock in definition.clocks if clock.hours is not None]
    return f"{min(hours)} hours" if hours else "At once"


def _report_form(request: PageRequest, participant: "Participant") -> ReportForm:
    told_in = queries.source_of(participant, request.POST.get("source", "") or request.GET.get("from", ""))
    return ReportForm(
        request.POST or None,
        definition=definition_for(participant),
        medicines=queries.medicines_of(participant),
        sessions=queries.sessions_of(participant),
        source=told_in,
        now=request.now,
        zone=participant.site.zone,
        initial=_suggested(request, told_in, zone=participant.site.zone),
    )


def _suggested(request: PageRequest, told_in: queries.Source | None, *, zone: str) -> dict[str, Any]:
    """Returns what the form begins with: what the entry says in which the event was told, and nothing beyond."""
    initial: dict[str, Any] = {"site_aware_at": request.now, "outcome": "unknown", "event_group": "none"}
    if request.GET.get("session"):
        initial["session"] = request.GET["session"]
    if told_in is None:
        return initial
    initial |= {"source": told_in.key, "term": told_in.term, "started_on": queries.told_on(told_in, zone=zone)}
    initial |= {"valence": told_in.valence, "severity": told_in.severity}
    if told_in.words != told_in.term:
        initial["narrative"] = told_in.words
    if told_in.session is not None:
        initial["session"] = told_in.session.public_id
    return initial


def _confirm(request: PageRequest, event: AdverseEvent) -> None:
    clocks = event.clocks.order_by("due_at", "id")
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
        "outcome", "ctcae_grade", "narrative", "abuse_related", "drug_action", "treated_with",
    )  # fmt: skip
    values = {name: getattr(latest, name) for name in names}
    return values | {"ongoing": "yes" if latest.ongoing else "no", "seen_number": latest.number}


def _both_texts(form: RevisionForm, event: AdverseEvent) -> dict[str, Any]:
    theirs = queries.revisions_of(event)[0]
    typed = {name: list(value) if isinstance(value, tuple) else value for name, value in form.values().items()}
    # Never saved: what was typed reads in the same words as what is saved, so that only what differs stands out.
    yours = type(theirs)(**{name: value for name, value in typed.items() if name in LABELS})
    rows = [(LABELS[name], queries.shown(theirs, name), queries.shown(yours, name)) for name in LABELS if name in typed]
    # Saving again is a decision made in the sight of both texts.
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["seen_number"] = str(theirs.number)  # type: ignore[index]
    return {"conflict_rows": rows, "theirs": theirs}
