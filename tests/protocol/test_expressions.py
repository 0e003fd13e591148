"""The expression language: what belongs to it, and what it comes to in three values."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.expressions import (
    Among,
    Arithmetic,
    Compare,
    ExpressionError,
    Join,
    Literal,
    Name,
    Node,
    Not,
    Truth,
    Value,
    Variable,
    parse,
    written,
)

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
VARIABLES = {
    variable.name: variable
    for variable in (
        Variable("p", "bool"),
        Variable("q", "bool"),
        Variable("r", "bool"),
        Variable("n", "number"),
        Variable("m", "number"),
        Variable("colour", "enum", values=("red", "blue", "not_done")),
        Variable("shade", "enum", values=("light", "dark")),
        Variable("version", "text"),
        Variable("current", "text"),
        Variable("readings", "list"),
    )
}
TRUTHS = {"true": {"p": True}, "false": {"p": False}, "unknown": {}}


def truth_of(text: str, **values: Value | int) -> Truth:
    exact = {name: Decimal(v) if type(v) is int else v for name, v in values.items()}
    return parse(text, variables=VARIABLES).evaluate(exact).truth


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        pytest.param("p", {"p": True}, T, id="a bare true value is true"),
        pytest.param("p == True", {"p": True}, T, id="a bare value means the same as comparing it with True"),
        pytest.param("p == False", {"p": True}, F, id="comparing with False means not"),
        pytest.param("not p", {}, U, id="not unknown is unknown"),
        pytest.param("p and q", {"p": False}, F, id="false and unknown is false"),
        pytest.param("q and p", {"p": False}, F, id="unknown and false is false, whatever the order"),
        pytest.param("p and q", {"p": True}, U, id="true and unknown is unknown"),
        pytest.param("p or q", {"p": True}, T, id="true or unknown is true"),
        pytest.param("q or p", {"p": True}, T, id="unknown or true is true, whatever the order"),
        pytest.param("p or q", {"p": False}, U, id="false or unknown is unknown"),
        pytest.param("n == n", {}, U, id="a missing number does not equal itself"),
        pytest.param("p == p", {}, U, id="a missing answer does not equal itself"),
        pytest.param("n + m > 1", {"n": 5}, U, id="arithmetic with a missing number is unknown"),
        pytest.param("n * 0 == 0", {}, U, id="nothing times zero is still unknown"),
        pytest.param("colour in ('red', 'blue')", {}, U, id="a missing value is in no list and out of none"),
        pytest.param("n in (1, m)", {"n": 1}, U, id="a list with a missing member is unknown"),
        pytest.param("colour in ('red', 'blue')", {"colour": "not_done"}, F, id="not done is a value"),
        pytest.param("colour in ('red', 'blue')", {"colour": "blue"}, T, id="a value of the list is in it"),
        pytest.param("colour == 'red'", {"colour": "violet"}, U, id="a value that is not declared is unknown"),
        pytest.param("version == current", {"version": "2", "current": "2"}, T, id="texts compare as texts"),
        pytest.param("version != current", {"version": "2", "current": "3"}, T, id="other texts differ"),
        pytest.param("n - m > 1.0", {"n": Decimal("38.1"), "m": Decimal("37.1")}, F, id="38.1 less 37.1 is not over 1"),
        pytest.param("n + m == 0.3", {"n": Decimal("0.1"), "m": Decimal("0.2")}, T, id="a tenth and two make three"),
        pytest.param(
            "n == 0.10000000000000000000000000000001",
            {"n": Decimal("0.10000000000000000000000000000001")},
            T,
            id="a literal keeps all of its digits",
        ),
        pytest.param(
            "n - m == 0",
            {"n": Decimal("1E+40"), "m": Decimal("1E+40") + Decimal("0")},
            T,
            id="large numbers do not lose their difference",
        ),
        pytest.param(
            "n + 1 > n",
            {"n": Decimal("9999999999999999999999999999999999")},
            T,
            id="adding one to thirty-four digits is not rounded away",
        ),
        pytest.param("n > -1", {"n": 0}, T, id="a negative number may be written"),
        pytest.param("p and q or r", {"r": True}, T, id="and binds more tightly than or"),
        pytest.param("not p or q", {"p": True, "q": True}, T, id="not binds more tightly than or"),
        pytest.param("n + 2 * m == 7", {"n": 1, "m": 3}, T, id="times binds more tightly than plus"),
        pytest.param("(n + 2) * m == 9", {"n": 1, "m": 3}, T, id="parentheses bind first"),
        pytest.param("True", {}, T, id="the literal True is true"),
        pytest.param("n >= 3 and n <= 3 and n < 4 and n > 2", {"n": 3}, T, id="every order holds at its edge"),
    ],
)
def test_outcome(text: str, values: dict[str, Value], expected: Truth) -> None:
    assert truth_of(text, **values) is expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("height > 3", "not declared", id="an undeclared name"),
        pytest.param("readings == 'x'", "is a list", id="a list"),
        pytest.param("colour == 'green'", "not among the values", id="an enum value that is not declared"),
        pytest.param("'green' == colour", "not among the values", id="an undeclared enum value on the left"),
        pytest.param("colour in ('red', 'green')", "not among the values", id="an undeclared enum value in a list"),
        pytest.param("colour == version", "is a enum", id="an enum against a text variable"),
        pytest.param("version == 1", "is a text", id="a text against a number"),
        pytest.param("p == 1", "is a bool", id="a bool against a number"),
        pytest.param("n == True", "is a number", id="a number against a bool"),
        pytest.param("colour < 'red'", "a number is needed", id="an order of texts"),
        pytest.param("p + 1 > 2", "a number is needed", id="arithmetic on a bool"),
        pytest.param("True + 1 > 2", "a number is needed", id="arithmetic on the literal True"),
        pytest.param("n and p", "a bool is needed", id="a number joined by and"),
        pytest.param("not n", "a bool is needed", id="not of a number"),
        pytest.param("n", "must be true or false", id="an expression that is a number"),
        pytest.param("n + 1", "must be true or false", id="an expression that is a sum"),
        pytest.param("'a'", "must be true or false", id="an expression that is a text"),
        pytest.param("1 < n < 3", "chains comparisons", id="a chained comparison"),
        pytest.param("n == None", "not part of the language", id="None"),
        pytest.param("n is m", "not part of the language", id="is"),
        pytest.param("n not in (1, 2)", "not part of the language", id="not in"),
        pytest.param("n in m", "write in (a, b)", id="in without a list"),
        pytest.param("n in ()", "write in (a, b)", id="an empty list"),
        pytest.param("n / 2 > 1", "not part of the language", id="division"),
        pytest.param("n // 2 > 1", "not part of the language", id="whole division"),
        pytest.param("n % 2 == 1", "not part of the language", id="remainder"),
        pytest.param("n ** 2 > 1", "not part of the language", id="power"),
        pytest.param("-n < 1", "not part of the language", id="the negative of a name"),
        pytest.param("-True == p", "not part of the language", id="the negative of a truth"),
        pytest.param("abs(n) > 1", "not part of the language", id="a call"),
        pytest.param("p if q else r", "not part of the language", id="a conditional"),
        pytest.param("lambda: p", "not part of the language", id="a function"),
        pytest.param("n.real > 1", "not part of the language", id="an attribute"),
        pytest.param("n[0] > 1", "not part of the language", id="indexing"),
        pytest.param("(p := q)", "not part of the language", id="an assignment"),
        pytest.param("p = q", "not part of the language", id="a single equals sign"),
        pytest.param("n > 1e3", "not part of the language", id="an exponent"),
        pytest.param("n > 0x1f", "not part of the language", id="a hexadecimal number"),
        pytest.param("n > 1_000", "not part of the language", id="an underscore in a number"),
        pytest.param("n > .5", "not part of the language", id="a number without its zero"),
        pytest.param("n > 1.", "not part of the language", id="a number without its decimals"),
        pytest.param("n > 1j", "not part of the language", id="an imaginary number"),
        pytest.param('version == "1"', "not part of the language", id="text in double quotes"),
        pytest.param("version == '''1'''", "side by side", id="text in three quotes"),
        pytest.param("version == 'a' 'b'", "side by side", id="two texts side by side"),
        pytest.param("version == b'a'", "not part of the language", id="bytes"),
        pytest.param("version == f'a'", "not part of the language", id="a formatted text"),
        pytest.param("version == 'a\\n'", "not part of the language", id="an escape in a text"),
        pytest.param("version == 'open", "not part of the language", id="a text that is not closed"),
        pytest.param("p # and q", "not part of the language", id="a comment"),
        pytest.param("p and", "cannot be read", id="half an expression"),
        pytest.param("(p", "cannot be read", id="a parenthesis that is not closed"),
        pytest.param("007 == n", "cannot be read", id="leading zeros"),
        pytest.param("", "cannot be read", id="nothing"),
        pytest.param("   ", "cannot be read", id="blanks"),
        pytest.param("ｎ > 1", "not part of the language", id="a letter that only looks like one"),
        pytest.param("not " * 60 + "p", "nested too deeply", id="too deep a nesting"),
        pytest.param("(" * 900 + "p" + ")" * 900, "cannot be read", id="far too many parentheses"),
        pytest.param("p or " * 2000 + "p", "too long", id="far too long a text"),
    ],
)
def test_refused(text: str, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint.replace("(", r"\(").replace(")", r"\)")):
        parse(text, variables=VARIABLES)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("n > 1", {"n": "181"}, id="a text for a number"),
        pytest.param("n > 1", {"n": True}, id="a truth for a number"),
        pytest.param("n > 1", {"n": Decimal("NaN")}, id="no number at all"),
        pytest.param("p", {"p": "true"}, id="a text for a truth"),
        pytest.param("version == '1'", {"version": Decimal(1)}, id="a number for a text"),
        pytest.param("colour == 'red'", {"colour": Decimal(1)}, id="a number for an enum"),
    ],
)
def test_value_of_another_type_is_a_fault_of_the_program(text: str, values: dict[str, Value]) -> None:
    with pytest.raises(TypeError):
        parse(text, variables=VARIABLES).evaluate(values)


def test_outcome_names_what_is_missing_once_each() -> None:
    outcome = parse("n > 1 and (m > n or colour == 'red')", variables=VARIABLES).evaluate({"m": Decimal(1)})

    assert outcome.truth is U
    assert outcome.missing == ("n", "colour")


def test_names_are_listed_in_the_order_of_the_text() -> None:
    assert parse("n >= 3 or 5 > m or n - m > 1 or p", variables=VARIABLES).names == ("n", "m", "p")


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        pytest.param("n >= 3", {}, [("n", ">=", 3)], id="a name against a number"),
        pytest.param("5 > n", {}, [("n", "<", 5)], id="a number against a name is turned round"),
        pytest.param("n == 0 or m != 2", {}, [("n", "==", 0), ("m", "!=", 2)], id="equality has an edge"),
        pytest.param("n - m > 1", {}, [], id="two unknown names have no edge"),
        pytest.param(
            "n - m > 1", {"m": Decimal("37.1")}, [("n", ">", Decimal("38.1"))], id="a rise over a known value"
        ),
        pytest.param("n - m > 1", {"n": Decimal(38)}, [("m", "<", 37)], id="the other side of a known value"),
        pytest.param("n >= 5 * m + 7", {"m": Decimal("1.1")}, [("n", ">=", Decimal("12.5"))], id="a multiple of one"),
        pytest.param("m * 2 <= n + 4", {"n": Decimal(0)}, [("m", "<=", 2)], id="a factor is divided out"),
        pytest.param("n * m > 1", {}, [], id="a product of two names"),
        pytest.param("n * m > 1 + n * m", {}, [], id="a product on either side"),
        pytest.param("n - n > 1", {}, [], id="a name that cancels out"),
        pytest.param("p == True or colour == 'red'", {}, [], id="what is no number"),
    ],
)
def test_edges(text: str, known: dict[str, Decimal], expected: list[tuple[str, str, Decimal]]) -> None:
    assert list(parse(text, variables=VARIABLES).edges(known)) == expected


def kleene(left: Truth, right: Truth, *, operator: str) -> Truth:
    order = [F, U, T]
    pick = min if operator == "and" else max
    return pick(left, right, key=order.index)


@pytest.mark.parametrize("operator", ["and", "or"])
@pytest.mark.parametrize(("left", "right"), list(product([T, F, U], repeat=2)))
def test_join_is_kleenes_table(left: Truth, right: Truth, operator: str) -> None:
    values = {name: truth is T for name, truth in (("p", left), ("q", right)) if truth is not U}

    assert truth_of(f"p {operator} q", **values) is kleene(left, right, operator=operator)


states = st.sampled_from([True, False, None])


@given(p=states, q=states, r=states)
def test_kleenes_laws_hold(p: bool | None, q: bool | None, r: bool | None) -> None:
    values = {name: value for name, value in (("p", p), ("q", q), ("r", r)) if value is not None}

    for one, other in [
        ("not (p and q)", "not p or not q"),
        ("not (p or q)", "not p and not q"),
        ("not not p", "p"),
        ("p and (q or r)", "p and q or p and r"),
        ("p or q and r", "(p or q) and (p or r)"),
        ("p and p", "p"),
        ("p or (p and q)", "p"),
        ("p and q", "q and p"),
    ]:
        assert truth_of(one, **values) is truth_of(other, **values)


numbers = st.decimals(min_value=0, max_value=10**6, places=3).map(Literal) | st.sampled_from(
    [Name(VARIABLES["n"]), Name(VARIABLES["m"])]
)
sums = st.recursive(
    numbers, lambda inner: st.builds(Arithmetic, st.sampled_from(["+", "-", "*"]), inner, inner), max_leaves=4
)
atoms = st.one_of(
    st.sampled_from([Name(VARIABLES["p"]), Name(VARIABLES["q"]), Literal(True), Literal(False)]),
    st.builds(Compare, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), sums, sums),
    st.builds(
        Among,
        st.just(Name(VARIABLES["colour"])),
        st.lists(st.sampled_from(["red", "blue"]).map(Literal), min_size=1, max_size=3).map(tuple),
    ),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Join, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
given_values = st.fixed_dictionaries(
    {},
    optional={
        "p": st.booleans(),
        "q": st.booleans(),
        "n": st.decimals(min_value=-1000, max_value=1000, places=2),
        "m": st.decimals(min_value=-1000, max_value=1000, places=2),
        "colour": st.sampled_from(["red", "blue"]),
    },
)


@given(node=conditions)
def test_what_is_written_reads_back_the_same(node: Node) -> None:
    assert written(parse(written(node), variables=VARIABLES).tree) == written(node)


@given(node=conditions, values=given_values, extra=given_values)
def test_a_known_truth_never_changes_when_more_becomes_known(
    node: Node, values: dict[str, Value], extra: dict[str, Value]
) -> None:
    expression = parse(written(node), variables=VARIABLES)

    before, after = expression.evaluate(values), expression.evaluate(extra | values)

    assert before.truth is U or before.truth is after.truth


@given(text=st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        parse(text, variables=VARIABLES)
    except ExpressionError as error:
        assert str(error)
