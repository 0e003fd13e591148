"""Verbs that write participants, one module for each noun."""

from patients.actions.consent import record_consent, record_contact_consent, withdraw_consent
from patients.actions.eligibility import enrol, fail_screening, judge_eligibility, sign_eligibility
from patients.actions.facts import FactEntry, ReasonsWanted, correct_fact, enter_values, record_facts
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
    start_visit,
)
from patients.actions.washout import record_washout

__all__ = [
    "FactEntry",
    "ReasonsWanted",
    "add_participant",
    "book_visit",
    "complete_participant",
    "correct_fact",
    "discontinue_treatment",
    "enrol",
    "enter_values",
    "fail_screening",
    "finish_visit",
    "judge_eligibility",
    "miss_visit",
    "move_visit",
    "preview_move",
    "record_consent",
    "record_contact_consent",
    "record_facts",
    "record_procedure",
    "record_randomisation",
    "record_washout",
    "replan",
    "sign_eligibility",
    "start_visit",
    "withdraw_consent",
]
