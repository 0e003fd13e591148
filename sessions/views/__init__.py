"""Pages of dosing sessions: the list, the preparation, the cockpit, and what is recorded in it."""

from sessions.views.calendar import calendar_feed, calendar_own, cover_list, cover_take, interview_book
from sessions.views.corrections import (
    amend_entry,
    describe_effect,
    entry_detail,
    undo_entry,
    withdraw_entry,
)
from sessions.views.entries import record_entry
from sessions.views.pages import (
    session_detail,
    session_list,
    session_record,
    session_table,
)
from sessions.views.paper import paper_list, paper_scan
from sessions.views.planning import book_day, crf_pack, flow_sheet, room_list, session_prepare
from sessions.views.preparation import preparation_detail, sign_preparation
from sessions.views.steps import (
    abandon_session,
    check_discharge,
    close_session,
    decide_supplemental,
    end_session,
    give_initial_dose,
    hand_over,
    override_condition,
    release_participant,
)
from sessions.views.stream import entry_stream
from sessions.views.tablets import know_tablet, open_tablet, session_shell, session_worker

__all__ = [
    "abandon_session",
    "amend_entry",
    "book_day",
    "calendar_feed",
    "calendar_own",
    "check_discharge",
    "close_session",
    "cover_list",
    "cover_take",
    "crf_pack",
    "decide_supplemental",
    "describe_effect",
    "end_session",
    "entry_detail",
    "entry_stream",
    "flow_sheet",
    "give_initial_dose",
    "hand_over",
    "interview_book",
    "know_tablet",
    "open_tablet",
    "override_condition",
    "paper_list",
    "paper_scan",
    "preparation_detail",
    "record_entry",
    "release_participant",
    "room_list",
    "session_detail",
    "session_list",
    "session_prepare",
    "session_record",
    "session_shell",
    "session_table",
    "session_worker",
    "sign_preparation",
    "undo_entry",
    "withdraw_entry",
]
