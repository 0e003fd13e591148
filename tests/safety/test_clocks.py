"""Tests of reporting clocks: the worked example to the second, clock changes, ended and met with their reasons."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from core.contributions import contribution
from core.errors import Conflict, Refused
from reminders.models import Reminder
from safety import actions
from safety.models import ReportingClock
from tests.cast import AT, PASSWORD, PROTOCOL_FILE

EXAMPLE = yaml.safe_load(Path(PROTOCOL_FILE).read_text())["worked_example"]["sae_clocks"]
SERIOUS = ("life_threatening",)


def moment(text) -> datetime:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00"))


def end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def as_day(value) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def due(event) -> dict[str, datetime]:
    return dict(event.clocks.filter(superseded_at__isnull=True).values_list("rule", "due_at"))


@pytest.fixture
def judged(report, ada, sofia):
    """Reports, receives and determines a life-threatening, related, unexpected event at the moments given."""

    def through(*, aware_at, received_at, determined_at):
        event = report(aware_at=aware_at, seriousness=SERIOUS)
        actions.assess_causality(event, causality="probable", password=PASSWORD, by=ada, at=aware_at)
        actions.receive_at_sponsor(event, by=sofia, at=received_at)
        actions.judge_expectedness(
            event, expectedness="unexpected", sponsor_causality="possible", by=sofia, at=determined_at
        )
        return event

    return through


def test_the_worked_example_comes_out_through_the_actions(judged, trial):
    zone = ZoneInfo(trial.sponsor_zone)
    received = datetime.combine(as_day(EXAMPLE["sponsor_received"]), time(9), tzinfo=zone)
    determined = datetime.combine(as_day(EXAMPLE["sponsor_determined"]), time(17), tzinfo=zone)

    event = judged(aware_at=moment(EXAMPLE["site_aware"]), received_at=received, determined_at=determined)

    clocks = due(event)
    assert clocks["site_to_sponsor_sae"] == moment(EXAMPLE["sponsor_due"])
    assert clocks["ind_7day"] == end_of(as_day(EXAMPLE["ind_7day_due"]), trial.sponsor_zone)
    assert clocks["ind_15day"] == end_of(as_day(EXAMPLE["ind_15day_due"]), trial.sponsor_zone)


@pytest.mark.parametrize(
    "aware_at",
    ["2026-03-28T20:00:00+00:00", "2026-10-24T20:00:00+00:00"],
    ids=["clocks go forward in Lisbon", "clocks go back in Lisbon"],
)
def test_elapsed_hours_are_elapsed_across_a_clock_change(report, aware_at):
    event = report(aware_at=moment(aware_at), seriousness=SERIOUS)

    assert due(event)["site_to_sponsor_sae"] == moment(aware_at) + timedelta(hours=24)


def test_calendar_days_end_at_the_sponsors_midnight_across_a_clock_change(judged, trial):
    # The sponsor's clocks went forward on 8 March 2026: the seven days are an hour shorter.
    received = datetime(2026, 3, 4, 23, 30, tzinfo=ZoneInfo(trial.sponsor_zone))

    event = judged(aware_at=received - timedelta(hours=3), received_at=received, determined_at=received)

    assert due(event)["ind_7day"] == datetime(2026, 3, 12, 3, 59, 59, tzinfo=UTC)


def test_the_day_of_receipt_is_the_sponsors_day(judged, trial):
    # 02:00 UTC is still the evening before in New York: day 0 is that day.
    received = datetime(2026, 2, 11, 2, tzinfo=UTC)

    event = judged(aware_at=received - timedelta(hours=3), received_at=received, determined_at=received)

    assert due(event)["ind_7day"] == end_of(date(2026, 2, 17), trial.sponsor_zone)


def test_an_event_that_is_not_serious_has_no_clock(report):
    assert due(report()) == {}


def test_a_condition_that_is_not_known_starts_no_clock(report, sofia):
    event = report(seriousness=SERIOUS)
    actions.receive_at_sponsor(event, by=sofia, at=AT + timedelta(hours=1))

    assert set(due(event)) == {"site_to_sponsor_sae"}


def test_an_event_that_becomes_serious_starts_its_clock_from_the_awareness(report, ben):
    event = report()
    actions.revise_adverse_event(
        event, changes={"seriousness": ("hospitalisation",)}, reason="Admitted", by=ben, at=AT + timedelta(hours=5)
    )

    assert due(event) == {"site_to_sponsor_sae": AT + timedelta(hours=24)}


def test_a_clock_whose_condition_falls_away_is_ended_with_the_reason_and_kept(report, ben):
    event = report(seriousness=("hospitalisation",))
    actions.revise_adverse_event(event, changes={"seriousness": ()}, reason="Never admitted", by=ben, at=AT)

    [clock] = event.clocks.all()
    assert (clock.superseded_at, clock.superseded_reason) == (AT, "Never admitted")
    assert not Reminder.objects.filter(key__contains=clock.public_id, state="waiting").exists()


def test_a_clock_that_ended_can_start_again(report, ben):
    event = report(seriousness=("hospitalisation",))
    actions.revise_adverse_event(event, changes={"seriousness": ()}, reason="Never admitted", by=ben, at=AT)
    actions.revise_adverse_event(
        event, changes={"seriousness": ("hospitalisation",)}, reason="Admitted after all", by=ben, at=AT
    )

    assert due(event) == {"site_to_sponsor_sae": AT + timedelta(hours=24)}
    assert event.clocks.count() == 2


def test_receipt_in_time_meets_the_sites_clock(report, sofia):
    event = report(seriousness=SERIOUS)
    actions.receive_at_sponsor(event, by=sofia, at=AT + timedelta(hours=23))

    clock = event.clocks.get()
    assert (clock.met_at, clock.met_by) == (AT + timedelta(hours=23), sofia)


def test_receipt_too_late_leaves_the_clock_for_the_site_to_say_why(report, sofia, ada):
    event = report(seriousness=SERIOUS)
    late = AT + timedelta(hours=25)
    actions.receive_at_sponsor(event, by=sofia, at=late)
    clock = event.clocks.get()
    assert clock.met_at is None

    with pytest.raises(Refused, match="Say why") as refusal:
        actions.meet_clock(clock, note=" ", met_at=late, by=ada, at=late)
    assert refusal.value.field == "note"

    assert actions.meet_clock(clock, note="Mail was down", met_at=late, by=ada, at=late).note == "Mail was down"


def test_a_clock_is_met_once(report, ada):
    clock = report(seriousness=SERIOUS).clocks.get()
    actions.meet_clock(clock, note="", by=ada, at=AT)

    with pytest.raises(Conflict):
        actions.meet_clock(clock, note="", by=ada, at=AT)


@pytest.mark.parametrize("hours", [-1, 1], ids=["before the start", "in the future"])
def test_a_deadline_is_met_between_its_start_and_now(report, ada, hours):
    clock = report(seriousness=SERIOUS).clocks.get()

    with pytest.raises(Refused) as refusal:
        actions.meet_clock(clock, note="Sent", met_at=AT + timedelta(hours=hours), by=ada, at=AT)
    assert refusal.value.field == "met_at"


def test_the_database_refuses_a_late_clock_without_a_word(report, ada):
    from django.db import IntegrityError, transaction

    clock = report(seriousness=SERIOUS).clocks.get()
    with pytest.raises(IntegrityError), transaction.atomic(), contribution(by=ada, reason="Test"):
        ReportingClock.objects.filter(pk=clock.pk).update(met_at=AT + timedelta(days=9), met_by=ada, note="")


def test_investigator_and_safety_desk_are_reminded_at_any_hour(report, ada, sofia):
    # Twelve hours before the end is 04:00 in Lisbon.
    event = report(aware_at=AT + timedelta(hours=7), seriousness=SERIOUS)

    reminders = Reminder.objects.filter(key__contains=event.clocks.get().public_id)
    assert {(reminder.person, reminder.due_at) for reminder in reminders} == {
        (ada, AT + timedelta(hours=19)),
        (sofia, AT + timedelta(hours=19)),
    }


def test_a_clock_that_was_met_reminds_nobody(report, ada):
    clock = report(seriousness=SERIOUS).clocks.get()
    actions.meet_clock(clock, note="Sent", by=ada, at=AT)

    assert not Reminder.objects.filter(key__contains=clock.public_id, state="waiting").exists()
