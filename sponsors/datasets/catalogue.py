"""What each dataset holds, column by column. A column without a blinding class does not exist here.

Classes: O is open to every blinded viewer; F is functionally unblinding (vital signs, session facts) and leaves only
with a token of that class; N is free text and leaves only with the scope for notes. The arm, kits and randomisation
numbers are in no dataset.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from assessments.queries import all_assessments, open_corrections, open_items, open_scores
from integration.queries import all_notes
from patients.queries import all_participants, all_visits, excluded_from_exports
from safety.queries import all_adverse_events, all_deviations
from sessions.queries import all_sessions, all_vital_signs

OPEN, FUNCTIONAL, NOTES = "O", "F", "N"
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Viewpoint:
    """Who looks: the blinding class of the token, whether notes may leave, and the sites (None: all of the owner's)."""

    blinding_class: str
    notes: bool = False
    site_ids: tuple[int, ...] | None = None

    def sees(self, column_class: str) -> bool:
        """Returns whether a column of a class leaves to this viewer."""
        if column_class == NOTES:
            return self.notes
        return column_class == OPEN or (column_class == FUNCTIONAL and self.blinding_class == "functional")


@dataclass(frozen=True)
class Column:
    """One column: its name, its type (text, integer, number, boolean, date or datetime), its label and its class."""

    name: str
    type: str
    label: str
    blinding: str
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Dataset:
    """One dataset: its rows and columns. `functional` datasets do not exist for viewers without that class."""

    name: str
    label: str
    rows: Callable[[], "QuerySet[Any]"]
    columns: tuple[Column, ...]
    functional: bool = False
    # Where a row says whose it is; the row of a participant stays and tells that the use of data was withdrawn.
    whose: str = "participant_id"

    def is_open_to(self, viewpoint: Viewpoint) -> bool:
        """Returns whether the dataset exists for a viewer."""
        return not self.functional or viewpoint.blinding_class == "functional"

    def columns_for(self, viewpoint: Viewpoint) -> tuple[Column, ...]:
        """Returns the columns that leave to a viewer."""
        return tuple(column for column in self.columns if viewpoint.sees(column.blinding))

    def rows_for(self, viewpoint: Viewpoint) -> "QuerySet[Any]":
        """Returns the rows of the viewer's sites in the order of their keys; row security stands below.

        Whose use of data was withdrawn is left out where the protocol says so.
        """
        rows = self.rows().order_by("pk")
        if self.whose:
            rows = rows.exclude(**{f"{self.whose}__in": excluded_from_exports()})
        return rows if viewpoint.site_ids is None else rows.filter(site_id__in=viewpoint.site_ids)


def as_row(row: Model, columns: Iterable[Column]) -> dict[str, Value]:
    """Returns one row as it leaves: ISO 8601 times in UTC, plain numbers, missing as null."""
    return {column.name: plain(column.read(row)) for column in columns}


def plain(value: Any) -> Value:
    """Returns a value as JSON and CSV write it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    return str(value)


def _column(name: str, type_: str, label: str, blinding: str = OPEN, path: str = "") -> Column:
    parts = (path or name).split(".")

    def read(row: Any) -> Any:
        for part in parts:
            row = getattr(row, part)
            if row is None:
                return None
        return row

    return Column(name, type_, label, blinding, read)


def _latest(field: str) -> Callable[[Any], Any]:
    # The revisions of an event were fetched with it, the newest first.
    return lambda event: getattr(event.newest_first[0], field)


ID = _column("id", "text", "Opaque identifier", path="public_id")
SITE = _column("site", "text", "Site code", path="site.code")
PARTICIPANT = _column("participant", "text", "Screening number", path="participant.screening_number")
RECORDED = _column("recorded_at", "datetime", "Received by the database")

PARTICIPANTS = Dataset(
    "participants",
    "Participants",
    all_participants,
    (
        ID,
        SITE,
        _column("screening_number", "text", "Screening number"),
        _column("status", "text", "Status"),
        _column("first_contact_on", "date", "First contact"),
        _column("enrolled_at", "datetime", "Enrolled"),
        _column("protocol_version", "text", "Protocol version", path="protocol_version.version"),
        _column("status_reason", "text", "Reason of the status", NOTES),
        _column("data_use_withdrawn", "boolean", "Use of data withdrawn"),
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
        _column("code", "text", "Visit code"),
        _column("name", "text", "Visit name"),
        _column("type", "text", "Type of visit", path="kind"),
        _column("state", "text", "State"),
        _column("target_on", "date", "Target"),
        _column("earliest_on", "date", "Window opens"),
        _column("latest_on", "date", "Window closes"),
        _column("started_at", "datetime", "Started"),
        _column("ended_at", "datetime", "Ended"),
        _column("missed_reason", "text", "Why it did not take place", NOTES),
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
        _column("visit", "text", "Visit code", path="visit.code"),
        _column("number", "integer", "Number of the session"),
        _column("state", "text", "State"),
        _column("opened_at", "datetime", "Opened"),
        _column("initial_dose_at", "datetime", "Initial dose", FUNCTIONAL),
        _column("closed_at", "datetime", "Closed"),
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
        _column("participant", "text", "Screening number", path="session.participant.screening_number"),
        _column("session", "text", "Session", path="session.public_id"),
        _column("observed_at", "datetime", "Measured"),
        _column("systolic_mmhg", "integer", "Systolic blood pressure, mmHg", FUNCTIONAL),
        _column("diastolic_mmhg", "integer", "Diastolic blood pressure, mmHg", FUNCTIONAL),
        _column("heart_rate_bpm", "integer", "Heart rate, beats per minute", FUNCTIONAL),
        _column("temperature_c", "number", "Body temperature, degrees Celsius", FUNCTIONAL),
        _column("severity", "text", "Verdict of the version's limits", FUNCTIONAL),
        _column("reason", "text", "Reason of a correction", NOTES),
        RECORDED,
    ),
    functional=True,
    whose="session__participant_id",
)
ADVERSE_EVENTS = Dataset(
    "adverse_events",
    "Adverse events, latest revision",
    all_adverse_events,
    (
        ID,
        SITE,
        PARTICIPANT,
        _column("number", "integer", "Number of the event"),
        Column("revision", "integer", "Number of the revision", OPEN, _latest("number")),
        Column("term", "text", "Verbatim term", FUNCTIONAL, _latest("term")),
        Column("started_on", "text", "Start, as far as known", FUNCTIONAL, _latest("started_on")),
        Column("ended_on", "text", "End, as far as known", FUNCTIONAL, _latest("ended_on")),
        Column("ongoing", "boolean", "Goes on", FUNCTIONAL, _latest("ongoing")),
        Column("severity", "text", "Severity", FUNCTIONAL, _latest("severity")),
        Column("valence", "text", "Welcome, neutral or unwelcome", FUNCTIONAL, _latest("valence")),
        Column("serious", "boolean", "Serious", OPEN, _latest("serious")),
        Column("seriousness", "text", "Criteria of seriousness", OPEN, _latest("seriousness")),
        Column("causality", "text", "Relation, investigator", FUNCTIONAL, _latest("causality")),
        Column("sponsor_causality", "text", "Relation, sponsor", FUNCTIONAL, _latest("sponsor_causality")),
        Column("expectedness", "text", "Expected by the reference", FUNCTIONAL, _latest("expectedness")),
        Column("event_group", "text", "Group of special interest", FUNCTIONAL, _latest("event_group")),
        Column("abuse_related", "boolean", "Related to a potential for abuse", FUNCTIONAL, _latest("abuse_related")),
        Column("drug_action", "text", "Action with the study drug", FUNCTIONAL, _latest("drug_action")),
        Column("outcome", "text", "Outcome", FUNCTIONAL, _latest("outcome")),
        Column("narrative", "text", "Narrative", NOTES, _latest("narrative")),
        _column("site_aware_at", "datetime", "Site became aware"),
        RECORDED,
    ),
)
DEVIATIONS = Dataset(
    "deviations",
    "Deviations",
    all_deviations,
    (
        ID,
        SITE,
        PARTICIPANT,
        _column("visit", "text", "Visit code", path="visit.code"),
        _column("category", "text", "Category"),
        _column("importance", "text", "Importance"),
        _column("source", "text", "Proposed by a rule, or recorded"),
        _column("state", "text", "State"),
        _column("occurred_at", "datetime", "Occurred"),
        _column("decided_at", "datetime", "Decided"),
        _column("description", "text", "Description", NOTES),
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
        _column("visit", "text", "Visit code", path="visit.code"),
        _column("instrument", "text", "Instrument or form"),
        _column("respondent", "text", "Who answers"),
        _column("state", "text", "State"),
        _column("protocol_version", "text", "Version whose items it asks", path="protocol_version.version"),
        _column("locked_at", "datetime", "Locked"),
        _column("missing_reason", "text", "Why items are without an answer", NOTES),
        RECORDED,
    ),
)
OF_FORM = (
    _column("assessment", "text", "Assessment", path="assessment.public_id"),
    SITE,
    _column("participant", "text", "Screening number", path="assessment.participant.screening_number"),
    _column("visit", "text", "Visit code", path="assessment.visit.code"),
    _column("instrument", "text", "Instrument or form", path="assessment.instrument"),
)
ANSWER = (
    _column("item", "integer", "Number of the item"),
    _column("value", "integer", "Answer as a whole number", FUNCTIONAL),
    _column("text", "text", "Answer as a date, a number or words", NOTES),
    _column("not_applicable", "boolean", "Does not apply"),
    _column("not_done_reason", "text", "Why it was not done", NOTES),
    _column("version", "integer", "How often it was answered"),
)
ITEM_VALUES = Dataset(
    "item_values",
    "Answers as they were locked; raters' own once released",
    open_items,
    (
        *OF_FORM,
        *ANSWER,
        _column("source", "text", "Where the answer comes from"),
        _column("entered_at", "datetime", "Entered"),
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
        _column("corrected_at", "datetime", "Corrected"),
        _column("reason", "text", "Why", NOTES),
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
        _column("name", "text", "Score"),
        _column("value", "text", "Value", FUNCTIONAL),
        _column("complete", "boolean", "Complete"),
        _column("incomplete_reason", "text", "Why it is incomplete", NOTES),
        _column("computation", "integer", "Number of the computation"),
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
        _column("visit", "text", "Visit code", path="visit.code"),
        _column("held_at", "datetime", "Held"),
        _column("minutes", "integer", "Length, minutes"),
        _column("place", "text", "At the site or by video"),
        _column("attendance", "text", "How long the participant was there"),
        _column("group_size", "integer", "Participants, if it was a group"),
        _column("companions", "text", "Who came along, by the protocol's code"),
        _column("therapists", "integer", "Therapists present"),
        _column("elements", "text", "Elements of therapy used, by the protocol's code", FUNCTIONAL),
        _column("change_kind", "text", "A change was mentioned, welcome or not", FUNCTIONAL),
        _column("sleep", "text", "Sleep since the last visit", NOTES),
        _column("substances", "text", "Substance use since the last visit", NOTES),
        _column("medicines", "text", "Medicines begun, changed or stopped", NOTES),
        _column("changes_in_feeling", "text", "What changed", NOTES),
        _column("free_text", "text", "Psychotherapy note", NOTES),
        RECORDED,
    ),
    functional=True,
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        PARTICIPANTS, VISITS, SESSIONS, VITAL_SIGNS, INTEGRATION_SESSIONS, ADVERSE_EVENTS, DEVIATIONS, ASSESSMENTS,
        ITEM_VALUES, ITEM_CORRECTIONS, SCORES,
    )
}  # fmt: skip
