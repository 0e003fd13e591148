"""One case unblinded for regulators: asked for on record, reported with what was given, kept in the unblinded room."""

from dataclasses import replace
from datetime import datetime

from core.errors import Refused, WrongPassword
from core.identifiers import random_code
from core.models import Person
from pharmacy import regulators
from pharmacy.regulators import Answered, RegulatorCase, RevealedCase
from protocol.case_reports import ReportReceiver
from protocol.definition import ProtocolDefinition
from reports import queries
from reports.icsr.acknowledgements import read_acknowledgement
from reports.icsr.elements import SafetyReport
from reports.icsr.moments import stamp
from reports.icsr.reading import read
from reports.icsr.rules import faults_of
from reports.icsr.safe_xml import UnreadableXml
from reports.icsr.writing import write
from trials.queries import current_trial, definition_with


def report_unblinded(case: RegulatorCase, *, reason: str, password: str, by: Person, at: datetime) -> str:
    """Unblinds one case, makes its report with what was given, keeps it, and returns its id; once for each report.

    The question is committed to the log before the answer is read. Raises Refused without a reason, for a case that is
    not open, and with each fault of a report that may not leave; WrongPassword reveals nothing.
    """
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was revealed.", field="password")
    if not reason.strip():
        raise Refused("Say why this case is unblinded. Nothing was revealed.", field="reason")
    if case.unblinded_key:
        return case.unblinded_key
    log_id = regulators.ask_to_report(case.key, related=queries.related_words(), reason=reason.strip(), by=by, at=at)
    revealed = regulators.reveal_case(log_id, key=case.key, by=by)
    report = unblinded(revealed, at=at)
    faults = faults_of(report, banned_words=())
    if faults:
        raise Refused("This report may not leave yet:", details=tuple(str(fault) for fault in faults))
    content = write(report)
    key = f"rgr_{random_code(16)}"
    regulators.keep_report(log_id, key=case.key, unblinded_key=key, content=content.decode(), by=by, at=at)
    return key


def unblinded(revealed: RevealedCase, *, at: datetime) -> SafetyReport:
    """Returns the blinded report of a case with what was given in its section of drugs (G.k.2)."""
    definition, report = definition_with(revealed.protocol_digest), read(revealed.content.encode())
    product, made = _product(definition, revealed.arm), stamp(at, zone=current_trial().sponsor_zone)
    told = f"Unblinded for this report on {at:%Y-%m-%d}: the blinded study drug was {product}."
    return replace(
        report,
        batch=replace(report.batch, number=f"{report.batch.number}-U", transmitted=made),
        message=replace(report.message, created=made),
        identification=replace(report.identification, created=made),
        drugs=tuple(replace(drug, name=product, blinded=False) if drug.blinded else drug for drug in report.drugs),
        narrative=replace(report.narrative, text=f"{report.narrative.text}\n{told}"),
    )


def file_for(case: RegulatorCase, *, receiver: ReportReceiver, by: Person) -> bytes | None:
    """Returns the unblinded report in the envelope of a receiver, or None before it is made; the reading is logged."""
    kept = regulators.report_of(case.key, by=by)
    if kept is None:
        return None
    report = read(kept[0].encode())
    number = _batch_number(report, receiver.code)
    return write(
        queries.addressed(report, receiver=receiver, batch_number=number, transmitted=report.batch.transmitted)
    )


def record_sent(case: RegulatorCase, *, receiver: ReportReceiver, reference: str, by: Person, at: datetime) -> None:
    """Records that the unblinded report went to a receiver. Raises Refused before it is made, and without a number."""
    if not case.unblinded_key:
        raise Refused("First unblind the case: there is no report yet.")
    if not reference.strip():
        raise Refused("Give the number by which the transmission can be found again.", field="reference")
    regulators.record_sent(
        case.key, receiver=receiver.code, name=receiver.name, reference=reference.strip(), by=by, at=at
    )


def keep_answer(case: RegulatorCase, content: bytes, *, by: Person, at: datetime) -> Answered:
    """Keeps the acknowledgement of a receiver with the transmission that it answers, and returns what it says.

    Raises Refused, in a sentence, for a file that is no acknowledgement, or that answers nothing sent of this case.
    """
    try:
        read_answer = read_acknowledgement(content)
    except UnreadableXml as error:
        raise Refused(str(error), field="file") from error
    kept = regulators.report_of(case.key, by=by) if case.unblinded_key else None
    report = read(kept[0].encode()) if kept else None
    sent = {_batch_number(report, one.receiver): one.receiver for one in case.sent} if report else {}
    receiver = sent.get(read_answer.batch_number)
    if report is None or receiver is None:
        raise Refused(f"No batch {read_answer.batch_number} of this case was sent (ACK.A.1).", field="file")
    told = read_answer.of(report.identification.safety_report_id)
    if told is None and read_answer.batch_code == "AE":
        raise Refused("Some reports were not taken, but this one is not named (ACK.B.r.1).", field="file")
    words = "\n".join(each for each in (read_answer.batch_words, told.words if told else "") if each)
    answer = Answered(read_answer.number[:100], read_answer.batch_code, told.code if told else "", words, at)
    regulators.keep_answer(
        case.key, receiver=receiver, answer=answer, content=content.decode("utf-8", "replace"), by=by
    )
    return answer


def _batch_number(report: SafetyReport, receiver: str) -> str:
    """Returns the number of the batch in which an unblinded report goes to a receiver (N.1.2); each report its own."""
    return f"{report.identification.safety_report_id}-{report.batch.transmitted[:14]}-{receiver}-U"


def _product(definition: ProtocolDefinition, arm: str) -> str:
    """Returns what was given in an arm, as regulators are told; the arm's name where the protocol has no other."""
    reporting = definition.case_reporting
    names = {each.code: each.name for each in definition.arms}
    return (reporting.product.by_arm.get(arm) if reporting else None) or names.get(arm, arm)
