"""Every instrument of the file at its edges: nothing answered, the lowest, the highest, just outside, one left out.

The expected values are written by hand from facts.md, not computed by the code that is checked.
"""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.definition import ProtocolFaults, load
from protocol.edit_checks import fired
from protocol.scoring import NotDone, item_numbers, item_range, score

FILE = Path(__file__).parents[2] / "protocols" / "mapp_like.yaml"
PROTOCOL = load(FILE.read_text(encoding="utf-8"))
D = Decimal
# instrument: (its answers lowest and highest, what all lowest come to, what all highest come to)
EDGES: dict[str, tuple[int, int, dict[str, Any], dict[str, Any]]] = {
    "CAPS5": (
        0, 4, {"total": D(0), "B": D(0), "C": D(0), "D": D(0), "E": D(0), "criteria_met": False},
        {"total": D(80), "B": D(20), "C": D(8), "D": D(28), "E": D(24), "criteria_met": True},
    ),
    "PCL5": (
        0, 4, {"total": D(0), "B": D(0), "C": D(0), "D": D(0), "E": D(0), "criteria_met": False, "above_cut": False},
        {"total": D(80), "B": D(20), "C": D(8), "D": D(28), "E": D(24), "criteria_met": True, "above_cut": True},
    ),
    "SDS_M": (0, 10, {"mean": D(0)}, {"mean": D(10)}),
    "BDI2": (
        0, 3, {"total": D(0), "band": "minimal", "suicidality_item": D(0)},
        {"total": D(63), "band": "severe", "suicidality_item": D(3)},
    ),
    "AUDIT": (
        0, 4, {"total": D(0), "band": "I", "above_cut": False}, {"total": D(40), "band": "IV", "above_cut": True}
    ),
    "DUDIT": (0, 4, {"total": D(0), "dependence_likely": False}, {"total": D(44), "dependence_likely": True}),
    # The third item counts the other way round.
    "DAST10": (0, 1, {"total": D(1), "band": "low"}, {"total": D(9), "band": "severe"}),
    "DES2": (0, 100, {"mean": D(0), "elevated": False}, {"mean": D(100), "elevated": True}),
    "SUD": (0, 10, {"value": D(0)}, {"value": D(10)}),
}  # fmt: skip
ROWS = [pytest.param(code, *row, id=code) for code, row in EDGES.items()]


def all_of(code: str, value: int) -> dict[int, int | str | None]:
    return dict.fromkeys(item_numbers(PROTOCOL.instruments[code]), value)


@pytest.mark.parametrize(("code", "low", "high", "lowest", "highest"), ROWS)
def test_all_lowest_and_all_highest(
    code: str, low: int, high: int, lowest: dict[str, Any], highest: dict[str, Any]
) -> None:
    block = PROTOCOL.instruments[code]

    assert dict(score(block, all_of(code, low)).values) == lowest
    assert dict(score(block, all_of(code, high)).values) == highest


@pytest.mark.parametrize(("code", "low", "high", "lowest", "highest"), ROWS)
def test_just_outside_the_range_is_refused(code: str, low: int, high: int, lowest: Any, highest: Any) -> None:
    block = PROTOCOL.instruments[code]

    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=r"Item [12]: "):
            score(block, all_of(code, low) | {2 if "items" in block and block["items"] > 1 else 1: value})


@pytest.mark.parametrize("code", sorted(EDGES))
def test_each_scored_item_left_out_makes_it_incomplete(code: str) -> None:
    block = PROTOCOL.instruments[code]
    scored = int(block.get("scored_items", block["items"]))
    skippable = block.get("skippable_items", ())

    for number in range(1, scored + 1):
        found = score(block, all_of(code, EDGES[code][1]) | {number: None})
        assert found.complete is (number in skippable), number
        assert found.complete or (found.values == {} and str(number) in found.reason)


@pytest.mark.parametrize("code", sorted(EDGES))
def test_the_order_of_the_answers_is_nothing_to_the_score(code: str) -> None:
    block, dice = PROTOCOL.instruments[code], random.Random(code)
    limits = item_range(block)
    assert limits is not None
    values = range(limits[0], limits[1] + 1, int(block.get("step", 1)))
    for _ in range(20):
        answers: dict[int, int | str | None] = {number: dice.choice(values) for number in item_numbers(block)}
        order = list(answers)
        dice.shuffle(order)
        assert score(block, {number: answers[number] for number in order}) == score(block, answers)


@given(st.data())
def test_a_total_is_the_sum_of_what_was_answered(data: Any) -> None:
    """An independent sum over the raw answers, for each instrument that is a sum."""
    code = data.draw(st.sampled_from(["CAPS5", "PCL5", "BDI2", "DUDIT", "DAST10"]))
    block, (low, high, *_) = PROTOCOL.instruments[code], EDGES[code]
    scored = int(block.get("scored_items", block["items"]))
    raw = data.draw(st.lists(st.integers(low, high), min_size=scored, max_size=scored))

    turned = [
        low + high - answer if block.get("reverse_item") == place else answer for place, answer in enumerate(raw, 1)
    ]

    assert score(block, dict(enumerate(raw, 1))).values["total"] == sum(turned)


def test_what_is_only_asked_behind_a_gate_is_not_missed_while_the_gate_is_closed() -> None:
    block = PROTOCOL.instruments["C_SSRS"]
    no: dict[int, int | str | None] = dict.fromkeys((1, 2, *range(11, 16)), 0)

    assert score(block, no).complete
    assert score(block, no | {2: 1}).reason.startswith("Not answered: items 3, 4, 5")
    assert score(block, no | {3: 1, 4: 1}).values["ideation"] == 0


def test_who_never_drinks_is_not_asked_how_much() -> None:
    block = PROTOCOL.instruments["AUDIT"]

    assert score(block, {1: 0, 9: 2, 10: 4}).values["total"] == 6
    assert score(block, {1: 1, 9: 2, 10: 4}).reason == "Not answered: items 2, 3, 4, 5, 6, 7, 8."
    assert score(block, {1: 0, 2: 4, 9: 0, 10: 0}).values["total"] == 0


MYSTICAL = (4, 5, 6, 9, 14, 15, 16, 18, 20, 21, 23, 24, 25, 26, 28)


@pytest.mark.parametrize(
    ("lowest", "complete"),
    [
        pytest.param(3, True, id="every scale at sixty in a hundred"),
        pytest.param(2, False, id="one scale below"),
    ],
)
def test_scales_of_the_experience_and_whether_it_is_complete(lowest: int, complete: bool) -> None:
    block = PROTOCOL.instruments["MEQ30"]
    answers = dict.fromkeys(range(1, 31), 5) | dict.fromkeys(MYSTICAL, lowest)

    values = score(block, answers).values

    assert values == {
        "mystical": D(lowest), "positive_mood": D(5), "time_space": D(5), "ineffability": D(5),
        "complete_experience": complete,
    }  # fmt: skip
    assert score(block, answers | {7: None}).reason == "Not answered: item 7."
    assert "complete_experience" not in score({**block, "complete_experience": ""}, answers).values


@pytest.mark.parametrize(("code", "items"), [("MEQ30", 30), ("ALLIANCE", 12)])
def test_every_item_belongs_to_one_scale(code: str, items: int) -> None:
    scales = PROTOCOL.instruments[code]["subscale_items"]

    numbers = sorted(number for part in scales.values() for number in part)

    assert numbers == list(range(1, items + 1))


def test_alliance_is_the_mean_of_each_scale() -> None:
    answers = dict.fromkeys(range(1, 13), 5) | dict.fromkeys((3, 5, 7, 9), 2)

    found = score(PROTOCOL.instruments["ALLIANCE"], answers)

    assert found.values == {"goal": D(5), "task": D(5), "bond": D(2)}
    assert score(PROTOCOL.instruments["ALLIANCE"], answers | {12: None}).reason == "Not answered: item 12."


@pytest.mark.parametrize(
    ("answers", "others", "expected"),
    [
        pytest.param({1: "21"}, {}, ["LS1"], id="above what can be"),
        pytest.param({1: "20"}, {}, [], id="at the limit"),
        pytest.param({1: "2.5"}, {}, ["LS2"], id="doubtful"),
        pytest.param({1: None}, {}, [], id="missing is not wrong"),
        pytest.param({1: NotDone("asleep")}, {}, [], id="not done is not wrong"),
        pytest.param({2: 0}, {"audit_total": D(9)}, ["LS3"], id="another form of the visit says otherwise"),
        pytest.param({2: 0}, {}, [], id="without the other form nothing is said"),
    ],
)
def test_edit_checks(answers: dict[int, Any], others: dict[str, Decimal], expected: list[str]) -> None:
    found = fired(
        PROTOCOL.edit_checks["LIFESTYLE"], answers, others=others, instrument=PROTOCOL.instruments["LIFESTYLE"]
    )

    assert [check.code for check in found] == expected


def test_a_check_knows_whether_it_looks_beyond_its_form() -> None:
    by_code = {check.code: check for checks in PROTOCOL.edit_checks.values() for check in checks}

    assert by_code["LS3"].reads_other_forms and not by_code["LS1"].reads_other_forms
    assert (
        fired((by_code["LS1"],), {4: "2026", 6: "words"}, others={}, instrument=PROTOCOL.instruments["LIFESTYLE"]) == ()
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("number: 2, code: DRINKS", "number: 7, code: DRINKS", "this is item 2"),
        ("kind: whole, range: [0, 150]", "kind: whole", "A number needs its"),
        ("options: [none, now and then, every day]", "unit: cups", "a choice needs them"),
        ("  LIFESTYLE:\n    name: Sleep", "  AUDIT:\n    name: Sleep", "is an instrument already"),
        ('expr: "i1 > 20"', 'expr: "i9 > 20"', "i9"),
        ("  LIFESTYLE:\n    - {code: LS1", "  CAPS5:\n    - {code: LS1", "may not read another form"),
    ],
)
def test_a_form_that_cannot_be_answered_or_a_check_that_cannot_be_judged_is_a_fault(
    old: str, new: str, words: str
) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1

    with pytest.raises(ProtocolFaults) as raised:
        load(text.replace(old, new))

    assert any(words in fault.message for fault in raised.value.faults)
