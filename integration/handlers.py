"""What this room does when something is announced."""

from core.contributions import current
from core.models import Person
from integration import actions
from patients.events import VisitStarted
from patients.queries import definition_for, visit_by_id


def plan_contact_days(event: VisitStarted) -> None:
    """Plans the reminders of the contact days once their dosing visit takes place."""
    visit = visit_by_id(event.visit_id)
    if visit.kind != definition_for(visit.participant).phone_contacts.after_type:
        return
    under_way = current()
    assert under_way is not None
    actions.plan_contact_reminders(visit, by=Person.objects.get(pk=under_way.actor_id))
