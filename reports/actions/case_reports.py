"""The narrative of a case, and its report: judged by every rule before it is kept, and never changed afterwards."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from reports import queries
from reports.icsr.rules import faults_of
from reports.icsr.writing import write
from reports.models import CaseReport, Narrative
from reports.queries import Entered
from safety import actions as safety_actions

if TYPE_CHECKING:
    from safety.models import AdverseEvent


def keep_narrative(
    event: "AdverseEvent", *, text: str, reason: str, seen_number: int, by: Person, at: datetime
) -> Narrative:
    """Keeps how a case is told as another revision of its narrative.

    Raises Refused for an empty text or reason, and Conflict when somebody wrote another one since `seen_number`.
    """
    if not text.strip():
        raise Refused("Tell the case in words.", field="text")
    if not reason.strip():
        raise Refused("Say why the narrative is written or changed.", field="reason")
    with contribution(by=by, reason=reason):
        _lock(event)
        latest = queries.latest_narrative(event)
        number = latest.number if latest else 0
        if number != seen_number:
            raise Conflict("Somebody else wrote the narrative meanwhile. Your text is kept below.")
        return Narrative.objects.create(
            event=event, site_id=event.site_id, number=number + 1, text=text.strip(), reason=reason.strip()[:300],
            recorded_by=by,
        )  # fmt: skip


def make_report(
    event: "AdverseEvent",
    *,
    entered: Entered,
    submission_id: UUID,
    by: Person,
    at: datetime,
    amends: bool = False,
    reason: str = "",
) -> CaseReport:
    """Makes the report of a case from what is known now; the same submission answers the report that is there.

    The first is the initial report; a later one is a follow-up, or an amendment where `amends` says that what was
    reported was wrong; of a nullified event it takes the case back. Raises Refused, with each fault and the number of
    its element, for a report that may not leave.
    """
    known = CaseReport.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    with contribution(by=by, reason=reason or "Report of the case made"):
        _lock(event)
        known = CaseReport.objects.filter(submission_id=submission_id).first()
        if known is not None:
            return known
        revision, narrative = safety_actions.latest_revision(event), queries.latest_narrative(event)
        if narrative is None:
            raise Refused("First tell the case in words (H.1).")
        kind = queries.kind_now(event, revision, amends=amends)
        _refuse_what_is_told_already(event, kind=kind)
        receiver = next(iter(queries.case_of(event).receivers.values()))
        report = queries.assembled(
            event, revision, narrative=narrative.text, entered=entered, kind=kind,
            reason=_why(reason, kind, said=revision.reason), receiver=receiver,
            received_at=safety_actions.moments_of(event).sponsor_received_at, at=at,
        )  # fmt: skip
        faults = faults_of(report, banned_words=queries.case_of(event).revealing_words)
        if faults:
            raise Refused("This report may not leave yet:", details=tuple(str(fault) for fault in faults))
        content = write(report)
        return CaseReport.objects.create(
            event=event, site_id=event.site_id, revision=revision, narrative=narrative, kind=kind,
            number=CaseReport.objects.filter(event=event).count() + 1,
            reason=report.identification.nullification_reason, safety_report_id=report.identification.safety_report_id,
            content=content.decode(), digest=hashlib.sha256(content).hexdigest(), made_at=at,
            submission_id=submission_id, recorded_by=by,
        )  # fmt: skip


def _refuse_what_is_told_already(event: "AdverseEvent", *, kind: str) -> None:
    last = CaseReport.objects.filter(event=event).order_by("-number").first()
    if last is not None and last.kind == "nullification" and kind == "nullification":
        raise Refused("The case is taken back already (C.1.11.1).")


def _why(reason: str, kind: str, *, said: str) -> str:
    # A nullified event says itself why it counts for nothing.
    return (reason.strip() or (said if kind == "nullification" else ""))[:300]


def _lock(event: "AdverseEvent") -> None:
    """Lets one person at a time write the reports of a case, until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('case reports'), %s)", [event.pk])
