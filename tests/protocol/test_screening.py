"""Results in their units, ranges of normal, earlier treatments and earlier use, and the plan of a washout."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.definition import ProtocolDefinition
from protocol.eligibility import outdated
from protocol.expressions import Truth
from protocol.partial_dates import first_day, last_day, whole_months
from protocol.screening.measures import (
    NormalRange,
    bazett,
    computed_values,
    converted,
    flag_of,
    panel_counts,
    range_for,
    supplied_value,
)
from protocol.screening.prior_use import Occasions, counted_use
from protocol.screening.treatments import EarlierTreatment, adequate_truth, judge_resistance
from protocol.washout import TakenMedicine, plan_washout

ON = date(2026, 3, 1)
LAB = "Central"


@pytest.mark.parametrize(
    ("code", "value", "unit", "expected"),
    [
        pytest.param("potassium", "4.1", "mmol/L", "4.1", id="the own unit changes nothing"),
        pytest.param("creatinine", "1.0", "mg/dL", "88.42", id="creatinine of the other world"),
        pytest.param("haemoglobin", "13.5", "g/dL", "135.0", id="grams in a decilitre"),
        pytest.param("alt", "0.5", "ukat/L", "30.0", id="katal"),
        pytest.param("glucose", "90", "mg/dL", "4.996", id="four digits and no more"),
        pytest.param("potassium", "0", "meq/L", "0", id="nought stays nought"),
        pytest.param("potassium", "4.1", "mg/dL", None, id="a unit without a factor is refused"),
    ],
)
def test_value_in_another_unit(
    definition: ProtocolDefinition, code: str, value: str, unit: str, expected: str | None
) -> None:
    found = converted(definition.screening.measures[code], Decimal(value), unit)

    assert found == (None if expected is None else Decimal(expected))


def normal(low: str = "3.5", high: str = "5.1", **more: object) -> NormalRange:
    given: dict[str, object] = {"valid_from": date(2026, 1, 1)} | more
    return NormalRange("potassium", LAB, Decimal(low), Decimal(high), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("3.4", "low"), ("3.5", "normal"), ("5.1", "normal"), ("5.2", "high")],
    ids=["below the lower limit", "at the lower limit", "at the upper limit", "above the upper limit"],
)
def test_flag_at_the_limits_of_normal(definition: ProtocolDefinition, value: str, expected: str) -> None:
    potassium = definition.screening.measures["potassium"]

    assert flag_of(potassium, value, normal()) == expected
    assert flag_of(potassium, value, None) == "unknown"


def test_word_is_abnormal_as_the_protocol_says(definition: ProtocolDefinition) -> None:
    test = definition.screening.measures["pregnancy"]

    assert [flag_of(test, word, None) for word in ("negative", "positive")] == ["normal", "abnormal"]


GENERAL, OF_MEN, OF_THE_OLD = normal(), normal(high="5.3", sex="male"), normal(high="5.5", age_from=65)
NEWER, YET_TO_COME = normal(high="5.0", valid_from=date(2026, 2, 1)), normal(valid_from=date(2026, 4, 1))
ALL_RANGES = [GENERAL, OF_MEN, OF_THE_OLD, NEWER, YET_TO_COME]


@pytest.mark.parametrize(
    ("laboratory", "sex", "age", "expected"),
    [
        pytest.param(LAB, "female", "40", NEWER, id="the newest that holds by then"),
        pytest.param(LAB, "male", "40", OF_MEN, id="one for the sex before a general one"),
        pytest.param("central", "female", "65", OF_THE_OLD, id="one for the age, at its limit"),
        pytest.param(LAB, "female", "64", NEWER, id="just below the limit of age"),
        pytest.param(LAB, "", None, NEWER, id="unknown sex and age take no range that is limited"),
        pytest.param("Elsewhere", "male", "40", None, id="another laboratory has its own"),
    ],
)
def test_range_that_holds(laboratory: str, sex: str, age: str | None, expected: NormalRange | None) -> None:
    found = range_for(ALL_RANGES, laboratory=laboratory, sex=sex, age=Decimal(age) if age else None, on=ON)

    assert found is expected


def test_enzyme_is_supplied_as_a_multiple_of_the_upper_limit(definition: ProtocolDefinition) -> None:
    alt = definition.screening.measures["alt"]
    limits = NormalRange("alt", LAB, None, Decimal(40), date(2026, 1, 1))

    assert supplied_value(alt, "120", limits) == "3"
    assert supplied_value(alt, "120.001", limits) == "3.001"
    assert supplied_value(alt, "120", None) is None


def test_panel_is_counted_once_every_part_of_it_is_known(definition: ProtocolDefinition) -> None:
    codes = definition.screening.panels["uds_positive_count"]
    reported = dict.fromkeys(codes, "negative") | {codes[0]: "positive"}

    assert panel_counts(definition.screening, reported) == {"uds_positive_count": "1"}
    assert panel_counts(definition.screening, {name: reported[name] for name in codes[1:]}) == {}


def test_corrected_qt_follows_from_qt_and_rate_unless_it_was_reported(definition: ProtocolDefinition) -> None:
    assert bazett(qt_ms=Decimal(400), beats_per_minute=Decimal(60)) == 400
    assert bazett(qt_ms=Decimal(360), beats_per_minute=Decimal(80)) == 416
    assert computed_values(definition.screening, {"qt": "360", "heart_rate": "80"}) == {"qtcb": Decimal(416)}
    assert computed_values(definition.screening, {"qt": "360", "heart_rate": "80", "qtcb": "415"}) == {}
    assert computed_values(definition.screening, {"qt": "360"}) == {}


@pytest.mark.parametrize(
    ("partial", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-10", date(2024, 2, 10), date(2024, 2, 10)),
    ],
)
def test_days_that_a_partial_date_can_mean(partial: str, first: date, last: date) -> None:
    assert (first_day(partial), last_day(partial)) == (first, last)


def test_months_are_whole_ones() -> None:
    assert whole_months(date(2025, 9, 1), ON) == 6
    assert whole_months(date(2025, 9, 2), ON) == 5
    assert whole_months(date(2026, 5, 1), ON) == 0


def medicine(started: str = "2020-01-01", ended: str = "2020-02-12", **more: object) -> EarlierTreatment:
    given: dict[str, object] = {"response": "none", "dose_mg": Decimal(100)} | more
    name = str(given.pop("name", "sertraline"))
    return EarlierTreatment(name, "medicine", started, ended, **given)  # type: ignore[arg-type]


def therapy(sessions: int | None, response: str = "partial") -> EarlierTreatment:
    return EarlierTreatment("Exposure", "psychotherapy", "2019", "2020", response, sessions=sessions)


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        pytest.param(medicine(), Truth.TRUE, id="six weeks at the dose"),
        pytest.param(medicine(ended="2020-02-11"), Truth.FALSE, id="a day short of six weeks"),
        pytest.param(medicine(dose_mg=Decimal("99.9")), Truth.FALSE, id="just below the dose"),
        pytest.param(medicine(dose_mg=None), Truth.UNKNOWN, id="a dose that nobody knows"),
        pytest.param(medicine(name="unlisted"), Truth.UNKNOWN, id="a medicine without an adequate dose"),
        pytest.param(medicine("2020-01", "2020-02"), Truth.UNKNOWN, id="months that may or may not be six weeks"),
        pytest.param(medicine("2020-01", "2020-04"), Truth.TRUE, id="months that are six weeks at any rate"),
        pytest.param(medicine("2020-01-01", ""), Truth.UNKNOWN, id="an end that nobody knows"),
        pytest.param(therapy(8), Truth.TRUE, id="eight sessions"),
        pytest.param(therapy(7), Truth.FALSE, id="seven sessions"),
        pytest.param(therapy(None), Truth.UNKNOWN, id="sessions that nobody counted"),
        pytest.param(EarlierTreatment("Yoga", "other", "", "", "none"), Truth.FALSE, id="a kind without a rule"),
    ],
)
def test_adequate_treatment(definition: ProtocolDefinition, treatment: EarlierTreatment, expected: Truth) -> None:
    assert adequate_truth(definition, treatment) is expected


@pytest.mark.parametrize(
    ("treatments", "failed", "truth"),
    [
        pytest.param([], 0, Truth.FALSE, id="nothing was tried"),
        pytest.param([medicine(), therapy(12)], 2, Truth.TRUE, id="two failed"),
        pytest.param([medicine(), therapy(12, "full")], 1, Truth.FALSE, id="one helped"),
        pytest.param([medicine(), therapy(12, "not_tolerated")], 1, Truth.FALSE, id="not tolerated is not failed"),
        pytest.param([medicine(), therapy(None)], None, Truth.UNKNOWN, id="an open one that would decide"),
        pytest.param([medicine(), therapy(9), medicine(dose_mg=None)], None, Truth.TRUE, id="an open one more"),
        pytest.param([therapy(12, "unknown")], None, Truth.FALSE, id="one open is too few in any case"),
    ],
)
def test_resistance(
    definition: ProtocolDefinition, treatments: list[EarlierTreatment], failed: int | None, truth: Truth
) -> None:
    verdict = judge_resistance(definition, treatments)

    assert (verdict.failed, verdict.truth) == (failed, truth)


@given(st.lists(st.sampled_from([medicine(), medicine(dose_mg=None), therapy(8), therapy(None), therapy(9, "full")])))
def test_what_is_open_never_makes_resistance(
    definition: ProtocolDefinition, treatments: list[EarlierTreatment]
) -> None:
    known = [each for each in treatments if adequate_truth(definition, each) is not Truth.UNKNOWN]

    found, without = judge_resistance(definition, treatments).truth, judge_resistance(definition, known).truth

    assert found is not Truth.TRUE or without is Truth.TRUE
    assert found is not Truth.FALSE or without is Truth.FALSE


@pytest.mark.parametrize(
    ("occasions", "uses", "months"),
    [
        pytest.param([], 0, 999, id="never"),
        pytest.param([Occasions(2015, 4)], 0, 122, id="before the years that count"),
        pytest.param([Occasions(2016, 4)], 4, 110, id="a year that the span touches counts whole"),
        pytest.param([Occasions(2020, 2), Occasions(2025, 1, "2025-09-01")], 3, 6, id="dated to the day"),
        pytest.param([Occasions(2025, 1, "2025-09")], 1, 5, id="dated to the month: the last of it"),
        pytest.param([Occasions(2026, 1)], 1, 0, id="this year, no more is known"),
        pytest.param([Occasions(2024, 0)], 0, 999, id="no occasion in a year"),
    ],
)
def test_earlier_use(definition: ProtocolDefinition, occasions: list[Occasions], uses: int, months: int) -> None:
    rule = definition.screening.prior_use
    assert rule is not None

    assert counted_use(rule, occasions, on=ON) == {rule.uses: uses, rule.last: months}


CONSENT_ON = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("medicines", "actual", "baseline", "dose", "why"),
    [
        pytest.param([], {}, "2026-01-20", "2026-01-25", "window of V3 opens on 20 Jan 2026", id="none is taken"),
        pytest.param(
            [TakenMedicine("fluoxetine", date(2026, 1, 5))], {}, "2026-04-02", "2026-04-07",
            "Fluoxetine is away long enough on 2 Apr 2026", id="a long half-life decides",
        ),
        pytest.param(
            [TakenMedicine("fluoxetine"), TakenMedicine("lorazepam", date(2026, 1, 5))], {}, None, None,
            "open for fluoxetine", id="one that is still taken leaves it open",
        ),
        pytest.param(
            [TakenMedicine("fluoxetine", planned_last_on=date(2026, 1, 5))], {}, "2026-04-02", "2026-04-07",
            "away long enough on 2 Apr 2026", id="a planned last day makes a planned first day",
        ),
        pytest.param([TakenMedicine("herb", date(2020, 1, 1))], {}, None, None, "open for herb", id="unlisted"),
        pytest.param(
            [], {"V3": date(2026, 2, 1)}, "2026-02-01", "2026-02-06", "V3 took place on 1 Feb 2026", id="baseline was",
        ),
    ],
)  # fmt: skip
def test_first_days_of_baseline_and_dosing(
    definition: ProtocolDefinition,
    medicines: list[TakenMedicine],
    actual: dict[str, date],
    baseline: str | None,
    dose: str | None,
    why: str,
) -> None:
    plan = plan_washout(definition, medicines, consent_on=CONSENT_ON, actual=actual)

    assert str(plan.baseline_from) == str(baseline)
    assert str(plan.first_dose_from) == str(dose)
    assert why in plan.why


def test_plan_says_the_reason_of_each_medicine_and_the_least_taper(definition: ProtocolDefinition) -> None:
    taken = [
        TakenMedicine("paroxetine", planned_last_on=date(2026, 2, 10), taper_from=date(2026, 1, 10)),
        TakenMedicine("herb", date(2026, 1, 1)),
        TakenMedicine("lithium"),
    ]

    paroxetine, herb, lithium = plan_washout(definition, taken, consent_on=CONSENT_ON).lines

    assert (paroxetine.planned, paroxetine.taper_until) == (True, date(2026, 2, 7))
    assert paroxetine.why == "five half-lives plus one week for stabilisation; half-life 0.9 days"
    assert "not in the protocol's list" in herb.why and herb.washed_out_on is None
    assert "still taken" in lithium.why


@pytest.mark.parametrize(("days", "expected"), [(59, False), (60, False), (61, True)])
def test_age_of_a_result_at_the_limit(definition: ProtocolDefinition, days: int, expected: bool) -> None:
    observed = date.fromordinal(ON.toordinal() - days)

    assert outdated(definition, variable="qtcb_ms", observed_on=observed, on=ON) is expected
    assert not outdated(definition, variable="bipolar1", observed_on=date(2026, 1, 1), on=ON)
    assert not outdated(definition, variable="age_years", observed_on=date(2020, 1, 1), on=ON)
