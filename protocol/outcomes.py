"""What counts as an outcome between two ratings of one instrument; lower totals are better."""

from decimal import Decimal

from protocol.definition import OutcomeRule


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
