"""One of the trial's own forms in the place of the protocol's: judged by the same rules, every fault at its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

from protocol.definition import ProtocolDefinition, load
from protocol.document import ProtocolFaults, read

FORMS, CHECKS = "own_forms", "edit_checks"


@dataclass(frozen=True)
class FormFault:
    """One thing that is wrong in a form: in its items or its checks, in which of them, at which word, and what."""

    block: str
    row: int | None
    name: str
    message: str


# The same writer in C, many times as fast, where PyYAML was built with it.
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Writer(DUMPER):  # type: ignore[misc, valid-type]
    """Writes numbers as they stand in a protocol file."""


_Writer.add_representer(
    Decimal, lambda writer, number: writer.represent_scalar("tag:yaml.org,2002:float", format(number, "f"))
)


def content_of(source: str, code: str) -> dict[str, Any]:
    """Returns an own form of a protocol file as a draft holds it, its checks and what opens its items included."""
    values: dict[str, Any] = read(source)[0].values
    form = values[FORMS][code]
    gate: dict[str, Any] = (values.get("conditional_items") or {}).get(code) or {}
    behind = range(gate["items"][0], gate["items"][1] + 1) if gate else ()
    items = [
        _plain(item) | ({"asked_after": gate["gate"]} if item["number"] in behind else {}) for item in form["items"]
    ]
    checks = [_plain(check) for check in (values.get(CHECKS) or {}).get(code, [])]
    return {"name": form["name"], "edition": str(form.get("edition", "1")), "items": items, "checks": checks}


def with_form(source: str, code: str, content: Mapping[str, Any]) -> ProtocolDefinition:
    """Returns the definition of a protocol file in which one own form stands as the content says.

    Raises ProtocolFaults with every fault.
    """
    values = read(source)[0].values
    values.setdefault(FORMS, {})[code] = {
        "name": content["name"], "edition": content["edition"], "items": list(content["items"]),
    }  # fmt: skip
    values.setdefault(CHECKS, {})[code] = list(content["checks"])
    if not content["checks"]:
        del values[CHECKS][code]
    # What opens an item stands with the item in a content.
    values.get("conditional_items", {}).pop(code, None)
    return load(yaml.dump(values, Dumper=_Writer, allow_unicode=True, sort_keys=False))


def faults_of(source: str, code: str, content: Mapping[str, Any]) -> tuple[FormFault, ...]:
    """Returns every fault of a form in the place of the file's own, each at its place; none where it may be asked."""
    try:
        with_form(source, code, content)
    except ProtocolFaults as refused:
        found = [_placed(fault.place.split("."), fault.message, code) for fault in refused.faults]
        return tuple(dict.fromkeys(found))
    return ()


def _placed(parts: Sequence[str], message: str, code: str) -> FormFault:
    if parts[:2] == [FORMS, code]:
        inside = list(parts[2:])
        if inside[:1] == ["items"] and len(inside) > 1:
            return FormFault("items", int(inside[1]), inside[2] if len(inside) > 2 else "", message)
        return FormFault("form", None, inside[0] if inside else "", message)
    if parts[:2] == [CHECKS, code] and len(parts) > 2:
        return FormFault("checks", int(parts[2]), parts[3] if len(parts) > 3 else "", message)
    return FormFault("form", None, "", f"{'.'.join(parts)}: {message}" if parts != [""] else message)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row in values that JSON can hold, without the tags of how sure the file is of it."""
    kept = {name: value for name, value in row.items() if name not in ("status", "src", "note")}
    if "range" in kept:
        kept["range"] = [float(end) if isinstance(end, Decimal) and end % 1 else int(end) for end in kept["range"]]
    return kept
