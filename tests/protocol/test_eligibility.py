"""Eligibility in three values: missing is never eligible."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.definition import ProtocolDefinition
from protocol.derived import count_readings
from protocol.eligibility import age_in_years, judge_again, judge_eligibility
from protocol.expressions import Value

GOOD: dict[str, Value] = {
    **dict.fromkeys(
        ("language_ok", "can_swallow", "agrees_recording", "has_contact", "agrees_inform_48h", "agrees_lifestyle",
         "dsm5_ptsd_current", "washout_ok", "consent_capable", "effective_contraception"), True),
    **dict.fromkeys(
        ("other_trial", "childbearing_potential", "torsade_risk", "significant_cv_disease", "arrhythmia_history",
         "symptomatic_liver_disease", "hyponatraemia_history", "hyperthermia_history", "lactating",
         "psychotic_disorder", "bipolar1", "dissociative_identity", "eating_disorder_purging", "mdd_psychotic",
         "personality_disorder_excl", "current_suicide_risk"), False),
    "pregnancy_test": "not_applicable", "sex_at_birth": "male", "alcohol_use_disorder": "none",
    "drug_use_disorder": "none",
    **{name: Decimal(value) for name, value in {
        "age_years": 40, "symptom_months": 60, "caps5_total": 45, "bp_high_count": 0, "qtcb_ms": 410, "alt_x_uln": 1,
        "ast_x_uln": 1, "weight_kg": 70, "cssrs_ideation_recent": 1, "cssrs_behaviour_recent_months": 999,
        "mdma_uses_10y": 0, "mdma_last_use_months": 999, "investigational_drug_days": 9999,
    }.items()},
}  # fmt: skip


def result(definition: ProtocolDefinition, visit: str = "V4", without: str = "", **changes: Value) -> str:
    values = {name: value for name, value in (GOOD | changes).items() if name != without}
    return judge_eligibility(definition, visit_code=visit, values=values).result


@pytest.mark.parametrize(
    ("visit", "changes", "expected"),
    [
        pytest.param("V4", {}, "eligible", id="everything known and in order is eligible"),
        pytest.param("V4", {"age_years": Decimal(17)}, "not_eligible", id="one failed inclusion is enough"),
        pytest.param("V4", {"bipolar1": True}, "not_eligible", id="one present exclusion is enough"),
        pytest.param("V4", {"caps5_total": Decimal(27)}, "not_eligible", id="just below the threshold of the variant"),
        pytest.param("V4", {"caps5_total": Decimal(28)}, "eligible", id="at the threshold of the variant"),
        pytest.param(
            "V0", {"caps5_total": Decimal(0)}, "eligible", id="a criterion that is not yet due does not count"
        ),
        pytest.param("V3", {"age_years": Decimal(17)}, "eligible", id="at baseline only what is due there counts"),
        pytest.param("V3", {"washout_ok": False}, "not_eligible", id="at baseline the washout is due"),
        pytest.param("V1", {}, "undetermined", id="where nothing is due nothing is determined"),
    ],
)
def test_result(definition: ProtocolDefinition, visit: str, changes: dict[str, Value], expected: str) -> None:
    assert result(definition, visit, **changes) == expected


# Nothing hangs on these while the others stand: pregnancy is not possible, and the QT time is below either limit.
IDLE = {"effective_contraception", "sex_at_birth"}


@pytest.mark.parametrize("name", sorted(set(GOOD) - IDLE))
def test_missing_value_is_never_eligible(definition: ProtocolDefinition, name: str) -> None:
    assert result(definition, without=name) == "undetermined"


@pytest.mark.parametrize("name", sorted(IDLE))
def test_missing_value_on_which_nothing_hangs_changes_nothing(definition: ProtocolDefinition, name: str) -> None:
    assert result(definition, without=name) == "eligible"


def test_failure_outweighs_what_is_unknown(definition: ProtocolDefinition) -> None:
    assert result(definition, without="weight_kg", bipolar1=True) == "not_eligible"


def test_verdict_names_state_evidence_and_what_is_missing(definition: ProtocolDefinition) -> None:
    values = {name: value for name, value in GOOD.items() if name not in ("weight_kg", "qtcb_ms")} | {"lactating": True}

    verdict = judge_eligibility(definition, visit_code="V0", values=values)

    states = {criterion.code: criterion for criterion in verdict.criteria}
    assert states["I01"].state == "met" and states["I01"].evidence[0].text == "40"
    assert states["I01"].evidence[0].unit == "years"
    assert states["I12"].state == "not_yet_due"
    assert states["X11"].state == "present" and states["X11"].fails
    assert states["X12"].state == "not_present" and not states["X12"].fails
    assert states["X10"].state == "not_yet_known" and states["X10"].open
    assert verdict.missing == ("qtcb_ms", "weight_kg")
    assert verdict.result == "not_eligible"


@given(left_out=st.sets(st.sampled_from(sorted(GOOD))))
def test_knowing_less_never_makes_anybody_eligible(definition: ProtocolDefinition, left_out: set[str]) -> None:
    bad = {name: value for name, value in (GOOD | {"bipolar1": True}).items() if name not in left_out}

    assert judge_eligibility(definition, visit_code="V4", values=bad).result != "eligible"


NEAR: dict[str, list[Value]] = {
    "age_years": [Decimal(17), Decimal(18)], "qtcb_ms": [Decimal(450), Decimal(451), Decimal(461)],
    "caps5_total": [Decimal(27), Decimal(28)], "weight_kg": [Decimal(47), Decimal(48)],
    "alt_x_uln": [Decimal(3), Decimal("3.1")], "cssrs_ideation_recent": [Decimal(3), Decimal(4)],
    "mdma_uses_10y": [Decimal(10), Decimal(11)], "mdma_last_use_months": [Decimal(5), Decimal(6)],
    "pregnancy_test": ["negative", "positive", "not_done"], "sex_at_birth": ["female", "male"],
    "alcohol_use_disorder": ["none", "moderate", "severe"],
}  # fmt: skip


def offered(name: str) -> list[Value]:
    """Returns values of a variable on both sides of what decides."""
    return NEAR.get(name, [True, False] if isinstance(GOOD[name], bool) else [GOOD[name]])


@given(
    values=st.fixed_dictionaries({name: st.sampled_from(offered(name)) for name in GOOD}),
    left_out=st.sets(st.sampled_from(sorted(GOOD))),
    visit=st.sampled_from(["V0", "V3", "V4"]),
    few=st.sets(st.sampled_from(sorted(GOOD)), max_size=3),
)
def test_removing_any_fact_never_makes_anybody_eligible(
    definition: ProtocolDefinition, values: dict[str, Value], left_out: set[str], visit: str, few: set[str]
) -> None:
    """Most people differ from somebody eligible in a few facts, so that the verdict often hangs on one."""
    whole = GOOD | {name: values[name] for name in few}
    less = {name: value for name, value in whole.items() if name not in left_out}

    with_all = judge_eligibility(definition, visit_code=visit, values=whole).result
    with_less = judge_eligibility(definition, visit_code=visit, values=less).result

    assert with_less != "eligible" or with_all == "eligible"


@given(st.sets(st.sampled_from(sorted(GOOD))))
def test_verdict_is_the_same_from_the_evidence_it_shows(definition: ProtocolDefinition, left_out: set[str]) -> None:
    known = {name: value for name, value in GOOD.items() if name not in left_out}
    verdict = judge_eligibility(definition, visit_code="V4", values=known)
    shown = {each.variable: each.text for criterion in verdict.criteria for each in criterion.evidence}

    again = judge_again(definition, visit_code="V4", evidence=shown)

    assert again.result == verdict.result
    assert [each.state for each in again.criteria] == [each.state for each in verdict.criteria]


@pytest.mark.parametrize(
    ("born", "on", "expected"),
    [
        pytest.param(date(2008, 1, 6), date(2026, 1, 5), 17, id="the day before the birthday"),
        pytest.param(date(2008, 1, 5), date(2026, 1, 5), 18, id="on the birthday"),
        pytest.param(date(2008, 2, 29), date(2026, 2, 28), 17, id="born on a leap day, the day before March"),
        pytest.param(date(2008, 2, 29), date(2026, 3, 1), 18, id="born on a leap day, on the first of March"),
        pytest.param(date(2008, 12, 31), date(2026, 1, 1), 17, id="the year alone does not count"),
    ],
)
def test_age_is_in_whole_years_completed(born: date, on: date, expected: int) -> None:
    assert age_in_years(born_on=born, on=on) == expected


def reading(sbp: int | None, dbp: int | None) -> dict[str, Value]:
    pairs = {"sbp": sbp, "dbp": dbp}
    return {name: Decimal(value) for name, value in pairs.items() if value is not None}


@pytest.mark.parametrize(
    ("occasions", "expected"),
    [
        pytest.param([], None, id="no occasion is not assessable"),
        pytest.param([(150, 95), (150, 95)], None, id="two occasions are not assessable, however high"),
        pytest.param([(139, 89)] * 3, 0, id="just below both limits three times"),
        pytest.param([(140, 80), (120, 90), (141, 91)], 3, id="at either limit three times"),
        pytest.param([(140, 80), (139, 89), (120, 80)], 1, id="one of three"),
        pytest.param([(140, None), (139, None), (150, 80)], None, id="half a reading that does not decide is none"),
        pytest.param([(140, None), (141, None), (150, 80)], 3, id="half a reading that decides counts"),
        pytest.param([(140, 80)] * 4, 4, id="more than three occasions all count"),
    ],
)
def test_count_of_high_readings(
    definition: ProtocolDefinition, occasions: list[tuple[int | None, int | None]], expected: int | None
) -> None:
    found = count_readings(definition, "bp_high_count", occasions=[reading(*pair) for pair in occasions])

    assert found == expected
