"""Tests of the watch of windows: one reminder for each window that closes soon, none for what is booked."""

from datetime import UTC, datetime, time, timedelta

import pytest

from core.contributions import recorded_at
from patients import actions
from patients.tasks import remind_of_windows
from reminders.models import Reminder
from tests.cast import AT
from tests.stages import consented


@pytest.fixture
def visit(world, ben):
    participant = consented(world, by=ben, at=AT)
    return participant.visits.get(code="V0")


def two_days_before_the_end(visit) -> datetime:
    return datetime.combine(visit.latest_on - timedelta(days=2), time(10), tzinfo=UTC)


def reminders(visit):
    return Reminder.objects.filter(visit=visit, template="window_closing")


def test_the_coordinator_is_reminded_of_a_closing_window_once(visit, ben):
    with recorded_at(two_days_before_the_end(visit)):
        remind_of_windows(), remind_of_windows()

    [reminder] = reminders(visit)
    assert reminder.person == ben


def test_a_window_that_closes_much_later_is_left_for_later(visit):
    with recorded_at(AT):
        remind_of_windows()

    assert not reminders(visit).exists()


def test_a_booked_visit_needs_no_reminder(visit, ben):
    actions.book_visit(visit, starts_at=two_days_before_the_end(visit), by=ben, at=AT)
    with recorded_at(two_days_before_the_end(visit)):
        remind_of_windows()

    assert not reminders(visit).exists()


def test_booking_takes_the_reminder_back(visit, ben):
    with recorded_at(two_days_before_the_end(visit)):
        remind_of_windows()
    actions.book_visit(visit, starts_at=two_days_before_the_end(visit), by=ben, at=AT)

    assert set(reminders(visit).values_list("state", flat=True)) == {"cancelled"}


def test_a_window_counted_from_planned_dates_reminds_nobody(visit, ben):
    later = visit.participant.visits.get(code="V5")
    with recorded_at(datetime.combine(later.latest_on, time(10), tzinfo=UTC)):
        remind_of_windows()

    assert not reminders(later).exists()
