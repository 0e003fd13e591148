"""How a participant's instruments went from baseline on; computed from the scores that stand, never kept.

A correction of the baseline therefore changes every later change, and nothing has to be carried over by hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from assessments import queries
from assessments.form_versions import definition_asked
from assessments.instruments import is_guess
from assessments.models import Assessment, AssessmentScore, AssessmentState
from core.clock import local_date
from protocol.definition import ProtocolDefinition
from protocol.outcomes import Change, change_of
from protocol.scoring import main_value

if TYPE_CHECKING:
    from patients.models import Visit

DIAGNOSIS = "diagnosis"


@dataclass(frozen=True)
class Point:
    """One assessment of a course: its value or why there is none, and how it stands to the baseline."""

    assessment: Assessment
    on: date | None
    value: Decimal | None
    missing: str
    change: Change
    is_baseline: bool
    recomputed: bool

    @property
    def visit(self) -> "Visit":
        """Returns the visit at which it was assessed."""
        return self.assessment.visit


@dataclass(frozen=True)
class Course:
    """One instrument of one participant, in the order of the visits."""

    instrument: str
    measure: str
    points: tuple[Point, ...]

    @property
    def baseline(self) -> Decimal | None:
        """Returns the value from which changes count, if it is known."""
        return next((point.value for point in self.points if point.is_baseline), None)

    def at_visit(self, code: str) -> Point | None:
        """Returns the assessment of a visit, if there is one."""
        return next((point for point in self.points if point.visit.code == code), None)


def courses_of(assessments: Iterable[Assessment]) -> list[Course]:
    """Returns the courses of one participant's assessments, instruments without a value of their own left out.

    Each assessment is read by the protocol version it belongs to; cancelled ones do not count. Two statements.
    """
    rows = [row for row in assessments if row.state != AssessmentState.CANCELLED]
    scores = queries.standing_scores(row for row in rows if row.state == AssessmentState.LOCKED)
    by_instrument: dict[str, list[Assessment]] = {}
    for row in sorted(rows, key=lambda each: (each.visit.order, each.pk)):
        by_instrument.setdefault(row.instrument, []).append(row)
    found = [_course(instrument, rows, scores) for instrument, rows in sorted(by_instrument.items())]
    return [course for course in found if course is not None]


def shown_value(value: Decimal) -> str:
    """Returns a value as a person reads it: two places at most, none for a whole number."""
    return format(round(value, 2).normalize(), "f")


def signed_value(value: Decimal) -> str:
    """Returns a change as a person reads it, with its sign."""
    return f"{round(value, 2).normalize():+f}"


def outcome_words(definition: ProtocolDefinition, point: Point | None) -> list[tuple[str, str, str]]:
    """Returns what a point amounts to as (name, verdict, rule's sentence): change, reliable change, outcomes."""
    if point is None or point.is_baseline:
        return []
    change, found = point.change, []
    value = "Not known" if change.change is None else signed_value(change.change)
    found.append(("Change from baseline", value, "" if change.change is not None else "baseline or value is missing"))
    block = definition.instruments[point.assessment.instrument]
    for name, verdict in (("reliable_change", change.reliable), ("meaningful_change", change.meaningful)):
        if verdict:
            words = name.replace("_", " ").capitalize()
            found.append((words, verdict.capitalize(), f"a change of {block[name]} or more"))
    texts = {rule.code: rule.text for rule in definition.outcome_rules}
    for code, holds in change.outcomes.items():
        found.append((code.capitalize(), {True: "Yes", False: "No", None: "Not known"}[holds], texts[code]))
    return found


def _course(instrument: str, rows: list[Assessment], scores: Mapping[int, list[AssessmentScore]]) -> Course | None:
    definition = definition_asked(rows[-1])
    measure = main_value(definition.instruments[instrument])
    if not measure or is_guess(definition, instrument):
        return None
    values = {row.pk: _value(scores.get(row.pk, ()), measure) for row in rows}
    first = _baseline_of(definition, rows)
    baseline = None if first is None else values[first.pk]
    return Course(
        instrument,
        measure,
        tuple(
            _point(row, scores.get(row.pk, ()), value=values[row.pk], baseline=baseline, is_baseline=row is first)
            for row in rows
        ),
    )


def _baseline_of(definition: ProtocolDefinition, rows: list[Assessment]) -> Assessment | None:
    """Returns the last assessment up to the baseline visit; what is first asked later has no baseline."""
    order = definition.baseline_visit.order
    before = [row for row in rows if row.visit.order <= order]
    return before[-1] if before else None


def _point(
    row: Assessment,
    scores: Iterable[AssessmentScore],
    *,
    value: Decimal | None,
    baseline: Decimal | None,
    is_baseline: bool,
) -> Point:
    known = list(scores)
    texts = {score.name: score.value for score in known}
    diagnosis = {"true": True, "false": False}.get(texts.get(DIAGNOSIS, ""))
    definition = definition_asked(row)
    return Point(
        assessment=row,
        on=local_date(row.visit.started_at or row.locked_at, zone=row.site.zone) if row.locked_at else None,
        value=value,
        missing=_missing(row, known),
        change=change_of(definition, row.instrument, baseline=baseline, value=value, diagnosis=diagnosis),
        is_baseline=is_baseline,
        recomputed=any(score.computation > 1 for score in known),
    )


def _value(scores: Iterable[AssessmentScore], measure: str) -> Decimal | None:
    return next((Decimal(score.value) for score in scores if score.complete and score.name == measure), None)


def _missing(row: Assessment, scores: list[AssessmentScore]) -> str:
    if row.state != AssessmentState.LOCKED:
        return row.visit.missed_reason or "Not answered yet"
    return next((score.incomplete_reason for score in scores if not score.complete), "")
