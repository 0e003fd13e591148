"""Verbs that write safety, one module for each noun."""

from safety.actions.adverse_events import (
    SPONSOR_RECEIVED,
    EventDescription,
    assess_causality,
    judge_expectedness,
    latest_revision,
    moments_of,
    receive_at_sponsor,
    report_adverse_event,
    revise_adverse_event,
)
from safety.actions.alerts import acknowledge_alert, escalate_alert, raise_alert
from safety.actions.annual import climb_annual, open_annual_reports, record_annual_report, take_annual_report
from safety.actions.clocks import meet_clock
from safety.actions.complaints import (
    acknowledge_complaint,
    add_reader,
    close_complaint,
    name_person,
    suspend_duty,
    take_step,
    tell_complaint,
)
from safety.actions.day_zero import correct_day_zero, nullify_event, restore_event
from safety.actions.deviations import accept_deviation, propose_deviation, record_deviation, refuse_deviation
from safety.actions.holds import (
    BY_HAND,
    may_end,
    place_hold,
    place_hold_by_hand,
    place_trial_hold_by_hand,
    release_of,
    review_hold,
    still_true,
    who_ends,
)
from safety.actions.ladders import acknowledge_steps, climb, people_of
from safety.actions.mentions import dismiss_mention, report_mention, sweep_texts
from safety.actions.office import decide_finding, forget_listing, save_listing
from safety.actions.proposals import refuse_proposal, take_proposal
from safety.actions.quality import (
    analyse_deviation,
    check_action,
    finish_action,
    plan_action,
    tell_ethics_board,
)

__all__ = [
    "BY_HAND",
    "EventDescription",
    "SPONSOR_RECEIVED",
    "accept_deviation",
    "acknowledge_alert",
    "acknowledge_complaint",
    "acknowledge_steps",
    "add_reader",
    "analyse_deviation",
    "assess_causality",
    "check_action",
    "climb",
    "climb_annual",
    "close_complaint",
    "correct_day_zero",
    "decide_finding",
    "dismiss_mention",
    "escalate_alert",
    "finish_action",
    "forget_listing",
    "judge_expectedness",
    "latest_revision",
    "may_end",
    "meet_clock",
    "moments_of",
    "name_person",
    "nullify_event",
    "open_annual_reports",
    "people_of",
    "place_hold",
    "place_hold_by_hand",
    "place_trial_hold_by_hand",
    "plan_action",
    "propose_deviation",
    "raise_alert",
    "receive_at_sponsor",
    "record_annual_report",
    "record_deviation",
    "refuse_deviation",
    "refuse_proposal",
    "release_of",
    "report_adverse_event",
    "report_mention",
    "restore_event",
    "review_hold",
    "revise_adverse_event",
    "save_listing",
    "still_true",
    "suspend_duty",
    "sweep_texts",
    "take_annual_report",
    "take_proposal",
    "take_step",
    "tell_complaint",
    "tell_ethics_board",
    "who_ends",
]
