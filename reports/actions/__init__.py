"""Verbs that write reports of cases: tell a case, make its report, send it, and keep what is answered."""

from reports.actions.answers import keep_acknowledgement
from reports.actions.case_reports import keep_narrative, make_report
from reports.actions.regulators import file_for, keep_answer, record_sent, report_unblinded
from reports.actions.transmissions import claim_next, decide_doubt, deliver, queue_report, retry, settle_doubts

__all__ = [
    "claim_next",
    "decide_doubt",
    "deliver",
    "file_for",
    "keep_acknowledgement",
    "keep_answer",
    "keep_narrative",
    "make_report",
    "queue_report",
    "record_sent",
    "report_unblinded",
    "retry",
    "settle_doubts",
]
