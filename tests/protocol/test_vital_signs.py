"""Vital signs: verdicts, the points of a session, intensified measurement and the lines of the chart."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.definition import ProtocolDefinition
from protocol.expressions import Value
from protocol.vital_signs import (
    due_points,
    judge_vital_signs,
    limit_lines,
    lowest_limit,
    next_due,
    next_set_due_at,
    still_intensified,
)

DOSED_AT = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
CALM = {"sbp": "130", "dbp": "85", "hr": "90", "temp_c": "37.2", "temp_c_baseline": "36.6"}


def a_set(**changes: str | None) -> dict[str, Value]:
    given_values = {name: value for name, value in (CALM | changes).items() if value is not None}
    return {name: Decimal(value) for name, value in given_values.items()} | {"chest_pain": False}


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        pytest.param({}, "in_band", id="a calm set"),
        pytest.param({"sbp": "160"}, "in_band", id="systolic at the limit"),
        pytest.param({"sbp": "161"}, "watch", id="systolic just above the limit"),
        pytest.param({"sbp": "219"}, "watch", id="systolic just below the emergency"),
        pytest.param({"sbp": "220"}, "act", id="systolic at the emergency"),
        pytest.param({"dbp": "119"}, "watch", id="diastolic just below the emergency"),
        pytest.param({"dbp": "120"}, "act", id="diastolic at the emergency"),
        pytest.param({"temp_c": "37.6"}, "in_band", id="a rise of exactly one degree"),
        pytest.param({"temp_c": "37.7"}, "watch", id="a rise of more than one degree"),
        pytest.param({"temp_c": "40.0"}, "act", id="forty degrees"),
        pytest.param({"temp_c_baseline": None}, "in_band", id="an unknown baseline does not act"),
        pytest.param({"temp_c_baseline": None, "hr": "111"}, "watch", id="what is known acts all the same"),
    ],
)
def test_severity_of_a_set(definition: ProtocolDefinition, changes: dict[str, str | None], severity: str) -> None:
    assert judge_vital_signs(definition, a_set(**changes)).severity == severity


def test_chest_pain_alone_is_an_emergency(definition: ProtocolDefinition) -> None:
    judgement = judge_vital_signs(definition, {"chest_pain": True})

    assert judgement.severity == "act"
    assert judgement.verdicts[0].action == "call physician and emergency plan"


def test_unknown_is_shown_as_open(definition: ProtocolDefinition) -> None:
    emergency, intensify = judge_vital_signs(definition, a_set(temp_c=None)).verdicts

    assert emergency.holds is None and emergency.missing == ("temp_c",)
    assert intensify.holds is None


def counted(definition: ProtocolDefinition, *minutes: float) -> dict[str, float]:
    taken = [DOSED_AT + timedelta(minutes=minute) for minute in minutes]
    points = due_points(definition, initial_at=DOSED_AT, taken_at=taken)
    return {
        point.point.code: (point.taken_at - DOSED_AT).total_seconds() / 60
        for point in points
        if point.taken_at is not None
    }


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param([-60], {"VS0": -60}, id="at the first minute before the dose"),
        pytest.param([-61], {}, id="a minute too early counts for nothing"),
        pytest.param([-1], {"VS0": -1}, id="at the last minute before the dose"),
        pytest.param([0], {}, id="at the dose it is too late"),
        pytest.param([75], {"VS1": 75}, id="a mandatory point comes before a nearer one"),
        pytest.param([75, 76], {"VS1": 75, }, id="the second set of a point counts for none beyond its window"),
        pytest.param([60, 74], {"VSA1": 60}, id="a point takes one set"),
        pytest.param([75, 75], {"VS1": 75, "VSA1": 75}, id="two sets at once count for two points"),
        pytest.param([165], {"VSA2": 165}, id="as near to two points, the earlier counts"),
        pytest.param([166], {"VSA3": 166}, id="else the nearest counts"),
        pytest.param([420], {"VS2": 420}, id="the end of the session comes before the hour"),
        pytest.param([600], {"VS2": 600}, id="at the last minute of the end"),
        pytest.param([601], {}, id="a minute after it"),
    ],
)  # fmt: skip
def test_set_counts_for_one_point(
    definition: ProtocolDefinition, minutes: list[float], expected: dict[str, float]
) -> None:
    assert counted(definition, *minutes) == expected


@pytest.mark.parametrize(
    ("minute", "states"),
    [
        pytest.param(74, ("due", "coming", "coming"), id="before the supplemental set"),
        pytest.param(75, ("due", "due", "coming"), id="when its window opens"),
        pytest.param(76, ("missed", "due", "coming"), id="after the hour's window"),
        pytest.param(120, ("missed", "due", "coming"), id="at the end of its window"),
        pytest.param(121, ("missed", "missed", "coming"), id="after it"),
        pytest.param(601, ("missed", "missed", "missed"), id="after everything"),
    ],
)
def test_states_of_points(definition: ProtocolDefinition, minute: int, states: tuple[str, ...]) -> None:
    points = {p.point.code: p for p in due_points(definition, initial_at=DOSED_AT, taken_at=[])}
    moment = DOSED_AT + timedelta(minutes=minute)

    assert tuple(points[code].state_at(moment) for code in ("VSA1", "VS1", "VS2")) == states


def test_next_point_is_the_one_due_first(definition: ProtocolDefinition) -> None:
    points = due_points(definition, initial_at=DOSED_AT, taken_at=[DOSED_AT + timedelta(minutes=90)])

    found = next_due(points, moment=DOSED_AT + timedelta(minutes=100))
    assert found is not None and found.point.code == "VSA2"
    assert next(p for p in points if p.point.code == "VS1").state_at(DOSED_AT) == "done"
    assert next_due(points, moment=DOSED_AT + timedelta(days=1)) is None


@given(st.lists(st.integers(min_value=-90, max_value=700), max_size=20))
def test_no_set_counts_twice_and_each_lies_in_its_window(definition: ProtocolDefinition, minutes: list[int]) -> None:
    taken = [DOSED_AT + timedelta(minutes=minute) for minute in minutes]

    points = due_points(definition, initial_at=DOSED_AT, taken_at=taken)

    done = [point for point in points if point.taken_at is not None]
    assert len(done) <= len(taken)
    assert all(point.opens_at <= point.taken_at <= point.closes_at for point in done if point.taken_at)
    assert sorted(point.taken_at for point in done if point.taken_at) == sorted(
        moment for moment in taken for point in done if point.taken_at is moment
    )


@pytest.mark.parametrize(
    ("pulses", "expected"),
    [
        pytest.param([], False, id="before any set"),
        pytest.param([90], False, id="a calm set"),
        pytest.param([111], True, id="one set above"),
        pytest.param([111, 90], True, id="one calm set is not enough"),
        pytest.param([111, 90, 90], False, id="two calm sets in a row end it"),
        pytest.param([111, 90, 111, 90], True, id="a set above begins anew"),
        pytest.param([111, 90, None, 90], True, id="a set that is not known breaks the row"),
        pytest.param([111, 90, None, 90, 90], False, id="after it two more are needed"),
        pytest.param([None, None], False, id="what is not known begins nothing"),
    ],
)
def test_intensified_measurement(definition: ProtocolDefinition, pulses: list[int | None], expected: bool) -> None:
    sets = [a_set(hr=None if pulse is None else str(pulse)) for pulse in pulses]

    assert still_intensified(definition, [judge_vital_signs(definition, one) for one in sets]) is expected


def test_intensified_sets_follow_at_the_protocols_distance(definition: ProtocolDefinition) -> None:
    due = next_set_due_at(definition, last_set_at=DOSED_AT)

    assert due - DOSED_AT == timedelta(minutes=definition.intensify_every_min)


def test_lines_of_the_chart_are_the_limits_of_the_expressions(definition: ProtocolDefinition) -> None:
    lines = {(line.variable, line.severity): line.limit for line in limit_lines(definition)}

    assert lines == {
        ("sbp", "watch"): 160, ("dbp", "watch"): 110, ("hr", "watch"): 110,
        ("sbp", "act"): 220, ("dbp", "act"): 120, ("temp_c", "act"): Decimal("40.0"),
    }  # fmt: skip


def test_rise_over_a_known_baseline_has_a_line(definition: ProtocolDefinition) -> None:
    lines = limit_lines(definition, baselines={"temp_c_baseline": Decimal("36.6")})

    assert lowest_limit(lines, variable="temp_c", severity="watch") == Decimal("37.6")
    assert lowest_limit(lines, variable="weight_kg", severity="watch") is None
