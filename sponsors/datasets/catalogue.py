"""The datasets that may leave the house, and what each holds. A column without a blinding class does not exist here.

The arm, kits and randomisation numbers are in no dataset.
"""

from assessments.queries import all_assessments, open_corrections, open_items, open_scores
from integration.queries import all_notes
from patients.queries import all_participants, all_visits
from safety.queries import all_deviations
from sessions.queries import all_sessions, all_vital_signs
from sponsors.datasets.columns import (
    FUNCTIONAL,
    ID,
    NOTES,
    PARTICIPANT,
    RECORDED,
    SITE,
    Dataset,
    column,
)
from sponsors.datasets.medical import ADVERSE_EVENTS, MEDICAL_HISTORY, MEDICINES
from sponsors.datasets.missing import (
    CONTACT_ATTEMPTS,
    HARM_ENQUIRIES,
    INCOMPLETE_ASSESSMENTS,
    INTERCURRENT_EVENTS,
    MISSED_VISITS,
    PROCEDURES_NOT_DONE,
)

PARTICIPANTS = Dataset(
    "participants",
    "Participants",
    all_participants,
    (
        ID,
        SITE,
        column("screening_number", "text", "Screening number"),
        column("status", "text", "Status"),
        column("first_contact_on", "date", "First contact"),
        column("enrolled_at", "datetime", "Enrolled"),
        column("protocol_version", "text", "Protocol version", path="protocol_version.version"),
        column("status_reason", "text", "Reason of the status", NOTES),
        column("data_use_withdrawn", "boolean", "Use of data withdrawn"),
        RECORDED,
    ),
    whose="",
)
VISITS = Dataset(
    "visits",
    "Visits and contacts",
    all_visits,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("code", "text", "Visit code"),
        column("name", "text", "Visit name"),
        column("type", "text", "Type of visit", path="kind"),
        column("state", "text", "State"),
        column("target_on", "date", "Target"),
        column("earliest_on", "date", "Window opens"),
        column("latest_on", "date", "Window closes"),
        column("started_at", "datetime", "Started"),
        column("ended_at", "datetime", "Ended"),
        column("missed_reason", "text", "Why it did not take place", NOTES),
        RECORDED,
    ),
)
SESSIONS = Dataset(
    "sessions",
    "Dosing sessions",
    all_sessions,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("visit", "text", "Visit code", path="visit.code"),
        column("number", "integer", "Number of the session"),
        column("state", "text", "State"),
        column("opened_at", "datetime", "Opened"),
        column("initial_dose_at", "datetime", "Initial dose", FUNCTIONAL),
        column("closed_at", "datetime", "Closed"),
        RECORDED,
    ),
    functional=True,
)
VITAL_SIGNS = Dataset(
    "vital_signs",
    "Vital signs of dosing sessions",
    all_vital_signs,
    (
        ID,
        SITE,
        column("participant", "text", "Screening number", path="session.participant.screening_number"),
        column("session", "text", "Session", path="session.public_id"),
        column("observed_at", "datetime", "Measured"),
        column("systolic_mmhg", "integer", "Systolic blood pressure, mmHg", FUNCTIONAL),
        column("diastolic_mmhg", "integer", "Diastolic blood pressure, mmHg", FUNCTIONAL),
        column("heart_rate_bpm", "integer", "Heart rate, beats per minute", FUNCTIONAL),
        column("temperature_c", "number", "Body temperature, degrees Celsius", FUNCTIONAL),
        column("severity", "text", "Verdict of the version's limits", FUNCTIONAL),
        column("reason", "text", "Reason of a correction", NOTES),
        RECORDED,
    ),
    functional=True,
    whose="session__participant_id",
)
DEVIATIONS = Dataset(
    "deviations",
    "Deviations",
    all_deviations,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("visit", "text", "Visit code", path="visit.code"),
        column("category", "text", "Category"),
        column("importance", "text", "Importance"),
        column("source", "text", "Proposed by a rule, or recorded"),
        column("state", "text", "State"),
        column("occurred_at", "datetime", "Occurred"),
        column("decided_at", "datetime", "Decided"),
        column("description", "text", "Description", NOTES),
        RECORDED,
    ),
)
ASSESSMENTS = Dataset(
    "assessments",
    "Assessments and how far they are",
    all_assessments,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("visit", "text", "Visit code", path="visit.code"),
        column("instrument", "text", "Instrument or form"),
        column("respondent", "text", "Who answers"),
        column("state", "text", "State"),
        column("protocol_version", "text", "Version whose items it asks", path="protocol_version.version"),
        column("locked_at", "datetime", "Locked"),
        column("missing_reason", "text", "Why items are without an answer", NOTES, path="open_reason"),
        RECORDED,
    ),
)
OF_FORM = (
    column("assessment", "text", "Assessment", path="assessment.public_id"),
    SITE,
    column("participant", "text", "Screening number", path="assessment.participant.screening_number"),
    column("visit", "text", "Visit code", path="assessment.visit.code"),
    column("instrument", "text", "Instrument or form", path="assessment.instrument"),
)
ANSWER = (
    column("item", "integer", "Number of the item"),
    column("value", "integer", "Answer as a whole number", FUNCTIONAL),
    column("text", "text", "Answer as a date, a number or words", NOTES),
    column("not_applicable", "boolean", "Does not apply"),
    column("not_done_reason", "text", "Why it was not done", NOTES),
    column("version", "integer", "How often it was answered"),
)
ITEM_VALUES = Dataset(
    "item_values",
    "Answers as they were locked; raters' own once released",
    open_items,
    (
        *OF_FORM,
        *ANSWER,
        column("source", "text", "Where the answer comes from"),
        column("entered_at", "datetime", "Entered"),
        RECORDED,
    ),
    functional=True,
    whose="assessment__participant_id",
)
ITEM_CORRECTIONS = Dataset(
    "item_corrections",
    "Corrections after the lock; the highest version stands",
    open_corrections,
    (
        *OF_FORM,
        *ANSWER,
        column("corrected_at", "datetime", "Corrected"),
        column("reason", "text", "Why", NOTES),
        RECORDED,
    ),
    functional=True,
    whose="assessment__participant_id",
)
SCORES = Dataset(
    "scores",
    "Scores; the highest computation stands",
    open_scores,
    (
        *OF_FORM,
        column("name", "text", "Score"),
        column("value", "text", "Value", FUNCTIONAL),
        column("complete", "boolean", "Complete"),
        column("incomplete_reason", "text", "Why it is incomplete", NOTES),
        column("computation", "integer", "Number of the computation"),
        RECORDED,
    ),
    functional=True,
    whose="assessment__participant_id",
)

INTEGRATION_SESSIONS = Dataset(
    "integration_sessions",
    "Integration sessions",
    all_notes,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("visit", "text", "Visit code", path="visit.code"),
        column("held_at", "datetime", "Held"),
        column("minutes", "integer", "Length, minutes"),
        column("place", "text", "At the site or by video"),
        column("attendance", "text", "How long the participant was there"),
        column("group_size", "integer", "Participants, if it was a group"),
        column("companions", "text", "Who came along, by the protocol's code"),
        column("therapists", "integer", "Therapists present"),
        column("elements", "text", "Elements of therapy used, by the protocol's code", FUNCTIONAL),
        column("change_kind", "text", "A change was mentioned, welcome or not", FUNCTIONAL),
        column("sleep", "text", "Sleep since the last visit", NOTES),
        column("substances", "text", "Substance use since the last visit", NOTES),
        column("medicines", "text", "Medicines begun, changed or stopped", NOTES),
        column("changes_in_feeling", "text", "What changed", NOTES),
        column("free_text", "text", "Psychotherapy note", NOTES),
        RECORDED,
    ),
    functional=True,
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        PARTICIPANTS, MEDICAL_HISTORY, MEDICINES, VISITS, MISSED_VISITS, PROCEDURES_NOT_DONE, CONTACT_ATTEMPTS,
        SESSIONS, VITAL_SIGNS, INTEGRATION_SESSIONS, HARM_ENQUIRIES, ADVERSE_EVENTS, INTERCURRENT_EVENTS, DEVIATIONS,
        ASSESSMENTS, INCOMPLETE_ASSESSMENTS, ITEM_VALUES, ITEM_CORRECTIONS, SCORES,
    )
}  # fmt: skip
