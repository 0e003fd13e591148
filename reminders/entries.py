"""The entry that a participant's own calendar has of a visit: neutral, the same from the first mail to the last.

Neither place nor length stands in it: an entry of eight hours and a night would tell which visit it is.
"""

import hashlib
import hmac

from django.conf import settings

from core.calendar_entries import Entry, house
from core.models import Person
from reminders.catalogue import CANCELLATION, MessageTemplate
from reminders.models import Reminder, SentEntry
from reminders.recipients import directory

SUMMARY, ENTRY_FILE = "Appointment", "appointment.ics"
UID_LENGTH = 24


def latest_entry(visit_id: int) -> SentEntry | None:
    """Returns what the participant's calendar has of a visit, if an entry was ever sent."""
    return SentEntry.objects.filter(visit_id=visit_id).order_by("-sequence").first()


def standing_entry(visit_id: int) -> SentEntry | None:
    """Returns the entry by which the participant's calendar holds a visit now, if it does."""
    latest = latest_entry(visit_id)
    return None if latest is None or latest.cancelled else latest


def entry_of(reminder: Reminder, template: MessageTemplate) -> Entry | None:
    """Returns the entry that goes along with a message as things stand now, or None where there is none.

    What differs from the entry sent last has the next sequence; the same entry again keeps its own.
    """
    if not template.entry or reminder.visit_id is None:
        return None
    latest, cancels = latest_entry(reminder.visit_id), template.entry == CANCELLATION
    starts_at = directory().appointment_at(reminder.visit_id)
    if cancels:
        starts_at = latest.starts_at if latest else None
    if starts_at is None:
        return None
    same = latest is not None and (latest.starts_at, latest.cancelled) == (starts_at, cancels)
    return Entry(
        uid=latest.uid if latest else _uid(reminder),
        sequence=0 if latest is None else latest.sequence + (not same),
        summary=SUMMARY,
        starts_at=starts_at,
        ends_at=None,
        changed_at=reminder.due_at,
        cancelled=cancels,
    )


def keep_entry(reminder: Reminder, entry: Entry, *, by: Person) -> None:
    """Keeps what was sent; the same entry once more is kept once."""
    assert reminder.visit_id is not None
    row = SentEntry(
        site_id=reminder.site_id, visit_id=reminder.visit_id, uid=entry.uid, sequence=entry.sequence,
        starts_at=entry.starts_at, cancelled=entry.cancelled, recorded_by=by,
    )  # fmt: skip
    SentEntry.objects.bulk_create([row], ignore_conflicts=True)


def _uid(reminder: Reminder) -> str:
    """Returns a name that a message sent twice has twice, and from which nobody finds the visit."""
    key = settings.SECRET_KEY.encode()
    return f"{hmac.new(key, f'entry:{reminder.visit_id}'.encode(), hashlib.sha256).hexdigest()[:UID_LENGTH]}@{house()}"
