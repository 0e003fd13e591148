"""Why something is missing, how often somebody was tried to be reached, and what happened in between.

Of attempts and of tracing only numbers leave: whom the site called, and by which way, is nobody's outside it.
"""

from collections.abc import Callable
from typing import Any

from assessments.queries import incomplete_assessments
from integration.durability import all_intercurrent_events, missed_visits, tried_visits, unmade_enquiries
from patients.queries import definition_for, procedures_not_done
from protocol.durability import Durability
from sponsors.datasets.columns import (
    FUNCTIONAL,
    ID,
    NOTES,
    OPEN,
    PARTICIPANT,
    RECORDED,
    SITE,
    Column,
    Dataset,
    column,
)

VISIT = column("visit", "text", "Visit code", path="visit.code")
ATTEMPTS = (
    column("attempts", "integer", "Attempts to reach the participant"),
    column("attempts_in_vain", "integer", "Attempts in vain"),
    column("tracing_steps", "integer", "Steps of tracing taken"),
)


def _rules(row: Any) -> Durability:
    return definition_for(row.participant).durability


def _in_words(code: Callable[[Any], str]) -> Callable[[Any], str | None]:
    return lambda row: _rules(row).missing_reasons.get(code(row))


def _of_kind(part: str) -> Callable[[Any], str | None]:
    return lambda event: getattr(_rules(event).kind(event.kind), part, None)


MISSED_VISITS = Dataset(
    "missed_visits",
    "Visits and contacts that did not take place, and why (SDTM SV)",
    missed_visits,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("code", "text", "Visit code"),
        column("type", "text", "Type of visit", path="kind"),
        column("state", "text", "Missed, or cancelled"),
        column("latest_on", "date", "Window closed"),
        column("reason_code", "text", "Reason by the protocol's code", path="missed_kind"),
        Column(
            "reason", "text", "Reason in the protocol's words", OPEN, _in_words(lambda visit: str(visit.missed_kind))
        ),
        column("reason_told", "text", "Reason in the site's words", NOTES, path="missed_reason"),
        *ATTEMPTS,
        RECORDED,
    ),
)
PROCEDURES_NOT_DONE = Dataset(
    "procedures_not_done",
    "Procedures of visits that were not done",
    procedures_not_done,
    (
        SITE,
        column("participant", "text", "Screening number", path="visit.participant.screening_number"),
        VISIT,
        column("procedure", "text", "Procedure, by the protocol's code", path="code"),
        column("reason", "text", "Why it was not done", NOTES, path="not_done_reason"),
        RECORDED,
    ),
    whose="visit__participant_id",
)
INCOMPLETE_ASSESSMENTS = Dataset(
    "incomplete_assessments",
    "Assessments that are missing or incomplete, and why; raters' own once released",
    incomplete_assessments,
    (
        ID,
        SITE,
        PARTICIPANT,
        VISIT,
        column("instrument", "text", "Instrument or form"),
        column("respondent", "text", "Who answers"),
        column("state", "text", "State"),
        column("visit_state", "text", "State of the visit", path="visit.state"),
        column("reason_code", "text", "Why the visit is missing, by the protocol's code", path="visit.missed_kind"),
        Column(
            "reason", "text", "Why the visit is missing, in the protocol's words", OPEN,
            _in_words(lambda assessment: str(assessment.visit.missed_kind)),
        ),
        column("missing_reason", "text", "Why items are without an answer", NOTES, path="open_reason"),
        RECORDED,
    ),
)  # fmt: skip
CONTACT_ATTEMPTS = Dataset(
    "contact_attempts",
    "Attempts to reach participants about visits, in numbers",
    tried_visits,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("code", "text", "Visit code"),
        column("state", "text", "State of the visit"),
        *ATTEMPTS,
        column("tried_last_at", "datetime", "Latest attempt"),
        RECORDED,
    ),
)
HARM_ENQUIRIES = Dataset(
    "harm_enquiries",
    "Enquiries about late harm that were not made, and why",
    unmade_enquiries,
    (
        ID,
        SITE,
        PARTICIPANT,
        VISIT,
        column("code", "text", "Time after the dose, by the protocol's code"),
        column("state", "text", "Missed, or cancelled"),
        column("due_at", "datetime", "Was due", FUNCTIONAL),
        column("reason", "text", "Why it was not made", NOTES),
        RECORDED,
    ),
    functional=True,
)
INTERCURRENT_EVENTS = Dataset(
    "intercurrent_events",
    "Intercurrent events that stand (ICH E9(R1))",
    all_intercurrent_events,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("kind", "text", "Kind, by the protocol's code"),
        Column("name", "text", "Kind in the protocol's words", OPEN, _of_kind("name")),
        Column("strategy", "text", "How the estimand treats it", OPEN, _of_kind("strategy")),
        column("began_on", "text", "Start, as far as known"),
        column("ended_on", "text", "End, as far as known"),
        column("source", "text", "Known from"),
        column("what", "text", "What it was", NOTES),
        RECORDED,
    ),
)
