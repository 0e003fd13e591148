"""Whether variables, rules, limits and instruments agree."""

import keyword
import re
from decimal import Decimal
from typing import Any

from protocol.coherence.names import RULE_LISTS, VARIABLE_BLOCKS, at, blocks, rows, table, texts
from protocol.document import Path
from protocol.expressions import CAPITALS
from protocol.shapes import Watch

BY_HAND = "by_hand"
CLOCK_LENGTHS = ("hours", "calendar_days", "days_after_anniversary")


def check_rules(values: Any, watch: Watch) -> None:
    """Keeps a fault for every rule, variable or limit that contradicts another."""
    _check_variables(values, watch)
    _check_rule_codes(values, watch)
    _check_clocks(values, watch)
    _check_causality(values, watch)
    _check_proposals(values, watch)
    _check_holds(values, watch)
    _check_ranges(values, watch)
    _check_parameters(values, watch)
    _check_variants(values, watch)
    for path, instrument in blocks(values, ("instruments",)):
        _check_instrument(path, instrument, watch)


def _check_variables(values: Any, watch: Watch) -> None:
    seen: set[str] = set()
    known = watch.names["procedure"] | watch.names["anchor"]
    for block in VARIABLE_BLOCKS:
        for path, row in blocks(values, (block,)):
            name = str(path[-1])
            if name in seen:
                watch.fault(path, f"“{name}” is declared twice.")
            seen.add(name)
            if keyword.iskeyword(name):
                watch.fault(path, f"“{name}” is a word of the language and cannot name a variable.")
            if (row.get("type") == "enum") != (row.get("values") is not None):
                watch.fault(path, f"“{name}”: an enum, and no other variable, lists its values.")
            for code in CAPITALS.findall(str(row.get("from") or "")):
                if code not in known:
                    watch.fault((*path, "from"), f"“{code}” is neither a procedure nor a visit of this file.")


def _check_rule_codes(values: Any, watch: Watch) -> None:
    seen: dict[str, Path] = {}
    for block in RULE_LISTS:
        for path, row in rows(values, block):
            code = row.get("code")
            if isinstance(code, str) and code in seen and seen[code] != block:
                watch.fault((*path, "code"), f"The rule {code} stands in {'.'.join(map(str, seen[code]))} too.")
            seen.setdefault(str(code), block)


def _check_clocks(values: Any, watch: Watch) -> None:
    for path, row in rows(values, ("adverse_event_policy", "clocks")):
        lengths = [name for name in CLOCK_LENGTHS if row.get(name) is not None]
        if len(lengths) != 1:
            watch.fault(path, f"A clock needs exactly one of {', '.join(CLOCK_LENGTHS)}.")
        if ("days_after_anniversary" in lengths) != ("anniversary" in str(row.get("starts"))):
            watch.fault(path, "Days after the anniversary, and nothing else, count from the anniversary.")
        if row.get("anchor") is not None and "days_after_anniversary" not in lengths:
            watch.fault(path, "An anchor belongs to days after the anniversary, and to nothing else.")
    for path, row in rows(values, ("clock_escalation", "steps")):
        if (row.get("at_share") is None) == (row.get("hours_before") is None):
            watch.fault(path, "A step comes at a share of the term, or some hours before its end: one of the two.")


def _check_causality(values: Any, watch: Watch) -> None:
    path: Path = ("adverse_event_policy", "related_means")
    known = texts(at(values, ("adverse_event_policy", "causality")))
    for word in texts(at(values, path)):
        if word not in known:
            watch.fault(path, f"“{word}” is not among the judgements of causality.")
    path = ("drug_accountability", "double_signature_for")
    known = texts(at(values, ("drug_accountability", "events")))
    for word in texts(at(values, path)):
        if word not in known:
            watch.fault(path, f"“{word}” is not among the events of accountability.")


def _check_proposals(values: Any, watch: Watch) -> None:
    group = watch.variables.get("event_group")
    for name in table(values, ("event_proposals", "groups")):
        if group is not None and name not in group.values:
            watch.fault(("event_proposals", "groups", name), f"“{name}” is not a group of events.")


def _check_holds(values: Any, watch: Watch) -> None:
    lists = (("stopping_rules", "participant"), ("stopping_rules", "trial"))
    codes = [row.get("code") for path in lists for _, row in rows(values, path)]
    known = {code for code in codes if isinstance(code, str)} | {BY_HAND}
    for path, row in rows(values, ("dosing_holds", "release")):
        if row.get("rule") not in known:
            watch.fault((*path, "rule"), f"“{row.get('rule')}” is no rule that stops dosing.")


def _check_ranges(values: Any, watch: Watch) -> None:
    _check_range(at(values, ("dosing", "supplemental_window_min")), ("dosing", "supplemental_window_min"), watch)
    for path, row in blocks(values, ("plausibility",)):
        hard, soft = _pair(row.get("hard")), _pair(row.get("soft"))
        for name, pair in (("hard", hard), ("soft", soft)):
            if pair is not None and pair[0] > pair[1]:
                watch.fault((*path, name), "The lower limit is above the upper one.")
        if hard and soft and not hard[0] <= soft[0] <= soft[1] <= hard[1]:
            watch.fault(path, "The soft limits must lie within the hard ones.")


def _check_range(window: Any, path: Path, watch: Watch) -> None:
    pair = _pair([window.get("earliest"), window.get("latest")]) if isinstance(window, dict) else None
    if pair is not None and pair[0] > pair[1]:
        watch.fault(path, "The window closes before it opens.")


def _check_parameters(values: Any, watch: Watch) -> None:
    for name, unit in table(values, ("vital_signs", "parameters")).items():
        variable = watch.variables.get(name)
        if variable is not None and variable.unit != unit:
            watch.fault(("vital_signs", "parameters", name), f"“{name}” is declared in {variable.unit}, not in {unit}.")


def _check_variants(values: Any, watch: Watch) -> None:
    active = at(values, ("active_variant",))
    if active is None and table(values, ("variants",)):
        watch.fault(("variants",), "“active_variant” must say which of the variants is chosen.")
    for name, key in table(values, ("variant_variables",)).items():
        for path, variant in blocks(values, ("variants",)):
            if isinstance(key, str) and variant.get(key) is None:
                watch.fault(path, f"The variant has no “{key}”, which “{name}” is taken from.")


def _check_instrument(path: Path, instrument: dict[Any, Any], watch: Watch) -> None:
    count = instrument.get("items")
    for block in ("clusters", "other_items"):
        for name, where in table(instrument, (block,)).items():
            pair = _pair(where if isinstance(where, list) else [where, where])
            if pair is None:
                continue
            if pair[0] > pair[1] or (isinstance(count, int) and pair[1] > count):
                watch.fault((*path, block, name), f"Items {pair[0]} to {pair[1]} are not items of the instrument.")
    for name in re.findall(r"count\((\w+)\)", str(instrument.get("criteria_met", instrument.get("provisional_dx")))):
        if name not in table(instrument, ("clusters",)):
            watch.fault(path, f"“{name}” is not a cluster of the instrument.")
    _check_bands(path, instrument, watch)


def _check_bands(path: Path, instrument: dict[Any, Any], watch: Watch) -> None:
    for block in ("bands", "zones"):
        pairs = [_pair(limits) for limits in table(instrument, (block,)).values()]
        total, known = _pair(instrument.get("total")), [pair for pair in pairs if pair is not None]
        if not known or total is None or None in pairs:
            continue
        edges = [total[0] - 1, *(edge for pair in known for edge in pair), total[1] + 1]
        gaps = [edges[place + 1] - edges[place] != 1 for place in range(0, len(edges), 2)]
        if any(gaps) or any(low > high for low, high in known):
            watch.fault((*path, block), "The bands must cover the range of the total without gap or overlap, in order.")


def _pair(value: Any) -> tuple[Decimal, Decimal] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    if not all(isinstance(edge, int | Decimal) and not isinstance(edge, bool) for edge in value):
        return None
    return Decimal(value[0]), Decimal(value[1])
