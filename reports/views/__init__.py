"""Pages of the sponsor's safety desk on reports of cases: list, case, papers, and what becomes of each."""

from reports.views.cases import case_detail, case_list, narrative_keep, report_make
from reports.views.papers import case_paper, report_file
from reports.views.regulators import (
    regulator_answer,
    regulator_file,
    regulator_list,
    regulator_make,
    regulator_sent,
)
from reports.views.transmissions import answer_keep, report_send, transmission_decide, transmission_retry

__all__ = [
    "answer_keep",
    "case_detail",
    "case_list",
    "case_paper",
    "narrative_keep",
    "regulator_answer",
    "regulator_file",
    "regulator_list",
    "regulator_make",
    "regulator_sent",
    "report_file",
    "report_make",
    "report_send",
    "transmission_decide",
    "transmission_retry",
]
