"""Reads on safety: the clock board, events as they stand, alerts, deviations, and everybody's share of them."""

from safety.queries.alerts import open_alerts
from safety.queries.board import Board, ClockCard, board, card_of, clock_label, regions_of, state_of_clock
from safety.queries.deviations import all_deviations, commonest_category, count_deviations
from safety.queries.events import (
    all_adverse_events,
    differences,
    events_as_choices,
    grade_suggestions,
    proposed,
    revisions_of,
    running_clocks,
    serious,
    sessions_of,
    shown,
    standing,
    unjudged,
    with_clocks,
    with_proposals,
)
from safety.queries.expectedness import ByReference, expectedness_by_reference
from safety.queries.holds import (
    WHOLE_TRIAL,
    HoldLine,
    SignedReview,
    line_of,
    line_of_hold,
    line_of_trial_hold,
    reviews_of,
    rule_words,
)
from safety.queries.ladders import CallLine, call_list, steps_of, waits_for_name
from safety.queries.mentions import Coverage, coverage, waiting_mentions
from safety.queries.sources import Source, source_of, told_on
from safety.queries.treatment import KnownMedicine, medicines_of, relation_to_doses, treatment_in_words

__all__ = [
    "WHOLE_TRIAL",
    "Board",
    "ByReference",
    "CallLine",
    "ClockCard",
    "Coverage",
    "HoldLine",
    "KnownMedicine",
    "SignedReview",
    "Source",
    "all_adverse_events",
    "all_deviations",
    "board",
    "call_list",
    "card_of",
    "clock_label",
    "commonest_category",
    "count_deviations",
    "coverage",
    "differences",
    "events_as_choices",
    "expectedness_by_reference",
    "grade_suggestions",
    "line_of",
    "line_of_hold",
    "line_of_trial_hold",
    "medicines_of",
    "open_alerts",
    "proposed",
    "regions_of",
    "relation_to_doses",
    "reviews_of",
    "revisions_of",
    "rule_words",
    "running_clocks",
    "serious",
    "sessions_of",
    "shown",
    "source_of",
    "standing",
    "state_of_clock",
    "steps_of",
    "told_on",
    "treatment_in_words",
    "unjudged",
    "waiting_mentions",
    "waits_for_name",
    "with_clocks",
    "with_proposals",
]
