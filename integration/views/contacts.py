"""The daily contacts after dosing, and the list of everything that integration still waits for."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from integration import actions, queries
from integration.access import contact_day_for
from integration.forms import ContactForm, UnscheduledForm
from integration.models import FollowUpContact
from integration.note_page import risk_answer
from integration.suicidality import risk_items, risk_procedure, risk_procedure_of_contacts
from patients.access import participant_for
from patients.queries import definition_for

if TYPE_CHECKING:
    from patients.models import Visit

# What lies further ahead is not shown: the list is for what comes next.
CONTACT_DAYS_AHEAD, SESSION_DAYS_AHEAD = 1, 7


@requires(Permission.NOTE_VIEW, Permission.CONTACT_RECORD)
@require_GET
def integration_list(request: PageRequest) -> HttpResponse:
    """Shows the contact days and the sessions with what each still needs."""
    today = local_date(request.now, zone=request.viewer.person.zone)
    contacts = queries.contact_rows(request.viewer, now=request.now, until=today + timedelta(days=CONTACT_DAYS_AHEAD))
    sessions = queries.session_rows(request.viewer, now=request.now, until=today + timedelta(days=SESSION_DAYS_AHEAD))
    enquiries = queries.open_enquiries(request.viewer, at=request.now)
    due = [row for row in contacts if row.state in ("due", "overdue")]
    unsigned = [row for row in sessions if row.missing]
    context = {
        "contacts": contacts,
        "sessions": sessions,
        "enquiries": [(queries.state_of_enquiry(each, now=request.now), each) for each in enquiries],
        "reads_notes": request.viewer.may(Permission.NOTE_VIEW),
        "answers": [
            ("Contacts due", len(due), f"{sum(row.state == 'overdue' for row in due)} overdue"),
            ("Notes to sign", len(unsigned), "drafts with a signature missing"),
            ("Late harm to ask for", len(enquiries), f"{sum(request.now > e.closes_at for e in enquiries)} too late"),
        ],
    }
    return render(request, "integration/integration_list.html", context)


@requires(Permission.CONTACT_RECORD)
def contact_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes down an attempt to reach the participant on a contact day; one that is done is shown."""
    visit = contact_day_for(request.viewer, public_id, Permission.CONTACT_RECORD)
    if visit.state not in queries.UPCOMING:
        return _show(request, visit, None)
    definition = definition_for(visit.participant)
    procedure = risk_procedure(definition, visit.code)
    items = risk_items(definition, procedure) if procedure else ()
    form = ContactForm(request.POST or None, items=items, scale=definition.aftercare.calls.wellbeing)
    if request.method == "POST" and form.is_valid():
        try:
            contact = actions.record_contact(
                visit,
                reached=form.was_reached,
                not_reached_reason=form.cleaned_data["not_reached_reason"].strip(),
                by=request.viewer.person,
                at=request.now,
                **_typed(form),
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            said = "Contact recorded." if contact.reached else "Attempt recorded. The contact day stays due."
            messages.success(request, said)
            return redirect("integration:contact-detail", public_id)
    return _show(request, visit, form)


@requires(Permission.CONTACT_RECORD)
def contact_unscheduled(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes down a contact that nobody planned."""
    participant = participant_for(request.viewer, public_id, Permission.CONTACT_RECORD)
    definition = definition_for(participant)
    procedure = risk_procedure_of_contacts(definition)
    form = UnscheduledForm(
        request.POST or None,
        items=risk_items(definition, procedure) if procedure else (),
        scale=definition.aftercare.calls.wellbeing,
        zone=participant.site.zone,
        now=request.now,
        initial={"contacted_at": request.now},
    )
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        how = {name: cleaned[name] for name in ("contacted_at", "channel", "initiated_by")}
        try:
            actions.record_unscheduled_contact(
                participant, **how, **_typed(form), by=request.viewer.person, at=request.now
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Contact recorded.")
            return redirect("integration:contact-unscheduled", public_id)
    context = {
        "participant": participant,
        "form": form,
        "contacts": queries.unscheduled_contacts(participant),
        "script": definition.aftercare.calls.script,
    }
    return render(request, "integration/contact_unscheduled.html", context, status=422 if form.errors else 200)


def _typed(form: ContactForm) -> dict[str, Any]:
    cleaned = form.cleaned_data
    return {
        "answers": form.answers,
        "judged_unsafe": bool(cleaned["judged_unsafe"]),
        "submission_id": cleaned["submission_id"],
        "told": actions.Told(
            wellbeing=cleaned["wellbeing"].strip(),
            score=cleaned.get("wellbeing_score"),
            changes_in_feeling=cleaned["changes_in_feeling"].strip(),
            medicines=cleaned["medicines"].strip(),
        ),
    }


def _so_far(attempts: list[FollowUpContact]) -> str:
    return "reached" if any(attempt.reached for attempt in attempts) else "not reached yet"


def _show(request: PageRequest, visit: "Visit", form: ContactForm | None) -> HttpResponse:
    attempts, screen = queries.attempts_of(visit), queries.latest_screen(visit)
    calls = definition_for(visit.participant).aftercare.calls
    rules = queries.rules_met(visit, screen)
    context = {
        "visit": visit,
        "participant": visit.participant,
        "form": form,
        "screen": screen,
        "rules": rules,
        "attempts": attempts,
        "window": queries.window_of(visit),
        "calls": calls,
        "answers": [
            ("Contact day", queries.day_in_words(visit), queries.contact_words(visit, now=request.now)),
            (
                "Attempts",
                f"{len(attempts)} of {calls.attempts}" if calls.attempts else len(attempts),
                _so_far(attempts),
            ),
            risk_answer(screen, rules),
        ],
    }
    return render(request, "integration/contact_detail.html", context, status=422 if form and form.errors else 200)
