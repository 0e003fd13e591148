"""Enquiries about harm that shows late: planned from the dose that was given, made, or not made for a reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person
from integration import queries
from integration.events import ConditionWorsened
from integration.models import EnquiryState, HarmEnquiry
from patients.queries import definition_for
from protocol.aftercare import enquiry_window
from reminders.actions import cancel_reminders_about, plan_reminder
from trials.queries import people_with_duty

if TYPE_CHECKING:
    from patients.models import Participant, Visit

TABLE = HarmEnquiry._meta.db_table
SUPERSEDED = "The next session was given; it is asked after that one"


def plan_enquiries(dosing_visit: "Visit", *, dosed_at: datetime, by: Person) -> list[HarmEnquiry]:
    """Plans the enquiries after a dose; those that are asked after the latest session alone leave the earlier ones."""
    participant = dosing_visit.participant
    rules = definition_for(participant).aftercare.harm.times
    latest_only = [rule.code for rule in rules if rule.latest_only]
    planned = HarmEnquiry.objects.filter(participant=participant, state=EnquiryState.PLANNED)
    with contribution(by=by, reason="Enquiries planned from the dose"):
        for earlier in planned.filter(code__in=latest_only).exclude(visit=dosing_visit).order_by("id"):
            _cancel(earlier, reason=SUPERSEDED, by=by)
        known = set(HarmEnquiry.objects.filter(visit=dosing_visit).values_list("code", flat=True))
        made = []
        for rule in rules:
            if rule.code in known:
                continue
            window = enquiry_window(rule, dosed_at, zone=dosing_visit.site.zone)
            made.append(
                HarmEnquiry.objects.create(
                    site_id=dosing_visit.site_id,
                    participant=participant,
                    visit=dosing_visit,
                    code=rule.code,
                    name=rule.name,
                    opens_at=window.opens_at,
                    due_at=window.due_at,
                    closes_at=window.closes_at,
                    recorded_by=by,
                )
            )
    return made


def record_enquiry(
    enquiry: HarmEnquiry,
    *,
    answers: Mapping[str, bool | None],
    told: str,
    judged_unsafe: bool,
    by: Person,
    at: datetime,
) -> HarmEnquiry:
    """Keeps what was answered; who is judged unsafe is announced.

    Raises Refused before the enquiry opens, for a question that was not asked, and for a yes without words; Conflict
    when somebody else made it meanwhile.
    """
    questions = definition_for(enquiry.participant).aftercare.harm.questions
    open_ones = [code for code in questions if answers.get(code) is None]
    if open_ones:
        raise Refused(f"Still to be asked: {questions[open_ones[0]]}.", field=open_ones[0])
    if any(answers[code] for code in questions) and not told.strip():
        raise Refused("Write what was told, in the participant's words where you can.", field="told")
    if at < enquiry.opens_at:
        raise Refused("This enquiry has not opened yet.")
    if queries.waits_for_others(enquiry, person=by):
        raise Refused("You were in the room of a session: somebody else asks these questions.")
    with contribution(by=by, reason="Enquiry made"):
        held = _locked(enquiry)
        held.answer()
        held.asked_at, held.asked_by, held.told, held.judged_unsafe = at, by, told.strip(), judged_unsafe
        held.answers = {code: answers[code] for code in questions}
        held.save(update_fields=["state", "asked_at", "asked_by", "told", "judged_unsafe", "answers"])
        cancel_reminders_about(held.public_id, reason="The enquiry was made", by=by)
        if judged_unsafe:
            publish(ConditionWorsened(TABLE, held.pk, held.participant_id, at))
    return held


def miss_enquiry(enquiry: HarmEnquiry, *, reason: str, by: Person, at: datetime) -> HarmEnquiry:
    """Writes why an enquiry was not made; one that is still open is made rather than missed.

    Raises Refused without a reason or while it is open; Conflict when somebody else made it meanwhile.
    """
    if not reason.strip():
        raise Refused("Say why it was not made.", field="reason")
    if at <= enquiry.closes_at:
        raise Refused("It can still be made until its window closes.", field="reason")
    with contribution(by=by, reason=reason):
        held = _locked(enquiry)
        held.miss()
        held.reason = reason.strip()
        held.save(update_fields=["state", "reason"])
        cancel_reminders_about(held.public_id, reason="The enquiry was not made", by=by)
    return held


def cancel_enquiries(participant: "Participant", *, reason: str, by: Person) -> int:
    """Cancels what is still planned for a participant and returns how many."""
    planned = HarmEnquiry.objects.filter(participant=participant, state=EnquiryState.PLANNED).order_by("id")
    with contribution(by=by, reason=reason):
        for enquiry in planned:
            _cancel(enquiry, reason=reason, by=by)
    return len(planned)


def remind_of_enquiries(*, by: Person, at: datetime) -> int:
    """Reminds those on duty of every enquiry that has opened, once, and returns how many are open."""
    opened = list(queries.opened_enquiries(at=at))
    with contribution(by=by, reason="Watch of enquiries"):
        for enquiry in opened:
            for rule in definition_for(enquiry.participant).reminders:
                if rule.relative_to == "enquiry_opens":
                    _remind(enquiry, rule.template, duty=rule.to, by=by, at=at)
    return len(opened)


def _remind(enquiry: HarmEnquiry, template: str, *, duty: str, by: Person, at: datetime) -> None:
    for person in people_with_duty(duty, site_id=enquiry.site_id, on=at.date()):
        if queries.waits_for_others(enquiry, person=person):
            continue
        plan_reminder(
            key=f"{template}:{enquiry.public_id}:{person.public_id}",
            template=template,
            due_at=max(enquiry.opens_at, at),
            site_id=enquiry.site_id,
            person=person,
            by=by,
        )


def _cancel(enquiry: HarmEnquiry, *, reason: str, by: Person) -> None:
    enquiry.cancel()
    enquiry.reason = reason
    enquiry.save(update_fields=["state", "reason"])
    cancel_reminders_about(enquiry.public_id, reason=reason, by=by)


def _locked(enquiry: HarmEnquiry) -> HarmEnquiry:
    held = HarmEnquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)
    if held.state != EnquiryState.PLANNED:
        raise Conflict(f"This enquiry is {held.get_state_display().lower()} already.")
    return held
