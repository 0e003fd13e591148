"""Reads on safety: the clock board, events as they stand, alerts, deviations, and everybody's share of them."""

from safety.queries.alerts import open_alerts
from safety.queries.board import Board, ClockCard, board, card_of, clock_label, state_of_clock
from safety.queries.deviations import all_deviations, commonest_category, count_deviations
from safety.queries.events import (
    all_adverse_events,
    differences,
    grade_suggestions,
    revisions_of,
    running_clocks,
    serious,
    sessions_of,
    shown,
    standing,
    unjudged,
    with_clocks,
)

__all__ = [
    "Board",
    "ClockCard",
    "all_adverse_events",
    "all_deviations",
    "board",
    "card_of",
    "clock_label",
    "commonest_category",
    "count_deviations",
    "differences",
    "grade_suggestions",
    "open_alerts",
    "revisions_of",
    "running_clocks",
    "serious",
    "sessions_of",
    "shown",
    "standing",
    "state_of_clock",
    "unjudged",
    "with_clocks",
]
