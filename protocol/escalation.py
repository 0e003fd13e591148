"""The ladder of a reporting clock: who is told when, as moments between its start and its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from protocol.definition import Escalation, EscalationStep

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Rung:
    """One step of the ladder of one clock, at its moment."""

    step: EscalationStep
    due_at: datetime


def ladder(escalation: Escalation, *, starts_at: datetime, due_at: datetime) -> tuple[Rung, ...]:
    """Returns the steps of a clock in the order of time; hours before the end that lie at or before the start are none.

    Hours are elapsed hours, whatever clocks on walls do between.
    """
    rungs = [Rung(step, _moment(step, starts_at=starts_at, due_at=due_at)) for step in escalation.steps]
    kept = [rung for rung in rungs if rung.step.at_share is not None or rung.due_at > starts_at]
    return tuple(sorted(kept, key=lambda rung: (rung.due_at, rung.step.code)))


def _moment(step: EscalationStep, *, starts_at: datetime, due_at: datetime) -> datetime:
    if step.at_share is None:
        return due_at - timedelta(hours=step.hours_before or 0)
    return starts_at + int((due_at - starts_at) // MICROSECOND * step.at_share) * MICROSECOND
