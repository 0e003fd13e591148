"""Writes a message out: the exact text, from the template version and what is true when it is looked at."""

import calendar
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import formataddr, parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings

from core.calendar_entries import Entry, Invitation, as_invitation
from core.own_links import own_address
from reminders.catalogue import PARTICIPANT, MessageTemplate
from reminders.entries import ENTRY_FILE, entry_of
from reminders.models import Reminder
from reminders.recipients import Recipient, directory

NOT_SHOWN = "[the link, which only the participant sees]"


@dataclass(frozen=True)
class Text:
    """A message as its recipient reads it; `nameless` is all of it without the recipient's first name and address.

    `invitation` is the `entry` for the recipient's calendar as it goes along, where one does.
    """

    sender: str
    address: str
    subject: str
    body: str
    nameless: str
    entry: Entry | None = None
    invitation: bytes = b""


def write_out(reminder: Reminder, template: MessageTemplate, recipient: Recipient) -> Text:
    """Returns the text of a reminder to a recipient."""
    alias = reminder.site.message_alias
    values = {"alias": alias, "link": f"{settings.BASE_URL}/", "own_link": own_address(_named(reminder))}
    if template.audience == PARTICIPANT and reminder.visit_id is not None:
        values |= _appointment(directory().appointment_at(reminder.visit_id), zone=recipient.zone)
    sender = formataddr((alias, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    body = template.body.format(first_name=recipient.first_name, **values)
    nameless = f"{sender}\n{template.subject}\n{template.body.format(first_name='', **values)}"
    text = Text(sender, recipient.address, template.subject, body, nameless)
    entry = entry_of(reminder, template)
    return text if entry is None else _with_entry(text, entry, alias, zone=recipient.zone)


def _with_entry(text: Text, entry: Entry, alias: str, *, zone: str) -> Text:
    house = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    invitation = as_invitation(entry, Invitation(house, alias, text.address), zone=zone)
    told = as_invitation(entry, Invitation(house, alias, ""), zone=zone).decode()
    return replace(text, entry=entry, invitation=invitation, nameless=f"{text.nameless}\n{ENTRY_FILE}\n{told}")


def without_link(text: Text, reminder: Reminder) -> Text:
    """Returns the text as the study team reads it: without the link that opens in the participant's place."""
    address = own_address(_named(reminder))
    return replace(text, body=text.body.replace(address, NOT_SHOWN), nameless=text.nameless.replace(address, NOT_SHOWN))


def _named(reminder: Reminder) -> str:
    # A key names template, occasion and recipient.
    return reminder.key.split(":")[1] if reminder.key.count(":") > 1 else ""


def _appointment(starts_at: datetime | None, *, zone: str) -> dict[str, str]:
    if starts_at is None:
        return {"day": "the day you were told", "time": "the time you were told", "zone": "local time"}
    local = starts_at.astimezone(ZoneInfo(zone))
    day = f"{calendar.day_name[local.weekday()]} {local.day} {calendar.month_name[local.month]} {local.year}"
    return {"day": day, "time": f"{local:%H:%M}", "zone": str(local.tzname())}
