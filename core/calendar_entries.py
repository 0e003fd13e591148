"""Appointments as calendar programs read them (RFC 5545): that there is one, and when; nothing else is in an entry."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
from django.conf import settings

PUBLISH, REQUEST, CANCEL = "PUBLISH", "REQUEST", "CANCEL"
ALARM_BEFORE = timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """One appointment: the same `uid` from the first booking to the last change, a `sequence` that only rises.

    Without `ends_at` it says when it begins and not how long it lasts.
    """

    uid: str
    sequence: int
    summary: str
    starts_at: datetime
    ends_at: datetime | None
    changed_at: datetime
    cancelled: bool


@dataclass(frozen=True)
class Invitation:
    """From whom to whom an entry is mailed, by their addresses; `name` is how the sender calls itself."""

    sender: str
    name: str
    recipient: str


def house() -> str:
    """Returns the name of this installation, which makes the names of its entries unlike those of any other."""
    return str(settings.BASE_URL).split("://")[-1].split("/")[0].split(":")[0]


def as_feed(entries: Iterable[Entry], *, zone: str) -> bytes:
    """Returns the entries as a calendar in a zone; `zone` is the reader's, so that it tells of no site."""
    calendar = _calendar(PUBLISH)
    calendar.add("x-wr-calname", "Appointments")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, zone=ZoneInfo(zone)))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def as_invitation(entry: Entry, invitation: Invitation, *, zone: str) -> bytes:
    """Returns one entry as it goes with a mail: it asks for its place in the calendar, or takes itself back."""
    calendar = _calendar(CANCEL if entry.cancelled else REQUEST)
    event = _event(entry, zone=ZoneInfo(zone))
    organizer = icalendar.vCalAddress(f"mailto:{invitation.sender}")
    organizer.params["CN"] = icalendar.vText(invitation.name)
    event.add("organizer", organizer)
    attendee = icalendar.vCalAddress(f"mailto:{invitation.recipient}")
    # Nobody is asked to answer, since no one would read it.
    attendee.params["RSVP"] = icalendar.vText("FALSE")
    attendee.params["PARTSTAT"] = icalendar.vText("ACCEPTED")
    event.add("attendee", attendee)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _calendar(method: str) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Vigil//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry, *, zone: ZoneInfo) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("dtstart", entry.starts_at.astimezone(zone))
    if entry.ends_at is not None:
        event.add("dtend", entry.ends_at.astimezone(zone))
    event.add("summary", entry.summary)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    if not entry.cancelled:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.summary)
        alarm.add("trigger", -ALARM_BEFORE)
        event.add_component(alarm)
    return event
