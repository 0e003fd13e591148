"""The gate before a dose, the supplemental decision, and readiness for discharge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value
from protocol.verdict import Verdict, judge

MICROSECONDS = timedelta(minutes=1) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Judgement:
    """The verdicts of a place where every condition counts, and those that stand in the way."""

    verdicts: tuple[Verdict, ...]
    blocking: tuple[Verdict, ...]

    @property
    def passes(self) -> bool:
        """Returns whether nothing stands in the way; what is unknown does."""
        return not self.blocking


@dataclass(frozen=True)
class SupplementalTimes:
    """When the supplemental dose may be given, and where a moment stands: not_yet, open, closing or closed."""

    opens_at: datetime
    closes_at: datetime
    closing: timedelta

    def state_at(self, moment: datetime) -> str:
        """Returns the state of the window at a moment; both ends belong to it."""
        if moment < self.opens_at:
            return "not_yet"
        if moment > self.closes_at:
            return "closed"
        return "closing" if self.closes_at - moment <= self.closing else "open"


def judge_pre_dose(definition: ProtocolDefinition, values: Mapping[str, Value]) -> Judgement:
    """Judges every condition of the initial dose: all must be true."""
    return _all_true(tuple(judge(rule, values) for rule in definition.pre_dose_conditions))


def judge_supplemental(definition: ProtocolDefinition, values: Mapping[str, Value]) -> Judgement:
    """Judges the reasons to withhold the supplemental dose: any that is true or unknown withholds."""
    known = with_window(definition, values)
    verdicts = tuple(judge(rule, known) for rule in definition.withhold_supplemental_if)
    return Judgement(verdicts, tuple(v for v in verdicts if v.truth is not Truth.FALSE))


def judge_discharge(definition: ProtocolDefinition, values: Mapping[str, Value]) -> Judgement:
    """Judges every criterion of discharge: all must be true."""
    known = with_window(definition, values)
    return _all_true(tuple(judge(rule, known) for rule in definition.discharge_criteria))


def judge_gates(definition: ProtocolDefinition, tokens: tuple[str, ...], values: Mapping[str, Value]) -> Judgement:
    """Judges the named gates of the protocol: all must be true."""
    return _all_true(tuple(judge(definition.gates[token], values) for token in tokens))


def supplemental_times(definition: ProtocolDefinition, *, initial_at: datetime) -> SupplementalTimes:
    """Returns when the supplemental dose may be given after an initial dose."""
    window = definition.supplemental_window
    return SupplementalTimes(
        opens_at=initial_at + timedelta(minutes=window.earliest),
        closes_at=initial_at + timedelta(minutes=window.latest),
        closing=timedelta(minutes=definition.lateness.supplemental_closing_min),
    )


def minutes_between(start: datetime, end: datetime) -> Decimal:
    """Returns the elapsed minutes, exact to the microsecond: one of them past the end of a window is past it."""
    return Decimal((end - start) // timedelta(microseconds=1)) / MICROSECONDS


def with_window(definition: ProtocolDefinition, values: Mapping[str, Value]) -> dict[str, Value]:
    """Returns the values together with the limits that the protocol itself supplies as names."""
    window = definition.supplemental_window
    return dict(values) | {
        "supplemental_earliest_min": Decimal(window.earliest),
        "supplemental_latest_min": Decimal(window.latest),
        "discharge_earliest_min": Decimal(definition.discharge_earliest_min),
    }


def _all_true(verdicts: tuple[Verdict, ...]) -> Judgement:
    return Judgement(verdicts, tuple(v for v in verdicts if v.truth is not Truth.TRUE))
