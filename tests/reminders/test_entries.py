"""Entries for a participant's own calendar: neutral, one for each visit however often it moves, and taken back."""

from datetime import timedelta

import icalendar
import pytest
from django.core import mail

from core.contributions import contribution
from patients import actions as patient_actions
from reminders.catalogue import current_template
from reminders.content import banned_words_in
from reminders.models import Reminder, SentEntry
from reminders.recipients import Recipient
from reminders.rendering import write_out
from tests.assessments.conftest import booked
from tests.cast import AT
from tests.reminders.test_content import PROTOCOL

WHY = "The room is taken"


@pytest.fixture
def visit(nina, ben):
    """A visit in more than a week, so that its first mail is still to come."""
    with contribution(by=ben, reason="Arranged by the test"):
        yield booked(nina, "V3", by=ben)


def letters_of(deliver, at):
    """Delivers what is due, and returns the calendars that went along."""
    mail.outbox.clear()
    deliver(at)
    found = [part for letter in mail.outbox for part in letter.attachments]
    return [(part.mimetype, icalendar.Calendar.from_ical(part.content)) for part in found]


def event_in(calendar):
    [event] = calendar.walk("VEVENT")
    return event


def day_of(visit):
    """Returns a moment of the day before an appointment at which messages may leave."""
    return visit.booked_at - timedelta(hours=47)


def moved(visit, *, by, days=1, at=None):
    later = visit.booked_at + timedelta(days=days)
    return patient_actions.move_visit(visit, starts_at=later, reason=WHY, by=by, at=at or day_of(visit))


def test_entry_says_that_there_is_an_appointment_and_when_and_nothing_else(visit, nina, deliver):
    [(kind, calendar), *same] = letters_of(deliver, day_of(visit))
    event, text = event_in(calendar), calendar.to_ical().decode()

    assert kind == "text/calendar; method=REQUEST" and calendar["METHOD"] == "REQUEST"
    assert str(event["SUMMARY"]) == "Appointment" and event["DTSTART"].dt == visit.booked_at
    assert event["DTSTART"].params["TZID"] == nina.site.zone and "VTIMEZONE" in text
    assert not {"LOCATION", "DESCRIPTION", "DTEND", "DURATION", "URL"} & event.keys()
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [timedelta(days=-1)]
    assert banned_words_in(text, words=PROTOCOL.banned_words) == []
    told = (visit.name, visit.code, visit.public_id, nina.screening_number, "Sample", "MAPPLIKE")
    assert not [word for word in told if word in text]
    # The mail of the week before and that of two days before, both late here, carry one and the same entry.
    assert [event_in(each)["UID"] for _, each in same] == [event["UID"]] * len(same)
    assert SentEntry.objects.count() == 1


def test_moved_appointment_changes_the_entry_that_is_there(visit, ben, deliver):
    first = event_in(letters_of(deliver, day_of(visit))[0][1])

    moved(visit, by=ben)
    again = [event_in(calendar) for _, calendar in letters_of(deliver, day_of(visit) - timedelta(hours=23))]

    told = Reminder.objects.get(template="appointment_moved")
    assert [letter.subject for letter in mail.outbox] == ["Your appointment has moved"]
    assert (told.state, {str(event["UID"]) for event in again}) == ("handed_over", {str(first["UID"])})
    assert [event["SEQUENCE"] for event in again] == [1] and again[0]["DTSTART"].dt == visit.booked_at
    assert first["SEQUENCE"] == 0


def test_appointment_that_goes_there_and_back_is_told_each_time(visit, ben, deliver):
    at = day_of(visit)
    letters_of(deliver, at)
    sequences = []
    for days in (1, -1, 1):
        moved(visit, by=ben, days=days, at=at)
        sequences += [event_in(each)["SEQUENCE"] for _, each in letters_of(deliver, at + timedelta(minutes=1))]

    assert sequences == [1, 2, 3]


def test_reminder_that_was_called_back_is_planned_again(nina, ben):
    visit = booked(nina, "V3", by=ben)
    day = visit.booked_at

    for days in (1, -1):
        moved(visit, by=ben, days=days, at=AT)

    coming = Reminder.objects.filter(visit=visit, template="visit_coming", state="waiting")
    assert visit.booked_at == day and coming.count() == 1


def test_cancelled_appointment_leaves_the_calendar_under_its_name(visit, ben, deliver):
    at = day_of(visit)
    first = event_in(letters_of(deliver, at)[0][1])

    patient_actions.miss_visit(visit, reason="Unwell", kind="unwell", by=ben, at=at)
    [(kind, calendar)] = letters_of(deliver, at + timedelta(minutes=1))
    event = event_in(calendar)

    assert kind == "text/calendar; method=CANCEL" and calendar["METHOD"] == "CANCEL"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (first["UID"], 1, "CANCELLED")
    assert event["DTSTART"].dt == first["DTSTART"].dt and not event.walk("VALARM")


def test_nobody_is_told_of_a_change_of_what_they_never_had(visit, ben):
    moved(visit, by=ben)
    patient_actions.miss_visit(visit, reason="Unwell", kind="unwell", by=ben, at=day_of(visit))

    assert not Reminder.objects.filter(template__startswith="appointment_").exists()


def test_whoever_takes_contact_back_gets_nothing_more(visit, nina, ben, deliver):
    at = day_of(visit)
    letters_of(deliver, at)
    moved(visit, by=ben, at=at)

    patient_actions.record_contact_consent(nina, channel="email", given=False, by=ben, at=at)
    moved(visit, by=ben, at=at)
    patient_actions.miss_visit(visit, reason="Unwell", kind="unwell", by=ben, at=at)

    assert letters_of(deliver, at + timedelta(days=1)) == [] and mail.outbox == []
    assert not Reminder.objects.filter(participant=nina, state="waiting").exists()


def test_withdrawal_from_treatment_takes_the_appointments_back(visit, nina, ben, deliver):
    at = day_of(visit)
    letters_of(deliver, at)

    patient_actions.withdraw_consent(nina, scope="treatment", reason="", by=ben, at=at)
    calendars = letters_of(deliver, at + timedelta(minutes=1))

    assert [calendar["METHOD"] for _, calendar in calendars] == ["CANCEL"]


def test_mail_that_leaves_twice_carries_the_same_entry(visit):
    reminder = Reminder.objects.select_related("site").get(visit=visit, template="visit_coming")
    recipient = Recipient("nina@example.org", "Europe/Lisbon", first_name="Nina")

    first, again = (write_out(reminder, current_template("visit_coming"), recipient) for _ in range(2))

    assert first.invitation == again.invitation and first.entry.sequence == 0
    assert "nina@example.org" in first.invitation.decode() and "nina@example.org" not in first.nameless
