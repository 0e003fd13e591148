"""The floor of the eligibility benchmark judges as the rules do, person by person and criterion by criterion."""

from benchmarks.eligibility import PROTOCOL, assert_same, due_at, generated_floor, simulated_people
from protocol.definition import load
from protocol.expressions import Value

PEOPLE = 400


def test_generated_function_answers_every_criterion_as_the_rules_do() -> None:
    definition = load(PROTOCOL.read_text(encoding="utf-8"))
    people: list[dict[str, Value]] = [{}, *simulated_people(definition, number=PEOPLE)]

    for visit_code in definition.eligibility_visits:
        floor = generated_floor(definition, visit_code=visit_code)
        assert_same(definition, floor, people, visit_code=visit_code)


def test_simulated_people_meet_fail_and_leave_open_every_criterion() -> None:
    definition = load(PROTOCOL.read_text(encoding="utf-8"))
    people = simulated_people(definition, number=PEOPLE)

    for visit_code in definition.eligibility_visits:
        floor = generated_floor(definition, visit_code=visit_code)
        answers = zip(*(floor(values) for values in people), strict=True)
        for (_, rule), states in zip(due_at(definition, visit_code), answers, strict=True):
            assert len(set(states)) == 3, rule.code
