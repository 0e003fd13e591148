"""Complaints about conduct: told, acknowledged in time, looked into, acted on at once, closed with what was found."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.identifiers import random_code
from core.models import Person
from core.permissions import people_with
from core.roles import Role
from protocol.office import SafetyOffice
from reminders.actions import plan_reminder
from safety.models import Complaint, ComplaintNamed, ComplaintReader, ComplaintStep
from trials.actions import end_delegation
from trials.queries import current_trial, definition_of, latest_version

if TYPE_CHECKING:
    from trials.models import Delegation, Site

DESK = (Role.OMBUDSPERSON, Role.SAFETY_OFFICER)
SUSPENDED = "Suspended by the sponsor's desk"
WAITING, OPEN = "waiting", "open"
FREE_STEPS = ("note", "measure", "ethics")


def tell_complaint(
    *,
    site: "Site",
    source: str,
    kind: str,
    words: str,
    named: Iterable[Person],
    submission_id: UUID,
    by: Person,
    at: datetime,
    subject_code: str = "",
    happened_on: str = "",
    report_id: str = "",
) -> Complaint:
    """Keeps a complaint, starts its clock, and writes to those of the desk who are not named in it.

    The same submission answers the complaint that is there. Raises Refused without words, for a kind that the protocol
    does not have, and when everybody of the desk is named.
    """
    known = Complaint.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    office, people = _office(), list(named)
    if kind not in office.complaint_kinds:
        raise Refused("Choose what it is about.", field="kind")
    if not words.strip():
        raise Refused("Say what happened.", field="words")
    desk = _desk_beside(people, teller=by, at=at)
    key = f"cmp_{random_code(16)}"
    with contribution(by=by, reason="A complaint was told"):
        _open_list(key, desk=desk, teller=by, named=people)
        complaint = Complaint.objects.create(
            public_id=key,
            site=site,
            source=source,
            kind=kind,
            words=words.strip(),
            subject_code=subject_code.strip()[:20],
            happened_on=happened_on,
            report_id=report_id,
            told_at=at,
            acknowledge_by_at=at + timedelta(hours=office.complaint_acknowledge_within_hours),
            submission_id=submission_id,
            recorded_by=by,
        )
        # Whoever tells it may see neither the site's messages nor the desk's.
        with contribution(by=Person.objects.system("reminders"), reason="A complaint waits"):
            _write_to(desk, complaint, at=at)
        ComplaintNamed.objects.bulk_create(
            ComplaintNamed(complaint_key=key, person=person, added_by=by) for person in people
        )
    return complaint


def _desk_beside(named: list[Person], *, teller: Person, at: datetime) -> list[Person]:
    """Returns who of the desk reads a complaint in which these people are named."""
    if teller in named:
        raise Refused("Nobody tells a complaint about the own person.", field="named")
    desk = [person for role in DESK for person in people_with(role, site_id=None, moment=at) if person not in named]
    if not desk:
        raise Refused("Everybody who would read it is named in it. Write to the ethics board.", field="named")
    return desk


def acknowledge_complaint(complaint: Complaint, *, text: str, by: Person, at: datetime) -> Complaint:
    """Says who has read a complaint, and what happens now; ends its clock.

    Raises Refused without words, and Conflict when somebody acknowledged it first.
    """
    if not text.strip():
        raise Refused("Say what happens now.", field="text")
    with contribution(by=by, reason="Complaint acknowledged"):
        held = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
        if held.state != WAITING:
            raise Conflict("Somebody else acknowledged it first.")
        held.state, held.acknowledged_at, held.acknowledged_by = OPEN, at, by
        held.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
        _keep(held, kind="acknowledged", text=text, by=by, at=at)
    return held


def take_step(complaint: Complaint, *, kind: str, text: str, by: Person, at: datetime) -> ComplaintStep:
    """Keeps what was done about an open complaint: looked into, a measure, or told to the ethics board.

    The same step sent twice, by a second press or from an older page, is kept once.
    """
    if kind not in FREE_STEPS:
        raise Refused("Choose what was done.", field="kind")
    if not text.strip():
        raise Refused("Say what was done.", field="text")
    with contribution(by=by, reason="Complaint worked on"):
        _check_open(Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk))
        latest = ComplaintStep.objects.filter(complaint_key=complaint.public_id).order_by("-id").first()
        if latest and (latest.kind, latest.text, latest.recorded_by_id) == (kind, text.strip(), by.pk):
            return latest
        return _keep(complaint, kind=kind, text=text, by=by, at=at)


def suspend_duty(
    complaint: Complaint, *, delegation: "Delegation", text: str, by: Person, at: datetime
) -> ComplaintStep:
    """Takes a duty from a person who is named, from this minute; the log says nothing of the complaint.

    Raises Refused for a duty of somebody who is not named, one that has ended, and without a reason.
    """
    if not text.strip():
        raise Refused("Say why the duty is suspended.", field="text")
    if not ComplaintNamed.objects.filter(complaint_key=complaint.public_id, person=delegation.person_id).exists():
        raise Refused("Choose a duty of somebody whom the complaint names.", field="delegation")
    today = local_date(at, zone=delegation.site.zone)
    if delegation.ends_on is not None and delegation.ends_on <= today:
        raise Refused("This duty has ended already.", field="delegation")
    with contribution(by=by, reason="Duty suspended"):
        _check_open(Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk))
        ends_on = max(today, delegation.starts_on)
        end_delegation(delegation, ends_on=ends_on, reason=SUSPENDED, by=by, at=at)
        return _keep(complaint, kind="suspension", text=text, by=by, at=at, delegation=delegation)


def name_person(complaint: Complaint, *, person: Person, by: Person, at: datetime) -> ComplaintNamed:
    """Adds somebody whom a complaint is about; the person is off its list from then on.

    Raises Refused for the own person.
    """
    if person == by:
        raise Refused("Who works on a complaint cannot name the own person. Ask another reader to.", field="person")
    with contribution(by=by, reason="Named in a complaint"):
        found, _ = ComplaintNamed.objects.get_or_create(
            complaint_key=complaint.public_id, person=person, defaults={"added_by": by}
        )
    return found


def add_reader(complaint: Complaint, *, person: Person, by: Person, at: datetime) -> ComplaintReader:
    """Puts somebody on the list of a complaint; whoever is named in it cannot be.

    Raises Refused for a person who is named, and Conflict for one who is on the list.
    """
    if ComplaintNamed.objects.filter(complaint_key=complaint.public_id, person=person).exists():
        raise Refused("Whoever is named cannot read it.", field="person")
    with contribution(by=by, reason="Put on the list of a complaint"):
        if ComplaintReader.objects.filter(complaint_key=complaint.public_id, person=person).exists():
            raise Conflict("This person is, or was, on the list.")
        return ComplaintReader.objects.create(
            complaint_key=complaint.public_id, person=person, part="desk", added_by=by
        )


def close_complaint(complaint: Complaint, *, verdict: str, outcome: str, by: Person, at: datetime) -> Complaint:
    """Closes a complaint as founded or not, with what was found and what follows."""
    if verdict not in ("founded", "unfounded"):
        raise Refused("Choose whether it was founded.", field="verdict")
    if not outcome.strip():
        raise Refused("Say what was found, and what follows.", field="outcome")
    with contribution(by=by, reason="Complaint closed"):
        held = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
        _check_open(held)
        held.state, held.closed_at, held.outcome = verdict, at, outcome.strip()
        held.save(update_fields=["state", "closed_at", "outcome"])
        _keep(held, kind="closed", text=outcome, by=by, at=at)
    return held


def _open_list(key: str, *, desk: list[Person], teller: Person, named: list[Person]) -> None:
    parts = dict.fromkeys(desk, "desk")
    if teller not in named:
        parts.setdefault(teller, "teller")
    ComplaintReader.objects.bulk_create(
        ComplaintReader(complaint_key=key, person=person, part=part, added_by=teller) for person, part in parts.items()
    )


def _write_to(desk: list[Person], complaint: Complaint, *, at: datetime) -> None:
    system = Person.objects.system("reminders")
    for person in desk:
        plan_reminder(
            key=f"desk_waiting:{complaint.public_id}:{person.public_id}",
            template="desk_waiting",
            due_at=at,
            site_id=complaint.site_id,
            person=person,
            by=system,
        )


def _keep(
    complaint: Complaint, *, kind: str, text: str, by: Person, at: datetime, delegation: "Delegation | None" = None
) -> ComplaintStep:
    return ComplaintStep.objects.create(
        complaint_key=complaint.public_id,
        kind=kind,
        text=text.strip(),
        delegation=delegation,
        taken_at=at,
        recorded_by=by,
    )


def _check_open(complaint: Complaint) -> None:
    if complaint.state == WAITING:
        raise Refused("First acknowledge the complaint.")
    if complaint.state != OPEN:
        raise Conflict("The complaint is closed.")


def _office() -> SafetyOffice:
    return definition_of(latest_version(current_trial())).office
