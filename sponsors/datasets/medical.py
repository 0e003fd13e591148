"""What was told in words and is coded by a dictionary: adverse events, medical history and medicines.

The terms are those that the coding room recorded, with the version by which they were; words that were changed since
are not coded. SDTM's names stand in the labels.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from coding.queries import with_coding
from patients.queries import all_history, all_medicines
from safety.queries import all_adverse_events
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

STATES = {"coded": "coded", "query": "not coded, the site is asked", "waiting": "not coded"}
NOT_CODED = "not coded"
TERMS = (
    ("dictionary", "Name of the dictionary", "dictionary"),
    ("dictionary_version", "Version of the dictionary", "version"),
    ("lowest_level_term", "Lowest level term (--LLT)", "term"),
    ("lowest_level_term_code", "Code of the lowest level term (--LLTCD)", "code"),
    ("preferred_term", "Preferred term (--DECOD)", "preferred"),
    ("preferred_term_code", "Code of the preferred term (--PTCD)", "preferred_code"),
    ("high_level_term", "High level term (--HLT)", "high_level"),
    ("high_level_group_term", "High level group term (--HLGT)", "high_group"),
    ("system_organ_class", "System organ class of the primary path (--BODSYS)", "system"),
    ("system_organ_class_code", "Code of the system organ class (--BDSYCD)", "system_code"),
)
DRUG_TERMS = (
    *TERMS[:2],
    ("coded_name", "Name in the dictionary (CMDECOD)", "term"),
    ("coded_name_code", "Code of the name", "code"),
    ("drug_class", "Class in the dictionary (CMCLAS)", "system"),
    ("drug_class_code", "Code of the class (CMCLASCD)", "preferred_code"),
)
Words = Callable[[Any], str]


def _latest(field: str) -> Callable[[Any], Any]:
    # The revisions of an event were fetched with it, the newest first.
    return lambda event: getattr(event.newest_first[0], field)


def _coded(words: Words, blinding: str, terms: tuple[tuple[str, str, str], ...] = TERMS) -> tuple[Column, ...]:
    """Returns the columns of a coded term; `words` reads what was written of a row, as it stands."""

    def state(row: Any) -> str:
        known = row.coding
        return STATES[known["state"]] if known and known["verbatim"] == words(row) else NOT_CODED

    def part(key: str) -> Callable[[Any], Any]:
        return lambda row: (row.coding[key] or None) if state(row) == STATES["coded"] else None

    return (
        Column("coding_state", "text", "How far its coding is", blinding, state),
        *(Column(name, "text", label, blinding, part(key)) for name, label, key in terms),
    )


def _events() -> "QuerySet[Any]":
    return with_coding(all_adverse_events(), kind="event")


def _history() -> "QuerySet[Any]":
    return with_coding(all_history(), kind="event")


def _medicines() -> "QuerySet[Any]":
    return with_coding(all_medicines(), kind="medicine")


ADVERSE_EVENTS = Dataset(
    "adverse_events",
    "Adverse events, latest revision",
    _events,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("number", "integer", "Number of the event"),
        Column("revision", "integer", "Number of the revision", OPEN, _latest("number")),
        Column("nullified", "boolean", "Reported by mistake", OPEN, _latest("nullified")),
        Column("term", "text", "Verbatim term", FUNCTIONAL, _latest("term")),
        *_coded(_latest("term"), FUNCTIONAL),
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
        column("site_aware_at", "datetime", "Site became aware"),
        RECORDED,
    ),
)
MEDICAL_HISTORY = Dataset(
    "medical_history",
    "Medical and psychiatric history (SDTM MH)",
    _history,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("kind", "text", "Medical or psychiatric"),
        column("term", "text", "Condition, verbatim"),
        *_coded(lambda entry: str(entry.term), OPEN),
        column("started", "text", "Start, as far as known"),
        column("ended", "text", "End, as far as known"),
        column("ongoing", "boolean", "Goes on"),
        column("observed_at", "datetime", "Asked"),
        column("note", "text", "Note", NOTES),
        RECORDED,
    ),
)
MEDICINES = Dataset(
    "medicines",
    "Prior and concomitant medicines (SDTM CM)",
    _medicines,
    (
        ID,
        SITE,
        PARTICIPANT,
        column("name", "text", "Medicine, verbatim", FUNCTIONAL),
        *_coded(lambda medicine: str(medicine.name), FUNCTIONAL, DRUG_TERMS),
        column("medicine_class", "text", "Class that the protocol prohibits", FUNCTIONAL),
        column("dose", "text", "Dose", FUNCTIONAL),
        column("indication", "text", "Indication", FUNCTIONAL),
        column("started", "text", "Start, as far as known", FUNCTIONAL),
        column("last_taken_on", "date", "Last taken", FUNCTIONAL),
        column("observed_at", "datetime", "Asked"),
        column("note", "text", "Steps of a taper, or a note", NOTES),
        RECORDED,
    ),
    # What is taken against raised blood pressure tells as much as the pressure.
    functional=True,
)
