"""A case on paper: in the order of CIOMS I and of MedWatch 3500A, and its dossier. None of them is an official form.

The papers say what the report says; they are read from it, so that paper and file cannot differ.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.documents import Heading, Part, Rows, Text
from core.templatetags.vigil import day
from reports import queries
from reports.icsr import codes
from reports.icsr.elements import Drug, Null, Patient, SafetyReport, Value
from reports.icsr.reading import read
from reports.models import CaseReport, Transmission
from safety import queries as safety_queries

if TYPE_CHECKING:
    from safety.models import AdverseEvent, AdverseEventRevision

NO_FORM = "This is not an official form. It follows the order of one, and says what the report says."
WIDTHS = (0.1, 0.32, 0.58)
SEXES = {"1": "Male", "2": "Female"}
FLAVORS = {"NI": "No information", "MSK": "Masked", "UNK": "Not known", "ASKU": "Asked, not known", "NASK": "Not asked"}
CRITERIA = {
    "a": "Death", "b": "Life-threatening", "c": "Hospitalisation", "d": "Disability", "e": "Congenital anomaly",
    "f": "Medically important",
}  # fmt: skip
Line = tuple[str, str, str]


def cioms_ordered(event: "AdverseEvent", reports: list[CaseReport]) -> tuple[str, list[Part]]:
    """Returns the latest report in the order of CIOMS I: reaction, suspect drug, other drugs, sender."""
    report, told = reports[0], read(reports[0].content.encode())
    reaction, patient, drug = told.reactions[0], told.patient, told.drugs[0]
    return f"Case {report.safety_report_id}: in the order of CIOMS I", [
        Text(NO_FORM),
        Heading("I. Reaction information"),
        _table(
            ("1", "Participant", f"{_said(patient.initials)}; number {patient.investigation_number}"),
            ("1a", "Country", reaction.country),
            ("2a", "Age", f"{patient.age} years" if patient.age else "Not known"),
            ("3", "Sex", _sex(patient.sex)),
            ("4-6", "Reaction onset", _day(reaction.started)),
            ("7+13", "Reaction", f"{reaction.verbatim} (term {reaction.code}, {reaction.dictionary_version})"),
            ("8-12", "Serious as", _criteria(reaction.serious_as)),
            ("", "Outcome", codes.OUTCOMES.get(reaction.outcome, "").capitalize()),
            ("", "Description", told.narrative.text),
        ),
        Heading("II. Suspect drug"),
        _table(*_drug_lines(drug, first=14)),
        Heading("III. Other drugs and history"),
        _table(
            ("22", "Other drugs", "\n".join(each.name for each in told.drugs[1:]) or "None on record"),
            ("23", "History", _said(patient.history) or "Not told in this report"),
        ),
        Heading("IV. Sender"),
        _table(
            ("24a", "Name and address", _sender_in_words(told)),
            ("24b", "Number of the case", report.safety_report_id),
            ("24c", "Received by the sponsor", _day(told.identification.first_received)),
            ("24d", "Source", f"Study {told.study.number}"),
            ("25a", "Type of report", report.get_kind_display()),
        ),
        *_judged(told),
    ]


def medwatch_ordered(event: "AdverseEvent", reports: list[CaseReport]) -> tuple[str, list[Part]]:
    """Returns the latest report in the order of MedWatch 3500A: patient, event, product, reporter, sponsor."""
    report, told = reports[0], read(reports[0].content.encode())
    reaction, patient, drug = told.reactions[0], told.patient, told.drugs[0]
    return f"Case {report.safety_report_id}: in the order of MedWatch 3500A", [
        Text(NO_FORM),
        Heading("A. Participant"),
        _table(
            ("A1", "Identifier", patient.investigation_number),
            ("A2", "Age", f"{patient.age} years" if patient.age else "Not known"),
            ("A3", "Sex", _sex(patient.sex)),
        ),
        Heading("B. Adverse event"),
        _table(
            ("B2", "Outcome attributed", _criteria(reaction.serious_as)),
            ("B2", "Date of death", _day(patient.died) or "Does not apply"),
            *_causes(patient),
            ("B3", "Date of event", _day(reaction.started)),
            ("B4", "Date of this report", _day(told.identification.created)),
            ("B5", "Event", f"{reaction.verbatim}\n{told.narrative.text}"),
            ("B7", "Other history", _said(patient.history) or "Not told in this report"),
        ),
        Heading("C. Suspect product"),
        _table(*_drug_lines(drug, first=1, letter="C")),
        _table(("C10", "Other products", "\n".join(each.name for each in told.drugs[1:]) or "None on record")),
        Heading("E. Initial reporter"),
        _table(("E1", "Reporter", f"{told.sources[0].organisation}, {told.sources[0].country}; name masked")),
        Heading("G. Sponsor"),
        _table(
            ("G1", "Contact", _sender_in_words(told)),
            ("G3", "Source", f"Study {told.study.number}"),
            ("G4", "Received by the sponsor", _day(told.identification.first_received)),
            ("G5", "Registration of the study", ", ".join(number for number, _ in told.study.registrations)),
            ("G7", "Type of report", report.get_kind_display()),
            ("G9", "Number of the case", report.safety_report_id),
        ),
        *_judged(told),
    ]


def dossier(event: "AdverseEvent", reports: list[CaseReport]) -> tuple[str, list[Part]]:
    """Returns everything that the sponsor keeps of a case: revisions, narratives, reports, transmissions, answers."""
    zone = event.site.trial.sponsor_zone
    revisions = safety_queries.revisions_of(event)
    transmissions = queries.transmissions_of(event)
    return f"Dossier of case {reports[0].safety_report_id}", [
        Text(f"{event.participant.screening_number}, {event}. Times are the sponsor's ({zone})."),
        Heading("Revisions of the event"),
        Rows(
            ("No.", "Recorded", "By", "What was known, and why it was written"),
            [
                (str(each.number), _at(each.recorded_at, zone), each.recorded_by.display_name, _known(each))
                for each in revisions
            ],
            (0.06, 0.2, 0.2, 0.54),
        ),
        Heading("Narrative"),
        *(
            Text(
                f"Revision {each.number}, {_at(each.recorded_at, zone)}, {each.recorded_by.display_name}: "
                f"{each.reason}\n{each.text}"
            )
            for each in queries.narratives_of(event)
        ),
        Heading("Reports"),
        Rows(
            ("Report", "Made", "By", "Reason", "SHA-256"),
            [
                (str(each), _at(each.made_at, zone), each.recorded_by.display_name, each.reason, each.digest)
                for each in reports
            ],
            (0.16, 0.2, 0.18, 0.2, 0.26),
        ),
        Heading("Transmissions"),
        Rows(
            ("When", "Report", "Receiver", "State", "Who and what"),
            [
                (
                    _at(each.happened_at, zone),
                    str(each.transmission.report),
                    each.transmission.receiver_name,
                    each.get_state_display(),
                    f"{each.recorded_by.display_name}. {each.detail}".strip(),
                )
                for each in queries.steps_of(event)
            ],
            (0.18, 0.16, 0.2, 0.14, 0.32),
        ),
        Heading("Acknowledgements"),
        *_answers(transmissions),
    ]


def _answers(transmissions: list[Transmission]) -> list[Part]:
    told: list[Part] = [
        Text(f"{each.number}, {transmission.receiver_name}: {each.batch_code} {each.report_code}\n{each.words}")
        for transmission in transmissions
        for each in transmission.acknowledgements.all()
    ]
    return told or [Text("None has arrived.")]


def _table(*lines: Line) -> Rows:
    return Rows(("Box", "What", "As reported"), lines, WIDTHS)


def _drug_lines(drug: Drug, *, first: int, letter: str = "") -> tuple[Line, ...]:
    told = (
        ("Product", drug.name),
        ("Doses", drug.dosage or "None given"),
        ("Route", drug.route),
        ("Indication", drug.indication),
        ("First given", _day(drug.first_given) or "Not given"),
        ("Action", codes.ACTIONS.get(drug.action, "Not told").capitalize()),
    )
    return tuple((f"{letter}{first + place}", label, value) for place, (label, value) in enumerate(told))


def _judged(told: SafetyReport) -> list[Part]:
    rows = [(each.source, each.method, each.result.capitalize()) for each in told.assessments]
    return [
        Heading("Relation to the study drug"),
        Rows(("By whom", "Method", "Result"), rows, (0.3, 0.35, 0.35)),
    ]


def _sender_in_words(told: SafetyReport) -> str:
    sender = told.sender
    place = ", ".join(part for part in (sender.street, sender.city, sender.postcode, sender.country) if part)
    return "\n".join(part for part in (sender.organisation, sender.department, place, sender.telephone) if part)


def _criteria(letters: frozenset[str]) -> str:
    return ", ".join(words for letter, words in CRITERIA.items() if letter in letters)


def _sex(value: Value) -> str:
    return SEXES.get(value, "") if isinstance(value, str) else _said(value)


def _causes(patient: Patient) -> list[tuple[str, str, str]]:
    told = (("Cause of death", patient.causes), ("Cause of death, by autopsy", patient.autopsy_causes))
    return [("B2", label, "; ".join(cause.words for cause in causes)) for label, causes in told if causes]


def _said(value: Value) -> str:
    return FLAVORS.get(value.flavor, value.flavor) if isinstance(value, Null) else value


def _day(value: Value) -> str:
    if isinstance(value, Null) or not value:
        return _said(value)
    return str(day("-".join(part for part in (value[:4], value[4:6], value[6:8]) if part)))


def _at(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%-d %b %Y, %H:%M} {local.tzname()}"


def _known(revision: "AdverseEventRevision") -> str:
    told = [
        revision.term,
        safety_queries.shown(revision, "seriousness"),
        safety_queries.shown(revision, "outcome"),
        revision.reason,
    ]
    return " · ".join(part for part in told if part)
