"""Every rule of the protocol just below, at and above each of its limits, and with each value missing.

The rows are made from the file's own expressions: for each value that a rule reads, the other values are set so that
this one decides, and then it alone is moved across its limit or taken away.
"""

import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import islice, product
from pathlib import Path

import pytest

from protocol.definition import ProtocolDefinition, load
from protocol.dosing import with_window
from protocol.expressions import Expression, Truth, Value, Variable, parse
from protocol.rules_index import rules_index

FILE = Path(__file__).parents[2] / "protocols" / "mapp_like.yaml"
STEP = Decimal("0.1")
BASE = Decimal("37")
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
TRUTHS = {True: Truth.TRUE, False: Truth.FALSE}


@dataclass(frozen=True)
class Row:
    """One case: a rule, the values it is given, and what it must answer."""

    sentence: str
    expression: Expression
    values: Mapping[str, Value]
    expected: Truth


@cache
def protocol() -> ProtocolDefinition:
    return load(FILE.read_text(encoding="utf-8"))


def expressions() -> dict[str, Expression]:
    """Returns the expression of every rule by its id."""
    d = protocol()
    rules = {rule.code: rule.expression for rule in d.all_rules}
    clocks = {clock.rule: clock.expression for clock in d.clocks if clock.expression is not None}
    bands = {f"{band.term} {band.grade}": band.expression for band in d.grade_bands}
    counts = {name: count.expression for name, count in d.derived_counts.items()}
    return rules | clocks | bands | counts


@cache
def supplied() -> dict[str, Decimal]:
    """Returns the numbers that the file itself gives to names."""
    given = with_window(protocol(), protocol().threshold_variables)
    return {name: value for name, value in given.items() if isinstance(value, Decimal)}


def candidates(expression: Expression, variable: Variable, *, moving: bool = True) -> list[Value]:
    """Returns values of a variable among which the others' turning points lie."""
    if variable.type == "bool":
        return [True, False]
    if variable.type == "enum":
        return list(variable.values)
    if variable.type == "text":
        return ["1", "2"]
    if variable.name in supplied() and not moving:
        return [supplied()[variable.name]]
    others = [other.name for other in expression.variables if other.type == "number" and other != variable]
    known = {name: supplied().get(name, BASE) for name in others}
    edges = {edge.number for edge in (*expression.edges(), *expression.edges(known)) if edge.variable == variable.name}
    edges |= {supplied().get(variable.name, BASE)}
    return sorted(
        {edge.number for edge in expression.edges()}
        | {edge + side for edge in edges for side in (-STEP, Decimal(0), STEP)}
    )


def deciding(expression: Expression, variable: Variable) -> Iterator[dict[str, Value]]:
    """Yields settings of the other variables under which this one decides the rule."""
    others = [other for other in expression.variables if other != variable]
    offered = [candidates(expression, other, moving=False) for other in others]
    own = candidates(expression, variable)
    for values in product(*offered):
        setting = dict(zip((other.name for other in others), values, strict=True))
        truths = {expression.evaluate(setting | {variable.name: value}).truth for value in own}
        if len(truths) == 2:
            yield setting


def limit_rows(code: str, expression: Expression, variable: Variable) -> Iterator[Row]:
    """Yields below, at and above for each limit: those that are numbers of the file, or one that another value sets."""
    plain = {(edge.operator, edge.number) for edge in expression.edges() if edge.variable == variable.name}
    done: set[tuple[str, Decimal]] = set()
    for setting in deciding(expression, variable):
        known = {name: value for name, value in setting.items() if isinstance(value, Decimal)}
        edges = [edge for edge in expression.edges(known) if edge.variable == variable.name]
        if plain <= done and (done - plain or len(edges) == len(plain)):
            return
        for edge in edges:
            limit = (edge.operator, edge.number)
            if limit not in done and (limit in plain or not done - plain):
                rows = list(edge_rows(code, expression, setting, *edge))
                done |= {limit} if rows else set()
                yield from rows


def edge_rows(
    code: str, expression: Expression, setting: dict[str, Value], name: str, sign: str, edge: Decimal
) -> Iterator[Row]:
    """Yields the three sides of one limit, if the limit decides the rule in this setting."""
    sides = {"below": edge - STEP, "at": edge, "above": edge + STEP}
    held = {side: COMPARE[sign](value, edge) for side, value in sides.items()}
    truths = {side: expression.evaluate(setting | {name: value}).truth for side, value in sides.items()}
    if len(set(truths.values())) != 2:
        return
    # A rule that turns true where the comparison does not (a negated one) is expected the other way round.
    straight = truths["above"] is TRUTHS[held["above"]]
    for side, value in sides.items():
        sentence = f"{code}: {name} just {side} {edge}" if side != "at" else f"{code}: {name} at {edge}"
        yield Row(sentence, expression, setting | {name: value}, TRUTHS[held[side] is straight])


def word_rows(code: str, expression: Expression, variable: Variable) -> Iterator[Row]:
    """Yields a true and a false row of a value that is no number, with the answer that Python itself gives."""
    for setting in islice(deciding(expression, variable), 1):
        for value in candidates(expression, variable):
            values = setting | {variable.name: value}
            expected = TRUTHS[bool(eval(expression.text, {}, dict(values)))]
            yield Row(f"{code}: {variable.name} is {value}", expression, values, expected)


def missing_rows(code: str, expression: Expression, variable: Variable) -> Iterator[Row]:
    for setting in islice(deciding(expression, variable), 1):
        yield Row(f"{code}: not assessable without {variable.name}", expression, setting, Truth.UNKNOWN)


def rows_of(code: str, expression: Expression) -> Iterator[Row]:
    for variable in expression.variables:
        sides = limit_rows if variable.type == "number" else word_rows
        yield from sides(code, expression, variable)
        yield from missing_rows(code, expression, variable)


def all_rows() -> list[Row]:
    return [row for code, expression in expressions().items() for row in rows_of(code, expression)]


ROWS = all_rows()


@pytest.mark.parametrize("row", [pytest.param(row, id=row.sentence) for row in ROWS])
def test_rule(row: Row) -> None:
    outcome = row.expression.evaluate(row.values)

    assert outcome.truth is row.expected
    assert (outcome.truth is Truth.UNKNOWN) <= bool(outcome.missing)


@pytest.mark.parametrize("code", expressions())
def test_rule_without_any_value_is_never_decided(code: str) -> None:
    expression = expressions()[code]

    outcome = expression.evaluate({})

    assert outcome.truth is (Truth.TRUE if expression.text == "True" else Truth.UNKNOWN)
    assert outcome.missing == expression.names


def without_row(code: str, expression: Expression, sentences: set[str]) -> list[str]:
    """Returns the limits and values of a rule for which there is no row."""
    wanted = [f"{code}: {edge.variable} at {edge.number}" for edge in expression.edges()]
    wanted += [f"{code}: not assessable without {variable.name}" for variable in expression.variables]
    return [sentence for sentence in wanted if sentence not in sentences]


@pytest.mark.parametrize("code", expressions())
def test_every_limit_and_value_of_every_rule_has_rows(code: str) -> None:
    assert without_row(code, expressions()[code], {row.sentence for row in ROWS}) == []


def test_every_criterion_of_the_file_is_among_the_rules() -> None:
    text = FILE.read_text(encoding="utf-8")
    printed = set(re.findall(r"^ +- \{code: ([IX]\d\d),", text, re.MULTILINE))

    assert len(printed) == len(protocol().inclusion) + len(protocol().exclusion) == 35
    assert printed <= expressions().keys()


@pytest.mark.parametrize(
    ("condition", "lacking"),
    [
        pytest.param("age_years >= 18", ["I99: age_years at 18", "I99: not assessable without age_years"], id="new"),
        pytest.param("weight_kg < 48 and weight_kg < 50", ["I99: weight_kg at 50"], id="a limit that never decides"),
    ],
)
def test_criterion_without_rows_is_noticed(condition: str, lacking: list[str]) -> None:
    expression = parse(condition, variables=protocol().variables)
    made = [] if "age" in condition else list(rows_of("I99", expression))

    assert without_row("I99", expression, {row.sentence for row in made}) == lacking


def test_index_lists_every_rule_once() -> None:
    lines = rules_index(protocol())
    codes = [line.code for line in lines]

    assert len(set(codes)) == len(codes)
    assert {rule.code for rule in protocol().all_rules} | {clock.rule for clock in protocol().clocks} <= set(codes)
    assert {"I12", "X03", "PD5", "WS1", "D1", "SP3", "ST2", "AESI-SUI", "ind_7day", "hypertension 3"} <= set(codes)


def test_index_says_what_each_rule_does_and_how_sure_it_is() -> None:
    for line in rules_index(protocol()):
        assert line.text and line.acts and line.family, line.code
        assert line.status in ("verified", "derived", "recalled", "assumption"), line.code


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        pytest.param(
            "I12", {"caps5_total": 27, "caps5_min": 28}, Truth.FALSE, id="a total of 27 is below the threshold"
        ),
        pytest.param("I12", {"caps5_total": 28, "caps5_min": 28}, Truth.TRUE, id="a total of 28 meets the threshold"),
        pytest.param("WS1", {"sbp": 180}, Truth.FALSE, id="180 systolic does not withhold"),
        pytest.param("WS1", {"sbp": 181}, Truth.TRUE, id="181 systolic withholds"),
        pytest.param(
            "WS4", {"temp_c": "38.1", "temp_c_baseline": "36.6"}, Truth.FALSE, id="a rise of exactly 1.5 is in"
        ),
        pytest.param("WS4", {"temp_c": "38.2", "temp_c_baseline": "36.6"}, Truth.TRUE, id="a rise of 1.6 withholds"),
        pytest.param("WS4", {"temp_c": "38.5"}, Truth.TRUE, id="38.5 withholds without any baseline"),
        pytest.param("X08", {"alt_x_uln": 3, "ast_x_uln": 3}, Truth.FALSE, id="three times the limit is no exclusion"),
        pytest.param("X08", {"alt_x_uln": "3.1"}, Truth.TRUE, id="one high enzyme is enough"),
        pytest.param("X08", {"alt_x_uln": 1}, Truth.UNKNOWN, id="one normal enzyme leaves the other open"),
        pytest.param("SP4", {"qtcb_ms": 470, "qtcb_baseline_ms": 410}, Truth.FALSE, id="a rise of exactly 60 ms is in"),
        pytest.param("SP4", {"qtcb_ms": 471, "qtcb_baseline_ms": 410}, Truth.TRUE, id="a rise of 61 ms stops"),
    ],
)
def test_limit_as_the_protocol_prints_it(code: str, values: dict[str, int | str], expected: Truth) -> None:
    given = {name: Decimal(value) for name, value in values.items()}

    assert expressions()[code].evaluate(given).truth is expected
