"""The vocabulary in which the shape of a protocol file is written: what each place may hold.

A shape looks at a value and keeps a fault for everything that does not fit, each with its place and a plain sentence.
"""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from protocol.document import Document, Fault, Path, place_of
from protocol.expressions import ExpressionError, Variable, parse

STATUSES = ("verified", "derived", "recalled", "assumption")


class Watch:
    """What a shape may ask while it looks: the names the file defines, its variables; and where faults are kept."""

    def __init__(
        self, document: Document, *, names: Mapping[str, frozenset[str]], variables: Mapping[str, Variable]
    ) -> None:
        self.document = document
        self.names = names
        self.variables = variables
        self.faults: list[Fault] = []

    def fault(self, at: Path, message: str) -> None:
        """Keeps a fault with its place and line."""
        self.faults.append(Fault(place_of(at), self.document.line_of(at), message))


class Shape(Protocol):
    """What a place of the file may hold."""

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for everything about the value that does not fit."""


@dataclass(frozen=True)
class Anything:
    """Words for people, kept as they are and judged by nobody."""

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Accepts every value."""


@dataclass(frozen=True)
class Text:
    """A text; an empty one is not enough."""

    pattern: str = ""

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for what is no text, or does not follow the pattern."""
        if not isinstance(value, str):
            watch.fault(at, f"{_shown(value)} is not a text.")
        elif not value.strip():
            watch.fault(at, "Nothing is written here yet.")
        elif self.pattern and not re.fullmatch(self.pattern, value):
            watch.fault(at, f"{_shown(value)} is not written as it must be.")


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for anything else."""
        if not isinstance(value, bool):
            watch.fault(at, f"{_shown(value)} is neither true nor false.")


@dataclass(frozen=True)
class Number:
    """A number, from a lowest to a highest where these are named."""

    low: int | None = None
    high: int | None = None

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for what is no number, or lies outside."""
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            watch.fault(at, f"{_shown(value)} is not a number.")
            return
        if self.low is not None and value < self.low:
            watch.fault(at, f"{value} is less than {self.low}.")
        if self.high is not None and value > self.high:
            watch.fault(at, f"{value} is more than {self.high}.")


@dataclass(frozen=True)
class Whole(Number):
    """A whole number."""

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for what is no whole number, or lies outside."""
        if not isinstance(value, int) or isinstance(value, bool):
            watch.fault(at, f"{_shown(value)} is not a whole number.")
            return
        super().check(value, at=at, watch=watch)


@dataclass(frozen=True)
class Day:
    """A calendar day."""

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for anything else."""
        if not isinstance(value, date) or isinstance(value, datetime):
            watch.fault(at, f"{_shown(value)} is not a day written as year-month-day.")


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for any other word."""
        if value not in self.words:
            watch.fault(at, f"{_shown(value)} is not one of {', '.join(self.words)}.")


@dataclass(frozen=True)
class Ref:
    """The name of something that the file defines elsewhere."""

    kind: str

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for a name that leads nowhere."""
        known = watch.names[self.kind]
        if not isinstance(value, str) or value not in known:
            watch.fault(at, f"{_shown(value)} is not {_article(self.kind)} of this file{_nearest(value, known)}.")


@dataclass(frozen=True)
class Condition:
    """An expression over the file's variables."""

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for what is not an expression of the language."""
        if not isinstance(value, str):
            watch.fault(at, f"{_shown(value)} is not an expression in quotes.")
            return
        try:
            parse(value, variables=watch.variables)
        except ExpressionError as error:
            watch.fault(at, str(error))


@dataclass(frozen=True)
class ListOf:
    """A list; `unique` names the key by which no two of its blocks may agree, or "" for the values themselves."""

    item: Shape
    unique: str | None = None
    size: int | None = None
    least: int = 0

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for what is no list, for each item that does not fit, and for each that comes twice."""
        if not isinstance(value, list):
            watch.fault(at, f"{_shown(value)} is not a list.")
            return
        if self.size is not None and len(value) != self.size:
            watch.fault(at, f"{self.size} values are needed here, not {len(value)}.")
        if len(value) < self.least:
            watch.fault(at, "The list is empty.")
        for index, item in enumerate(value):
            self.item.check(item, at=(*at, index), watch=watch)
        if self.unique is not None:
            self._check_unique(value, at, watch)

    def _check_unique(self, value: list[Any], at: Path, watch: Watch) -> None:
        seen: set[str] = set()
        for index, item in enumerate(value):
            name = item.get(self.unique) if self.unique and isinstance(item, dict) else item
            if isinstance(name, str | int) and str(name) in seen:
                watch.fault((*at, index), f"“{name}” is given twice.")
            seen.add(str(name))


@dataclass(frozen=True)
class TableOf:
    """Named values of one shape; tags of how sure the file is may stand among them."""

    item: Shape
    key: Shape = field(default_factory=Anything)

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for what is no table, and for each name or value that does not fit."""
        if not isinstance(value, dict):
            watch.fault(at, f"{_shown(value)} is not a block of named values.")
            return
        for name, item in value.items():
            shape = TAGS.get(name)
            if shape is None:
                self.key.check(name, at=(*at, name), watch=watch)
            (shape or self.item).check(item, at=(*at, name), watch=watch)


@dataclass(frozen=True)
class Block:
    """A block of named values: those it must have, those it may have, and no other.

    A value that is empty counts as absent. `rest` is the shape of any other name, where other names are allowed.
    """

    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)
    rest: Shape | None = None

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for each name that is missing or unknown, and for each value that does not fit."""
        if not isinstance(value, dict):
            watch.fault(at, f"{_shown(value)} is not a block of named values.")
            return
        known = {**TAGS, **self.required, **self.optional}
        for name in self.required:
            if value.get(name) is None:
                watch.fault(at, f"“{name}” is missing.")
        for name, item in value.items():
            shape = known.get(name, self.rest)
            if shape is None:
                watch.fault((*at, name), f"“{name}” is not known here{_nearest(name, known)}.")
            elif item is not None:
                shape.check(item, at=(*at, name), watch=watch)


# How sure the file is of a block, and where it has it from, may stand in every block.
TAGS: Mapping[str, Shape] = {
    "status": OneOf(STATUSES),
    "src": ListOf(Ref("source")),
    "note": Text(),
    "status_note": Text(),
}


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "A block of values" if isinstance(value, dict) else "A list"
    return "Nothing" if value is None else f"“{value}”"


def _nearest(name: Any, known: Collection[str]) -> str:
    near = difflib.get_close_matches(str(name), [str(each) for each in known], n=1)
    return f"; did you mean “{near[0]}”?" if near else ""


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
