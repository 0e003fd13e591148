"""The trial's own forms in the place of the protocol's, or beside them: judged by its rules, each fault at its place.

A content with a `role` is a form that the file does not hold: it brings along whose duty it is and the visits at which
it is asked, and stands in the schedule as if the file had it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

from protocol.definition import ProtocolDefinition, load
from protocol.document import ProtocolFaults, read

FORMS, CHECKS, PROCEDURES, SCHEDULE = "own_forms", "edit_checks", "procedures", "schedule_of_assessments"
PARTICIPANT = "participant"


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
    further = {name: form[name] for name in ("recall", "languages") if form.get(name)}
    if form.get("scoring"):
        further["scoring"] = _plain(form["scoring"])
    return {"name": form["name"], "edition": str(form.get("edition", "1")), "items": items, "checks": checks} | further


def with_form(source: str, code: str, content: Mapping[str, Any]) -> ProtocolDefinition:
    """Returns the definition of a protocol file in which one own form stands as the content says; see with_forms."""
    return with_forms(source, {code: content})


def with_forms(source: str, contents: Mapping[str, Mapping[str, Any]]) -> ProtocolDefinition:
    """Returns the definition of a protocol file in which own forms stand as their contents say, new ones among them.

    Raises ProtocolFaults with every fault.
    """
    values = read(source)[0].values
    for code, content in contents.items():
        _put(values, code, content)
    return load(yaml.dump(values, Dumper=_Writer, allow_unicode=True, sort_keys=False))


def faults_of(
    source: str, code: str, content: Mapping[str, Any], *, others: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[FormFault, ...]:
    """Returns every fault of a form among the others, each at its place; none where it may be asked."""
    try:
        with_forms(source, {**(others or {}), code: content})
    except ProtocolFaults as refused:
        found = [_placed(fault.place.split("."), fault.message, code) for fault in refused.faults]
        return tuple(dict.fromkeys((*_unaskable(content), *found)))
    return _unaskable(content)


def _put(values: dict[str, Any], code: str, content: Mapping[str, Any]) -> None:
    form = {"name": content["name"], "edition": content["edition"], "items": list(content["items"])}
    form |= {name: content[name] for name in ("recall", "languages", "scoring") if content.get(name)}
    if "role" in content:
        form["respondent"] = PARTICIPANT if content["role"] == PARTICIPANT else "site"
        values[PROCEDURES][code] = {"name": content["name"], "role": content["role"]}
        for visit in content["visits"]:
            values[SCHEDULE].setdefault(visit, []).append(code)
    values.setdefault(FORMS, {})[code] = form
    values.setdefault(CHECKS, {})[code] = list(content["checks"])
    if not content["checks"]:
        del values[CHECKS][code]
    # What opens an item stands with the item in a content.
    values.get("conditional_items", {}).pop(code, None)


def _unaskable(content: Mapping[str, Any]) -> tuple[FormFault, ...]:
    """Returns the items that no telephone can ask, where participants answer on their own."""
    if content.get("role") != PARTICIPANT:
        return ()
    message = "Participants answer on their telephone: ask for a whole day, or in words."
    kinds = [(row, item.get("kind")) for row, item in enumerate(content["items"])]
    return tuple(FormFault("items", row, "kind", message) for row, kind in kinds if kind == "partial_date")


def _placed(parts: Sequence[str], message: str, code: str) -> FormFault:
    if parts[:2] == [FORMS, code]:
        inside = list(parts[2:])
        if inside[:1] == ["items"] and len(inside) > 1:
            return FormFault("items", int(inside[1]), inside[2] if len(inside) > 2 else "", message)
        return FormFault("form", None, inside[0] if inside else "", message)
    if parts[:2] == [PROCEDURES, code]:
        return FormFault("form", None, parts[2] if len(parts) > 2 else "", message)
    if parts[:1] == [SCHEDULE]:
        return FormFault("form", None, "visits", message)
    if parts[:2] == [CHECKS, code] and len(parts) > 2:
        return FormFault("checks", int(parts[2]), parts[3] if len(parts) > 3 else "", message)
    return FormFault("form", None, "", f"{'.'.join(parts)}: {message}" if parts != [""] else message)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row in values that JSON can hold, without the tags of how sure the file is of it."""
    kept = {name: value for name, value in row.items() if name not in ("status", "src", "note")}
    if "range" in kept:
        kept["range"] = [float(end) if isinstance(end, Decimal) and end % 1 else int(end) for end in kept["range"]]
    return kept
