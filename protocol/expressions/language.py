"""The nouns of the expression language: truths, variables, values, and the nodes of a checked expression."""

import enum
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

Value = Decimal | bool | str
Missing = tuple[str, ...]
CAPITALS = re.compile(r"\b[A-Z][A-Z0-9_]+\b")


class Truth(enum.Enum):
    """Kleene's three values."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Variable:
    """A declared name: its type, its unit, the values of an enum, and where it comes from."""

    name: str
    type: str
    unit: str = ""
    values: tuple[str, ...] = ()
    source: str = ""
    note: str = ""

    @property
    def derived(self) -> bool:
        """Returns whether a rule gives the value, and no form."""
        return self.source.startswith("derived")

    @cached_property
    def procedures(self) -> tuple[str, ...]:
        """Returns the codes of the procedures whose forms supply the value; none for a derived one."""
        words, _, _ = self.source.partition(" at ")
        return () if self.derived else tuple(CAPITALS.findall(words))

    @cached_property
    def only_at(self) -> str:
        """Returns the visit from which alone the value is taken; empty when any visit may supply it."""
        _, found, place = self.source.partition(" at ")
        codes = CAPITALS.findall(place) if found and not self.derived else []
        return codes[0] if codes else ""


@dataclass(frozen=True)
class Outcome:
    """What an expression came to, and the names that were missing for it."""

    truth: Truth
    missing: Missing = ()


class Edge(NamedTuple):
    """Where one variable crosses a comparison: its name, the operator as read from it, and the number."""

    variable: str
    operator: str
    number: Decimal


class ExpressionError(ValueError):
    """An expression does not belong to the language, or its types clash."""


@dataclass(frozen=True)
class Literal:
    """A number, a text, True or False."""

    value: Value


@dataclass(frozen=True)
class Name:
    """A declared variable."""

    variable: Variable


@dataclass(frozen=True)
class Not:
    """The negation of a condition."""

    inner: "Node"


@dataclass(frozen=True)
class Join:
    """Conditions joined by `and` or by `or`."""

    operator: str
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Compare:
    """One comparison of two values."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Among:
    """A value that is one of several."""

    left: "Node"
    choices: tuple["Node", ...]


@dataclass(frozen=True)
class Arithmetic:
    """A sum, a difference or a product."""

    operator: str
    left: "Node"
    right: "Node"


Node = Literal | Name | Not | Join | Compare | Among | Arithmetic


def below(node: Node) -> tuple[Node, ...]:
    """Returns the parts of a node, in the order of the text."""
    match node:
        case Not(inner):
            return (inner,)
        case Join(_, parts):
            return parts
        case Compare(_, left, right) | Arithmetic(_, left, right):
            return (left, right)
        case Among(left, choices):
            return (left, *choices)
    return ()


def walk(node: Node) -> tuple[Node, ...]:
    """Returns a node and everything below it, in the order of the text."""
    return (node, *(deeper for part in below(node) for deeper in walk(part)))


def written(node: Node) -> str:
    """Returns a node as text of the language, with every parenthesis."""
    match node:
        case Literal(value):
            return _literal(value)
        case Name(variable):
            return variable.name
        case Not(inner):
            return f"not ({written(inner)})"
        case Join(operator, parts):
            return f" {operator} ".join(f"({written(part)})" for part in parts)
        case Among(left, choices):
            return f"({written(left)}) in ({', '.join(written(choice) for choice in choices)},)"
    return f"({written(node.left)}) {node.operator} ({written(node.right)})"


def _literal(value: Value) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    return str(value) if isinstance(value, bool) else format(value, "f")
