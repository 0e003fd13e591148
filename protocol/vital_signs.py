"""Vital signs: the verdict of the version's limits, the points that are due, and the lines of the chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from protocol.definition import ProtocolDefinition, VitalPoint
from protocol.dosing import minutes_between
from protocol.expressions import Truth, Value
from protocol.verdict import Verdict, judge

IN_BAND, WATCH, ACT = "in_band", "watch", "act"
UPPER = (">", ">=")


@dataclass(frozen=True)
class VitalJudgement:
    """How a set stands to the limits, and the verdicts behind it."""

    severity: str
    verdicts: tuple[Verdict, ...]

    @property
    def intensify(self) -> Truth:
        """Returns whether the set asks for more frequent measurement."""
        return self.verdicts[-1].truth


@dataclass(frozen=True)
class DuePoint:
    """A scheduled set at a session: its window and whether a set counts for it."""

    point: VitalPoint
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    taken_at: datetime | None

    def state_at(self, moment: datetime) -> str:
        """Returns done, missed, due (its window is open) or coming."""
        if self.taken_at is not None:
            return "done"
        if moment > self.closes_at:
            return "missed"
        return "due" if moment >= self.opens_at else "coming"


@dataclass(frozen=True)
class LimitLine:
    """An edge of the chart: a variable, a limit, and whether passing it means watch or act."""

    variable: str
    limit: Decimal
    severity: str


def judge_vital_signs(definition: ProtocolDefinition, values: Mapping[str, Value]) -> VitalJudgement:
    """Judges a set: only what is true acts; what is unknown is shown as open."""
    emergency = judge(definition.emergency_when, values)
    intensify = judge(definition.intensify_when, values)
    severity = ACT if emergency.holds else WATCH if intensify.holds else IN_BAND
    return VitalJudgement(severity, (emergency, intensify))


def due_points(
    definition: ProtocolDefinition, *, initial_at: datetime, taken_at: Sequence[datetime]
) -> tuple[DuePoint, ...]:
    """Returns the points in order of time, each with the set that counts for it.

    A set counts for one point: a mandatory one first, else the nearest, else the earlier.
    """
    counted: dict[str, datetime] = {}
    for moment in sorted(taken_at):
        minute = minutes_between(initial_at, moment)
        open_points = [p for p in definition.vital_points if p.code not in counted and _covers(p, minute)]
        if open_points:
            best = min(open_points, key=lambda p: (not p.mandatory, abs(p.minute - minute), p.minute))
            counted[best.code] = moment
    return tuple(_due_point(point, initial_at, counted.get(point.code)) for point in definition.vital_points)


def next_due(points: Sequence[DuePoint], *, moment: datetime) -> DuePoint | None:
    """Returns the point that is due now, or the next one to come."""
    open_points = [point for point in points if point.state_at(moment) in ("due", "coming")]
    return min(open_points, key=lambda point: point.due_at, default=None)


def limit_lines(definition: ProtocolDefinition, *, baselines: Mapping[str, Decimal] = {}) -> tuple[LimitLine, ...]:
    """Returns the edges that the version's expressions draw for single signs.

    A limit on the rise over a baseline has an edge once the baseline is known.
    """
    lines = [
        LimitLine(name, limit, severity)
        for rule, severity in ((definition.intensify_when, WATCH), (definition.emergency_when, ACT))
        for name, operator, limit in rule.expression.edges(baselines)
        if operator in UPPER and name not in baselines
    ]
    return tuple(dict.fromkeys(lines))


def lowest_limit(lines: Sequence[LimitLine], *, variable: str, severity: str) -> Decimal | None:
    """Returns the limit of a sign that is passed first, or None if it has none."""
    return min((line.limit for line in lines if (line.variable, line.severity) == (variable, severity)), default=None)


def still_intensified(definition: ProtocolDefinition, judgements: Sequence[VitalJudgement]) -> bool:
    """Returns whether sets are still to be taken more often: until enough in a row for which the rule is false.

    A set for which the rule is not known ends nothing.
    """
    intensified, calm = False, 0
    for judgement in judgements:
        calm = calm + 1 if judgement.intensify is Truth.FALSE else 0
        intensified = judgement.intensify is Truth.TRUE or (intensified and calm < definition.calm_sets_to_end)
    return intensified


def next_set_due_at(definition: ProtocolDefinition, *, last_set_at: datetime) -> datetime:
    """Returns when the next set is due while measurement is intensified."""
    return last_set_at + timedelta(minutes=definition.intensify_every_min)


def _covers(point: VitalPoint, minute: Decimal) -> bool:
    return point.minute - point.before <= minute <= point.minute + point.after


def _due_point(point: VitalPoint, initial_at: datetime, taken_at: datetime | None) -> DuePoint:
    due_at = initial_at + timedelta(minutes=point.minute)
    opens_at, closes_at = due_at - timedelta(minutes=point.before), due_at + timedelta(minutes=point.after)
    return DuePoint(point, due_at, opens_at, closes_at, taken_at)
