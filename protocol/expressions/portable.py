"""A checked expression as plain lists, so that a page judges by the very tree that the server judges by."""

from decimal import Decimal
from typing import Any

from protocol.expressions.language import Among, Arithmetic, Compare, Join, Literal, Name, Node, Not


def portable(node: Node) -> list[Any]:
    """Returns a node as nested lists that begin with what it is; numbers are written out, as no float may round them.

    `["number", "37.8"]`, `["true"]`, `["text", "x"]`, `["name", "sbp"]`, `["not", node]`, `["and"|"or", node, …]`,
    `["<"|"<="|">"|">="|"=="|"!="|"+"|"-"|"*", left, right]`, `["in", node, choice, …]`.
    """
    match node:
        case Literal(bool() as value):
            return ["true" if value else "false"]
        case Literal(Decimal() as number):
            return ["number", format(number, "f")]
        case Literal(value):
            return ["text", value]
        case Name(variable):
            return ["name", variable.name]
        case Not(inner):
            return ["not", portable(inner)]
        case Join(operator, parts):
            return [operator, *(portable(part) for part in parts)]
        case Compare(operator, left, right) | Arithmetic(operator, left, right):
            return [operator, portable(left), portable(right)]
        case Among(left, choices):
            return ["in", portable(left), *(portable(choice) for choice in choices)]
    raise TypeError(f"{node!r} is no node of the language.")
