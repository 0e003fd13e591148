"""Reads on reports of cases: the list of cases, one case with everything that left, and the report that could leave."""

from reports.queries.assembly import Entered, addressed, assembled, case_of, draft_narrative, kind_now
from reports.queries.cases import (
    CaseLine,
    batch_of,
    case_lines,
    latest_narrative,
    narratives_of,
    reports_of,
    steps_of,
    transmissions_of,
)
from reports.queries.regulators import cases_that_wait, receivers, regulator_case, regulator_cases, related_words

__all__ = [
    "CaseLine",
    "Entered",
    "addressed",
    "assembled",
    "batch_of",
    "case_lines",
    "case_of",
    "cases_that_wait",
    "draft_narrative",
    "kind_now",
    "latest_narrative",
    "narratives_of",
    "receivers",
    "regulator_case",
    "regulator_cases",
    "related_words",
    "reports_of",
    "steps_of",
    "transmissions_of",
]
