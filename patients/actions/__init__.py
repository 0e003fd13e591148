"""Verbs that write participants, one module for each noun."""

from patients.actions.consent import record_consent, record_contact_consent, withdraw_consent
from patients.actions.eligibility import enrol, fail_screening, judge_eligibility, sign_eligibility
from patients.actions.facts import FactEntry, ReasonsWanted, correct_fact, enter_values, record_facts
from patients.actions.leads import (
    Attempt,
    add_lead,
    close_lead,
    convert_lead,
    correct_identity,
    leave_waiting_list,
    move_in_waiting_list,
    put_on_waiting_list,
    record_attempt,
    record_prescreen,
    reopen_lead,
)
from patients.actions.participants import (
    add_participant,
    complete_participant,
    discontinue_treatment,
    record_randomisation,
)
from patients.actions.schedule import replan
from patients.actions.visits import (
    book_visit,
    finish_visit,
    miss_visit,
    move_visit,
    preview_move,
    record_procedure,
    record_procedures_done,
    start_visit,
)
from patients.actions.washout import record_washout
from patients.identity import erase_identity

__all__ = [
    "Attempt",
    "FactEntry",
    "ReasonsWanted",
    "add_lead",
    "add_participant",
    "book_visit",
    "close_lead",
    "complete_participant",
    "convert_lead",
    "correct_fact",
    "correct_identity",
    "discontinue_treatment",
    "enrol",
    "enter_values",
    "erase_identity",
    "fail_screening",
    "finish_visit",
    "judge_eligibility",
    "leave_waiting_list",
    "miss_visit",
    "move_in_waiting_list",
    "move_visit",
    "preview_move",
    "put_on_waiting_list",
    "record_attempt",
    "record_consent",
    "record_contact_consent",
    "record_facts",
    "record_prescreen",
    "record_procedure",
    "record_procedures_done",
    "record_randomisation",
    "record_washout",
    "reopen_lead",
    "replan",
    "sign_eligibility",
    "start_visit",
    "withdraw_consent",
]
