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
from integration.forms import ContactForm
from integration.note_page import risk_answer
from integration.suicidality import risk_items, risk_procedure
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
    due = [row for row in contacts if row.state in ("due", "overdue")]
    unsigned = [row for row in sessions if row.missing]
    context = {
        "contacts": contacts,
        "sessions": sessions,
        "reads_notes": request.viewer.may(Permission.NOTE_VIEW),
        "answers": [
            ("Contacts due", len(due), f"{sum(row.state == 'overdue' for row in due)} overdue"),
            ("Notes to sign", len(unsigned), "drafts with a signature missing"),
            ("Coming up", len(contacts) - len(due), "contacts due tomorrow"),
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
    form = ContactForm(request.POST or None, items=items)
    if request.method == "POST" and form.is_valid():
        try:
            contact = actions.record_contact(visit, by=request.viewer.person, at=request.now, **_typed(form))
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            said = "Contact recorded." if contact.reached else "Attempt recorded. The contact day stays due."
            messages.success(request, said)
            return redirect("integration:contact-detail", public_id)
    return _show(request, visit, form)


def _typed(form: ContactForm) -> dict[str, Any]:
    cleaned = form.cleaned_data
    texts = ("wellbeing", "changes_in_feeling", "medicines", "not_reached_reason")
    return {
        "reached": cleaned["reached"],
        "answers": form.answers,
        "judged_unsafe": bool(cleaned["judged_unsafe"]),
        "submission_id": cleaned["submission_id"],
        **{name: cleaned[name].strip() for name in texts},
    }


def _show(request: PageRequest, visit: "Visit", form: ContactForm | None) -> HttpResponse:
    attempts, screen = queries.attempts_of(visit), queries.latest_screen(visit)
    rules = queries.rules_met(visit, screen)
    context = {
        "visit": visit,
        "participant": visit.participant,
        "form": form,
        "screen": screen,
        "rules": rules,
        "attempts": attempts,
        "window": queries.window_of(visit),
        "answers": [
            ("Contact day", queries.day_in_words(visit), queries.contact_words(visit, now=request.now)),
            ("Attempts", len(attempts), "reached" if any(a.reached for a in attempts) else "not reached yet"),
            risk_answer(screen, rules),
        ],
    }
    return render(request, "integration/contact_detail.html", context, status=422 if form and form.errors else 200)
