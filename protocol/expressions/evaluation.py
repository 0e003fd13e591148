"""What a checked expression comes to, in three values, and where single variables cross its comparisons."""

from collections.abc import Callable, Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

from protocol.expressions.language import (
    Among,
    Arithmetic,
    Compare,
    Edge,
    Join,
    Literal,
    Name,
    Node,
    Not,
    Value,
    Variable,
)

# Sums and products of decimals as people enter them are exact in this many digits; the default context would round.
EXACT = Context(prec=2000, Emax=MAX_EMAX, Emin=MIN_EMIN)
ZERO = Decimal(0)
TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
ORDER: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
}


def evaluate(node: Node, values: Mapping[str, Value]) -> Value | None:
    """Returns the value of a node; None when it is unknown."""
    match node:
        case Literal(value):
            return value
        case Name(variable):
            return value_of(variable, values)
        case Not(inner):
            truth = evaluate(inner, values)
            return None if truth is None else not truth
        case Join(operator, parts):
            return _join(operator, [evaluate(part, values) for part in parts])
        case Compare(operator, left, right):
            return _compare(operator, evaluate(left, values), evaluate(right, values))
        case Among(left, choices):
            sought, offered = evaluate(left, values), [evaluate(choice, values) for choice in choices]
            return None if sought is None or None in offered else sought in offered
    first, second = evaluate(node.left, values), evaluate(node.right, values)
    if not isinstance(first, Decimal) or not isinstance(second, Decimal):
        return None
    return ARITHMETIC[node.operator](first, second)


def value_of(variable: Variable, values: Mapping[str, Value]) -> Value | None:
    """Returns the value of a variable; None when it is missing, or is no value that an enum declares."""
    value = values.get(variable.name)
    if value is None:
        return None
    if variable.type == "bool" and isinstance(value, bool):
        return value
    if variable.type == "number" and isinstance(value, Decimal) and value.is_finite():
        return value
    if variable.type == "text" and isinstance(value, str):
        return value
    if variable.type == "enum" and isinstance(value, str):
        return value if value in variable.values else None
    raise TypeError(f"{variable.name} is a {variable.type}; {value!r} is not.")


def edges_of(node: Compare, known: Mapping[str, Decimal]) -> list[Edge]:
    """Returns the edge of the one name in a comparison that is not known; none if there are more, or it is no sum."""
    left, right = _linear(node.left, known), _linear(node.right, known)
    if left is None or right is None:
        return []
    names = {name: left.get(name, ZERO) - right.get(name, ZERO) for name in {**left, **right}}
    constant = names.pop("", ZERO)
    open_names = [(name, factor) for name, factor in names.items() if factor]
    if len(open_names) != 1:
        return []
    name, factor = open_names[0]
    return [Edge(name, node.operator if factor > 0 else TURNED[node.operator], -constant / factor)]


def _linear(node: Node, known: Mapping[str, Decimal]) -> dict[str, Decimal] | None:
    """Returns the factor of each name in a sum, and under "" what is added; None if it is no such sum."""
    match node:
        case Literal(Decimal() as number):
            return {"": number}
        case Name(Variable(type="number", name=name)):
            return {"": known[name]} if name in known else {name: Decimal(1)}
        case Arithmetic(operator, left, right):
            return _combine(operator, _linear(left, known), _linear(right, known))
    return None


def _combine(
    operator: str, first: dict[str, Decimal] | None, second: dict[str, Decimal] | None
) -> dict[str, Decimal] | None:
    if first is None or second is None:
        return None
    if operator == "*":
        plain, other = (first, second) if first.keys() <= {""} else (second, first)
        factor = plain.get("", ZERO)
        return {name: amount * factor for name, amount in other.items()} if plain.keys() <= {""} else None
    sign = -1 if operator == "-" else 1
    return {name: first.get(name, ZERO) + sign * second.get(name, ZERO) for name in {**first, **second}}


def _join(operator: str, parts: list[Value | None]) -> bool | None:
    decisive = operator == "or"
    if any(part is decisive for part in parts):
        return decisive
    return None if any(part is None for part in parts) else not decisive


def _compare(operator: str, left: Value | None, right: Value | None) -> bool | None:
    if left is None or right is None:
        return None
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    # The checker lets only numbers be ordered.
    assert isinstance(left, Decimal) and isinstance(right, Decimal)
    return ORDER[operator](left, right)
