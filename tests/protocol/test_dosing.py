"""The gate before a dose, the supplemental decision, discharge, washout, stopping and grades."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from protocol.definition import ProtocolDefinition
from protocol.dosing import (
    judge_discharge,
    judge_gates,
    judge_pre_dose,
    judge_supplemental,
    minutes_between,
    supplemental_times,
)
from protocol.expressions import Truth, Value, parse
from protocol.grading import suggested_grades
from protocol.stopping import (
    RelatedSeriousEvent,
    fired_stopping_rules,
    judge_special_interest,
    judge_stopping,
    judge_trial_stopping,
    judged_variables,
    special_interest,
)
from protocol.verdict import Verdict, show
from protocol.washout import StoppedMedicine, washed_out_on, washout_truth

DOSED_AT = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)


def exact(**values: int | str | bool) -> dict[str, Value]:
    return {name: Decimal(value) if type(value) is int else value for name, value in values.items()}


READY = exact(
    hours_since_food=9, childbearing_potential=False, pregnancy_test="not_applicable", uds_positive_count=0,
    cssrs_ideation=0, cssrs_behaviour=0, sbp=120, dbp=80, hr=70, temp_c=Decimal("36.6"), session_staff_count=2,
    consent_version="2", consent_current_version="2",
)  # fmt: skip
CALM = exact(
    sbp=130, dbp=85, hr=90, temp_c=Decimal("37.2"), temp_c_baseline=Decimal("36.6"), max_ongoing_ctcae_grade=1,
    minutes_since_initial=100, participant_agrees=True, clinician_contraindication=False,
)  # fmt: skip
HOME = exact(
    minutes_since_initial=480, sbp=125, sbp_baseline=120, dbp=80, hr=80, temp_c=Decimal("36.9"), oriented=True,
    gait_stable=True, cssrs_ideation=0, cssrs_behaviour=0, clinician_stable=True, escort_present=True,
    suds=2, suds_baseline=2, participant_ready=True,
)  # fmt: skip


def codes(verdicts: tuple[Verdict, ...]) -> list[str]:
    return [verdict.rule for verdict in verdicts]


@pytest.mark.parametrize(
    ("changes", "blocking"),
    [
        pytest.param({}, [], id="all conditions true lets the dose be given"),
        pytest.param({"session_staff_count": 1}, ["PD6"], id="one person too few blocks"),
        pytest.param({"sbp": 151, "hours_since_food": 7}, ["PD1", "PD5"], id="every reason is named"),
        pytest.param({"consent_version": "1"}, ["PD7"], id="an older consent blocks"),
        pytest.param(
            {"childbearing_potential": True, "pregnancy_test": "not_done"}, ["PD2"], id="a test not done blocks"
        ),
    ],
)
def test_pre_dose(definition: ProtocolDefinition, changes: dict[str, int | str | bool], blocking: list[str]) -> None:
    judgement = judge_pre_dose(definition, READY | exact(**changes))

    assert codes(judgement.blocking) == blocking
    assert judgement.passes == (not blocking)
    assert len(judgement.verdicts) == len(definition.pre_dose_conditions)


@pytest.mark.parametrize("name", sorted(set(READY) - {"pregnancy_test"}))
def test_unknown_blocks_the_dose(definition: ProtocolDefinition, name: str) -> None:
    judgement = judge_pre_dose(definition, {key: value for key, value in READY.items() if key != name})

    assert not judgement.passes
    assert all(name in verdict.missing for verdict in judgement.blocking)


@pytest.mark.parametrize(
    ("changes", "withheld"),
    [
        pytest.param({}, [], id="no reason to withhold"),
        pytest.param({"minutes_since_initial": 89}, ["WS6"], id="a minute too early"),
        pytest.param({"minutes_since_initial": 90}, [], id="at the opening"),
        pytest.param({"minutes_since_initial": 120}, [], id="at the closing"),
        pytest.param({"minutes_since_initial": 121}, ["WS6"], id="a minute too late"),
        pytest.param({"participant_agrees": False}, ["WS7"], id="the participant declines"),
        pytest.param({"sbp": 181, "clinician_contraindication": True}, ["WS1", "WS8"], id="every reason is named"),
    ],
)
def test_supplemental(definition: ProtocolDefinition, changes: dict[str, int | bool], withheld: list[str]) -> None:
    judgement = judge_supplemental(definition, CALM | exact(**changes))

    assert codes(judgement.blocking) == withheld
    assert judgement.passes == (not withheld)


@pytest.mark.parametrize("name", sorted(CALM))
def test_unknown_withholds_the_supplemental_dose(definition: ProtocolDefinition, name: str) -> None:
    judgement = judge_supplemental(definition, {key: value for key, value in CALM.items() if key != name})

    assert not judgement.passes
    assert {verdict.truth for verdict in judgement.blocking} == {Truth.UNKNOWN}
    assert all(verdict.holds is None and name in verdict.missing for verdict in judgement.blocking)


@pytest.mark.parametrize(
    ("changes", "open_criteria"),
    [
        pytest.param({}, [], id="everything met lets the participant go"),
        pytest.param({"minutes_since_initial": 479}, ["D1"], id="a minute too early"),
        pytest.param({"sbp": 141}, ["D2"], id="systolic one above the allowed rise"),
        pytest.param({"suds": 3}, ["D7"], id="distress one above the rating before the dose"),
        pytest.param({"suds": 1}, [], id="distress one below the rating before the dose"),
        pytest.param({"participant_ready": False}, ["D8"], id="the participant does not feel ready"),
        pytest.param({"escort_present": False, "oriented": False}, ["D3", "D6"], id="every reason is named"),
    ],
)
def test_discharge(definition: ProtocolDefinition, changes: dict[str, int | bool], open_criteria: list[str]) -> None:
    assert codes(judge_discharge(definition, HOME | exact(**changes)).blocking) == open_criteria


@pytest.mark.parametrize("name", sorted(HOME))
def test_unknown_keeps_the_participant(definition: ProtocolDefinition, name: str) -> None:
    assert not judge_discharge(definition, {key: value for key, value in HOME.items() if key != name}).passes


def test_gates_must_all_be_true(definition: ProtocolDefinition) -> None:
    tokens = definition.randomisation.trigger_requires
    values = exact(
        consent_version="2", consent_current_version="2", eligibility_result="eligible", caps5_baseline_locked=True,
        washout_ok=True,
    )  # fmt: skip

    assert judge_gates(definition, tokens, values).passes
    assert codes(judge_gates(definition, tokens, values | exact(eligibility_result="undetermined")).blocking) == [
        "eligibility_confirmed"
    ]
    assert len(judge_gates(definition, tokens, {}).blocking) == len(tokens)


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        pytest.param("89.99", "not_yet", id="just before it opens"),
        pytest.param("90", "open", id="when it opens"),
        pytest.param("109.99", "open", id="just before it is about to close"),
        pytest.param("110", "closing", id="ten minutes before its end"),
        pytest.param("120", "closing", id="at its end"),
        pytest.param("120.01", "closed", id="just after its end"),
    ],
)
def test_supplemental_window(definition: ProtocolDefinition, minutes: str, state: str) -> None:
    times = supplemental_times(definition, initial_at=DOSED_AT)

    assert times.state_at(DOSED_AT + timedelta(minutes=float(minutes))) == state


def test_window_and_rule_agree_to_the_microsecond(definition: ProtocolDefinition) -> None:
    times = supplemental_times(definition, initial_at=DOSED_AT)
    for moment in (times.opens_at, times.closes_at):
        for shift in (-1, 0, 1):
            at = moment + timedelta(microseconds=shift)
            values = CALM | {"minutes_since_initial": minutes_between(DOSED_AT, at)}
            inside = times.state_at(at) in ("open", "closing")
            assert judge_supplemental(definition, values).passes is inside


def test_values_are_shown_as_people_write_them() -> None:
    assert [show(value) for value in (True, False, Decimal("37.50"), Decimal("1E+2"), "not_done")] == [
        "yes", "no", "37.5", "100", "not done",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "days_ago", "expected"),
    [
        pytest.param("sertraline", 12, Truth.FALSE, id="five half-lives and a week, half a day short"),
        pytest.param("sertraline", 13, Truth.TRUE, id="five half-lives and a week, rounded up to a day"),
        pytest.param("fluoxetine", 86, Truth.FALSE, id="a day short of a long half-life"),
        pytest.param("fluoxetine", 87, Truth.TRUE, id="exactly five long half-lives and a week"),
        pytest.param("homebrew", 999, Truth.UNKNOWN, id="an unlisted medicine is unknown"),
        pytest.param("sertraline", None, Truth.FALSE, id="a medicine that is still taken"),
    ],
)
def test_washout(definition: ProtocolDefinition, name: str, days_ago: int | None, expected: Truth) -> None:
    today = date(2026, 1, 26)
    last = None if days_ago is None else today - timedelta(days=days_ago)

    assert washout_truth(definition, [StoppedMedicine(name, last)], on=today) is expected


def test_washout_joins_all_medicines(definition: ProtocolDefinition) -> None:
    today = date(2026, 1, 26)
    done, short, unlisted = (
        StoppedMedicine("lorazepam", date(2025, 1, 1)),
        StoppedMedicine("fluoxetine", date(2026, 1, 1)),
        StoppedMedicine("homebrew", date(2025, 1, 1)),
    )

    assert washout_truth(definition, [], on=today) is Truth.TRUE
    assert washout_truth(definition, [done, unlisted], on=today) is Truth.UNKNOWN
    assert washout_truth(definition, [done, unlisted, short], on=today) is Truth.FALSE


@pytest.mark.parametrize(
    ("name", "last", "expected"),
    [
        pytest.param("sertraline", date(2026, 1, 1), date(2026, 1, 14), id="a half-life with a decimal"),
        pytest.param("fluoxetine", date(2026, 1, 1), date(2026, 3, 29), id="a whole half-life"),
        pytest.param("homebrew", date(2026, 1, 1), None, id="an unlisted medicine"),
        pytest.param("sertraline", None, None, id="a medicine that is still taken"),
    ],
)
def test_first_day_of_the_washout(
    definition: ProtocolDefinition, name: str, last: date | None, expected: date | None
) -> None:
    assert washed_out_on(definition, StoppedMedicine(name, last)) == expected


def test_first_day_is_not_known_when_the_rule_is_of_another_kind(definition: ProtocolDefinition) -> None:
    expression = parse("days_since_last_use == 3 and half_life_days > 100", variables=definition.variables)
    other = replace(definition, washout=replace(definition.washout, expression=expression))

    assert washed_out_on(other, StoppedMedicine("sertraline", date(2026, 1, 1))) is None


def test_only_true_stops_and_unknown_is_shown_as_open(definition: ProtocolDefinition) -> None:
    values = exact(cssrs_ideation=4, cssrs_behaviour=0, pregnancy_test="negative", sae_related=True)

    assert codes(fired_stopping_rules(definition, values)) == ["SP2"]
    opened = {verdict.rule: verdict.missing for verdict in judge_stopping(definition, values) if verdict.holds is None}
    assert opened["SP3"] == ("clinician_unsafe",)
    assert codes(fired_stopping_rules(definition, values | {"clinician_unsafe": True})) == ["SP2", "SP3"]
    assert fired_stopping_rules(definition, values)[0].action == "no further dose"


def test_special_interest_is_named(definition: ProtocolDefinition) -> None:
    assert codes(special_interest(definition, exact(event_group="cardiac_qt"))) == ["AESI-CARD"]
    assert codes(special_interest(definition, exact(cssrs_ideation=4))) == ["AESI-SUI"]
    assert len(judge_special_interest(definition, {})) == len(definition.aesi)


def test_rules_are_judged_anew_when_one_of_their_values_is_entered(definition: ProtocolDefinition) -> None:
    assert "qtcb_ms" in judged_variables(definition)
    assert "weight_kg" not in judged_variables(definition)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], [], id="no event"),
        pytest.param([("Syncope", "hospitalisation")], [], id="one event of a kind"),
        pytest.param([("Syncope", "life_threatening")], ["ST2"], id="one life-threatening event"),
        pytest.param([("Syncope", "death")], ["ST2"], id="one death"),
        pytest.param([("Syncope", "hospitalisation"), (" syncope ", "disability")], ["ST3"], id="two of the same kind"),
        pytest.param([("Syncope", "hospitalisation"), ("Seizure", "hospitalisation")], [], id="two of different kinds"),
    ],
)
def test_stopping_rules_of_the_trial(
    definition: ProtocolDefinition, events: list[tuple[str, str]], expected: list[str]
) -> None:
    found = judge_trial_stopping(definition, [RelatedSeriousEvent(term, (why,)) for term, why in events])

    assert [verdict.rule for verdict in found if verdict.holds] == expected
    assert all(verdict.holds is not None and verdict.action for verdict in found)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"sbp": "119", "dbp": "79"}, {"hypertension": 0}, id="just below the first grade"),
        pytest.param({"sbp": "119.5", "dbp": "70"}, {"hypertension": 1}, id="rounded half up to the first grade"),
        pytest.param({"sbp": "119.4", "dbp": "70"}, {"hypertension": 0}, id="rounded down below it"),
        pytest.param({"sbp": "139", "dbp": "89"}, {"hypertension": 1}, id="at the top of the first grade"),
        pytest.param({"sbp": "120", "dbp": "90"}, {"hypertension": 2}, id="the higher of the two pressures counts"),
        pytest.param({"sbp": "160"}, {"hypertension": 3}, id="one pressure is enough for a grade"),
        pytest.param({"sbp": "110"}, {}, id="one low pressure is not assessable"),
        pytest.param({"temp_c": "37.94"}, {"fever": 0}, id="rounded to a tenth below fever"),
        pytest.param({"temp_c": "37.95"}, {"fever": 1}, id="rounded to a tenth into fever"),
        pytest.param({"temp_c": "39.0"}, {"fever": 1}, id="at the top of the first grade of fever"),
        pytest.param({"temp_c": "39.1"}, {"fever": 2}, id="above it"),
        pytest.param({"temp_c": "40.1"}, {"fever": 3}, id="above the second"),
        pytest.param({"qtcb_ms": "449", "qtcb_baseline_ms": "389"}, {"qtc_prolonged": 0}, id="a rise of sixty"),
        pytest.param({"qtcb_ms": "449", "qtcb_baseline_ms": "388"}, {"qtc_prolonged": 3}, id="a rise of sixty-one"),
        pytest.param({"qtcb_ms": "480"}, {"qtc_prolonged": 1}, id="a grade stands while a higher one is open"),
        pytest.param({"qtcb_ms": "500.4"}, {"qtc_prolonged": 2}, id="rounded to the second grade"),
        pytest.param({"qtcb_ms": "501"}, {"qtc_prolonged": 3}, id="at the third"),
    ],
)
def test_suggested_grade(definition: ProtocolDefinition, values: dict[str, str], expected: dict[str, int]) -> None:
    assert suggested_grades(definition, {name: Decimal(value) for name, value in values.items()}) == expected


def test_grade_leaves_alone_what_it_does_not_round(definition: ProtocolDefinition) -> None:
    assert suggested_grades(definition, {"chest_pain": True, "hr": Decimal("70.5")}) == {}
