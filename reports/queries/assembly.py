"""A report put together from the record: the event as it stands, the participant by code, the drug as it is blinded.

Nothing here can read an allocation. What the record does not hold is entered by the sponsor's safety desk.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from core.errors import Refused
from core.templatetags.vigil import day
from patients import queries as patient_queries
from protocol.case_reports import CaseReporting, ReportReceiver
from reports.icsr.elements import (
    AMENDMENT,
    CONCOMITANT,
    INITIAL,
    MASKED,
    NULLIFICATION,
    SUSPECT,
    UNKNOWN,
    Assessment,
    Batch,
    CauseOfDeath,
    Drug,
    Identification,
    Message,
    Narrative,
    Null,
    Patient,
    PrimarySource,
    Reaction,
    SafetyReport,
    Sender,
    Study,
    Value,
)
from reports.icsr.moments import partial, stamp
from reports.models import CaseReport
from safety import queries as safety_queries

if TYPE_CHECKING:
    from safety.models import AdverseEvent, AdverseEventRevision

SERIOUSNESS = {
    "death": "a", "life_threatening": "b", "hospitalisation": "c", "disability": "d", "congenital_anomaly": "e",
    "important_medical_event": "f",
}  # fmt: skip
OUTCOMES = {
    "recovered": "1", "recovering": "2", "not_recovered": "3", "recovered_sequelae": "4", "fatal": "5", "unknown": "0",
}  # fmt: skip
ACTIONS = {
    "withdrawn": "1", "reduced": "2", "increased": "3", "not_changed": "4", "unknown": "0", "not_applicable": "9",
}  # fmt: skip
TAKES_BACK = {"amendment": AMENDMENT, "nullification": NULLIFICATION}
PHYSICIAN, SOMEBODY_ELSE = "1", "2"
# E.i.3.1: highlighted by the reporter, serious.
SERIOUS_AND_HIGHLIGHTED = "3"
LONGEST_NAME = 250


@dataclass(frozen=True)
class Entered:
    """What the safety desk enters of a case because the record does not hold it.

    `died` is a partial date, or the flavour of why it is not known; `autopsy` is true, false or such a flavour.
    """

    code: str
    dictionary_version: str
    died: str = ""
    autopsy: str = ""
    cause: str = ""
    cause_code: str = ""
    autopsy_cause: str = ""
    autopsy_cause_code: str = ""
    sender_comment: str = ""


def case_of(event: "AdverseEvent") -> CaseReporting:
    """Returns what the protocol says of reports; raises Refused where it says nothing."""
    reporting = patient_queries.definition_for(event.participant).case_reporting
    if reporting is None:
        raise Refused("The protocol does not say who sends reports of serious cases, and to whom.")
    return reporting


def kind_now(event: "AdverseEvent", revision: "AdverseEventRevision", *, amends: bool) -> str:
    """Returns what kind of report would be made now."""
    if not CaseReport.objects.filter(event=event).exists():
        return "initial"
    if revision.nullified:
        return "nullification"
    return "amendment" if amends else "follow_up"


def assembled(
    event: "AdverseEvent",
    revision: "AdverseEventRevision",
    *,
    narrative: str,
    entered: Entered,
    kind: str,
    reason: str,
    receiver: ReportReceiver,
    received_at: datetime | None,
    at: datetime,
) -> SafetyReport:
    """Returns the report of a case as it stands, addressed to a receiver; raises Refused before the sponsor has it."""
    if received_at is None:
        raise Refused("First record when the sponsor received the event: the report names that day (C.1.4).")
    reporting, zone = case_of(event), event.site.trial.sponsor_zone
    made = stamp(at, zone=zone)
    country = reporting.site_countries.get(event.site.code, "")
    number = f"{country}-{reporting.number_prefix}-{event.participant.screening_number}-{event.number}"
    reaction = _reaction(event, revision, entered, reporting, country=country)
    drugs = _drugs(event, revision, reporting)
    return SafetyReport(
        batch=Batch(f"{number}-{receiver.code}", reporting.sender.identifier, receiver.batch, made),
        message=Message(number, reporting.sender.identifier, receiver.message, made),
        identification=Identification(
            safety_report_id=number,
            created=made,
            report_type="2",
            first_received=stamp(received_at, zone=zone)[:8],
            latest_information=stamp(max(received_at, revision.occurred_at), zone=zone)[:8],
            additional_documents=False,
            expedited=True,
            worldwide_id=number,
            first_sender=SOMEBODY_ELSE,
            nullification=TAKES_BACK.get(kind, INITIAL),
            nullification_reason=reason if kind in TAKES_BACK else "",
        ),
        sources=(PrimarySource(MASKED, MASKED, f"Site {event.site.code}", country, PHYSICIAN),),
        sender=_sender(reporting),
        study=Study(event.site.trial.title, event.site.trial.code, reporting.study_kind, reporting.registrations),
        patient=_patient(event, entered, reporting),
        reactions=(reaction,),
        drugs=drugs,
        assessments=_assessments(revision, reporting, drug=drugs[0].identifier, reaction=reaction.identifier),
        narrative=Narrative(narrative, _reporter_comment(revision), entered.sender_comment),
    )


def draft_narrative(event: "AdverseEvent", revision: "AdverseEventRevision") -> str:
    """Returns the case in words, drafted from the record; a person edits it before it leaves."""
    participant = event.participant
    values = patient_queries.latest_texts(participant)
    reporting = case_of(event)
    person = " ".join(
        part for part in (_age_in_words(values, reporting), values.get(reporting.sex_variable, "")) if part
    )
    relation = safety_queries.relation_to_doses(event, revision)
    told = [
        f"Participant {participant.screening_number} ({person or 'age and sex not recorded'}) takes part in "
        f"{event.site.trial.code} at site {event.site.code}.",
        f"What was observed: {revision.term}. It began {day(revision.started_on)}, was {revision.severity} and was "
        f"serious as {_in_words(revision.seriousness) or 'no criterion'}.",
        f"{relation}." if relation else "No dose of the study drug came before it, or its day is not known.",
        _sentence("What was done", revision.action_taken),
        _sentence("Action with the study drug", _shown(revision, "drug_action")),
        _sentence(
            "Treated with",
            ", ".join(safety_queries.treatment_in_words(revision, safety_queries.medicines_of(participant)))
            if revision.treated_with
            else "",
        ),
        _sentence("Outcome", _shown(revision, "outcome")),
        _sentence("Relation to the study drug, by the investigator", revision.causality),
        _sentence("Relation to the study drug, by the sponsor", revision.sponsor_causality),
        _sentence("Expectedness", ", ".join(p for p in (revision.expectedness, revision.expectedness_basis) if p)),
        revision.narrative.strip(),
    ]
    return "\n".join(line for line in told if line)


def _reaction(
    event: "AdverseEvent",
    revision: "AdverseEventRevision",
    entered: Entered,
    reporting: CaseReporting,
    *,
    country: str,
) -> Reaction:
    return Reaction(
        identifier=_uuid(event, "reaction"),
        verbatim=revision.term,
        language=reporting.language,
        dictionary_version=entered.dictionary_version,
        code=entered.code,
        highlighted=SERIOUS_AND_HIGHLIGHTED,
        serious_as=frozenset(SERIOUSNESS[code] for code in revision.seriousness if code in SERIOUSNESS),
        started=partial(revision.started_on),
        ended=partial(revision.ended_on) or ("" if revision.ongoing else UNKNOWN),
        outcome=OUTCOMES.get(revision.outcome, ""),
        country=country,
    )


def _drugs(event: "AdverseEvent", revision: "AdverseEventRevision", reporting: CaseReporting) -> tuple[Drug, ...]:
    product, doses = reporting.product, safety_queries.doses_given(event.participant)
    studied = Drug(
        identifier=_uuid(event, "study drug"),
        role=SUSPECT,
        name=product.name,
        blinded=True,
        first_given=stamp(doses[0].observed_at, zone=event.site.zone) if doses else "",
        dosage="; ".join(f"{dose.label}, session {dose.session.number}" for dose in doses),
        route=product.route,
        indication=product.indication,
        action=ACTIONS.get(revision.drug_action, ""),
    )
    others = safety_queries.medicines_of(event.participant)
    return (
        studied,
        # What links a medicine to the rest of its report is told by its place there; it means nothing outside.
        *(
            Drug(_uuid(event, f"medicine {place}"), CONCOMITANT, each.words[:LONGEST_NAME])
            for place, each in enumerate(others, start=1)
        ),
    )


def _assessments(
    revision: "AdverseEventRevision", reporting: CaseReporting, *, drug: str, reaction: str
) -> tuple[Assessment, ...]:
    # The sponsor may not downgrade the investigator's view: both are reported.
    judged = (("Investigator", revision.causality), ("Sponsor", revision.sponsor_causality))
    return tuple(Assessment(drug, reaction, who, reporting.method, view) for who, view in judged if view)


def _patient(event: "AdverseEvent", entered: Entered, reporting: CaseReporting) -> Patient:
    values = patient_queries.latest_texts(event.participant)
    age = values.get(reporting.age_variable, "")
    return Patient(
        initials=MASKED,
        investigation_number=event.participant.screening_number,
        sex=reporting.sexes.get(values.get(reporting.sex_variable, ""), UNKNOWN),
        age=age,
        age_unit="a" if age else "",
        history=_history(event) or UNKNOWN,
        died=_known_or_why(entered.died),
        causes=_causes(entered.cause, entered.cause_code, entered),
        autopsy=_known_or_why(entered.autopsy),
        autopsy_causes=_causes(entered.autopsy_cause, entered.autopsy_cause_code, entered),
    )


def _causes(words: str, code: str, entered: Entered) -> tuple[CauseOfDeath, ...]:
    if not words and not code:
        return ()
    return (CauseOfDeath(words, code, entered.dictionary_version if code else ""),)


def _history(event: "AdverseEvent") -> str:
    """Returns the conditions on record before the event, each with its days as far as they are known."""
    found = patient_queries.all_history().filter(participant=event.participant).order_by("started", "id")
    return "; ".join(
        _condition(entry.term, entry.started, entry.ended or ("ongoing" * entry.ongoing)) for entry in found
    )


def _condition(term: str, started: str, ended: str) -> str:
    course = " to ".join(part for part in (started, ended) if part)
    return f"{term} ({course})" if course else term


def _known_or_why(text: str) -> Value:
    if text.isalpha() and text.isupper():
        return Null(text)
    return partial(text)


def _sender(reporting: CaseReporting) -> Sender:
    given: dict[str, Any] = dict(vars(reporting.sender))
    given.pop("identifier")
    return Sender(**given)


def addressed(report: SafetyReport, *, receiver: ReportReceiver, batch_number: str, transmitted: str) -> SafetyReport:
    """Returns the same report in the envelope of another receiver."""
    return replace(
        report,
        batch=replace(report.batch, number=batch_number, receiver=receiver.batch, transmitted=transmitted),
        message=replace(report.message, receiver=receiver.message),
    )


def _reporter_comment(revision: "AdverseEventRevision") -> str:
    return f"Investigator's view of the relation: {revision.causality}." if revision.causality else ""


def _uuid(event: "AdverseEvent", name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{event.participant.screening_number} {event.number} {name}"))


def _age_in_words(values: Any, reporting: CaseReporting) -> str:
    age = values.get(reporting.age_variable, "")
    return f"{age}-year-old" if age else ""


def _in_words(codes: Any) -> str:
    return ", ".join(code.replace("_", " ") for code in codes)


def _shown(revision: "AdverseEventRevision", name: str) -> str:
    return safety_queries.shown(revision, name).lower()


def _sentence(label: str, value: str) -> str:
    return f"{label}: {value.rstrip('.')}." if value else ""
