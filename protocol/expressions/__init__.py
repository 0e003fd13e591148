"""The protocol's expression language: parsed once, type-checked at load, evaluated in three values.

Source: the head of the protocol file, to the letter. Missing is Unknown, never 0, empty or False.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from protocol.expressions.checking import checked
from protocol.expressions.evaluation import edges_of, evaluate, value_of
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

__all__ = [
    "CAPITALS", "Among", "Arithmetic", "Compare", "Edge", "Expression", "ExpressionError", "Join", "Literal", "Missing",
    "Name", "Node", "Not", "Outcome", "Truth", "Value", "Variable", "below", "parse", "walk", "written",
]  # fmt: skip


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
        result = evaluate(self.tree, values)
        missing = tuple(variable.name for variable in self.variables if value_of(variable, values) is None)
        if result is None:
            return Outcome(Truth.UNKNOWN, missing)
        return Outcome(Truth.TRUE if result is True else Truth.FALSE, missing)

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
