"""Reads a protocol file into plain values, keeping the line of every place so that faults can name it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

Path = tuple[str | int, ...]


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
    """Returns the document and the faults of its form: malformed YAML, repeated keys.

    Raises ProtocolFaults when the text is not YAML at all or is not a mapping.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error)
        raise ProtocolFaults((Fault("", line, f"The file is not well-formed YAML: {problem}."),)) from error
    if not isinstance(root, yaml.MappingNode):
        raise ProtocolFaults((Fault("", 1, "The file must be a mapping of named blocks."),))
    builder = _Builder()
    values = builder.build(root, ())
    return Document(values, builder.lines), builder.faults


class _Builder:
    """Turns nodes into values; numbers become exact decimals, or whole numbers."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self.scalars = yaml.SafeLoader("")

    def build(self, node: yaml.Node, path: Path) -> Any:
        """Returns the value of a node and remembers the lines below it."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        if node.tag == "tag:yaml.org,2002:float":
            return Decimal(str(node.value))
        return self.scalars.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.scalars.construct_object(key_node)
            place = (*path, key)
            if key in values:
                line = key_node.start_mark.line + 1
                self.faults.append(Fault(".".join(map(str, place)), line, f"“{key}” is given twice."))
            self.lines[place] = key_node.start_mark.line + 1
            values[key] = self.build(value_node, place)
        return values
