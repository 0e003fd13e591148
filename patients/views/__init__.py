"""Pages about participants, one module for each noun."""

from patients.views.consent import consent, contact_consent, withdrawal
from patients.views.corrections import fact_correct
from patients.views.eligibility import eligibility, enrol, judge_eligibility, screen_failure, sign_eligibility
from patients.views.facts import screening, screening_record
from patients.views.identities import (
    identity_erase,
    identity_view_list,
    lead_identity,
    lead_identity_change,
    participant_identity,
)
from patients.views.leads import (
    lead_add,
    lead_attempt,
    lead_close,
    lead_convert,
    lead_detail,
    lead_list,
    lead_prescreen,
    lead_reopen,
    lead_unwait,
    lead_wait,
    recruitment_funnel,
    waiting_list,
    waiting_list_move,
)
from patients.views.participants import participant_add, screening_list
from patients.views.visits import visit_book, visit_detail, visit_finish, visit_miss, visit_procedure, visit_start

__all__ = [
    "consent",
    "contact_consent",
    "eligibility",
    "enrol",
    "fact_correct",
    "identity_erase",
    "identity_view_list",
    "judge_eligibility",
    "lead_add",
    "lead_attempt",
    "lead_close",
    "lead_convert",
    "lead_detail",
    "lead_identity",
    "lead_identity_change",
    "lead_list",
    "lead_prescreen",
    "lead_reopen",
    "lead_unwait",
    "lead_wait",
    "participant_add",
    "participant_identity",
    "recruitment_funnel",
    "screen_failure",
    "screening",
    "screening_list",
    "screening_record",
    "sign_eligibility",
    "visit_book",
    "visit_detail",
    "visit_finish",
    "visit_miss",
    "visit_procedure",
    "visit_start",
    "waiting_list",
    "waiting_list_move",
    "withdrawal",
]
