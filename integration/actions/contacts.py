"""The daily contacts after dosing: planned reminders, attempts, answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from integration import queries
from integration.actions.risk import record_risk, record_unscheduled_risk
from integration.actions.visits import end_visit
from integration.events import ConditionWorsened, ContactMissed, ContactRecorded
from integration.models import FollowUpContact
from patients.queries import definition_for
from protocol.aftercare import is_worse
from protocol.definition import ReminderRule
from reminders.actions import plan_reminder
from trials.queries import people_with_duty

if TYPE_CHECKING:
    from patients.models import Participant, Visit

TABLE = FollowUpContact._meta.db_table


@dataclass(frozen=True)
class Told:
    """What was learned in a contact; `score` is the answer on the protocol's scale of wellbeing."""

    wellbeing: str = ""
    score: int | None = None
    changes_in_feeling: str = ""
    medicines: str = ""


def record_contact(
    visit: "Visit",
    *,
    reached: bool,
    submission_id: UUID,
    by: Person,
    at: datetime,
    answers: Mapping[str, bool | None] | None = None,
    judged_unsafe: bool = False,
    told: Told | None = None,
    channel: str = "phone",
    not_reached_reason: str = "",
) -> FollowUpContact:
    """Records one attempt to reach the participant; with answers the contact day is done, without it stays due.

    An answer past the protocol's limit is announced, and so is a day on which the protocol's attempts were in vain.
    Raises Refused before the contact day, when it is done already, when a question was not asked, or when nobody was
    reached and no reason is given. The same submission again answers the row that is there.
    """
    known = FollowUpContact.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    _check_day(visit, at=at)
    told = told or Told()
    _check_score(visit.participant, told)
    if not reached and not not_reached_reason.strip():
        raise Refused("Say how you tried, and why it did not work.", field="not_reached_reason")
    with contribution(by=by, reason="Contact attempt recorded"):
        screen = None
        if reached:
            screen = record_risk(
                visit, answers=answers or {}, judged_unsafe=judged_unsafe, submission_id=submission_id, by=by, at=at
            )
        contact = FollowUpContact.objects.create(
            site_id=visit.site_id,
            participant=visit.participant,
            visit=visit,
            channel=channel,
            attempted_at=at,
            reached=reached,
            wellbeing=told.wellbeing,
            wellbeing_score=told.score if reached else None,
            changes_in_feeling=told.changes_in_feeling,
            medicines=told.medicines,
            ideation_level=screen.ideation_level if screen else None,
            behaviour_count=screen.behaviour_count if screen else None,
            not_reached_reason="" if reached else not_reached_reason.strip(),
            submission_id=submission_id,
            recorded_by=by,
        )
        if reached:
            end_visit(visit, began_at=at, ended_at=at, therapy="", by=by)
        publish(ContactRecorded(contact.pk))
        _announce(contact, judged_unsafe=judged_unsafe)
    return contact


def record_unscheduled_contact(
    participant: "Participant",
    *,
    contacted_at: datetime,
    channel: str,
    initiated_by: str,
    answers: Mapping[str, bool | None],
    judged_unsafe: bool,
    told: Told,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> FollowUpContact:
    """Records a contact that nobody planned, with the safety questions and the same consequences.

    Raises Refused for one in the future and for a question that was not asked. The same submission again answers the
    row that is there.
    """
    known = FollowUpContact.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if contacted_at > at:
        raise Refused("The contact cannot lie in the future.", field="contacted_at")
    _check_score(participant, told)
    with contribution(by=by, reason="Unscheduled contact recorded"):
        screen = record_unscheduled_risk(
            participant, answers=answers, judged_unsafe=judged_unsafe, submission_id=submission_id, by=by,
            at=contacted_at,
        )  # fmt: skip
        contact = FollowUpContact.objects.create(
            site_id=participant.site_id,
            participant=participant,
            occasion="unscheduled",
            channel=channel,
            initiated_by=initiated_by,
            attempted_at=contacted_at,
            reached=True,
            wellbeing=told.wellbeing,
            wellbeing_score=told.score,
            changes_in_feeling=told.changes_in_feeling,
            medicines=told.medicines,
            ideation_level=screen.ideation_level,
            behaviour_count=screen.behaviour_count,
            submission_id=submission_id,
            recorded_by=by,
        )
        publish(ContactRecorded(contact.pk))
        _announce(contact, judged_unsafe=judged_unsafe)
    return contact


def announce_missed_contacts(*, by: Person, at: datetime) -> int:
    """Announces every contact day on which nobody was reached by the protocol's hour, and returns how many."""
    missed = [visit for visit in queries.unreached_visits(at=at) if queries.is_missed(visit, at=at)]
    with contribution(by=by, reason="Not reached on the contact day"):
        for visit in missed:
            publish(ContactMissed(visit.pk, at))
    return len(missed)


def _announce(contact: FollowUpContact, *, judged_unsafe: bool) -> None:
    calls = definition_for(contact.participant).aftercare.calls
    if not contact.reached and contact.visit is not None:
        tries = FollowUpContact.objects.filter(visit=contact.visit, reached=False).count()
        if calls.attempts and tries >= calls.attempts:
            publish(ContactMissed(contact.visit.pk, contact.attempted_at))
    if not contact.reached:
        return
    score, rule = contact.wellbeing_score, calls.wellbeing
    before = queries.score_before(contact)
    if judged_unsafe or (rule is not None and score is not None and is_worse(rule, score, before=before)):
        publish(ConditionWorsened(TABLE, contact.pk, contact.participant_id, contact.attempted_at))


def _check_score(participant: "Participant", told: Told) -> None:
    rule = definition_for(participant).aftercare.calls.wellbeing
    if told.score is not None and (rule is None or not rule.low <= told.score <= rule.high):
        raise Refused("This is not an answer on the protocol's scale.", field="wellbeing_score")


def plan_contact_reminders(dosing_visit: "Visit", *, by: Person) -> None:
    """Plans the reminders of the contact days after a dosing visit, to those who hold the duty on each day."""
    definition = definition_for(dosing_visit.participant)
    rules = [rule for rule in definition.reminders if rule.relative_to == "contact_day"]
    prefix = definition.phone_contacts.code_pattern.format(dosing_code=dosing_visit.code, day="")
    contacts = dosing_visit.participant.visits.filter(
        kind=queries.PHONE, state__in=queries.UPCOMING, code__startswith=prefix, target_on__isnull=False
    ).select_related("site")
    with contribution(by=by, reason="Contact days planned"):
        for contact in contacts.order_by("target_on", "id"):
            for rule in rules:
                _remind(contact, rule, by=by)


def _remind(contact: "Visit", rule: ReminderRule, *, by: Person) -> None:
    assert contact.target_on is not None
    midnight = datetime.combine(contact.target_on, time(), tzinfo=ZoneInfo(contact.site.zone))
    for person in people_with_duty(rule.to, site_id=contact.site_id, on=contact.target_on):
        plan_reminder(
            key=f"{rule.template}:{contact.public_id}:{contact.target_on}:{person.public_id}",
            template=rule.template,
            due_at=midnight + timedelta(hours=rule.hours),
            site_id=contact.site_id,
            person=person,
            visit_id=contact.pk,
            by=by,
        )


def _check_day(visit: "Visit", *, at: datetime) -> None:
    if visit.kind != queries.PHONE:
        raise Refused("This visit is not a contact day.")
    if visit.state not in queries.UPCOMING:
        raise Refused(f"This contact day is {visit.get_state_display().lower()} already.")
    if visit.earliest_on is None or local_date(at, zone=visit.site.zone) < visit.earliest_on:
        raise Refused("This contact day has not come yet.")
