"""The post of the simulated trial: what is due leaves on its day, as beat and worker would send it, to nobody."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.mail import get_connection

from core.models import Person
from reminders.actions import hand_over_due, send_next

ROUND = timedelta(hours=12)
# The people are invented, and so are their addresses: whatever is set up here, no letter of a simulation leaves.
NOWHERE = "django.core.mail.backends.dummy.EmailBackend"


def post(*, starts_at: datetime) -> Iterator[datetime]:
    """Hands over and sends what is due, twice a day, for as long as the trial is played."""
    by, mail, at = Person.objects.system("reminders"), get_connection(NOWHERE), starts_at
    while True:
        yield at
        hand_over_due(by=by, at=at)
        while send_next(mail=mail, by=by, at=at):
            pass
        at += ROUND
