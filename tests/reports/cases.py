"""A report in which every element that is ever written says something, to be varied by the tests."""

from dataclasses import replace
from typing import Any

from reports.icsr.elements import (
    MASKED,
    Assessment,
    Batch,
    CauseOfDeath,
    Drug,
    Identification,
    Message,
    Narrative,
    Patient,
    PrimarySource,
    Reaction,
    SafetyReport,
    Sender,
    Study,
)

REACTION, DRUG, OTHER = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
NUMBER = "PT-EXAMPLE-S01-001-1"
REPORT = SafetyReport(
    batch=Batch("batch-1", "EXAMPLESPONSOR", "ZZREGULATOR", "20260107101500+0000"),
    message=Message(NUMBER, "EXAMPLESPONSOR", "REGULATOR", "20260107101500+0000"),
    identification=Identification(
        safety_report_id=NUMBER, created="20260107101500+0000", report_type="2", first_received="20260106",
        latest_information="20260107", additional_documents=False, expedited=True, worldwide_id=NUMBER,
        first_sender="2",
    ),
    sources=(PrimarySource(MASKED, MASKED, "Site S01", "PT", "1"),),
    sender=Sender(
        kind="1", organisation="Example Sponsor", department="Drug safety", given="Sofia", family="Reyes",
        street="1 Main Street", city="Boston", state="MA", postcode="02110", country="US", telephone="+15550100",
        email="safety@example.org",
    ),
    study=Study("Test trial", "MAPPLIKE-01", "1", (("NCT00000000", "US"),)),
    patient=Patient(
        initials=MASKED, investigation_number="S01-001", sex="2", age="41", age_unit="a", age_group="5",
        history="Asthma", died="202601", autopsy="true",
        causes=(CauseOfDeath("Heart stopped", "10007515", "27.1"), CauseOfDeath("Fall")),
        autopsy_causes=(CauseOfDeath("Torn aorta", "10002899", "27.1"),),
    ),
    reactions=(
        Reaction(
            identifier=REACTION, verbatim="Fainted & fell <hard>", language="eng", dictionary_version="27.1",
            code="10042772", highlighted="3", serious_as=frozenset("ac"), started="20260105", ended="20260106",
            outcome="5", country="PT",
        ),
    ),
    drugs=(
        Drug(
            DRUG, "1", "Blinded study drug", blinded=True, first_given="20260105101500+0000",
            dosage="Initial dose, supplemental dose", route="Oral", indication="Post-traumatic stress disorder",
            action="1",
        ),
        Drug(OTHER, "2", "ibuprofen"),
    ),
    assessments=(
        Assessment(DRUG, REACTION, "Investigator", "Clinical judgement", "possible"),
        Assessment(DRUG, REACTION, "Sponsor", "Clinical judgement", "unlikely"),
    ),
    narrative=Narrative("A participant fainted at home.\nŁódź, ü.", "The reporter's view", "The sender's view"),
)  # fmt: skip


def varied(report: SafetyReport = REPORT, **changes: Any) -> SafetyReport:
    """Returns a report in which parts differ: `patient={"died": ""}`; of several reactions or drugs, the first."""
    return replace(report, **{part: _changed(getattr(report, part), values) for part, values in changes.items()})


def _changed(now: Any, values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    if isinstance(now, tuple):
        return (replace(now[0], **values), *now[1:])
    return replace(now, **values)
