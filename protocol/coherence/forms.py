"""Whether the trial's own forms and the edit checks agree with the rest of the file."""

from typing import Any

from protocol.coherence.names import blocks, rows, table
from protocol.document import Path
from protocol.edit_checks import check_variables
from protocol.expressions import ExpressionError, parse
from protocol.shapes import Watch

RATER = "independent_assessor"
WITH_RANGE = ("whole", "number")
OPENING = ("yes_no", "choice", "whole")


def check_forms(values: Any, watch: Watch) -> None:
    """Keeps a fault for items that cannot be answered, and for checks that use what is not there."""
    for path, form in blocks(values, ("own_forms",)):
        if path[-1] in table(values, ("instruments",)):
            watch.fault(path, f"“{path[-1]}” is an instrument already.")
        _check_items(path, form, watch)
        _check_score((*path, "scoring"), form, watch)
    instruments = _instruments(values)
    rated = _rated(values)
    for code in table(values, ("edit_checks",)):
        if code in instruments:
            _check_checks(values, str(code), instruments, rated=code in rated, watch=watch)


def _check_items(path: Path, form: dict[Any, Any], watch: Watch) -> None:
    for place, (at, item) in enumerate(rows(form, ("items",)), start=1):
        where = (*path, *at)
        if item.get("number") != place:
            watch.fault(where, f"Items are numbered from 1 in order; this is item {place}.")
        if item.get("kind") in WITH_RANGE and item.get("range") is None:
            watch.fault((*where, "range"), "A number needs its “range”.")
        if (item.get("kind") == "choice") != bool(item.get("options")):
            watch.fault((*where, "options"), "“options” belong to a choice, and a choice needs them.")
        _check_opener(where, item, form, watch)


def _check_opener(where: Path, item: dict[Any, Any], form: dict[Any, Any], watch: Watch) -> None:
    opener, number = item.get("asked_after"), item.get("number")
    if not isinstance(opener, int) or not isinstance(number, int):
        return
    kinds = _kinds(form)
    if opener not in kinds or opener >= number:
        watch.fault((*where, "asked_after"), "An item can only be asked after one that stands before it.")
    elif kinds[opener] not in OPENING:
        watch.fault((*where, "asked_after"), "Only a yes or no, a choice or a whole number opens another item.")


def _check_score(path: Path, form: dict[Any, Any], watch: Watch) -> None:
    score = form.get("scoring")
    if not isinstance(score, dict):
        return
    kinds = _kinds(form)
    scored, reverse = _whole(score.get("items")), _whole(score.get("reverse"))
    for number in scored:
        if kinds.get(number) not in OPENING:
            watch.fault((*path, "items"), f"Item {number} is none that is answered with a whole number or a choice.")
    for number in reverse:
        if number not in scored:
            watch.fault((*path, "reverse"), f"Item {number} is turned round but not scored.")
    missing = score.get("may_miss")
    if isinstance(missing, int) and (score.get("method") != "mean" or missing >= len(scored)):
        watch.fault((*path, "may_miss"), "Only a mean may lack items, and not all of them.")


def _kinds(form: dict[Any, Any]) -> dict[int, Any]:
    # What is no number is a fault of its shape, told where it stands; here it would only be in the way.
    return {row["number"]: row.get("kind") for _, row in rows(form, ("items",)) if isinstance(row.get("number"), int)}


def _whole(value: Any) -> list[int]:
    return [number for number in value if isinstance(number, int)] if isinstance(value, list) else []


def _check_checks(values: Any, code: str, instruments: dict[str, Any], *, rated: bool, watch: Watch) -> None:
    variables = check_variables(instruments, code)
    for path, check in rows(values, ("edit_checks", code)):
        text = check.get("expr")
        if not isinstance(text, str):
            continue
        try:
            names = parse(text, variables=variables).names
        except ExpressionError as error:
            watch.fault((*path, "expr"), str(error))
            continue
        if rated and any(name not in {f"i{number}" for number in range(1, 1000)} for name in names):
            watch.fault((*path, "expr"), "A check of what a blinded rater answers may not read another form.")


def _instruments(values: Any) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for path, form in blocks(values, ("own_forms",)):
        items = [item for _, item in rows(form, ("items",)) if isinstance(item.get("number"), int) and "kind" in item]
        score = form.get("scoring")
        block = {"items": len(items), "form_items": items}
        own[str(path[-1])] = block | ({"form_score": score} if isinstance(score, dict) and "method" in score else {})
    return {str(path[-1]): block for path, block in blocks(values, ("instruments",))} | own


def _rated(values: Any) -> set[str]:
    return {
        str(block.get("instrument") or path[-1])
        for path, block in blocks(values, ("procedures",))
        if block.get("role") == RATER
    }
