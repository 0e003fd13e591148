"""The time after treatment: who must be reached, how somebody is found, and what happened in between."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from integration import actions, durability
from integration.access import intercurrent_for
from integration.forms_after import AttemptForm, IntercurrentForm, WithdrawForm
from integration.queries import PHONE, UPCOMING, window_of
from patients.access import participant_for, visit_for
from patients.queries import definition_for

if TYPE_CHECKING:
    from patients.models import Participant, Visit


@requires(Permission.CONTACT_RECORD)
@require_GET
def follow_up_list(request: PageRequest) -> HttpResponse:
    """Shows the visits after treatment that wait, with how often somebody tried and what is proposed next."""
    rows = durability.follow_up_rows(request.viewer, today=local_date(request.now, zone=request.viewer.person.zone))
    due = [row for row in rows if row.proposed and row.proposed.due_at <= request.now]
    context = {
        "rows": rows,
        "answers": [
            ("Who waits?", len(rows) or "Nobody", "visits after treatment"),
            ("Who is not reached?", sum(row.tried > 0 for row in rows) or "Nobody", "somebody has tried"),
            ("What is proposed?", len(due) or "Nothing", "steps to find somebody"),
        ],
    }
    return render(request, "integration/follow_up_list.html", context)


@requires(Permission.CONTACT_RECORD)
@require_http_methods(["GET", "POST"])
def tracing_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes down an attempt to reach somebody about a visit, and shows the step that is proposed."""
    visit = visit_for(request.viewer, public_id, Permission.CONTACT_RECORD)
    if visit.kind == PHONE:
        raise Http404
    waits = visit.state in UPCOMING
    proposed = durability.next_step(visit) if waits else None
    may_step = proposed is not None and proposed.due_at <= request.now
    form = AttemptForm(request.POST or None, proposed=proposed.step if proposed and may_step else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_attempt(visit, **form.said, by=request.viewer.person, at=request.now)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Attempt recorded.")
            return redirect("integration:tracing-detail", public_id)
    context = _tracing(visit) | {"form": form if waits else None, "proposed": proposed, "may_step": may_step}
    return render(request, "integration/tracing_detail.html", context, status=422 if form.errors else 200)


@requires(Permission.CONTACT_RECORD)
@require_http_methods(["GET", "POST"])
def intercurrent_list(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what may change how outcomes are read, and takes down another event."""
    participant = participant_for(request.viewer, public_id, Permission.CONTACT_RECORD)
    rules = definition_for(participant).durability
    today = local_date(request.now, zone=participant.site.zone)
    form = IntercurrentForm(request.POST or None, kinds=rules.kinds, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_intercurrent(
                participant, happened=form.happened, submission_id=form.cleaned_data["submission_id"],
                by=request.viewer.person, at=request.now,
            )  # fmt: skip
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Recorded.")
            return redirect("integration:intercurrent-list", public_id)
    return _events_page(request, participant, form=form, status=422 if form.errors else 200)


@requires(Permission.CONTACT_RECORD)
@require_http_methods(["GET", "POST"])
def intercurrent_change(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes back an event that was recorded by mistake; it stays on record."""
    event = intercurrent_for(request.viewer, public_id, Permission.CONTACT_RECORD)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_intercurrent(
                event, happened=None, **form.cleaned_data, by=request.viewer.person, at=request.now
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Taken back.")
            return redirect("integration:intercurrent-list", event.participant.public_id)
    context = {"event": event, "participant": event.participant, "form": form, "kind": _kind(event)}
    return render(request, "integration/intercurrent_change.html", context, status=422 if form.errors else 200)


def _kind(event: Any) -> Any:
    return definition_for(event.participant).durability.kind(event.kind)


def _tracing(visit: "Visit") -> dict[str, Any]:
    rules, attempts = definition_for(visit.participant).durability, durability.attempts_about(visit)
    names = {step.code: step.name for step in rules.steps}
    reached = next((attempt for attempt in attempts if attempt.reached), None)
    return {
        "visit": visit,
        "participant": visit.participant,
        "rules": rules,
        "window": window_of(visit),
        "attempts": [(attempt, names.get(attempt.step, "")) for attempt in attempts],
        "answers": [
            ("How often did somebody try?", len(attempts), f"steps begin after {rules.after_attempts} in vain"),
            ("Was somebody reached?", "Yes" if reached else "Not yet", reached.agreed if reached else ""),
            ("Where does the visit stand?", visit.get_state_display(), visit.missed_reason),
        ],
    }


def _events_page(
    request: PageRequest, participant: "Participant", *, form: IntercurrentForm, status: int
) -> HttpResponse:
    rules, found = definition_for(participant).durability, list(durability.events_of(participant))
    kinds = {kind.code: kind for kind in rules.kinds}
    changed = {event.kind for event in found}
    context = {
        "participant": participant,
        "events": [(event, kinds.get(event.kind)) for event in found],
        "form": form,
        "answers": [
            ("What happened in between?", len(found) or "Nothing", "events that stand"),
            ("Of which kinds?", len(changed) or "None", f"of {len(rules.kinds)} that the protocol names"),
            ("Who decides what it means?", "The estimand", "the strategy stands beside each kind"),
        ],
    }
    return render(request, "integration/intercurrent_list.html", context, status=status)
