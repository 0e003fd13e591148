"""Verbs that write safety, one module for each noun."""

from safety.actions.adverse_events import (
    SPONSOR_RECEIVED,
    EventDescription,
    assess_causality,
    judge_expectedness,
    latest_revision,
    receive_at_sponsor,
    report_adverse_event,
    revise_adverse_event,
)
from safety.actions.alerts import acknowledge_alert, escalate_alert, raise_alert
from safety.actions.clocks import meet_clock
from safety.actions.deviations import accept_deviation, propose_deviation, record_deviation, refuse_deviation
from safety.actions.proposals import refuse_proposal, take_proposal

__all__ = [
    "SPONSOR_RECEIVED",
    "EventDescription",
    "accept_deviation",
    "acknowledge_alert",
    "assess_causality",
    "escalate_alert",
    "judge_expectedness",
    "latest_revision",
    "meet_clock",
    "propose_deviation",
    "raise_alert",
    "receive_at_sponsor",
    "record_deviation",
    "refuse_deviation",
    "refuse_proposal",
    "report_adverse_event",
    "revise_adverse_event",
    "take_proposal",
]
