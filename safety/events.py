"""What this room announces."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AlertRaised:
    """Somebody must acknowledge something."""

    alert_id: int


@dataclass(frozen=True)
class AdverseEventReported:
    """An adverse event was reported."""

    event_id: int


@dataclass(frozen=True)
class SeriousEventReported:
    """An event is serious; its clocks run."""

    event_id: int


@dataclass(frozen=True)
class DeviationProposed:
    """A rule proposes a deviation, for a person to decide."""

    deviation_id: int
