"""The protocol's expression language: parsed once, type-checked at load, evaluated in three values.

Source: the head of the protocol file, to the letter. Missing is Unknown, never 0, empty or False.
"""

import ast
import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import cached_property
from typing import NamedTuple

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

# Sums and products of decimals as people enter them are exact in this many digits; the default context would round.
EXACT = Context(prec=2000, Emax=MAX_EMAX, Emin=MIN_EMIN)
LONGEST, DEEPEST = 5000, 40
ZERO = Decimal(0)
CAPITALS = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
TOKEN = re.compile(r"\s*(?:(?P<text>'[^'\\\n]*')|\d+(?:\.\d+)?(?![\w.])|[A-Za-z_]\w*|[<>=!]=|[<>+*(),-])", re.ASCII)
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ORDER: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
}


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
        result = _evaluate(self.tree, values)
        missing = tuple(variable.name for variable in self.variables if _value_of(variable, values) is None)
        if result is None:
            return Outcome(Truth.UNKNOWN, missing)
        return Outcome(Truth.TRUE if result is True else Truth.FALSE, missing)

    def edges(self, known: Mapping[str, Decimal] = {}) -> tuple[Edge, ...]:
        """Returns the numbers at which single variables cross a comparison, once the `known` values are put in."""
        found = []
        for node in walk(self.tree):
            if isinstance(node, Compare):
                found.extend(_edge(node, known))
        return tuple(found)


def parse(text: str, *, variables: Mapping[str, Variable]) -> Expression:
    """Returns the expression; raises ExpressionError naming what is wrong with it."""
    _check_words(text)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        node, kind = _Checker(text.strip(), variables).check(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(f"“{text}” cannot be read as an expression.") from error
    if kind != "bool":
        raise ExpressionError(f"“{text}” is a {kind}; it must be true or false.")
    return Expression(text, node)


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
        case Literal(bool() as value):
            return str(value)
        case Literal(Decimal() as value):
            return format(value, "f")
        case Literal(str() as value):
            return f"'{value}'"
        case Name(variable):
            return variable.name
        case Not(inner):
            return f"not ({written(inner)})"
        case Join(operator, parts):
            return f" {operator} ".join(f"({written(part)})" for part in parts)
        case Among(left, choices):
            return f"({written(left)}) in ({', '.join(written(choice) for choice in choices)},)"
        case Compare(operator, left, right) | Arithmetic(operator, left, right):
            return f"({written(left)}) {operator} ({written(right)})"
    raise TypeError(node)


def _check_words(text: str) -> None:
    """Refuses every sign that the language does not have, before Python's own reader sees the text."""
    if len(text) > LONGEST:
        raise ExpressionError("The expression is too long.")
    position, text_before = 0, False
    while text[position:].strip():
        found = TOKEN.match(text, position)
        if found is None:
            rest = text[position:].strip()
            raise ExpressionError(f"“{text}”: “{rest[:12]}” is not part of the language.")
        is_text = found["text"] is not None
        if is_text and text_before:
            raise ExpressionError(f"“{text}”: two texts stand side by side.")
        position, text_before = found.end(), is_text


class _Checker:
    """Turns Python's tree into nodes of the language, with the type of each."""

    def __init__(self, text: str, variables: Mapping[str, Variable]) -> None:
        self.text = text
        self.variables = variables
        self.depth = 0

    def check(self, node: ast.expr) -> tuple[Node, str]:
        """Returns a node with its type; raises ExpressionError for what is not part of the language."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError("The expression is nested too deeply.")
        found = self._check(node)
        self.depth -= 1
        return found

    def _check(self, node: ast.expr) -> tuple[Node, str]:
        match node:
            case ast.BoolOp(op=joined, values=parts):
                operator = "and" if isinstance(joined, ast.And) else "or"
                return Join(operator, tuple(self._expect(part, "bool") for part in parts)), "bool"
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return Not(self._expect(part, "bool")), "bool"
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if type(value) in (int, float):
                return Literal(-self._number(node.operand)), "number"
            case ast.Compare():
                return self._comparison(node), "bool"
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                sides = self._expect(left, "number"), self._expect(right, "number")
                return Arithmetic(_OPERATORS[type(operator)], *sides), "number"
            case ast.Name(id=name):
                return self._name(name)
            case ast.Constant(value=bool() as value):
                return Literal(value), "bool"
            case ast.Constant(value=int() | float()):
                return Literal(self._number(node)), "number"
            case ast.Constant(value=str() as text):
                return Literal(text), "text"
        raise ExpressionError(f"“{ast.unparse(node)}” is not part of the language.")

    def _number(self, node: ast.expr) -> Decimal:
        # The source text, not the binary float, is the number that was written.
        return Decimal(ast.get_source_segment(self.text, node) or "")

    def _name(self, name: str) -> tuple[Node, str]:
        variable = self.variables.get(name)
        if variable is None:
            raise ExpressionError(f"“{name}” is not declared as a variable.")
        if variable.type == "list":
            raise ExpressionError(f"“{name}” is a list and cannot be used in an expression.")
        return Name(variable), variable.type

    def _comparison(self, node: ast.Compare) -> Node:
        if len(node.ops) != 1:
            raise ExpressionError(f"“{ast.unparse(node)}” chains comparisons; join them with and.")
        right = node.comparators[0]
        if isinstance(node.ops[0], ast.In):
            return self._among(node, right)
        operator = _COMPARISONS.get(type(node.ops[0]))
        if operator is None:
            raise ExpressionError(f"“{ast.unparse(node)}” uses an operator that is not part of the language.")
        if operator in _ORDER:
            return Compare(operator, self._expect(node.left, "number"), self._expect(right, "number"))
        return Compare(operator, *self._pair(node.left, right))

    def _among(self, node: ast.Compare, right: ast.expr) -> Node:
        if not isinstance(right, ast.Tuple) or not right.elts:
            raise ExpressionError(f"“{ast.unparse(node)}”: write in (a, b).")
        pairs = [self._pair(node.left, choice) for choice in right.elts]
        return Among(pairs[0][0], tuple(choice for _, choice in pairs))

    def _pair(self, left: ast.expr, right: ast.expr) -> tuple[Node, Node]:
        """Returns two sides of one type; the text beside an enum must be one of its values."""
        (first, kind), (second, other) = self.check(left), self.check(right)
        if not self._same_type(first, kind, second, other):
            raise ExpressionError(f"“{ast.unparse(left)}” is a {kind} and “{ast.unparse(right)}” a {other}.")
        for one, other_side in ((first, second), (second, first)):
            match one, other_side:
                case Name(Variable(type="enum") as variable), Literal(literal) if literal not in variable.values:
                    raise ExpressionError(f"“{literal}” is not among the values of {variable.name}.")
        return first, second

    def _same_type(self, first: Node, kind: str, second: Node, other: str) -> bool:
        if {kind, other} == {"enum", "text"}:
            return isinstance(first, Literal) or isinstance(second, Literal)
        return kind == other

    def _expect(self, node: ast.expr, kind: str) -> Node:
        found, its_kind = self.check(node)
        if its_kind != kind:
            raise ExpressionError(f"“{ast.unparse(node)}” is a {its_kind}; a {kind} is needed here.")
        return found


def _evaluate(node: Node, values: Mapping[str, Value]) -> Value | None:
    match node:
        case Literal(value):
            return value
        case Name(variable):
            return _value_of(variable, values)
        case Not(inner):
            truth = _evaluate(inner, values)
            return None if truth is None else not truth
        case Join(operator, parts):
            return _join(operator, [_evaluate(part, values) for part in parts])
        case Compare(operator, left, right):
            return _compare(operator, _evaluate(left, values), _evaluate(right, values))
        case Among(left, choices):
            sought, offered = _evaluate(left, values), [_evaluate(choice, values) for choice in choices]
            return None if sought is None or None in offered else sought in offered
        case Arithmetic(operator, left, right):
            first, second = _evaluate(left, values), _evaluate(right, values)
            if not isinstance(first, Decimal) or not isinstance(second, Decimal):
                return None
            return _ARITHMETIC[operator](first, second)
    raise TypeError(node)


def _value_of(variable: Variable, values: Mapping[str, Value]) -> Value | None:
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


def _edge(node: Compare, known: Mapping[str, Decimal]) -> list[Edge]:
    left, right = _linear(node.left, known), _linear(node.right, known)
    if left is None or right is None:
        return []
    names = {name: left.get(name, ZERO) - right.get(name, ZERO) for name in {**left, **right}}
    constant = names.pop("", ZERO)
    open_names = [(name, factor) for name, factor in names.items() if factor]
    if len(open_names) != 1:
        return []
    name, factor = open_names[0]
    return [Edge(name, node.operator if factor > 0 else _TURNED[node.operator], -constant / factor)]


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
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        raise TypeError(f"{left!r} {operator} {right!r}: numbers are needed.")
    return _ORDER[operator](left, right)
