"""Scores of instruments: the file's test vectors, the edges of every cut and band, and what is incomplete."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.definition import OutcomeRule, ProtocolDefinition, load
from protocol.outcomes import outcome_holds
from protocol.scoring import (
    NOT_APPLICABLE,
    band_of,
    diagnosis_of,
    dissociative_subtype_of,
    family_of,
    item_numbers,
    item_range,
    score,
)

PROTOCOL = load((Path(__file__).parents[2] / "protocols" / "mapp_like.yaml").read_text(encoding="utf-8"))
VECTORS = PROTOCOL.source["scoring_test_vectors"]


def filled(code: str, value: int, **changes: int | None) -> dict[int, int | str | None]:
    items: dict[int, int | str | None] = dict.fromkeys(item_numbers(PROTOCOL.instruments[code]), value)
    return items | {int(name[1:]): change for name, change in changes.items()}


def reaching(code: str, total: int) -> dict[int, int | str | None]:
    """Returns items of an instrument that add up to a total."""
    instrument = PROTOCOL.instruments[code]
    limits = item_range(instrument)
    assert limits is not None
    items: dict[int, int | str | None] = {}
    for number in item_numbers(instrument):
        items[number] = min(limits[1], total)
        total -= min(limits[1], total)
    return items


def items_of_vector(vector: Mapping[str, Any]) -> dict[int, int | str | None]:
    items: dict[int, int | str | None] = {}
    if "others" in vector:
        count = PROTOCOL.instruments[vector["instrument"]]["scored_items"]
        items = dict.fromkeys(range(1, count + 1), vector["others"])
    for span, value in vector.get("items_fill", {}).items():
        first, last = (int(edge) for edge in span.split("-"))
        items |= dict.fromkeys(range(first, last + 1), value)
    given_items = vector.get("items", {})
    return items | (given_items if isinstance(given_items, dict) else dict(enumerate(given_items, start=1)))


@pytest.mark.parametrize("vector", [pytest.param(v, id=f"{v['instrument']}: {v['name']}") for v in VECTORS])
def test_vector_of_the_file_comes_out_exactly(vector: Mapping[str, Any]) -> None:
    instrument = PROTOCOL.instruments[vector["instrument"]]

    if "totals" in vector:
        scores = [score(instrument, reaching(vector["instrument"], total)) for total in vector["totals"]]
        assert [found.values["band"] for found in scores] == vector["expect"]
        return
    items = filled(vector["instrument"], vector["mean"]) if "mean" in vector else items_of_vector(vector)
    found = score(instrument, items)
    assert found.complete
    assert {name: found.values[name] for name in vector["expect"]} == vector["expect"]


@pytest.mark.parametrize(
    ("code", "total", "name", "expected"),
    [
        pytest.param("PCL5", 30, "above_cut", False, id="PCL-5 just below the cut"),
        pytest.param("PCL5", 31, "above_cut", True, id="PCL-5 at the lower cut"),
        pytest.param("AUDIT", 7, "above_cut", False, id="AUDIT just below the cut"),
        pytest.param("AUDIT", 8, "above_cut", True, id="AUDIT at the cut"),
        pytest.param("AUDIT", 15, "band", "II", id="AUDIT at the top of zone two"),
        pytest.param("AUDIT", 16, "band", "III", id="AUDIT at the foot of zone three"),
        pytest.param("AUDIT", 20, "band", "IV", id="AUDIT at the foot of zone four"),
        pytest.param("DUDIT", 24, "dependence_likely", False, id="DUDIT just below dependence"),
        pytest.param("DUDIT", 25, "dependence_likely", True, id="DUDIT at dependence"),
        pytest.param("BDI2", 0, "band", "minimal", id="BDI-II nought"),
        pytest.param("BDI2", 63, "band", "severe", id="BDI-II at its top"),
    ],
)
def test_edge_of_a_cut_or_band(code: str, total: int, name: str, expected: object) -> None:
    found = score(PROTOCOL.instruments[code], reaching(code, total))

    assert found.values["total"] == total
    assert found.values[name] == expected


@pytest.mark.parametrize(
    ("sex", "total", "expected"),
    [
        pytest.param("male", 5, False, id="a man just below his cut"),
        pytest.param("male", 6, True, id="a man at his cut"),
        pytest.param("female", 1, False, id="a woman just below hers"),
        pytest.param("female", 2, True, id="a woman at hers"),
        pytest.param(None, 6, None, id="without the sex at birth nothing is said"),
    ],
)
def test_cut_by_sex_at_birth(sex: str | None, total: int, expected: bool | None) -> None:
    found = score(PROTOCOL.instruments["DUDIT"], reaching("DUDIT", total), sex=sex)

    assert found.values.get("above_cut") is expected


def test_reversed_item_counts_the_other_way() -> None:
    instrument = PROTOCOL.instruments["DAST10"]

    assert score(instrument, filled("DAST10", 0, i3=1)).values == {"total": Decimal(0), "band": "none"}
    assert score(instrument, filled("DAST10", 0)).values["total"] == 1
    assert score(instrument, filled("DAST10", 1, i3=0)).values == {"total": Decimal(10), "band": "severe"}


@pytest.mark.parametrize(
    ("code", "items", "reason"),
    [
        pytest.param("CAPS5", filled("CAPS5", 1, i7=None), "Not answered: item 7.", id="one of the scored items"),
        pytest.param("CAPS5", {}, "Not answered: items 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 8 more.", id="all"),
        pytest.param("BDI2", filled("BDI2", 1, i2=None, i9=None), "Not answered: items 2, 9.", id="two of a sum"),
        pytest.param("DES2", filled("DES2", 10, i28=None), "Not answered: item 28.", id="one of a mean"),
        pytest.param("SDS_M", {1: 4, 2: None, 3: 3}, "Not answered: item 2.", id="an item that always applies"),
        pytest.param("SDS_M", {1: NOT_APPLICABLE, 2: None, 3: None}, "Not answered: items 2, 3.", id="all that apply"),
        pytest.param("EQ5D5L", {1: 1, 2: 1, 3: 1, 4: 1, 5: 1}, "Not answered: item 6.", id="the scale of a state"),
        pytest.param("SUD", {}, "Not answered: item 1.", id="the one item"),
    ],
)
def test_incomplete_has_no_total_and_a_reason(code: str, items: dict[int, Any], reason: str) -> None:
    found = score(PROTOCOL.instruments[code], items)

    assert (found.complete, found.values, found.reason) == (False, {}, reason)


def test_work_that_does_not_apply_leaves_the_mean_of_the_others() -> None:
    instrument = PROTOCOL.instruments["SDS_M"]

    assert score(instrument, {1: NOT_APPLICABLE, 2: 6, 3: 3}).values["mean"] == Decimal("4.5")
    assert score(instrument, {1: 9, 2: 6, 3: 3}).values["mean"] == 6


@pytest.mark.parametrize(
    ("code", "items"),
    [
        pytest.param("CAPS5", filled("CAPS5", 1, i3=5), id="above the range"),
        pytest.param("CAPS5", filled("CAPS5", 1, i3=-1), id="below the range"),
        pytest.param("DES2", filled("DES2", 10, i3=15), id="between two steps"),
        pytest.param("EQ5D5L", filled("EQ5D5L", 0), id="below the first level"),
    ],
)
def test_answer_that_the_instrument_does_not_allow_is_refused(code: str, items: dict[int, Any]) -> None:
    with pytest.raises(ValueError, match="is not an answer"):
        score(PROTOCOL.instruments[code], items)


def test_item_beyond_the_scored_ones_may_have_its_own_range() -> None:
    assert score(PROTOCOL.instruments["CAPS5"], filled("CAPS5", 1, i22=36)).complete


def test_health_state_is_its_levels_and_its_scale() -> None:
    found = score(PROTOCOL.instruments["EQ5D5L"], {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 70})

    assert found.values == {"state": "12345", "vas": Decimal(70)}
    assert score({"dimensions": 2, "levels": [1, 5]}, {1: 1, 2: 2}).values == {"state": "12"}


def test_suicidality_item_of_a_sum_stands_apart() -> None:
    assert score(PROTOCOL.instruments["BDI2"], filled("BDI2", 0, i9=2)).values["suicidality_item"] == 2


def risk(*yes: int, intensity: int | None = None, missing: tuple[int, ...] = ()) -> dict[int, int | str | None]:
    items: dict[int, int | str | None] = {n: int(n in yes) for n in (*range(1, 6), *range(11, 16)) if n not in missing}
    if 2 not in yes:
        items |= dict.fromkeys((3, 4, 5))
    return items if intensity is None else items | dict.fromkeys(range(6, 11), intensity)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param(risk(), (0, False, 0, False), id="nothing at all"),
        pytest.param(risk(1, intensity=1), (1, False, 0, False), id="a wish to be dead"),
        pytest.param(risk(1, 2, 3, intensity=2), (3, False, 0, False), id="a method is the third level"),
        pytest.param(risk(2, 4, intensity=5), (4, True, 0, False), id="intent is serious"),
        pytest.param(risk(1, 2, 3, 4, 5, intensity=5), (5, True, 0, False), id="a plan is the highest level"),
        pytest.param(risk(11, 14), (0, False, 2, True), id="two kinds of behaviour"),
    ],
)
def test_suicidality(items: dict[int, Any], expected: tuple[int, bool, int, bool]) -> None:
    values = score(PROTOCOL.instruments["C_SSRS"], items).values

    assert (
        tuple(values[name] for name in ("ideation", "serious_ideation", "behaviour", "positive_behaviour")) == expected
    )
    assert ("intensity" in values) == (expected[0] > 0)


@pytest.mark.parametrize(
    ("items", "missing"),
    [
        pytest.param({}, "items 1, 2, 3, 4, 5, 11, 12, 13, 14, 15", id="nothing was asked"),
        pytest.param(risk(2, missing=(4,), intensity=1), "item 4", id="a deeper question was left out"),
        pytest.param(risk(missing=(13,)), "item 13", id="a kind of behaviour was left out"),
        pytest.param(risk(1), "items 6, 7, 8, 9, 10", id="intensity was left out where there is ideation"),
    ],
)
def test_suicidality_that_was_not_asked_is_never_a_no(items: dict[int, Any], missing: str) -> None:
    found = score(PROTOCOL.instruments["C_SSRS"], items)

    assert (found.complete, found.reason) == (False, f"Not answered: {missing}.")


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("CAPS5", "clusters"), ("PCL5", "clusters"), ("LEC5", "unscored"), ("SDS_M", "mean"), ("BDI2", "sum"),
        ("C_SSRS", "suicidality"), ("AUDIT", "sum"), ("DUDIT", "sum"), ("DAST10", "sum"), ("DES2", "mean"),
        ("EQ5D5L", "state"), ("SUD", "single"), ("MEQ30", "subscales"), ("ASC5D", "unmapped"),
        ("ALLIANCE", "subscales"),
        ("LIFESTYLE", "unscored"),
        ("BLIND_GUESS", "unscored"), ("EXPECTANCY", "unscored"),
    ],
)  # fmt: skip
def test_every_instrument_has_a_family(code: str, family: str) -> None:
    assert family_of(PROTOCOL.instruments[code]) == family


def test_families_cover_every_instrument_of_the_file() -> None:
    for code, instrument in PROTOCOL.instruments.items():
        found = score(instrument, {})
        assert found.complete or found.reason, code


def test_what_has_no_score_has_no_band() -> None:
    assert band_of(PROTOCOL.instruments["SUD"], Decimal(3)) == ""
    assert score({"items": 2, "range_item": [0, 3], "total": [0, 6]}, {1: 1, 2: 2}).values == {"total": Decimal(3)}
    assert score({"items": 2, "clusters": {"B": [1, 2]}}, {1: 1, 2: 2}).values == {"total": Decimal(3), "B": Decimal(3)}
    assert item_range(PROTOCOL.instruments["LEC5"]) is None
    assert score({"items": 1, "total": [0, 1], "reverse_item": 1}, {1: 1}).values == {"total": Decimal(1)}


MINIMUM = items_of_vector(VECTORS[0])


@pytest.mark.parametrize(
    ("changes", "over_a_month", "expected"),
    [
        pytest.param({23: 2, 24: 0, 25: 0}, True, True, id="minimum with distress is a diagnosis"),
        pytest.param({23: None, 24: 2, 25: None}, True, True, id="one distress item is enough"),
        pytest.param({23: 1, 24: 1, 25: 1}, True, False, id="distress just below is none"),
        pytest.param({23: 1, 24: 1}, True, None, id="an open distress item leaves it open"),
        pytest.param({}, False, False, id="too short a time decides whatever is open"),
        pytest.param({23: 2, 16: 1}, True, False, id="one symptom too few in a cluster"),
        pytest.param({23: 2, 16: None}, True, None, id="an open symptom leaves it open"),
    ],
)
def test_diagnosis(changes: dict[int, int | None], over_a_month: bool, expected: bool | None) -> None:
    found = diagnosis_of(PROTOCOL.instruments["CAPS5"], MINIMUM | changes, duration_over_a_month=over_a_month)

    assert found is expected


@pytest.mark.parametrize(
    ("items", "diagnosis", "expected"),
    [
        pytest.param({29: 2, 30: None}, True, True, id="either item is enough"),
        pytest.param({29: 1, 30: 1}, True, False, id="just below is none"),
        pytest.param({29: 1}, True, None, id="an open item leaves it open"),
        pytest.param({29: 2}, None, None, id="an open diagnosis leaves it open"),
        pytest.param({}, False, False, id="without the diagnosis there is no kind of it"),
        pytest.param({29: 0, 30: 0}, None, False, id="without dissociation the diagnosis does not matter"),
    ],
)
def test_dissociative_subtype(items: dict[int, int | None], diagnosis: bool | None, expected: bool | None) -> None:
    assert dissociative_subtype_of(PROTOCOL.instruments["CAPS5"], items, diagnosis=diagnosis) is expected


@pytest.mark.parametrize(
    ("code", "baseline", "total", "diagnosis", "expected"),
    [
        pytest.param("RESPONSE", 40, 31, None, False, id="a fall of nine is no response"),
        pytest.param("RESPONSE", 40, 30, None, True, id="a fall of ten is a response"),
        pytest.param("RESPONSE", None, 30, None, None, id="without a baseline it is not known"),
        pytest.param("REMISSION", 40, 11, False, True, id="eleven without a diagnosis is remission"),
        pytest.param("REMISSION", 40, 12, False, False, id="twelve is none"),
        pytest.param("REMISSION", 40, 11, True, False, id="with a diagnosis it is none"),
        pytest.param("REMISSION", 40, 11, None, None, id="with the diagnosis open it is not known"),
        pytest.param("REMISSION", 40, None, True, False, id="with a diagnosis the total does not matter"),
    ],
)
def test_outcome(
    code: str, baseline: int | None, total: int | None, diagnosis: bool | None, expected: bool | None
) -> None:
    rule = next(rule for rule in PROTOCOL.outcome_rules if rule.code == code)
    as_number = (None if value is None else Decimal(value) for value in (baseline, total))

    assert (
        outcome_holds(rule, **dict(zip(("baseline", "total"), as_number, strict=True)), diagnosis=diagnosis) is expected
    )


def test_outcome_that_asks_nothing_is_reached() -> None:
    rule = OutcomeRule("ANY", "CAPS5", "any")

    assert outcome_holds(rule, baseline=None, total=None, diagnosis=None) is True


@given(st.lists(st.integers(min_value=0, max_value=4), min_size=20, max_size=20))
def test_clusters_add_up_to_the_total(answers: list[int]) -> None:
    values = score(PROTOCOL.instruments["CAPS5"], dict(enumerate(answers, start=1))).values

    assert sum(values[name] for name in "BCDE") == values["total"] == sum(answers)  # type: ignore[misc]


def test_instruments_know_the_files_further_rules(definition: ProtocolDefinition) -> None:
    assert definition.instruments["SDS_M"]["skippable_items"] == [1]
    assert "diagnosis_rule" in definition.instruments["CAPS5"]
    assert "diagnosis_rule" not in definition.instruments["BDI2"]
