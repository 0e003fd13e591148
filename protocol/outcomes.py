"""What happened between two ratings of one instrument: the change, and which outcomes it amounts to.

Lower values are better. What is not known stays unknown: a missing baseline is no change of nought.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from protocol.definition import OutcomeRule, ProtocolDefinition

IMPROVED, WORSENED, UNCHANGED = "improved", "worsened", "unchanged"


@dataclass(frozen=True)
class Change:
    """How a value stands to the baseline; `reliable` and `meaningful` are empty where the protocol has no limit."""

    baseline: Decimal | None
    value: Decimal | None
    change: Decimal | None
    reliable: str
    meaningful: str
    outcomes: Mapping[str, bool | None]


def change_of(
    definition: ProtocolDefinition,
    instrument: str,
    *,
    baseline: Decimal | None,
    value: Decimal | None,
    diagnosis: bool | None = None,
) -> Change:
    """Returns the change of an instrument's main value from baseline, judged by the protocol's limits and rules."""
    block = definition.instruments[instrument]
    change = None if baseline is None or value is None else value - baseline
    return Change(
        baseline=baseline,
        value=value,
        change=change,
        reliable=_direction(change, block.get("reliable_change")),
        meaningful=_direction(change, block.get("meaningful_change")),
        outcomes={
            rule.code: outcome_holds(rule, baseline=baseline, total=value, diagnosis=diagnosis)
            for rule in definition.outcome_rules
            if rule.instrument == instrument
        },
    )


def outcome_holds(
    rule: OutcomeRule, *, baseline: Decimal | None, total: Decimal | None, diagnosis: bool | None
) -> bool | None:
    """Returns whether an outcome is reached, or None when what it needs is not known."""
    parts = []
    if rule.min_fall is not None:
        parts.append(None if baseline is None or total is None else baseline - total >= rule.min_fall)
    if rule.max_total is not None:
        parts.append(None if total is None else total <= rule.max_total)
    if rule.needs_no_diagnosis:
        parts.append(None if diagnosis is None else not diagnosis)
    if any(part is False for part in parts):
        return False
    return None if None in parts else True


def _direction(change: Decimal | None, limit: int | Decimal | None) -> str:
    if change is None or limit is None:
        return ""
    if change <= -limit:
        return IMPROVED
    return WORSENED if change >= limit else UNCHANGED
