"""How complete the trial is: participants by assessments, and how many of those due were still assessed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assessments.instruments import is_own_form
from assessments.models import Assessment, AssessmentState
from protocol.definition import ProtocolDefinition

if TYPE_CHECKING:
    from patients.models import Participant, Visit

COMPLETE, PARTIAL, MISSED, OPEN, OVERDUE, NOT_DUE, NONE = (
    "complete", "query", "missed", "due", "overdue", "notdue", "notdone",
)  # fmt: skip
WORDS = {
    COMPLETE: "complete", PARTIAL: "incomplete, with reason", MISSED: "missed", OPEN: "open", OVERDUE: "overdue",
    NOT_DUE: "not due", NONE: "cancelled",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """What became of the assessments of one visit of one participant."""

    code: str
    state: str
    done: int
    asked: int

    @property
    def words(self) -> str:
        """Returns what is to be read aloud."""
        counted = f", {self.done} of {self.asked}" if self.asked else ""
        return f"{self.code}: {WORDS[self.state]}{counted}"


@dataclass(frozen=True)
class Row:
    """One participant by the visits that ask for assessments."""

    participant: "Participant"
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Step:
    """One visit of the retention curve: of so many who were due, so many were assessed."""

    code: str
    name: str
    due: int
    assessed: int

    @property
    def share(self) -> float | None:
        """Returns the share that was assessed, or None while nobody was due."""
        return self.assessed / self.due if self.due else None


def assessed_visits(definition: ProtocolDefinition) -> list[tuple[str, str, str]]:
    """Returns the visits that ask for an instrument, in order: code, short name, name."""
    return [
        (visit.code, visit.short, visit.name)
        for visit in definition.visits
        if any(
            (procedure.instrument or procedure.code) in definition.instruments
            for procedure in definition.procedures_of(visit.code)
            if procedure.role in ("participant", "independent_assessor")
            or is_own_form(definition, procedure.instrument or procedure.code)
        )
    ]


def rows_of(
    participants: Iterable["Participant"],
    visits: Iterable["Visit"],
    assessments: Iterable[Assessment],
    *,
    codes: Sequence[str],
    today: date,
) -> list[Row]:
    """Returns the heat map: one row for each participant, one cell for each visit that asks."""
    by_visit: dict[int, list[Assessment]] = {}
    for assessment in assessments:
        by_visit.setdefault(assessment.visit_id, []).append(assessment)
    places = {(visit.participant_id, visit.code): visit for visit in visits}
    return [
        Row(
            participant,
            tuple(_cell(code, places.get((participant.pk, code)), by_visit, today=today) for code in codes),
        )
        for participant in participants
    ]


def retention_of(visits: Iterable["Visit"], *, definition: ProtocolDefinition, today: date) -> list[Step]:
    """Returns, visit by visit, how many of those who were due were assessed.

    Due is a visit that took place, was missed or cancelled, or whose window is over; whoever left is due at every
    visit that was planned for them, so that nobody drops out of the count by dropping out of the trial.
    """
    counts: dict[str, list[int]] = {}
    for visit in visits:
        held = visit.started_at is not None
        over = visit.state in ("missed", "cancelled") or (visit.latest_on is not None and visit.latest_on < today)
        if held or over:
            count = counts.setdefault(visit.code, [0, 0])
            count[0] += 1
            count[1] += held
    return [Step(code, name, *counts.get(code, [0, 0])) for code, _, name in assessed_visits(definition)]


def _cell(code: str, visit: "Visit | None", by_visit: dict[int, list[Assessment]], *, today: date) -> Cell:
    if visit is None:
        return Cell(code, NOT_DUE, 0, 0)
    found = [each for each in by_visit.get(visit.pk, []) if each.state != AssessmentState.CANCELLED]
    locked = [each for each in found if each.state == AssessmentState.LOCKED]
    whole = [each for each in locked if not each.missing_reason]
    return Cell(code, _state(visit, found, locked, whole, today=today), len(whole), len(found))


def _state(
    visit: "Visit", found: list[Assessment], locked: list[Assessment], whole: list[Assessment], *, today: date
) -> str:
    if visit.state in ("missed", "cancelled"):
        return MISSED if visit.state == "missed" else NONE
    if found and len(locked) == len(found):
        return COMPLETE if len(whole) == len(found) else PARTIAL
    if visit.latest_on and visit.latest_on < today:
        return OVERDUE
    return OPEN if locked or (visit.earliest_on and visit.earliest_on <= today) else NOT_DUE
