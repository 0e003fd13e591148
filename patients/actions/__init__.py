"""Verbs that write participants, one module for each noun."""

from patients.actions.campaigns import (
    VersionChange,
    close_campaign,
    move_to_version,
    open_campaign,
    preview_version,
)
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
from patients.actions.preferences import record_preference
from patients.actions.schedule import replan
from patients.actions.signing import (
    EMAIL,
    WitnessCredential,
    abandon_signing,
    answer_question,
    choose_options,
    complete_signing,
    read_section,
    record_discussion,
    sign_as_participant,
    start_signing,
)
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
    "EMAIL",
    "FactEntry",
    "ReasonsWanted",
    "VersionChange",
    "WitnessCredential",
    "abandon_signing",
    "add_lead",
    "add_participant",
    "answer_question",
    "book_visit",
    "choose_options",
    "close_campaign",
    "close_lead",
    "complete_participant",
    "complete_signing",
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
    "move_to_version",
    "move_visit",
    "open_campaign",
    "preview_move",
    "preview_version",
    "put_on_waiting_list",
    "read_section",
    "record_attempt",
    "record_consent",
    "record_contact_consent",
    "record_discussion",
    "record_facts",
    "record_preference",
    "record_prescreen",
    "record_procedure",
    "record_procedures_done",
    "record_randomisation",
    "record_washout",
    "reopen_lead",
    "replan",
    "sign_as_participant",
    "sign_eligibility",
    "start_signing",
    "start_visit",
    "withdraw_consent",
]
