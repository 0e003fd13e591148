"""From the text of an expression to its nodes: what does not belong to the language is refused with a sentence."""

import ast
import re
from collections.abc import Mapping
from decimal import Decimal

from protocol.expressions.evaluation import ORDER
from protocol.expressions.language import (
    Among,
    Arithmetic,
    Compare,
    ExpressionError,
    Join,
    Literal,
    Name,
    Node,
    Not,
    Variable,
)

LONGEST, DEEPEST = 5000, 40
TOKEN = re.compile(r"\s*(?:(?P<text>'[^'\\\n]*')|\d+(?:\.\d+)?(?![\w.])|[A-Za-z_]\w*|[<>=!]=|[<>+*(),-])", re.ASCII)
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


def checked(text: str, variables: Mapping[str, Variable]) -> Node:
    """Returns the node of a condition; raises ExpressionError naming what is wrong with the text."""
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
    return node


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
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
                sides = self._expect(left, "number"), self._expect(right, "number")
                return Arithmetic(OPERATORS[type(operator)], *sides), "number"
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
        operator = COMPARISONS.get(type(node.ops[0]))
        if operator is None:
            raise ExpressionError(f"“{ast.unparse(node)}” uses an operator that is not part of the language.")
        if operator in ORDER:
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
