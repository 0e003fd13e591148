"""To whom a message goes. Staff stand in core; participants stand above this room, so a registered module answers.

`settings.REMINDER_RECIPIENTS` names that module; it has the functions of `Directory`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from core.models import Person
from reminders.catalogue import DEFAULT_LANGUAGE
from reminders.models import Reminder
from reminders.quiet_hours import QuietHours


@dataclass(frozen=True)
class Recipient:
    """Where a message goes, in which zone and language; `refusal` says why it must not be sent, empty if it may."""

    address: str
    zone: str
    first_name: str = ""
    language: str = DEFAULT_LANGUAGE
    refusal: str = ""


@dataclass(frozen=True)
class MessageRules:
    """What the protocol in force at a site says about messages; hours by audience."""

    quiet_hours: dict[str, QuietHours] = field(default_factory=dict)
    banned_words: tuple[str, ...] = ()


class Directory(Protocol):
    """What the registered module answers."""

    def participant_recipient(self, participant_id: int, *, channel: str) -> Recipient:
        """Returns how a participant is reached, and whether it is still wanted."""

    def participant_zone(self, participant_id: int) -> str:
        """Returns the zone in which a participant lives by the clock."""

    def appointment_at(self, visit_id: int) -> datetime | None:
        """Returns when a visit is booked."""

    def message_rules(self, site_id: int, *, at: datetime) -> MessageRules:
        """Returns the rules of the protocol in force at a site."""


def directory() -> Directory:
    """Returns the registered module."""
    return cast(Directory, import_module(settings.REMINDER_RECIPIENTS))


def recipient_of(reminder: Reminder) -> Recipient:
    """Returns where a reminder goes, as things stand now."""
    if reminder.participant_id is not None:
        return directory().participant_recipient(reminder.participant_id, channel=reminder.channel)
    assert reminder.person is not None
    return _staff(reminder.person)


def _staff(person: Person) -> Recipient:
    if not person.is_active:
        return Recipient(person.email, person.zone, refusal="The account is closed")
    if not person.email:
        return Recipient("", person.zone, refusal="No e-mail address is known")
    return Recipient(person.email, person.zone)
