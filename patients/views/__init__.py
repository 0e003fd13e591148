"""Pages about participants, one module for each noun."""

from patients.views.consent import consent, contact_consent, withdrawal
from patients.views.corrections import fact_correct
from patients.views.eligibility import eligibility, enrol, judge_eligibility, screen_failure, sign_eligibility
from patients.views.facts import screening, screening_record
from patients.views.participants import participant_add, participant_identity, screening_list
from patients.views.visits import visit_book, visit_detail, visit_finish, visit_miss, visit_procedure, visit_start

__all__ = [
    "consent",
    "contact_consent",
    "eligibility",
    "enrol",
    "fact_correct",
    "judge_eligibility",
    "participant_add",
    "participant_identity",
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
    "withdrawal",
]
