"""The protocol's expression language: parsed once, type-checked at load, evaluated in three values.

Source: the head of the protocol file, to the letter. Missing is Unknown, never 0, empty or False.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from protocol.expressions.checking import checked
from protocol.expressions.evaluation import Compiled, Reader, compiled, edges_of, reader_of
from protocol.expressions.language import (
    CAPITALS,
    Among,
    Arithmetic,
    Compare,
    Edge,
    ExpressionError,
    Join,
    Literal,
    Missing,
    Name,
    Node,
    Not,
    Outcome,
    Truth,
    Value,
    Variable,
    below,
    walk,
    written,
)
from protocol.expressions.portable import portable

__all__ = [
    "CAPITALS", "Among", "Arithmetic", "Compare", "Edge", "Expression", "ExpressionError", "Join", "Literal", "Missing",
    "Name", "Node", "Not", "Outcome", "Reader", "Truth", "Value", "Variable", "below", "parse", "reader_of", "walk",
    "written",
]  # fmt: skip

TRUTHS: Mapping[Value | None, Truth] = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNKNOWN}


@dataclass(frozen=True)
class Expression:
    """A checked expression over declared names."""

    text: str
    tree: Node = field(repr=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Returns the names it uses, in the order of first use."""
        return tuple(variable.name for variable in self.variables)

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """Returns the variables it uses, in the order of first use."""
        return tuple(dict.fromkeys(node.variable for node in walk(self.tree) if isinstance(node, Name)))

    def evaluate(self, values: Mapping[str, Value]) -> Outcome:
        """Returns the outcome; a name that is absent from `values` is Unknown.

        Raises TypeError when a value is not of its variable's type: that is a fault of the program, never data.
        """
        known = {name: read(values.get(name)) for name, read in self._readers}
        missing = tuple([name for name, value in known.items() if value is None])
        return Outcome(TRUTHS[self.judge(known)], missing)

    @cached_property
    def judge(self) -> Compiled:
        """Returns the function from values that were read to True, False, or None for unknown."""
        return compiled(self.tree)

    @cached_property
    def _readers(self) -> tuple[tuple[str, Reader], ...]:
        return tuple((variable.name, reader_of(variable)) for variable in self.variables)

    @property
    def portable(self) -> list[Any]:
        """Returns the expression as plain lists, for a page."""
        return portable(self.tree)

    def edges(self, known: Mapping[str, Decimal] = {}) -> tuple[Edge, ...]:
        """Returns the numbers at which single variables cross a comparison, once the `known` values are put in."""
        found = []
        for node in walk(self.tree):
            if isinstance(node, Compare):
                found.extend(edges_of(node, known))
        return tuple(found)


def parse(text: str, *, variables: Mapping[str, Variable]) -> Expression:
    """Returns the expression; raises ExpressionError naming what is wrong with it."""
    return Expression(text, checked(text, variables))
