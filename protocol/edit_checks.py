"""Edit checks of a form: what cannot be right together, within the form and across the forms of one visit.

A check is an expression that is true when something is wrong. `i3` is the third item of the form; `pcl5_total` is the
main value of another instrument at the same visit. Unknown fires nothing: what is missing is not wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from protocol.expressions import Expression, Truth, Value, Variable
from protocol.scoring import Instrument, Items, item_numbers, main_value

HARD, SOFT = "hard", "soft"
# Kinds of items whose answer is a number.
NUMBERS = ("choice", "yes_no", "whole", "number")


@dataclass(frozen=True)
class EditCheck:
    """One check: hard refuses the answer, soft asks once for the reason why it is right."""

    code: str
    level: str
    expression: Expression
    text: str

    @property
    def reads_other_forms(self) -> bool:
        """Returns whether the check looks beyond the form it belongs to."""
        return any(not name.startswith("i") or not name[1:].isdigit() for name in self.expression.names)


def item_kind(instrument: Instrument, number: int) -> str:
    """Returns what an item is answered with; items of scales are choices."""
    rows = {row["number"]: row for row in instrument.get("form_items", ())}
    return str(rows[number]["kind"]) if number in rows else "choice"


def check_variables(instruments: Mapping[str, Instrument], code: str) -> dict[str, Variable]:
    """Returns the names that a check of a form may use, with their types."""
    block = instruments[code]
    own = [
        Variable(f"i{number}", "number" if item_kind(block, number) in NUMBERS else "text")
        for number in item_numbers(block)
    ]
    others = [
        Variable(name_of(other, main_value(row)), "number")
        for other, row in instruments.items()
        if other != code and main_value(row)
    ]
    return {variable.name: variable for variable in [*own, *others]}


def name_of(instrument: str, value: str) -> str:
    """Returns the name under which another form's value is read."""
    return f"{instrument}_{value}".lower()


def fired(
    checks: tuple[EditCheck, ...], answers: Items, *, others: Mapping[str, Decimal], instrument: Instrument
) -> tuple[EditCheck, ...]:
    """Returns the checks that say that something is wrong with the answers."""
    values: dict[str, Value] = dict(others)
    for number, answer in answers.items():
        value = _value(answer, item_kind(instrument, number))
        if value is not None:
            values[f"i{number}"] = value
    return tuple(check for check in checks if check.expression.evaluate(values).truth is Truth.TRUE)


def _value(answer: Any, kind: str) -> Value | None:
    if kind not in NUMBERS:
        return answer if isinstance(answer, str) else None
    if isinstance(answer, int):
        return Decimal(answer)
    return Decimal(answer) if isinstance(answer, str) and kind == "number" else None
