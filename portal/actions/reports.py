"""What is said past the site: sent once, read by name within the protocol's hours."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import people_with
from core.roles import Role
from patients.queries import definition_for
from portal.models import ConfidentialReport
from reminders.actions import cancel_reminders_about, plan_reminder

if TYPE_CHECKING:
    from patients.models import Participant

DESK = (Role.OMBUDSPERSON, Role.SAFETY_OFFICER)


def send_report(
    participant: "Participant",
    *,
    kind: str,
    words: str,
    wants_answer: bool,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> ConfidentialReport:
    """Keeps what is said, starts its clock and writes to the desk at once; the same one again is kept once."""
    known = ConfidentialReport.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    hours = definition_for(participant).aftercare.own_pages.acknowledge_within_hours
    with contribution(by=by, reason="Said past the site"):
        report = ConfidentialReport.objects.create(
            participant=participant,
            participant_code=participant.screening_number,
            site=participant.site,
            kind=kind,
            words=words.strip(),
            wants_answer=wants_answer,
            sent_at=at,
            acknowledge_by_at=at + timedelta(hours=hours),
            submission_id=submission_id,
            recorded_by=by,
        )
        for role in DESK:
            for person in people_with(role, site_id=None, moment=at):
                plan_reminder(
                    key=f"desk_waiting:{report.public_id}:{person.public_id}",
                    template="desk_waiting",
                    due_at=at,
                    site_id=participant.site_id,
                    person=person,
                    by=by,
                )
    return report


def acknowledge_report(report: ConfidentialReport, *, answer: str, by: Person, at: datetime) -> ConfidentialReport:
    """Writes who read it and what is done; the participant reads the answer on the own pages.

    Raises Refused without an answer, and Conflict when somebody else acknowledged it first.
    """
    if not answer.strip():
        raise Refused("Write what is done: the participant reads it.", field="answer")
    with contribution(by=by, reason="Acknowledged"):
        held = ConfidentialReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
        if held.acknowledged_at is not None:
            raise Conflict("Somebody else acknowledged it first. What is done stands below.")
        held.acknowledged_at, held.acknowledged_by, held.answer = at, by, answer.strip()
        held.save(update_fields=["acknowledged_at", "acknowledged_by", "answer"])
        # The ombudsperson sees no row of a site, and so none of its messages.
        system = Person.objects.system("reminders")
        with contribution(by=system, reason="It was acknowledged"):
            cancel_reminders_about(held.public_id, reason="It was acknowledged", by=system)
    return held
