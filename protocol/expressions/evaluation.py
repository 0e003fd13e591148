"""What a checked expression comes to, in three values, and where single variables cross its comparisons."""

from collections.abc import Callable, Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from operator import eq, ge, gt, itemgetter, le, lt, ne
from typing import Any

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
# The checker lets only numbers be ordered and reckoned with, so the two sides are of one type.
Operation = Callable[[Any, Any], Value]
ORDER: dict[str, Operation] = {"<": lt, "<=": le, ">": gt, ">=": ge}
COMPARE: dict[str, Operation] = ORDER | {"==": eq, "!=": ne}
ARITHMETIC: dict[str, Operation] = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}
# The values of names as they were read: None where one is unknown.
Known = Mapping[str, Value | None]
Compiled = Callable[[Known], Value | None]
Reader = Callable[[Value | None], Value | None]


def compiled(node: Node) -> Compiled:
    """Returns a function from known values to the value of the node; None is unknown.

    The nodes are walked once, here; what is judged for thousands of people is the function alone.
    """
    match node:
        case Literal(value):
            return lambda known: value
        case Name(variable) | Compare("==", Name(variable), Literal(True)):
            return itemgetter(variable.name)
        case Not(inner):
            return _negation(compiled(inner))
        case Join(operator, parts):
            return _join(operator == "or", tuple(compiled(part) for part in parts))
        case Compare(operator, Name(variable), Literal(value)):
            return _compare_with(COMPARE[operator], variable.name, value)
        case Compare(operator, left, right):
            return _both(COMPARE[operator], compiled(left), compiled(right))
        case Among(left, choices):
            return _among(compiled(left), tuple(compiled(choice) for choice in choices))
    return _both(ARITHMETIC[node.operator], compiled(node.left), compiled(node.right))


def reader_of(variable: Variable) -> Reader:
    """Returns what reads a value of a variable: None when it is missing, or is no value that an enum declares.

    It raises TypeError for a value of another type.
    """
    return _READERS[variable.type](variable)


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


def _fault(variable: Variable, value: Value) -> TypeError:
    return TypeError(f"{variable.name} is a {variable.type}; {value!r} is not.")


def _bool_reader(variable: Variable) -> Reader:
    def read(value: Value | None) -> Value | None:
        if value is None or value is True or value is False:
            return value
        raise _fault(variable, value)

    return read


def _number_reader(variable: Variable) -> Reader:
    def read(value: Value | None) -> Value | None:
        if value is None or (isinstance(value, Decimal) and value.is_finite()):
            return value
        raise _fault(variable, value)

    return read


def _text_reader(variable: Variable) -> Reader:
    def read(value: Value | None) -> Value | None:
        if value is None or isinstance(value, str):
            return value
        raise _fault(variable, value)

    return read


def _enum_reader(variable: Variable) -> Reader:
    declared = frozenset(variable.values)

    def read(value: Value | None) -> Value | None:
        if isinstance(value, str):
            return value if value in declared else None
        if value is None:
            return None
        raise _fault(variable, value)

    return read


_READERS: Mapping[str, Callable[[Variable], Reader]] = {
    "bool": _bool_reader,
    "number": _number_reader,
    "text": _text_reader,
    "enum": _enum_reader,
}


def _negation(inner: Compiled) -> Compiled:
    def negate(known: Known) -> Value | None:
        truth = inner(known)
        return None if truth is None else not truth

    return negate


def _join(decisive: bool, parts: tuple[Compiled, ...]) -> Compiled:
    """Returns Kleene's `or`, for which True decides, or his `and`, for which False does."""

    def join(known: Known) -> Value | None:
        unknown = False
        for part in parts:
            truth = part(known)
            if truth is decisive:
                return decisive
            unknown = unknown or truth is None
        return None if unknown else not decisive

    return join


def _both(operate: Operation, left: Compiled, right: Compiled) -> Compiled:
    def both(known: Known) -> Value | None:
        first, second = left(known), right(known)
        return None if first is None or second is None else operate(first, second)

    return both


def _compare_with(operate: Operation, name: str, value: Value) -> Compiled:
    def compare(known: Known) -> Value | None:
        found = known[name]
        return None if found is None else operate(found, value)

    return compare


def _among(left: Compiled, choices: tuple[Compiled, ...]) -> Compiled:
    def among(known: Known) -> Value | None:
        sought, offered = left(known), [choice(known) for choice in choices]
        return None if sought is None or None in offered else sought in offered

    return among
