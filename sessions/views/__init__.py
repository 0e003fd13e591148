"""Pages of dosing sessions: the list, the preparation, the cockpit, and what is recorded in it."""

from sessions.views.entries import (
    give_medicine,
    observe_effect,
    rate_distress,
    record_presence,
    record_vitals,
    withdraw_entry,
    write_note,
)
from sessions.views.pages import session_detail, session_list, session_prepare, session_table
from sessions.views.steps import (
    check_discharge,
    close_session,
    decide_supplemental,
    give_initial_dose,
    override_condition,
)

__all__ = [
    "check_discharge",
    "close_session",
    "decide_supplemental",
    "give_initial_dose",
    "give_medicine",
    "observe_effect",
    "override_condition",
    "rate_distress",
    "record_presence",
    "record_vitals",
    "session_detail",
    "session_list",
    "session_prepare",
    "session_table",
    "withdraw_entry",
    "write_note",
]
