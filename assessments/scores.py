"""From answers to scores, and from scores to the protocol's variables; everything is computed, nothing typed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assessments.instruments import duration_item, items_of
from protocol.definition import ProtocolDefinition
from protocol.scoring import (
    NOT_APPLICABLE,
    Answer,
    Items,
    NotDone,
    Score,
    ScoreValue,
    closed_items,
    diagnosis_of,
    score,
)

TOTAL = "total"


@dataclass(frozen=True)
class Scored:
    """What one assessment came to."""

    score: Score
    diagnosis: bool | None
    missing: tuple[int, ...]


def judge_answers(definition: ProtocolDefinition, instrument: str, answers: Items, *, sex: str | None = None) -> Scored:
    """Returns the scores of an instrument; without all of its items it is incomplete, and the reason says which.

    `sex` is the sex at birth, where a cut point depends on it.
    """
    block = definition.instruments[instrument]
    missing = missing_items(definition, instrument, answers)
    found = score(block, answers, sex=sex)
    if found.complete and not found.values and missing:
        found = Score({}, complete=False, reason=f"Not answered: {', '.join(map(str, missing))}.")
    return Scored(found, _diagnosis(definition, instrument, answers), missing)


def missing_items(definition: ProtocolDefinition, instrument: str, answers: Items) -> tuple[int, ...]:
    """Returns the numbers of the items without an answer.

    One that does not apply or was not done has an answer; one that is not asked needs none.
    """
    closed = closed_items(definition.instruments[instrument], answers)
    return tuple(
        item.number
        for item in items_of(definition, instrument)
        if answers.get(item.number) is None and item.number not in closed
    )


def fact_values(
    definition: ProtocolDefinition, *, procedure_code: str, visit_code: str, scored: Scored
) -> dict[str, str]:
    """Returns the variables that the protocol reads from this procedure, with their values as facts hold them.

    What was not computed is left out: a missing value stays unknown.
    """
    visit = definition.visits_by_code.get(visit_code)
    computed: dict[str, ScoreValue | None] = {
        "caps5_total": scored.score.values.get(TOTAL),
        "dsm5_ptsd_current": scored.diagnosis,
        "caps5_baseline_locked": True if visit is not None and visit.is_baseline else None,
    }
    wanted = {variable.name for variable in definition.variables_from(procedure_code)}
    return {name: as_text(value) for name, value in computed.items() if name in wanted and value is not None}


def as_text(value: ScoreValue) -> str:
    """Returns a computed value as it is stored: true or false, a plain decimal, a word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        rounded = value.quantize(Decimal("0.0001"))
        return format(rounded.normalize(), "f")
    return value


def answer_of(value: int | None, not_applicable: bool, text: str, not_done_reason: str) -> Answer:
    """Returns a stored answer as the scoring reads it."""
    if not_applicable:
        return NOT_APPLICABLE
    if not_done_reason:
        return NotDone(not_done_reason)
    return text or value


def stored_answer(value: Answer) -> dict[str, Any]:
    """Returns an answer as the columns of its row hold it."""
    not_applicable = value == NOT_APPLICABLE
    return {
        "value": value if isinstance(value, int) else None,
        "not_applicable": not_applicable,
        "text": value if isinstance(value, str) and not not_applicable else "",
        "not_done_reason": value.reason if isinstance(value, NotDone) else "",
    }


def _diagnosis(definition: ProtocolDefinition, instrument: str, answers: Items) -> bool | None:
    block, duration = definition.instruments[instrument], duration_item(definition, instrument)
    if duration is None or answers.get(duration) is None:
        return None
    return diagnosis_of(block, answers, duration_over_a_month=answers[duration] == 1)
