"""Reads a protocol file into plain values, keeping the line of every place so that faults can name it."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import yaml

Path = tuple[str | int, ...]

# The same parser in C, ten times as fast, where PyYAML was built with it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Composing is recursive, and in C nothing stops it before the process does: deeper files are refused first.
DEEPEST = 100

# A file that unfolds to more than this is no protocol; references inside YAML can unfold without end.
LARGEST = 200_000
PLAIN_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9]\d*)", re.ASCII),
    "tag:yaml.org,2002:float": re.compile(r"[-+]?\d+\.\d+", re.ASCII),
    "tag:yaml.org,2002:bool": re.compile(r"true|false"),
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a protocol file: where, on which line, and what."""

    place: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.place}: {self.message}" if self.place else f"line {self.line}: {self.message}"


class ProtocolFaults(Exception):
    """A protocol file is refused; every fault is listed with its place."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Document:
    """The values of a file and the line on which each begins."""

    values: dict[str, Any]
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """Returns the line of a place, or of the nearest place around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> tuple[Document, list[Fault]]:
    """Returns the document and the faults of its form: repeated keys, values that YAML would take for something else.

    Raises ProtocolFaults when the text is not YAML at all, is not a mapping, or unfolds without end.
    """
    try:
        _check_depth(text)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise ProtocolFaults((_malformed(text, error),)) from error
    if not isinstance(root, yaml.MappingNode):
        raise ProtocolFaults((Fault("", 1, "The file must be a mapping of named blocks."),))
    builder = _Builder()
    values = builder.build(root, ())
    return Document(values, builder.lines), builder.faults


def canonical_digest(text: str) -> str:
    """Returns the SHA-256 of what a file says, whatever its comments, quoting and order of keys.

    Raises ProtocolFaults when the file cannot be read.
    """
    found, faults = read(text)
    if faults:
        raise ProtocolFaults(tuple(faults))
    content = json.dumps(_canonical(found.values), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def place_of(path: Path) -> str:
    """Returns a place as it is shown: its names joined by points."""
    return ".".join(str(part) for part in path)


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _canonical(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_canonical(child) for child in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    # A whole number and the same number with a zero behind the point are one number; the text “40” is another thing.
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return {"number": format(Decimal(value).normalize(), "f")}
    return value


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ProtocolFaults((Fault("", line, "The file is not well-formed YAML: it is nested too deeply."),))


def _malformed(text: str, error: Exception) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = getattr(error, "position", None)
    line = mark.line + 1 if mark else text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return Fault("", line, f"The file is not well-formed YAML: {problem}.")


class _Builder:
    """Turns nodes into values; numbers become exact decimals, or whole numbers."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self.scalars = yaml.SafeLoader("")
        self.open: set[int] = set()
        self.count = 0

    def build(self, node: yaml.Node, path: Path) -> Any:
        """Returns the value of a node and remembers the lines below it."""
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self.count += 1
        if self.count > LARGEST or id(node) in self.open:
            raise ProtocolFaults((Fault(place_of(path), line, "The file refers to itself without end."),))
        self.open.add(id(node))
        value = self._value(node, path)
        self.open.remove(id(node))
        return value

    def _value(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        plain = PLAIN_NUMBERS.get(node.tag)
        if plain is not None and not plain.fullmatch(node.value):
            self._fault(path, f"“{node.value}” would be read as something else. Write it plainly, or put it in quotes.")
            return None
        if node.tag == "tag:yaml.org,2002:float":
            return Decimal(node.value)
        try:
            return self.scalars.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._fault(path, f"“{node.value}” cannot be read as a value of the kind {node.tag.split(':')[-1]}.")
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._value(key_node, path) if key_node.tag.split(":")[-1] in ("str", "int") else None
            if not isinstance(key, str | int):
                self.faults.append(Fault(place_of(path), line, "A name must be a plain text or a whole number."))
                continue
            place = (*path, key)
            if key in values:
                self.faults.append(Fault(place_of(place), line, f"“{key}” is given twice."))
            self.lines[place] = line
            values[key] = self.build(value_node, place)
        return values

    def _fault(self, path: Path, message: str) -> None:
        self.faults.append(Fault(place_of(path), self.lines.get(path, 1), message))
