"""The protocol's expression language: parsed once, type-checked at load, evaluated in three values.

Source: the head of protocols/mapp_like.yaml, to the letter. Missing is Unknown, never 0, empty or False.
"""

import ast
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

Value = Decimal | bool | str
Missing = tuple[str, ...]


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


@dataclass(frozen=True)
class Outcome:
    """What an expression came to, and the names that were missing for it."""

    truth: Truth
    missing: Missing = ()


class ExpressionError(ValueError):
    """An expression does not belong to the language, or its types clash."""


_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
}  # fmt: skip
_ORDER: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
}


@dataclass(frozen=True)
class Expression:
    """A checked expression over declared names."""

    text: str
    tree: ast.expr = field(compare=False, repr=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Returns the names it uses, in the order of first use."""
        found = [node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)]
        return tuple(dict.fromkeys(found))

    def evaluate(self, values: Mapping[str, Value]) -> Outcome:
        """Returns the outcome; a name that is absent from `values` is Unknown."""
        result = _evaluate(self.tree, values)
        missing = tuple(name for name in self.names if name not in values)
        if result is None:
            return Outcome(Truth.UNKNOWN, missing)
        return Outcome(Truth.TRUE if result is True else Truth.FALSE, missing)

    def comparisons(self) -> tuple[tuple[str, str, Decimal], ...]:
        """Returns every (name, operator, number) that compares one plain name with one number."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name):
                number = _number(node.comparators[0])
                if number is not None:
                    found.append((node.left.id, _COMPARISONS[type(node.ops[0])], number))
        return tuple(found)


def parse(text: str, *, variables: Mapping[str, Variable]) -> Expression:
    """Returns the expression; raises ExpressionError naming what is wrong with it."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ExpressionError(f"“{text}” cannot be read as an expression.") from error
    kind = _type_of(tree, variables)
    if kind != "bool":
        raise ExpressionError(f"“{text}” is a {kind}; it must be true or false.")
    return Expression(text, tree)


def _type_of(node: ast.expr, variables: Mapping[str, Variable]) -> str:
    match node:
        case ast.BoolOp(values=parts):
            for part in parts:
                _expect(part, "bool", variables)
            return "bool"
        case ast.UnaryOp(op=ast.Not(), operand=part):
            _expect(part, "bool", variables)
            return "bool"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return "number"
        case ast.Compare():
            return _type_of_comparison(node, variables)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            _expect(left, "number", variables)
            _expect(right, "number", variables)
            return "number"
        case ast.Name(id=name):
            return _type_of_name(name, variables)
        case ast.Constant(value=bool()):
            return "bool"
        case ast.Constant(value=int() | float()):
            return "number"
        case ast.Constant(value=str()):
            return "text"
    raise ExpressionError(f"“{ast.unparse(node)}” is not part of the language.")


def _type_of_name(name: str, variables: Mapping[str, Variable]) -> str:
    if name not in variables:
        raise ExpressionError(f"“{name}” is not declared as a variable.")
    kind = variables[name].type
    if kind == "list":
        raise ExpressionError(f"“{name}” is a list and cannot be used in an expression.")
    return kind


def _type_of_comparison(node: ast.Compare, variables: Mapping[str, Variable]) -> str:
    if len(node.ops) != 1:
        raise ExpressionError(f"“{ast.unparse(node)}” chains comparisons; join them with and.")
    operator = _COMPARISONS.get(type(node.ops[0]))
    if operator is None:
        raise ExpressionError(f"“{ast.unparse(node)}” uses an operator that is not part of the language.")
    right = node.comparators[0]
    if operator == "in":
        if not isinstance(right, ast.Tuple):
            raise ExpressionError(f"“{ast.unparse(node)}”: write in (a, b).")
        for choice in right.elts:
            _check_pair(node.left, choice, variables)
    elif operator in _ORDER:
        _expect(node.left, "number", variables)
        _expect(right, "number", variables)
    else:
        _check_pair(node.left, right, variables)
    return "bool"


def _check_pair(left: ast.expr, right: ast.expr, variables: Mapping[str, Variable]) -> None:
    kinds = (_type_of(left, variables), _type_of(right, variables))
    plain = tuple("text" if kind == "enum" else kind for kind in kinds)
    if plain[0] != plain[1]:
        raise ExpressionError(f"“{ast.unparse(left)}” is a {kinds[0]} and “{ast.unparse(right)}” a {kinds[1]}.")
    for name, literal in ((left, right), (right, left)):
        if isinstance(name, ast.Name) and isinstance(literal, ast.Constant):
            declared = variables[name.id].values
            if declared and literal.value not in declared:
                raise ExpressionError(f"“{literal.value}” is not among the values of {name.id}.")


def _expect(node: ast.expr, kind: str, variables: Mapping[str, Variable]) -> None:
    found = _type_of(node, variables)
    if found != kind:
        raise ExpressionError(f"“{ast.unparse(node)}” is a {found}; a {kind} is needed here.")


def _evaluate(node: ast.expr, values: Mapping[str, Value]) -> Value | None:
    match node:
        case ast.BoolOp(op=operator, values=parts):
            return _join(operator, [_evaluate(part, values) for part in parts])
        case ast.UnaryOp(op=ast.Not(), operand=part):
            inner = _evaluate(part, values)
            return None if inner is None else not inner
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _compare(_COMPARISONS[type(operator)], _evaluate(left, values), right, values)
        case ast.BinOp(left=left, op=operator, right=right):
            first, second = _evaluate(left, values), _evaluate(right, values)
            if not isinstance(first, Decimal) or not isinstance(second, Decimal):
                return None
            return _ARITHMETIC[type(operator)](first, second)
        case ast.Name(id=name):
            return values.get(name)
    literal = _number(node)
    if literal is not None:
        return literal
    assert isinstance(node, ast.Constant)
    constant: Value = node.value  # type: ignore[assignment]
    return constant


def _join(operator: ast.boolop, parts: list[Value | None]) -> bool | None:
    decisive = isinstance(operator, ast.Or)
    if any(part is decisive for part in parts):
        return decisive
    return None if any(part is None for part in parts) else not decisive


def _compare(operator: str, left: Value | None, right: ast.expr, values: Mapping[str, Value]) -> bool | None:
    if operator == "in":
        assert isinstance(right, ast.Tuple)
        choices = [_evaluate(choice, values) for choice in right.elts]
        return None if left is None or None in choices else left in choices
    other = _evaluate(right, values)
    if left is None or other is None:
        return None
    if operator == "==":
        return left == other
    if operator == "!=":
        return left != other
    assert isinstance(left, Decimal) and isinstance(other, Decimal)
    return _ORDER[operator](left, other)


def _number(node: ast.expr) -> Decimal | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        # The source text, not the binary float, is the number that was written.
        return Decimal(repr(node.value))
    return None
