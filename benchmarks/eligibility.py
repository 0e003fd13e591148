"""Ten thousand people against every criterion, beside one generated function that judges the same criteria."""

import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from protocol.definition import ProtocolDefinition, Rule, load
from protocol.eligibility import EligibilityVerdict, judge_eligibility
from protocol.expressions import Among, Arithmetic, Compare, Join, Literal, Name, Node, Not, Value, Variable

PROTOCOL = Path(__file__).resolve().parent.parent / "protocols" / "mapp_like.yaml"
PEOPLE, RUNS, MOST, SEED = 10_000, 5, 10.0, 20260105
# Of a hundred values this many are missing, so that every criterion is met, failed and unknown for somebody.
MISSING_PERCENT = 5

States = tuple[str, ...]
Floor = Callable[[Mapping[str, Value]], States]


def run() -> dict[str, Any]:
    """Returns the figures of five alternating runs; raises AssertionError where the two do not agree."""
    definition = load(PROTOCOL.read_text(encoding="utf-8"))
    visit = max(definition.eligibility_visits, key=lambda code: len(due_at(definition, code)))
    people, floor = simulated_people(definition, number=PEOPLE), generated_floor(definition, visit_code=visit)
    assert_same(definition, floor, people, visit_code=visit)
    pairs = []
    for _ in range(RUNS):
        floor_s = _seconds(floor, people)
        vigil_s = _seconds(partial(_judge, definition, visit), people)
        pairs.append((floor_s, vigil_s))
    ratio = median(vigil / floor for floor, vigil in pairs)
    return {
        "people": PEOPLE,
        "criteria": len(due_at(definition, visit)),
        "floor_ms": round(1000 * median(floor for floor, _ in pairs), 1),
        "vigil_ms": round(1000 * median(vigil for _, vigil in pairs), 1),
        "ratio": round(ratio, 2),
        "bar": MOST,
        "met": ratio <= MOST,
    }


def due_at(definition: ProtocolDefinition, visit_code: str) -> list[tuple[str, Rule]]:
    """Returns the criteria that count at a visit, each with its kind."""
    rules = [("inclusion", rule) for rule in definition.inclusion]
    rules += [("exclusion", rule) for rule in definition.exclusion]
    return [(kind, rule) for kind, rule in rules if visit_code in (rule.check_at or definition.eligibility_visits)]


def simulated_people(definition: ProtocolDefinition, *, number: int) -> list[dict[str, Value]]:
    """Returns the values of people around the edges of every criterion; the same people at every run."""
    chance = random.Random(SEED)
    rules = (*definition.inclusion, *definition.exclusion)
    thresholds = definition.threshold_variables
    edges: dict[str, list[Decimal]] = {}
    for rule in rules:
        for edge in rule.expression.edges(thresholds):
            edges.setdefault(edge.variable, []).append(edge.number)
    variables = {v.name: v for rule in rules for v in rule.expression.variables if v.name not in thresholds}
    return [
        {
            name: _value(variable, edges.get(name, [Decimal(1)]), chance)
            for name, variable in variables.items()
            if chance.randrange(100) >= MISSING_PERCENT
        }
        for _ in range(number)
    ]


def _value(variable: Variable, edges: list[Decimal], chance: random.Random) -> Value:
    if variable.type == "number":
        return chance.choice(edges) + chance.choice((-1, 0, 1))
    if variable.type == "bool":
        return chance.random() < 0.5
    return chance.choice(variable.values or ("a", "b"))


def generated_floor(definition: ProtocolDefinition, *, visit_code: str) -> Floor:
    """Returns one straight function that answers the state of every criterion due at a visit, and nothing else."""
    writer = _Writer(definition.threshold_variables)
    states = []
    for kind, rule in due_at(definition, visit_code):
        yes, no = ("met", "not_met") if kind == "inclusion" else ("present", "not_present")
        truth = writer.write(rule.expression.tree)
        states.append(f"('not_yet_known' if {truth} is None else {yes!r} if {truth} else {no!r})")
    lines = [*(f"{name} = get({name!r})" for name in writer.names), *writer.lines, f"return ({', '.join(states)},)"]
    source = "def floor(values):\n    get = values.get\n" + "".join(f"    {line}\n" for line in lines)
    made: dict[str, Any] = dict(writer.constants)
    exec(compile(source, "<floor>", "exec"), made)
    floor: Floor = made["floor"]
    return floor


class _Writer:
    """Writes an expression as statements, each answering True, False or None."""

    def __init__(self, thresholds: Mapping[str, Decimal]) -> None:
        self.thresholds = thresholds
        self.names: dict[str, None] = {}
        self.lines: list[str] = []
        self.constants: dict[str, Value] = {}
        self._numbers = count(1)

    def write(self, node: Node) -> str:
        """Returns the name under which a node's value stands once the lines have run."""
        match node:
            case Literal(value):
                return self._constant(value)
            case Name(variable):
                if variable.name in self.thresholds:
                    return self._constant(self.thresholds[variable.name])
                self.names[variable.name] = None
                return variable.name
            case Not(inner):
                part = self.write(inner)
                return self._line(f"None if {part} is None else not {part}")
            case Join(operator, parts):
                names = [self.write(part) for part in parts]
                decisive = operator == "or"
                decides = " or ".join(f"{name} is {decisive}" for name in names)
                unknown = " or ".join(f"{name} is None" for name in names)
                return self._line(f"{decisive} if {decides} else None if {unknown} else {not decisive}")
            case Among(left, choices):
                sought, offered = self.write(left), ", ".join(self.write(choice) for choice in choices)
                return self._line(f"None if {sought} is None else {sought} in ({offered},)")
            case Compare(operator, left, right) | Arithmetic(operator, left, right):
                first, second = self.write(left), self.write(right)
                unknown = " or ".join(f"{n} is None" for n in (first, second) if n not in self.constants) or False
                return self._line(f"None if {unknown} else {first} {operator} {second}")

    def _constant(self, value: Value) -> str:
        name = f"c{next(self._numbers)}"
        self.constants[name] = value
        return name

    def _line(self, expression: str) -> str:
        name = f"t{next(self._numbers)}"
        self.lines.append(f"{name} = {expression}")
        return name


def assert_same(
    definition: ProtocolDefinition, floor: Floor, people: list[dict[str, Value]], *, visit_code: str
) -> None:
    """Raises AssertionError unless both answer the same state for every criterion of every person."""
    for values in people:
        verdict = judge_eligibility(definition, visit_code=visit_code, values=values)
        assert floor(values) == _states(verdict)


def _states(verdict: EligibilityVerdict) -> States:
    return tuple(criterion.state for criterion in verdict.criteria if criterion.state != "not_yet_due")


def _judge(definition: ProtocolDefinition, visit_code: str, values: Mapping[str, Value]) -> EligibilityVerdict:
    return judge_eligibility(definition, visit_code=visit_code, values=values)


def _seconds(judge: Callable[[Mapping[str, Value]], object], people: list[dict[str, Value]]) -> float:
    """Returns the processor's time, which others on the machine do not lengthen."""
    began = process_time()
    for values in people:
        judge(values)
    return process_time() - began
