"""Integration therapy, calls and late harm in the protocol: at, above and below each limit, and across calendars."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from protocol.aftercare import EnquiryTime, Wellbeing, aftercare_from, enquiry_window, is_worse, months_later
from protocol.definition import ProtocolDefinition

RULE = Wellbeing(low=0, high=10, at_most=2, fall=4)
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("score", "before", "worse"),
    [
        pytest.param(3, None, False, id="just above the limit, nothing before"),
        pytest.param(2, None, True, id="at the limit"),
        pytest.param(0, 0, True, id="below it, unchanged"),
        pytest.param(5, 8, False, id="a fall just smaller than the protocol's"),
        pytest.param(4, 8, True, id="a fall as great"),
        pytest.param(9, 3, False, id="a rise"),
    ],
)
def test_worse_is_an_answer_at_the_limit_or_a_fall(score: int, before: int | None, worse: bool) -> None:
    assert is_worse(RULE, score, before=before) is worse


def test_hours_are_elapsed_time_across_a_change_of_clocks() -> None:
    rule = EnquiryTime("HE1", "After 24 hours", opens_before_hours=4, closes_after_hours=24, hours=24)
    dosed_at = datetime(2026, 3, 28, 10, tzinfo=ZoneInfo(BERLIN))

    window = enquiry_window(rule, dosed_at, zone=BERLIN)

    assert window.due_at - dosed_at.astimezone(UTC) == timedelta(hours=24)
    assert window.due_at.astimezone(ZoneInfo(BERLIN)).hour == 11
    assert (window.due_at - window.opens_at, window.closes_at - window.due_at) == (
        timedelta(hours=4),
        timedelta(hours=24),
    )


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        pytest.param(1, datetime(2026, 2, 28, 10), id="a short month ends it"),
        pytest.param(6, datetime(2026, 7, 31, 10), id="summer time keeps the hour"),
        pytest.param(12, datetime(2027, 1, 31, 10), id="a year on"),
    ],
)
def test_months_keep_the_hour_of_the_sites_clock(months: int, expected: datetime) -> None:
    moment = datetime(2026, 1, 31, 10, tzinfo=ZoneInfo(BERLIN))

    found = months_later(moment, months, zone=BERLIN)

    assert found == expected.replace(tzinfo=ZoneInfo(BERLIN))


def test_the_shipped_protocol_names_six_enquiries_and_its_approaches(definition: ProtocolDefinition) -> None:
    aftercare = definition.aftercare

    assert [time.code for time in aftercare.harm.times] == ["HE1", "HE2", "HE3", "HE4", "HE5", "HE6"]
    assert {"inner_directed", "cbt", "emdr", "ifs", "somatic"} <= {
        each.code for each in aftercare.integration.approaches
    }
    assert len(aftercare.integration.element_texts()) == sum(
        len(each.elements) for each in aftercare.integration.approaches
    )


def test_a_protocol_without_the_block_asks_for_nothing() -> None:
    aftercare = aftercare_from({})

    assert (aftercare.calls.attempts, aftercare.harm.times, aftercare.integration.approaches) == (0, (), ())
