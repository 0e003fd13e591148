"""Reads the acknowledgement of a receiver: whether the batch and each report were taken, and what was wrong.

Source: the ICSR acknowledgement of ICH E2B(R3), elements ACK.M, ACK.A and ACK.B.
"""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from reports.icsr import codes
from reports.icsr.safe_xml import UnreadableXml, parse

IN = {"h": codes.NAMESPACE}
ROOT = f"{{{codes.NAMESPACE}}}MCCI_IN200101UV01"
# ACK.A.4 of a batch, and ACK.B.r.6 of a report.
BATCH_CODES = {
    "AA": "All reports were taken",
    "AE": "Some reports were not taken",
    "AR": "The batch could not be read",
}
REPORT_CODES = {"CA": "Taken", "CR": "Refused"}
TAKEN = "CA"


@dataclass(frozen=True)
class ReportAnswer:
    """ACK.B.r: what became of one report."""

    safety_report_id: str  # ACK.B.r.1
    local_number: str  # ACK.B.r.2
    code: str  # ACK.B.r.6
    words: str  # ACK.B.r.7

    @property
    def is_taken(self) -> bool:
        """Returns whether the receiver took the report."""
        return self.code == TAKEN


@dataclass(frozen=True)
class Acknowledgement:
    """What a receiver answers to a batch."""

    number: str  # ACK.M.1
    made: str  # ACK.M.4
    batch_number: str  # ACK.A.1
    batch_code: str  # ACK.A.4
    batch_words: str  # ACK.A.5
    reports: tuple[ReportAnswer, ...]

    def of(self, safety_report_id: str) -> ReportAnswer | None:
        """Returns what is said of a report, or None where nothing is."""
        return next((each for each in self.reports if each.safety_report_id == safety_report_id), None)


def read_acknowledgement(content: bytes) -> Acknowledgement:
    """Returns an acknowledgement; raises UnreadableXml, in a sentence, for what is none or lacks what it must say."""
    root = parse(content)
    if root.tag != ROOT:
        raise UnreadableXml("This is XML, but no acknowledgement of an individual case safety report.")
    batch = root.find("h:acknowledgement", IN)
    if batch is None:
        raise UnreadableXml("ACK.A.4: the acknowledgement says nothing of the batch.")
    code = batch.get("typeCode", "")
    if code not in BATCH_CODES:
        raise UnreadableXml(f"ACK.A.4: “{code}” is no answer to a batch; AA, AE or AR is.")
    number = _extension(batch, "h:targetBatch/h:id")
    if not number:
        raise UnreadableXml("ACK.A.1: the acknowledgement names no batch.")
    return Acknowledgement(
        number=_extension(root, "h:id"),
        made=_value(root, "h:creationTime"),
        batch_number=number,
        batch_code=code,
        batch_words=_words(batch),
        reports=tuple(_report(each) for each in root.findall("h:MCCI_IN000002UV01", IN)),
    )


def _report(message: ET.Element) -> ReportAnswer:
    answer = message.find("h:acknowledgement", IN)
    code = answer.get("typeCode", "") if answer is not None else ""
    if answer is None or code not in REPORT_CODES:
        raise UnreadableXml(f"ACK.B.r.6: “{code}” is no answer to a report; CA or CR is.")
    report = _extension(answer, "h:targetMessage/h:id")
    if not report:
        raise UnreadableXml("ACK.B.r.1: an answer names no report.")
    return ReportAnswer(report, _extension(message, "h:id"), code, _words(answer))


def _words(answer: ET.Element) -> str:
    told = [(each.text or "").strip() for each in answer.findall("h:acknowledgementDetail/h:text", IN)]
    return "\n".join(each for each in told if each)


def _extension(parent: ET.Element, path: str) -> str:
    found = parent.find(path, IN)
    return found.get("extension", "").strip() if found is not None else ""


def _value(parent: ET.Element, path: str) -> str:
    found = parent.find(path, IN)
    return found.get("value", "") if found is not None else ""
