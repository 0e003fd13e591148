"""Scores of instruments, computed from items by number. Incomplete is incomplete, with the reason.

An instrument's block in the protocol says how it is scored; there is one function for each family of scoring.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

NOT_APPLICABLE = "not_applicable"
Items = Mapping[int, int | str | None]
ScoreValue = Decimal | bool | str
COUNT_RULE = re.compile(r"count\((\w+)\)>=(\d+)")


@dataclass(frozen=True)
class Score:
    """The computed values by name; when incomplete there is no total, and the reason says what is missing."""

    values: Mapping[str, ScoreValue]
    complete: bool
    reason: str = ""


def item_numbers(instrument: Mapping[str, Any]) -> tuple[int, ...]:
    """Returns the numbers of the instrument's items."""
    count = instrument.get("items") or instrument.get("dimensions") or instrument.get("ideation_items") or 0
    return tuple(range(1, int(count) + 1))


def item_range(instrument: Mapping[str, Any]) -> tuple[int, int] | None:
    """Returns the lowest and highest answer of an item, if the instrument has one range."""
    limits = instrument.get("range_item") or instrument.get("levels")
    return (int(limits[0]), int(limits[1])) if limits else None


def score(instrument: Mapping[str, Any], items: Items) -> Score:
    """Returns the scores of an instrument from its answered items."""
    if "clusters" in instrument:
        return _score_clusters(instrument, items)
    if str(instrument.get("score", "")).startswith("mean"):
        return _score_mean(instrument, items)
    if "total" in instrument:
        return _score_sum(instrument, items)
    return Score({}, complete=True)


def band_of(instrument: Mapping[str, Any], total: Decimal) -> str:
    """Returns the named band of a total; empty if the instrument has none."""
    for name, (low, high) in (instrument.get("bands") or instrument.get("zones") or {}).items():
        if low <= total <= high:
            return str(name)
    return ""


def diagnosis_of(instrument: Mapping[str, Any], items: Items, *, duration_over_a_month: bool) -> bool | None:
    """Returns whether the instrument's diagnosis is met, or None when its items do not say.

    Criterion A is met by whoever is asked the instrument; F is the duration, G any of the distress items present.
    """
    scored = _score_clusters(instrument, items)
    distress = [items.get(number) for number in _span(instrument["other_items"]["distress_impairment"])]
    if not scored.complete or (any(value is None for value in distress) and not _any_present(instrument, distress)):
        return None
    return bool(scored.values["criteria_met"]) and duration_over_a_month and _any_present(instrument, distress)


def _score_clusters(instrument: Mapping[str, Any], items: Items) -> Score:
    scored = range(1, int(instrument.get("scored_items", instrument["items"])) + 1)
    missing = [number for number in scored if not isinstance(items.get(number), int)]
    if missing:
        return Score({}, complete=False, reason=_missing_sentence(missing))
    clusters = {name: _span(limits) for name, limits in instrument["clusters"].items()}
    values: dict[str, ScoreValue] = {"total": _total(items, scored)}
    values.update({name: _total(items, span) for name, span in clusters.items()})
    rule = str(instrument.get("criteria_met") or instrument.get("provisional_dx") or "")
    if rule:
        values["criteria_met"] = _criteria_met(instrument, rule, clusters, items)
    if "cut_point" in instrument:
        values["above_cut"] = values["total"] >= _lowest(instrument["cut_point"])  # type: ignore[operator]
    return Score(values, complete=True)


def _criteria_met(instrument: Mapping[str, Any], rule: str, clusters: Mapping[str, range], items: Items) -> bool:
    threshold = _present_from(instrument)
    needed = COUNT_RULE.findall(rule.replace(" ", ""))
    return all(sum(_int(items[n]) >= threshold for n in clusters[name]) >= int(least) for name, least in needed)


def _score_mean(instrument: Mapping[str, Any], items: Items) -> Score:
    numbers = item_numbers(instrument)
    skippable = {1} if "not applicable" in str(instrument.get("missing", "")) else set()
    missing = [
        n
        for n in numbers
        if not isinstance(items.get(n), int) and not (n in skippable and items.get(n) in (None, NOT_APPLICABLE))
    ]
    answered = [n for n in numbers if isinstance(items.get(n), int)]
    if missing or not answered:
        return Score({}, complete=False, reason=_missing_sentence(missing or list(numbers)))
    mean = _total(items, answered) / len(answered)
    values: dict[str, ScoreValue] = {"mean": mean}
    if "cut_point" in instrument:
        values["elevated"] = mean >= _lowest(instrument["cut_point"])
    return Score(values, complete=True)


def _score_sum(instrument: Mapping[str, Any], items: Items) -> Score:
    numbers = item_numbers(instrument)
    missing = [number for number in numbers if not isinstance(items.get(number), int)]
    if missing:
        return Score({}, complete=False, reason=_missing_sentence(missing))
    total = _total(items, numbers)
    values: dict[str, ScoreValue] = {"total": total}
    if band := band_of(instrument, total):
        values["band"] = band
    if "cut_point" in instrument:
        values["above_cut"] = total >= _lowest(instrument["cut_point"])
    return Score(values, complete=True)


def _present_from(instrument: Mapping[str, Any]) -> int:
    found = re.search(r"\d+", str(instrument.get("symptom_present_if", ">= 2")))
    return int(found.group()) if found else 0


def _any_present(instrument: Mapping[str, Any], answers: list[Any]) -> bool:
    return any(isinstance(answer, int) and answer >= _present_from(instrument) for answer in answers)


def _span(limits: Any) -> range:
    return range(int(limits[0]), int(limits[1]) + 1)


def _total(items: Items, numbers: Any) -> Decimal:
    return Decimal(sum(_int(items[number]) for number in numbers))


def _int(value: Any) -> int:
    return int(value)


def _lowest(cut: Any) -> Decimal:
    return Decimal(cut[0] if isinstance(cut, list) else cut)


def _missing_sentence(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:12])
    more = f" and {len(numbers) - 12} more" if len(numbers) > 12 else ""
    return f"Not answered: item {shown}{more}." if len(numbers) == 1 else f"Not answered: items {shown}{more}."
