"""Visits, windows and contacts: the file's worked example to the day, slips, misses and hours."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.definition import ProtocolDefinition, Visit
from protocol.schedule import PlannedVisit, cascade, plan_schedule, unmet_predecessors, window_state

CONSENTED = date(2026, 1, 5)


def days(line: PlannedVisit) -> tuple[date | None, date | None, date | None]:
    return line.target_on, line.earliest_on, line.latest_on


def with_visit(definition: ProtocolDefinition, visit: Visit) -> ProtocolDefinition:
    visits = (*(old for old in definition.visits if old.code != visit.code), visit)
    return replace(definition, visits=visits)


def test_worked_example_comes_out_to_the_day(definition: ProtocolDefinition) -> None:
    example = definition.source["worked_example"]

    planned = plan_schedule(definition, consent_on=example["consent_date"])

    for code, row in example["visits"].items():
        assert days(planned[code]) == (row["target"], row["earliest"], row["latest"]), code


def test_days_from_baseline_are_the_papers_weeks(definition: ProtocolDefinition) -> None:
    planned = plan_schedule(definition, consent_on=CONSENTED)
    baseline = planned[definition.baseline_visit.code].target_on

    for code, expected in definition.source["worked_example"]["days_from_baseline"].items():
        assert (planned[code].target_on - baseline).days == expected, code  # type: ignore[operator]


def test_slipped_dose_moves_what_is_anchored_on_it_and_nothing_else(definition: ProtocolDefinition) -> None:
    slip = definition.source["worked_example"]["slipped"]
    before = plan_schedule(definition, consent_on=CONSENTED)

    after = plan_schedule(definition, consent_on=CONSENTED, actual={"V5": slip["actual_V5"]})

    assert days(after["V10"]) == (slip["V10_target"], slip["V10_earliest"], slip["V10_latest"])
    moved = {line.before.code for line in cascade(before, after)}
    assert moved == {code for code, visit in after.items() if code not in ("V0", "V1", "V2", "V3", "V4", "V5")}
    assert after["V10"].anchored_on_actual and not before["V10"].anchored_on_actual


def test_cascade_is_in_the_order_of_display(definition: ProtocolDefinition) -> None:
    before = plan_schedule(definition, consent_on=CONSENTED)
    after = plan_schedule(definition, consent_on=CONSENTED, actual={"V15": date(2026, 4, 2)})

    lines = cascade(before, after)

    orders = [line.before.order for line in lines]
    assert orders == sorted(orders)
    assert [line.before.code for line in lines][-2:] == ["V20", "LT1"]
    assert all(line.moves for line in lines)


def test_contacts_fall_on_the_days_of_the_worked_example(definition: ProtocolDefinition) -> None:
    planned = plan_schedule(definition, consent_on=CONSENTED)

    contacts = [line for code, line in planned.items() if code.startswith("V5-PH")]

    assert [line.target_on for line in contacts] == definition.source["worked_example"]["phone_contacts_V5"]
    assert all(days(line) == (line.target_on,) * 3 for line in contacts)
    assert [line.code for line in contacts] == [f"V5-PH{day}" for day in range(2, 8)]
    assert all(line.type == "phone" and line.anchor == "V5" for line in contacts)


def test_contacts_follow_every_dosing_visit_and_its_actual_date(definition: ProtocolDefinition) -> None:
    planned = plan_schedule(definition, consent_on=CONSENTED, actual={"V10": date(2026, 3, 5)})

    assert len([code for code in planned if "-PH" in code]) == 18
    assert planned["V10-PH2"].target_on == date(2026, 3, 7)
    assert planned["V10-PH2"].anchored_on_actual and not planned["V15-PH2"].anchored_on_actual


def test_contacts_of_a_missed_dosing_visit_have_no_day(definition: ProtocolDefinition) -> None:
    planned = plan_schedule(definition, consent_on=CONSENTED, missed={"V10"})

    assert days(planned["V10-PH2"]) == (None, None, None)
    assert planned["V5-PH2"].target_on is not None


@pytest.mark.parametrize(
    ("actual", "missed", "last_dose_on", "target", "is_actual"),
    [
        pytest.param({}, (), None, date(2026, 9, 28), False, id="before dosing the last planned dose stands in"),
        pytest.param(
            {"V5": date(2026, 2, 2)}, (), date(2026, 2, 2), date(2026, 9, 28), False,
            id="while a dose is to come its target stands in",
        ),
        pytest.param(
            {"V5": date(2026, 2, 2)}, ("V15",), date(2026, 2, 2), date(2026, 8, 31), False,
            id="of the doses to come the last one that is not missed stands in",
        ),
        pytest.param(
            {"V5": date(2026, 2, 2)}, ("V10", "V15"), date(2026, 2, 2), date(2026, 8, 3), True,
            id="once no dose is to come the latest one taken counts",
        ),
        pytest.param(
            {"V5": date(2026, 2, 2), "V10": date(2026, 3, 2), "V15": date(2026, 3, 30)}, (), date(2026, 3, 2),
            date(2026, 8, 31), True, id="a visit without a dose does not count",
        ),
        pytest.param({}, ("V5", "V10", "V15"), None, None, False, id="no dose and none to come gives no target"),
    ],
)  # fmt: skip
def test_long_term_visit_follows_the_last_dose(
    definition: ProtocolDefinition,
    actual: dict[str, date],
    missed: tuple[str, ...],
    last_dose_on: date | None,
    target: date | None,
    is_actual: bool,
) -> None:
    planned = plan_schedule(definition, consent_on=CONSENTED, actual=actual, missed=missed, last_dose_on=last_dose_on)

    assert (planned["LT1"].target_on, planned["LT1"].anchored_on_actual) == (target, is_actual)


def test_visit_whose_anchor_has_no_day_has_none(definition: ProtocolDefinition) -> None:
    after_lt1 = replace(definition.visits_by_code["V20"], code="LT2", anchor="LT1")

    planned = plan_schedule(with_visit(definition, after_lt1), consent_on=CONSENTED, missed={"V5", "V10", "V15"})

    assert days(planned["LT2"]) == (None, None, None)


def test_unscheduled_visit_has_no_day(definition: ProtocolDefinition) -> None:
    unscheduled = replace(
        definition.visits_by_code["V20"], code="UNS", type="unscheduled",
        anchor=None, offset=None, before=None, after=None,
    )  # fmt: skip

    planned = plan_schedule(with_visit(definition, unscheduled), consent_on=CONSENTED)

    assert days(planned["UNS"]) == (None, None, None)
    assert planned["UNS"].anchor is None


def test_offset_may_be_negative(definition: ProtocolDefinition) -> None:
    earlier = replace(definition.visits_by_code["V4"], code="PRE", anchor="V5", offset=-3, before=1, after=1)

    planned = plan_schedule(with_visit(definition, earlier), consent_on=CONSENTED, actual={"V5": date(2026, 2, 7)})

    assert days(planned["PRE"]) == (date(2026, 2, 4), date(2026, 2, 3), date(2026, 2, 5))


def in_hours(definition: ProtocolDefinition, *, offset: int, before: int, after: int) -> ProtocolDefinition:
    visit = replace(
        definition.visits_by_code["V6"], code="H1", window_unit="hours", anchor_event="initial_dose",
        offset=offset, before=before, after=after,
    )  # fmt: skip
    return with_visit(definition, visit)


def test_window_in_hours_is_elapsed_time_across_the_change_of_clocks(definition: ProtocolDefinition) -> None:
    zone = ZoneInfo("Europe/Zurich")
    dosed_at = datetime(2026, 3, 28, 22, 0, tzinfo=zone)

    planned = plan_schedule(
        in_hours(definition, offset=24, before=2, after=4),
        consent_on=CONSENTED,
        actual={"V5": dosed_at.date()},
        events={("V5", "initial_dose"): dosed_at},
        zone="Europe/Zurich",
    )["H1"]

    assert planned.target_at == datetime(2026, 3, 29, 23, 0, tzinfo=zone)
    assert planned.earliest_at == datetime(2026, 3, 29, 21, 0, tzinfo=zone)
    assert planned.latest_at == datetime(2026, 3, 30, 3, 0, tzinfo=zone)
    assert days(planned) == (date(2026, 3, 29), date(2026, 3, 29), date(2026, 3, 30))
    assert planned.anchored_on_actual


def test_window_in_hours_is_a_window_of_days_until_its_event(definition: ProtocolDefinition) -> None:
    planned = plan_schedule(in_hours(definition, offset=24, before=2, after=4), consent_on=CONSENTED)["H1"]

    assert days(planned) == (date(2026, 2, 3), date(2026, 2, 2), date(2026, 2, 4))
    assert planned.target_at is None
    assert not planned.anchored_on_actual


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param(date(2026, 2, 19), "not_due", id="the day before it opens it is not due"),
        pytest.param(date(2026, 2, 20), "open", id="on its first day it is open"),
        pytest.param(date(2026, 2, 27), "open", id="three days before its end it is open"),
        pytest.param(date(2026, 2, 28), "closing", id="two days before its end it closes"),
        pytest.param(date(2026, 3, 2), "closing", id="on its last day it closes"),
        pytest.param(date(2026, 3, 3), "overdue", id="the day after it is overdue"),
    ],
)
def test_window_state(definition: ProtocolDefinition, today: date, expected: str) -> None:
    line = plan_schedule(definition, consent_on=CONSENTED)["V9"]

    state = window_state(
        earliest_on=line.earliest_on,
        latest_on=line.latest_on,
        today=today,
        closing_days=definition.lateness.window_closing_days,
    )

    assert state == expected


def test_visit_without_a_window_is_never_due() -> None:
    assert window_state(earliest_on=None, latest_on=None, today=CONSENTED, closing_days=2) == "not_due"


def test_only_must_follow_binds(definition: ProtocolDefinition) -> None:
    visits = definition.visits_by_code

    assert unmet_predecessors(visits["V9"], settled=set()) == ("V8",)
    assert unmet_predecessors(visits["V9"], settled={"V8"}) == ()
    assert unmet_predecessors(visits["V20"], settled=set()) == ()


slips = st.integers(min_value=0, max_value=60)


@given(visit=st.integers(min_value=0, max_value=20), slip=slips, later=slips)
def test_no_target_moves_back_when_a_visit_happens_later(
    definition: ProtocolDefinition, visit: int, slip: int, later: int
) -> None:
    code = definition.visits[visit].code
    target = plan_schedule(definition, consent_on=CONSENTED)[code].target_on
    assert target is not None
    first, second = target + timedelta(days=slip), target + timedelta(days=slip + later)

    early = plan_schedule(definition, consent_on=CONSENTED, actual={code: first})
    late = plan_schedule(definition, consent_on=CONSENTED, actual={code: second})

    for line in early.values():
        other = late[line.code].target_on
        assert line.target_on is not None and other is not None
        assert (other - line.target_on).days in (0, later)


@given(shift=st.integers(min_value=-4000, max_value=4000))
def test_consent_on_another_day_shifts_everything_alike(definition: ProtocolDefinition, shift: int) -> None:
    base = plan_schedule(definition, consent_on=CONSENTED)

    moved = plan_schedule(definition, consent_on=CONSENTED + timedelta(days=shift))

    for code, line in base.items():
        assert days(moved[code]) == tuple(day + timedelta(days=shift) for day in days(line) if day)


@given(hour=st.integers(min_value=0, max_value=24 * 366), offset=st.integers(min_value=0, max_value=200))
def test_hours_are_elapsed_in_every_zone(definition: ProtocolDefinition, hour: int, offset: int) -> None:
    dosed_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    in_zones = [
        plan_schedule(
            in_hours(definition, offset=offset, before=0, after=0),
            consent_on=CONSENTED,
            actual={"V5": dosed_at.date()},
            events={("V5", "initial_dose"): dosed_at},
            zone=zone,
        )["H1"].target_at
        for zone in ("UTC", "America/New_York", "Asia/Jerusalem")
    ]

    assert in_zones == [dosed_at + timedelta(hours=offset)] * 3
