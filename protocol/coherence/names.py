"""The names that a protocol file defines, gathered before anything refers to them."""

from collections.abc import Iterator, Mapping
from typing import Any

from protocol.document import Path
from protocol.expressions import Variable
from protocol.shapes import TAGS

VARIABLE_BLOCKS = ("variables", "runtime_variables", "event_variables")
RULE_LISTS: tuple[Path, ...] = (
    ("eligibility", "inclusion"),
    ("eligibility", "exclusion"),
    ("dosing", "pre_dose_conditions"),
    ("dosing", "withhold_supplemental_if"),
    ("discharge", "criteria"),
    ("stopping_rules", "participant"),
    ("stopping_rules", "trial"),
    ("aesi",),
)
CONDITION_LISTS = RULE_LISTS[2:5]


def at(values: Any, path: Path) -> Any:
    """Returns what stands at a place, or None."""
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def rows(values: Any, path: Path) -> Iterator[tuple[Path, dict[Any, Any]]]:
    """Yields the blocks of a list, each with its place."""
    found = at(values, path)
    for index, row in enumerate(found if isinstance(found, list) else []):
        if isinstance(row, dict):
            yield (*path, index), row


def table(values: Any, path: Path) -> dict[Any, Any]:
    """Returns the named values of a block, without the tags that may stand among them."""
    found = at(values, path)
    return {name: item for name, item in found.items() if name not in TAGS} if isinstance(found, dict) else {}


def blocks(values: Any, path: Path) -> Iterator[tuple[Path, dict[Any, Any]]]:
    """Yields the named blocks of a table, each with its place."""
    for name, item in table(values, path).items():
        if isinstance(item, dict):
            yield (*path, name), item


def texts(value: Any) -> tuple[str, ...]:
    """Returns the texts of a list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def names_of(values: Any) -> Mapping[str, frozenset[str]]:
    """Returns the names of everything that other places may refer to, by kind."""
    visits = _codes(values, ("visits",))
    return {
        "visit": visits,
        "anchor": visits | _keys(values, ("anchors",)),
        "procedure": _keys(values, ("procedures",)),
        "role": _keys(values, ("roles",)),
        "epoch": _codes(values, ("epochs",)),
        "gate": _keys(values, ("gates",)),
        "arm": _codes(values, ("arms",)),
        "instrument": _keys(values, ("instruments",)) | _keys(values, ("own_forms",)),
        "source": _keys(values, ("sources",)),
        "criterion": _codes(values, ("eligibility", "inclusion")) | _codes(values, ("eligibility", "exclusion")),
        "consent option": _codes(values, ("consent_options",)),
        "variant": _keys(values, ("variants",)),
        "variable": frozenset().union(*(_keys(values, (block,)) for block in VARIABLE_BLOCKS)),
        "condition": frozenset().union(*(_codes(values, path) for path in CONDITION_LISTS)),
        "word field": _keys(values, ("free_text_sweep", "fields")),
        "trial rule": _codes(values, ("stopping_rules", "trial")),
    }


def variables_of(values: Any) -> dict[str, Variable]:
    """Returns the declared variables by name; one without a type is left out."""
    found: dict[str, Variable] = {}
    for block in VARIABLE_BLOCKS:
        for path, row in blocks(values, (block,)):
            kind, name = row.get("type"), str(path[-1])
            if isinstance(kind, str):
                unit, source, note = (str(row.get(key) or "") for key in ("unit", "from", "note"))
                found[name] = Variable(name, kind, unit, texts(row.get("values")), source, note)
    return found


def _codes(values: Any, path: Path) -> frozenset[str]:
    return frozenset(row["code"] for _, row in rows(values, path) if isinstance(row.get("code"), str))


def _keys(values: Any, path: Path) -> frozenset[str]:
    return frozenset(name for name in table(values, path) if isinstance(name, str))
