"""What odd answers give, instrument by instrument, as a table that a clinician can read and correct.

Every instrument of the protocol has its rows: items left out, answers that do not exist, items that are not asked,
items that count from the other end. What an instrument does not have is said too, and held to the data. Totals are
worked by hand from the printed rules, or stand as test vectors in the protocol's file (marked “vector”).
"""

from decimal import Decimal
from pathlib import Path

import pytest

from assessments.instruments import items_of
from assessments.scores import judge_answers
from protocol.definition import load
from protocol.scoring import NOT_APPLICABLE, NotDone, item_range, score
from tests.cast import PROTOCOL_FILE

PROTOCOL = load(Path(PROTOCOL_FILE).read_text())
# Kinds of rows; each instrument has each kind, or says that it has none of it.
MISSING, RANGE, SKIP, REVERSE, WHOLE = "missing", "range", "skip", "reverse", "whole"
NONE = "none in the data"
# Somebody born with this sex; cut points depend on it.
MALE, FEMALE = {"sex": "male"}, {"sex": "female"}


def all_of(first, last, value):
    """Returns one answer for each item from first to last."""
    return dict.fromkeys(range(first, last + 1), value)


def ones(count, last):
    """Returns so many items answered with one, the others with nought."""
    return all_of(1, last, 0) | all_of(1, count, 1)


def without(answers, *numbers):
    return {number: value for number, value in answers.items() if number not in numbers}


# CAPS-5 and PCL-5: one item present in B, one in C, two in D, two in E.
LEAST = {1: 2, 6: 2, 8: 2, 9: 2, 15: 2, 16: 2}
# C-SSRS counts through: ideation 1 to 5, intensity 6 to 10, behaviour 11 to 15.
NO_BEHAVIOUR = all_of(11, 15, 0)
CAPS_REST = {21: 1, 22: 1, 23: 2, 24: 0, 25: 0, 26: 1, 27: 1, 28: 1, 29: 0, 30: 0}
CAPS_LEAST = all_of(1, 20, 0) | LEAST
LIFE = {1: "7.5", 2: 0, 3: 0, 5: 1, 6: "Nothing"}

# instrument -> (kind, what it is, answers, what it gives), and for RANGE (item, allowed, not allowed).
TABLE = {
    "ALLIANCE": [
        (WHOLE, "three everywhere, five for the goal", all_of(1, 12, 3) | {4: 5, 6: 5, 8: 5, 11: 5},
         {"goal": 5, "task": 3, "bond": 3}),
        (MISSING, "one item", without(all_of(1, 12, 3), 7), "item 7"),
        (RANGE, 1, [1, 5], [0, 6]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "ASC5D": [
        (MISSING, "nothing is missing, and the scales are not in the file", all_of(1, 94, 50), "which items"),
        (MISSING, "one item", without(all_of(1, 94, 50), 94), "which items"),
        (RANGE, 1, [0, 100], [-1, 101]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "AUDIT": [
        (WHOLE, "last of zone I", ones(3, 10) | {1: 4, 9: 1}, {"total": 7, "band": "I", "above_cut": False}),
        (WHOLE, "first of zone II, at the cut point", ones(4, 10) | {1: 4, 9: 1},
         {"total": 8, "band": "II", "above_cut": True}),
        (WHOLE, "last of zone II", all_of(1, 10, 1) | {1: 4, 2: 3}, {"total": 15, "band": "II"}),
        (WHOLE, "first of zone III", all_of(1, 10, 1) | {1: 4, 2: 4}, {"total": 16, "band": "III"}),
        (WHOLE, "last of zone III", all_of(1, 10, 1) | {1: 4, 2: 4, 3: 4}, {"total": 19, "band": "III"}),
        (WHOLE, "first of zone IV", all_of(1, 10, 2), {"total": 20, "band": "IV"}),
        (SKIP, "never drinks: 2 to 8 are not asked", {1: 0, 9: 2, 10: 4}, {"total": 6, "band": "I"}),
        (SKIP, "what was answered behind it counts for nothing", {1: 0, 2: 4, 3: 4, 9: 0, 10: 0}, {"total": 0}),
        (SKIP, "drinks: 2 to 8 are asked", {1: 1, 9: 0, 10: 0}, "items 2, 3, 4, 5, 6, 7, 8"),
        (SKIP, "the first item is unknown: all are asked", {9: 0, 10: 0}, "items 1, 2, 3"),
        (MISSING, "one item", without(all_of(1, 10, 1), 5), "item 5"),
        (RANGE, 2, [0, 4], [-1, 5]), (REVERSE, NONE),
    ],
    "BDI2": [
        (WHOLE, "nothing", all_of(1, 21, 0), {"total": 0, "band": "minimal", "suicidality_item": 0}),
        (WHOLE, "vector: 13", ones(13, 21), {"total": 13, "band": "minimal", "suicidality_item": 1}),
        (WHOLE, "vector: 14", ones(14, 21), {"total": 14, "band": "mild"}),
        (WHOLE, "vector: 19", ones(19, 21), {"total": 19, "band": "mild"}),
        (WHOLE, "vector: 20", ones(20, 21), {"total": 20, "band": "moderate"}),
        (WHOLE, "vector: 28", all_of(1, 21, 1) | all_of(1, 7, 2), {"total": 28, "band": "moderate"}),
        (WHOLE, "vector: 29", all_of(1, 21, 1) | all_of(1, 8, 2), {"total": 29, "band": "severe"}),
        (WHOLE, "everything", all_of(1, 21, 3), {"total": 63, "band": "severe", "suicidality_item": 3}),
        (MISSING, "the item on suicidality", without(all_of(1, 21, 0), 9), "item 9"),
        (RANGE, 21, [0, 3], [-1, 4]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "BLIND_GUESS": [
        (WHOLE, "cannot tell, and certain of it", {1: 2, 2: 0}, {}),
        (MISSING, "how sure", {1: 0}, "2"),
        (RANGE, 1, [0, 2], [-1, 3]), (RANGE, 2, [0, 2], [-1, 3]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "CAPS5": [
        (WHOLE, "vector: minimum diagnosis", CAPS_LEAST | CAPS_REST,
         {"total": 12, "criteria_met": True, "diagnosis": True}),
        (WHOLE, "vector: high, but no cluster C", all_of(1, 20, 4) | {6: 1, 7: 1} | CAPS_REST,
         {"total": 74, "B": 20, "C": 2, "D": 28, "E": 24, "criteria_met": False, "diagnosis": False}),
        (WHOLE, "vector: all ones", all_of(1, 20, 1) | CAPS_REST, {"total": 20, "criteria_met": False}),
        (WHOLE, "vector: maximum", all_of(1, 20, 4) | CAPS_REST,
         {"total": 80, "B": 20, "C": 8, "D": 28, "E": 24, "criteria_met": True}),
        (WHOLE, "no distress that is present", CAPS_LEAST | CAPS_REST | {23: 1, 24: 1, 25: 1},
         {"total": 12, "criteria_met": True, "diagnosis": False}),
        (WHOLE, "less than a month", CAPS_LEAST | CAPS_REST | {22: 0}, {"criteria_met": True, "diagnosis": False}),
        (MISSING, "the last scored item", without(CAPS_LEAST | CAPS_REST, 20), "item 20"),
        (MISSING, "the duration: a total, and no diagnosis", without(CAPS_LEAST | CAPS_REST, 22),
         {"total": 12, "diagnosis": None}),
        (MISSING, "two of three on distress, the third is not present",
         without(CAPS_LEAST | CAPS_REST, 23, 24), {"total": 12, "diagnosis": None}),
        (MISSING, "two of three on distress, the third is present",
         without(CAPS_LEAST | CAPS_REST, 23, 24) | {25: 2}, {"total": 12, "diagnosis": True}),
        (RANGE, 1, [0, 4], [-1, 5]), (RANGE, 22, [0, 1], [-1, 2]), (RANGE, 30, [0, 4], [-1, 5]),
        (SKIP, NONE), (REVERSE, NONE),
    ],
    "C_SSRS": [
        (SKIP, "no thought of killing oneself: 3 to 5 and the intensity are not asked", {1: 0, 2: 0} | NO_BEHAVIOUR,
         {"ideation": 0, "serious_ideation": False, "behaviour": 0, "positive_behaviour": False}),
        (SKIP, "what was answered behind it counts for nothing",
         {1: 1, 2: 0, 5: 1} | all_of(6, 10, 1) | NO_BEHAVIOUR, {"ideation": 1, "intensity": 5}),
        (WHOLE, "some intent to act", all_of(1, 4, 1) | {5: 0} | all_of(6, 10, 3) | NO_BEHAVIOUR,
         {"ideation": 4, "serious_ideation": True, "intensity": 15}),
        (WHOLE, "a method without intent", all_of(1, 3, 1) | {4: 0, 5: 0} | all_of(6, 10, 2) | NO_BEHAVIOUR,
         {"ideation": 3, "serious_ideation": False, "intensity": 10}),
        (WHOLE, "an actual attempt, and no ideation", {1: 0, 2: 0} | NO_BEHAVIOUR | {14: 1},
         {"ideation": 0, "behaviour": 1, "positive_behaviour": True}),
        (MISSING, "the intensity where there is ideation", {1: 1, 2: 0} | NO_BEHAVIOUR, "items 6, 7, 8, 9, 10"),
        (MISSING, "a kind of behaviour", {1: 0, 2: 0} | without(NO_BEHAVIOUR, 12), "item 12"),
        (MISSING, "whether there was a thought of killing oneself: all behind it is asked", {1: 0} | NO_BEHAVIOUR,
         "items 2, 3, 4, 5"),
        (RANGE, NONE), (REVERSE, NONE),
    ],
    "DAST10": [
        (REVERSE, "never could not stop: item 3 counts from the other end", all_of(1, 10, 0) | {3: 1},
         {"total": 0, "band": "none"}),
        (REVERSE, "nought everywhere is one point", all_of(1, 10, 0), {"total": 1, "band": "low"}),
        (REVERSE, "one everywhere is nine", all_of(1, 10, 1), {"total": 9, "band": "severe"}),
        (REVERSE, "everything", all_of(1, 10, 1) | {3: 0}, {"total": 10, "band": "severe"}),
        (WHOLE, "last of low", ones(1, 10), {"total": 2, "band": "low"}),
        (WHOLE, "first of moderate", ones(2, 10), {"total": 3, "band": "moderate"}),
        (WHOLE, "last of moderate", ones(5, 10) | {3: 0}, {"total": 5, "band": "moderate"}),
        (WHOLE, "first of substantial", ones(6, 10) | {3: 0}, {"total": 6, "band": "substantial"}),
        (WHOLE, "last of substantial", ones(8, 10) | {3: 0}, {"total": 8, "band": "substantial"}),
        (MISSING, "the item that is turned round", without(all_of(1, 10, 0), 3), "item 3"),
        (RANGE, 3, [0, 1], [-1, 2]), (SKIP, NONE),
    ],
    "DES2": [
        (WHOLE, "vector: at the cut", all_of(1, 28, 30), {"mean": 30, "elevated": True}),
        (WHOLE, "one answer below it", all_of(1, 28, 30) | {28: 20}, {"mean": "29.6429", "elevated": False}),
        (WHOLE, "never", all_of(1, 28, 0), {"mean": 0, "elevated": False}),
        (MISSING, "one item", without(all_of(1, 28, 30), 28), "item 28"),
        (RANGE, 1, [0, 10, 100], [-10, 15, 110]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "DUDIT": [
        (WHOLE, "born male, below the cut", MALE | ones(5, 11), {"total": 5, "above_cut": False}),
        (WHOLE, "born male, at the cut", MALE | ones(6, 11), {"total": 6, "above_cut": True}),
        (WHOLE, "born female, below the cut", FEMALE | ones(1, 11), {"total": 1, "above_cut": False}),
        (WHOLE, "born female, at the cut", FEMALE | ones(2, 11), {"total": 2, "above_cut": True}),
        (WHOLE, "sex at birth unknown: no cut", ones(6, 11), {"total": 6, "above_cut": None}),
        (WHOLE, "below dependence", all_of(1, 11, 2) | {1: 4, 2: 2}, {"total": 24, "dependence_likely": False}),
        (WHOLE, "at dependence", all_of(1, 11, 2) | {1: 4, 2: 3}, {"total": 25, "dependence_likely": True}),
        (MISSING, "one item", without(all_of(1, 11, 0), 11), "item 11"),
        (RANGE, 1, [0, 4], [-1, 5]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "EQ5D5L": [
        (WHOLE, "full health", all_of(1, 5, 1) | {6: 100}, {"state": "11111", "vas": 100}),
        (WHOLE, "levels in their order", {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 0}, {"state": "12345", "vas": 0}),
        (MISSING, "the scale", all_of(1, 5, 1), "item 6"),
        (MISSING, "a level", without(all_of(1, 5, 1), 4) | {6: 50}, "item 4"),
        (RANGE, 1, [1, 5], [0, 6]), (RANGE, 6, [0, 100], [-1, 101]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "EXPECTANCY": [
        (WHOLE, "has no total", {1: 10, 2: 0, 3: 5}, {}),
        (MISSING, "one item", {1: 10, 2: 0}, "3"),
        (RANGE, 1, [0, 10], [-1, 11]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "LEC5": [
        (WHOLE, "has no total", all_of(1, 17, 6), {}),
        (MISSING, "one event", without(all_of(1, 17, 6), 17), "17"),
        (RANGE, 17, [1, 6], [0, 7]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "LIFESTYLE": [
        (SKIP, "no other therapy: since when is not asked", LIFE, {}),
        (SKIP, "other therapy: since when is asked", LIFE | {3: 1}, "4"),
        (SKIP, "other therapy since a month", LIFE | {3: 1, 4: "2026-03"}, {}),
        (WHOLE, "hours of sleep were not told", LIFE | {1: NotDone("did not want to say")}, {}),
        (MISSING, "one item", without(LIFE, 5), "5"),
        (RANGE, 1, ["0", "7.5", "24"], ["-0.5", "24.5", "much"]), (RANGE, 2, [0, 150], [-1, 151]),
        (RANGE, 3, [0, 1], [2]), (RANGE, 4, ["2026", "2026-03", "2026-03-31"], ["2026-13", "2026-02-30", "March"]),
        (RANGE, 5, [0, 2], [3]), (RANGE, 6, ["words", NotDone("left")], [" ", NotDone(" ")]), (REVERSE, NONE),
    ],
    "MEQ30": [
        (WHOLE, "each scale at three fifths of its maximum", all_of(1, 30, 3),
         {"mystical": 3, "positive_mood": 3, "time_space": 3, "ineffability": 3, "complete_experience": True}),
        (WHOLE, "one answer below it", all_of(1, 30, 3) | {10: 2},
         {"ineffability": "2.6667", "complete_experience": False}),
        (WHOLE, "high elsewhere makes up for nothing", all_of(1, 30, 5) | {3: 2, 10: 2, 29: 2},
         {"mystical": 5, "ineffability": 2, "complete_experience": False}),
        (MISSING, "one item", without(all_of(1, 30, 3), 29), "item 29"),
        (RANGE, 30, [0, 5], [-1, 6]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "PCL5": [
        (WHOLE, "minimum of the criteria", all_of(1, 20, 0) | LEAST,
         {"total": 12, "B": 2, "C": 2, "D": 4, "E": 4, "criteria_met": True, "above_cut": False}),
        (WHOLE, "below the cut", all_of(1, 15, 2) | all_of(16, 20, 0), {"total": 30, "above_cut": False}),
        (WHOLE, "at the cut, one of cluster E lacking", all_of(1, 15, 2) | all_of(16, 20, 0) | {16: 1},
         {"total": 31, "above_cut": True, "criteria_met": False}),
        (WHOLE, "one of cluster D lacking", all_of(1, 20, 0) | without(LEAST, 9), {"total": 10, "criteria_met": False}),
        (WHOLE, "everything", all_of(1, 20, 4), {"total": 80, "criteria_met": True}),
        (MISSING, "one item", without(all_of(1, 20, 4), 1), "item 1"),
        (RANGE, 20, [0, 4], [-1, 5]), (SKIP, NONE), (REVERSE, NONE),
    ],
    "SDS_M": [
        (WHOLE, "all three", {1: 3, 2: 6, 3: 3}, {"mean": 4}),
        (SKIP, "vector: work not applicable", {1: NOT_APPLICABLE, 2: 6, 3: 3}, {"mean": Decimal("4.5")}),
        (SKIP, "work left out counts as not applicable", {2: 6, 3: 3}, {"mean": Decimal("4.5")}),
        (MISSING, "any other item", {1: 3, 3: 3}, "item 2"),
        (MISSING, "everything but that work does not apply", {1: NOT_APPLICABLE}, "items 2, 3"),
        (RANGE, 1, [0, 10, NOT_APPLICABLE], [-1, 11]), (RANGE, 2, [0, 10], [11, NOT_APPLICABLE]), (REVERSE, NONE),
    ],
    "SUD": [
        (WHOLE, "seven", {1: 7}, {"value": 7}),
        (MISSING, "nothing is answered", {}, "item 1"),
        (RANGE, 1, [0, 10], [-1, 11]), (SKIP, NONE), (REVERSE, NONE),
    ],
}  # fmt: skip
SCORED = [(code, *row) for code, rows in TABLE.items() for row in rows if row[0] != RANGE and row[1] != NONE]
RANGES = [(code, *row[1:]) for code, rows in TABLE.items() for row in rows if row[0] == RANGE and row[1] != NONE]
ABSENT = [(code, row[0]) for code, rows in TABLE.items() for row in rows if row[1] == NONE]


def shown(value):
    """Returns a value as the table has it: a number with four places at most."""
    return (
        value
        if isinstance(value, bool | str | None)
        else format(Decimal(value).quantize(Decimal("0.0001")).normalize(), "f")
    )


def test_table_has_every_instrument_of_the_protocol_and_each_kind_of_row():
    kinds = {code: {row[0] for row in rows} for code, rows in TABLE.items()}

    assert set(TABLE) == set(PROTOCOL.instruments)
    assert [code for code, found in kinds.items() if {MISSING, RANGE, SKIP, REVERSE} - found] == []


@pytest.mark.parametrize(
    ("code", "kind", "name", "answers", "gives"),
    SCORED,
    ids=[f"{code} {kind}: {name}" for code, kind, name, *_ in SCORED],
)
def test_answers_give_what_the_table_says(code, kind, name, answers, gives):
    items = {number: value for number, value in answers.items() if number != "sex"}

    found = judge_answers(PROTOCOL, code, items, sex=answers.get("sex"))

    if isinstance(gives, str):
        assert not found.score.complete and gives in found.score.reason and not found.score.values
        return
    values = {**found.score.values, "diagnosis": found.diagnosis}
    assert found.score.complete
    assert {part: shown(values.get(part)) for part in gives} == {part: shown(value) for part, value in gives.items()}


@pytest.mark.parametrize(
    ("code", "number", "allowed", "refused"), RANGES, ids=[f"{code} {item}" for code, item, *_ in RANGES]
)
def test_answer_that_does_not_exist_is_refused(code, number, allowed, refused):
    item = {item.number: item for item in items_of(PROTOCOL, code)}[number]
    block = PROTOCOL.instruments[code]

    assert [item.allows(value) for value in allowed] == [True] * len(allowed)
    assert [item.allows(value) for value in refused] == [False] * len(refused)
    if item_range(block) and number <= block.get("scored_items", block.get("items", 0)):
        for value in (value for value in refused if isinstance(value, int)):
            with pytest.raises(ValueError, match=str(value)):
                score(block, {number: value})


@pytest.mark.parametrize(("code", "kind"), ABSENT)
def test_what_an_instrument_does_not_have_is_not_in_the_data(code, kind):
    block = PROTOCOL.instruments[code]
    words = {
        SKIP: ("conditional_items", "skippable_items"), REVERSE: ("reverse_item",), RANGE: ("range_item", "levels")
    }[kind]  # fmt: skip

    assert not set(words) & block.keys()
    assert kind != SKIP or not any(row.get("asked_after") for row in block.get("form_items", ()))
