"""Verbs that write dosing sessions, one module for each part of the day."""

from sessions.actions.course import (
    abandon_session,
    check_discharge,
    close_session,
    hold_dosing,
    lift_hold,
    open_session,
)
from sessions.actions.doses import (
    Gate,
    decide_supplemental,
    give_initial_dose,
    judge_gate,
    judge_supplemental_now,
    override_condition,
    rehearse_gate,
)
from sessions.actions.entries import (
    amend_entry,
    enter_room,
    give_medicine,
    keep_capture,
    leave_room,
    observe_effect,
    rate_distress,
    record_vitals,
    withdraw_entry,
    write_note,
)

__all__ = [
    "Gate",
    "abandon_session",
    "amend_entry",
    "check_discharge",
    "close_session",
    "decide_supplemental",
    "enter_room",
    "give_initial_dose",
    "give_medicine",
    "hold_dosing",
    "judge_gate",
    "judge_supplemental_now",
    "keep_capture",
    "leave_room",
    "lift_hold",
    "observe_effect",
    "open_session",
    "override_condition",
    "rate_distress",
    "record_vitals",
    "rehearse_gate",
    "withdraw_entry",
    "write_note",
]
