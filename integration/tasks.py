"""The watch of contacts: who was not reached by the protocol's hour, and which enquiries have opened."""

from celery import shared_task

from core import clock
from core.contributions import contribution
from core.models import Person
from integration import actions


@shared_task
def watch_contacts() -> int:
    """Announces the contact days without an answer and reminds of open enquiries; returns how many it saw."""
    by = Person.objects.system("reminders")
    with contribution(by=by, reason="Watch of contacts"):
        moment = clock.now()
        missed = actions.announce_missed_contacts(by=by, at=moment)
        return missed + actions.remind_of_enquiries(by=by, at=moment)
