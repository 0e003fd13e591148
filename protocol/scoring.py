"""Scores of instruments, computed from items by number. Incomplete is incomplete, with the reason.

An instrument's block in the protocol says how it is scored; there is one function for each family of scoring.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class NotDone:
    """An item that was not done, with the reason: an answer of its own, and never a value."""

    reason: str


Answer = int | str | NotDone | None
Items = Mapping[int, Answer]
ScoreValue = Decimal | bool | str
Instrument = Mapping[str, Any]
COUNT_RULE = re.compile(r"count\((\w+)\)>=(\d+)")
LISTED = 12
# The value of each family in which a change is measured.
MAIN_VALUE = {
    "clusters": "total",
    "sum": "total",
    "mean": "mean",
    "single": "value",
    "state": "vas",
    "suicidality": "ideation",
    "form_sum": "total",
    "form_mean": "mean",
}


@dataclass(frozen=True)
class Score:
    """The computed values by name; when incomplete there is no total, and the reason says what is missing."""

    values: Mapping[str, ScoreValue]
    complete: bool
    reason: str = ""


def score(instrument: Instrument, items: Items, *, sex: str | None = None) -> Score:
    """Returns the scores of an instrument from its answered items.

    `sex` is the sex at birth, where a cut point depends on it. Raises ValueError for an answer that the instrument
    does not allow.
    """
    _check_answers(instrument, items)
    found = FAMILIES[family_of(instrument)](instrument, items)
    cut = instrument.get(f"cut_{sex}")
    if cut is None or "total" not in found.values:
        return found
    return Score({**found.values, "above_cut": found.values["total"] >= cut}, found.complete, found.reason)


def family_of(instrument: Instrument) -> str:
    """Returns how an instrument is scored, as one of the names of FAMILIES."""
    if "form_score" in instrument:
        return f"form_{instrument['form_score']['method']}"
    how = str(instrument.get("score", ""))
    if "clusters" in instrument:
        return "clusters"
    if "ideation_items" in instrument:
        return "suicidality"
    if "dimensions" in instrument:
        return "state"
    if "subscale_items" in instrument:
        return "subscales"
    if "subscales" in instrument or "per dimension" in how:
        return "unmapped"
    if how.startswith("mean"):
        return "mean"
    if "total" in instrument:
        return "sum"
    return "single" if instrument.get("items") == 1 else "unscored"


def main_value(instrument: Instrument) -> str:
    """Returns the name of the value in which a change of the instrument is measured; empty if it has none."""
    return MAIN_VALUE.get(family_of(instrument), "")


def item_numbers(instrument: Instrument) -> tuple[int, ...]:
    """Returns the numbers of the instrument's items."""
    count = instrument.get("items") or instrument.get("dimensions") or instrument.get("ideation_items") or 0
    return tuple(range(1, int(count) + 1))


def item_range(instrument: Instrument) -> tuple[int, int] | None:
    """Returns the lowest and highest answer of an item, if the instrument has one range."""
    limits = instrument.get("range_item") or instrument.get("levels")
    return (int(limits[0]), int(limits[1])) if limits else None


def closed_items(instrument: Instrument, items: Items) -> frozenset[int]:
    """Returns the items that are not asked, because the item that opens them was answered with nought or no."""
    gate = instrument.get("conditional_items")
    behind = () if gate is None or items.get(gate["gate"]) != 0 else _span(gate["items"])
    closed = set(behind)
    for row in instrument.get("form_items", ()):
        opener = row.get("asked_after")
        # What is not asked opens nothing either.
        if opener is not None and (items.get(opener) == 0 or opener in closed):
            closed.add(row["number"])
    return frozenset(closed)


def opener_of(instrument: Instrument, number: int) -> int | None:
    """Returns the item that must be answered with more than nought before another is asked, if there is one."""
    rows = {row["number"]: row for row in instrument.get("form_items", ())}
    opener = rows.get(number, {}).get("asked_after")
    if opener is not None:
        return int(opener)
    gate = instrument.get("conditional_items")
    return int(gate["gate"]) if gate and number in _span(gate["items"]) else None


def band_of(instrument: Instrument, total: Decimal) -> str:
    """Returns the named band of a total; empty if the instrument has none."""
    for name, (low, high) in (instrument.get("bands") or instrument.get("zones") or {}).items():
        if low <= total <= high:
            return str(name)
    return ""


def diagnosis_of(instrument: Instrument, items: Items, *, duration_over_a_month: bool) -> bool | None:
    """Returns whether the instrument's diagnosis is met, or None when its items do not say.

    Criterion A is met by whoever is asked the instrument; F is the duration, G any of the distress items present.
    """
    rule = instrument["diagnosis_rule"]
    scored = _clusters(instrument, items)
    if not scored.complete:
        return None
    distress = _any_present(items, _span(rule["distress_items"]), rule["present_from"])
    parts = (scored.values["criteria_met"], duration_over_a_month, distress)
    if any(part is False for part in parts):
        return False
    return None if distress is None else True


def dissociative_subtype_of(instrument: Instrument, items: Items, *, diagnosis: bool | None) -> bool | None:
    """Returns whether the diagnosis is of the dissociative kind, or None when that is not known."""
    rule = instrument["diagnosis_rule"]
    dissociation = _any_present(items, _span(rule["dissociative_items"]), rule["present_from"])
    if diagnosis is False or dissociation is False:
        return False
    return None if diagnosis is None or dissociation is None else True


def _check_answers(instrument: Instrument, items: Items) -> None:
    limits, numbers = item_range(instrument), set(item_numbers(instrument))
    for number, answer in items.items():
        if number not in numbers or limits is None or not isinstance(answer, int) or _is_apart(instrument, number):
            continue
        if not limits[0] <= answer <= limits[1] or (answer - limits[0]) % int(instrument.get("step", 1)):
            raise ValueError(f"Item {number}: {answer} is not an answer of the instrument.")


def _is_apart(instrument: Instrument, number: int) -> bool:
    """Returns whether an item lies beyond the scored ones and so may have a range of its own."""
    return number > int(instrument.get("scored_items", number))


def _clusters(instrument: Instrument, items: Items) -> Score:
    scored = range(1, int(instrument.get("scored_items", instrument["items"])) + 1)
    missing = _unanswered(items, scored)
    if missing:
        return _incomplete(missing)
    clusters = {str(name): _span(limits) for name, limits in instrument["clusters"].items()}
    values: dict[str, ScoreValue] = {"total": _total(items, scored)}
    values.update({name: _total(items, span) for name, span in clusters.items()})
    rule = str(instrument.get("criteria_met") or instrument.get("provisional_dx") or "")
    needed = COUNT_RULE.findall(rule.replace(" ", ""))
    if needed:
        least_present = _threshold(instrument.get("symptom_present_if", ">= 2"))
        counts = {name: sum(_whole(items[n]) >= least_present for n in span) for name, span in clusters.items()}
        values["criteria_met"] = all(counts[name] >= int(least) for name, least in needed)
    return Score(values | _above_cut(instrument, values["total"]), complete=True)


def _mean(instrument: Instrument, items: Items) -> Score:
    numbers, skippable = item_numbers(instrument), tuple(instrument.get("skippable_items", ()))
    answered = [number for number in numbers if isinstance(items.get(number), int)]
    skipped = [number for number in skippable if items.get(number) in (None, NOT_APPLICABLE)]
    missing = [number for number in numbers if number not in answered and number not in skipped]
    if missing or not answered:
        return _incomplete(missing or numbers)
    mean = _total(items, answered) / len(answered)
    return Score({"mean": mean} | _above_cut(instrument, mean, name="elevated"), complete=True)


def _sum(instrument: Instrument, items: Items) -> Score:
    closed = closed_items(instrument, items)
    numbers = [number for number in item_numbers(instrument) if number not in closed]
    missing = _unanswered(items, numbers)
    if missing:
        return _incomplete(missing)
    total = _total(_reversed(instrument, items), numbers)
    values: dict[str, ScoreValue] = {"total": total} | _above_cut(instrument, total)
    if band := band_of(instrument, total):
        values["band"] = band
    if "cut_dependence" in instrument:
        values["dependence_likely"] = total >= instrument["cut_dependence"]
    if "suicidality_item" in instrument:
        values["suicidality_item"] = Decimal(_whole(items[instrument["suicidality_item"]]))
    return Score(values, complete=True)


def _form_sum(instrument: Instrument, items: Items) -> Score:
    """Scores an own form by the sum of its scored items; whatever is not asked counts as nought."""
    asked = _asked_of_form(instrument, items)
    missing = _unanswered(items, asked)
    if missing:
        return _incomplete(missing)
    return Score({"total": sum(_value_in_form(instrument, items, number) for number in asked) + Decimal()}, True)


def _form_mean(instrument: Instrument, items: Items) -> Score:
    """Scores an own form by the mean of its scored items, of which as many may be missing as the form says."""
    asked = _asked_of_form(instrument, items)
    missing = _unanswered(items, asked)
    answered = [number for number in asked if number not in missing]
    if len(missing) > int(instrument["form_score"].get("may_miss", 0)) or not answered:
        return _incomplete(missing or asked)
    total = sum(_value_in_form(instrument, items, number) for number in answered) + Decimal()
    return Score({"mean": total / len(answered)}, complete=True)


def _asked_of_form(instrument: Instrument, items: Items) -> list[int]:
    closed = closed_items(instrument, items)
    return [number for number in instrument["form_score"]["items"] if number not in closed]


def _value_in_form(instrument: Instrument, items: Items, number: int) -> Decimal:
    value = Decimal(_whole(items[number]))
    if number not in instrument["form_score"].get("reverse", ()):
        return value
    low, high = form_item_range({row["number"]: row for row in instrument["form_items"]}[number])
    return low + high - value


def form_item_range(row: Mapping[str, Any]) -> tuple[int, int]:
    """Returns the lowest and highest answer of an item of an own form that is answered with a whole number."""
    low, high = row.get("range") or (0, 1 if row["kind"] == "yes_no" else max(len(row.get("options") or ()) - 1, 0))
    return int(low), int(high)


def _suicidality(instrument: Instrument, items: Items) -> Score:
    """Scores ideation by its highest level, intensity by its sum, behaviour by the kinds that occurred.

    Items count through: ideation, then intensity, then behaviour. Deeper questions are asked only after the item that
    opens them, and intensity only where there is ideation.
    """
    ideation = range(1, int(instrument["ideation_items"]) + 1)
    intensity = range(ideation.stop, ideation.stop + int(instrument.get("intensity_items", 0)))
    behaviour = range(intensity.stop, intensity.stop + len(instrument["behaviour"]))
    closed = closed_items(instrument, items)
    level = max((number for number in ideation if items.get(number) and number not in closed), default=0)
    asked = [*(n for n in ideation if n not in closed), *behaviour, *(intensity if level else ())]
    missing = _unanswered(items, asked)
    if missing:
        return _incomplete(missing)
    count = sum(_whole(items[number]) > 0 for number in behaviour)
    values: dict[str, ScoreValue] = {
        "ideation": Decimal(level),
        "serious_ideation": level >= _threshold(instrument["serious_ideation"]),
        "behaviour": Decimal(count),
        "positive_behaviour": count > 0,
    }
    return Score(values | ({"intensity": _total(items, intensity)} if level else {}), complete=True)


def _state(instrument: Instrument, items: Items) -> Score:
    """Scores a health state: the levels in a row, and the scale of how one feels as the item after the last."""
    numbers = item_numbers(instrument)
    asked = (*numbers, len(numbers) + 1) if "vas" in instrument else numbers
    missing = _unanswered(items, asked)
    if missing:
        return _incomplete(missing)
    values: dict[str, ScoreValue] = {"state": "".join(str(items[number]) for number in numbers)}
    return Score(
        values | {"vas": _total(items, asked[len(numbers) :])} if "vas" in instrument else values, complete=True
    )


def _subscales(instrument: Instrument, items: Items) -> Score:
    """Scores each scale by its mean, and whether every scale reaches the share of its maximum that counts as whole."""
    missing = _unanswered(items, item_numbers(instrument))
    if missing:
        return _incomplete(missing)
    scales = {str(name): tuple(numbers) for name, numbers in instrument["subscale_items"].items()}
    values: dict[str, ScoreValue] = {name: _total(items, numbers) / len(numbers) for name, numbers in scales.items()}
    limits, share = item_range(instrument), re.search(r"(\d+) ?%", str(instrument.get("complete_experience", "")))
    if limits and share:
        least = Decimal(share.group(1)) * limits[1]
        values["complete_experience"] = all(100 * _total(items, n) >= least * len(n) for n in scales.values())
    return Score(values, complete=True)


def _single(instrument: Instrument, items: Items) -> Score:
    missing = _unanswered(items, (1,))
    return _incomplete(missing) if missing else Score({"value": _total(items, (1,))}, complete=True)


def _unscored(instrument: Instrument, items: Items) -> Score:
    return Score({}, complete=True)


def _unmapped(instrument: Instrument, items: Items) -> Score:
    return Score({}, complete=False, reason="The protocol does not say which items make up which scale.")


FAMILIES: Mapping[str, Callable[[Instrument, Items], Score]] = {
    "clusters": _clusters,
    "mean": _mean,
    "sum": _sum,
    "suicidality": _suicidality,
    "state": _state,
    "subscales": _subscales,
    "single": _single,
    "form_sum": _form_sum,
    "form_mean": _form_mean,
    "unscored": _unscored,
    "unmapped": _unmapped,
}


def _reversed(instrument: Instrument, items: Items) -> Items:
    number, limits = instrument.get("reverse_item"), item_range(instrument)
    if number is None or limits is None:
        return items
    return {**items, number: sum(limits) - _whole(items[number])}


def _above_cut(instrument: Instrument, value: ScoreValue, *, name: str = "above_cut") -> dict[str, ScoreValue]:
    if "cut_point" not in instrument or not isinstance(value, Decimal):
        return {}
    cut = instrument["cut_point"]
    return {name: value >= (cut[0] if isinstance(cut, list) else cut)}


def _any_present(items: Items, numbers: Iterable[int], least: int) -> bool | None:
    answers = [items.get(number) for number in numbers]
    if any(isinstance(answer, int) and answer >= least for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False


def _threshold(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _span(limits: Sequence[int]) -> range:
    return range(int(limits[0]), int(limits[1]) + 1)


def _unanswered(items: Items, numbers: Iterable[int]) -> list[int]:
    return [number for number in numbers if not isinstance(items.get(number), int)]


def _total(items: Items, numbers: Iterable[int]) -> Decimal:
    return Decimal(sum(_whole(items[number]) for number in numbers))


def _whole(value: Answer) -> int:
    return value if isinstance(value, int) else 0


def _incomplete(numbers: Sequence[int]) -> Score:
    shown = ", ".join(str(number) for number in numbers[:LISTED])
    more = f" and {len(numbers) - LISTED} more" if len(numbers) > LISTED else ""
    return Score({}, complete=False, reason=f"Not answered: item{'s' if len(numbers) > 1 else ''} {shown}{more}.")
