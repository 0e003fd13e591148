"""Pages of dosing sessions: the list, the preparation, the cockpit, and what is recorded in it."""

from sessions.views.corrections import amend_entry, entry_detail, withdraw_entry
from sessions.views.entries import record_entry
from sessions.views.pages import session_detail, session_list, session_prepare, session_table
from sessions.views.steps import (
    abandon_session,
    check_discharge,
    close_session,
    decide_supplemental,
    give_initial_dose,
    override_condition,
)
from sessions.views.stream import entry_stream
from sessions.views.tablets import know_tablet, open_tablet, session_shell, session_worker

__all__ = [
    "abandon_session",
    "amend_entry",
    "check_discharge",
    "close_session",
    "decide_supplemental",
    "entry_detail",
    "entry_stream",
    "give_initial_dose",
    "know_tablet",
    "open_tablet",
    "override_condition",
    "record_entry",
    "session_detail",
    "session_list",
    "session_prepare",
    "session_shell",
    "session_table",
    "session_worker",
    "withdraw_entry",
]
