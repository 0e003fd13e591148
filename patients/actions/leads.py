"""A lead from the first hearing to the trial: contact attempts, first questions, waiting list, conversion, end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, Max

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from patients.actions.participants import add_participant
from patients.actions.rescreening import check_rescreening, version_at
from patients.identity import (
    IdentityDetails,
    change_identity,
    identity_of,
    keep_identity,
    matches_for,
    participants_of_same_person,
    read_identity,
    state_of,
)
from patients.models import ContactAttempt, Lead, LeadState, Participant, ParticipantStatus, PreScreen
from protocol.recruitment import judge_prescreen
from trials.models import Site
from trials.queries import definition_of

RESULTS = {True: "passed", False: "not_passed", None: "open"}


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt to reach a lead; `next_contact_on` is None where none is wanted."""

    attempted_at: datetime
    channel: str
    outcome: str
    next_contact_on: date | None = None
    note: str = ""


def add_lead(
    *,
    site: Site,
    identity: IdentityDetails,
    source: str,
    heard_on: date,
    next_contact_on: date | None,
    submission_id: UUID,
    by: Person,
    at: datetime,
    language: str = "en",
    known_already: bool = False,
) -> Lead:
    """Adds somebody who may take part, under the site's next lead number; who it is goes to the vault.

    Raises Refused when a person with the same name and birth date, phone or e-mail is known, unless `known_already`
    says that this was read; for a source that the protocol does not name; and for days that cannot be right. The same
    submission again answers the lead that is there.
    """
    today = local_date(at, zone=site.zone)
    if heard_on > today:
        raise Refused("This day lies in the future.", field="heard_on")
    if next_contact_on is not None and next_contact_on < today:
        raise Refused("The next contact cannot lie in the past.", field="next_contact_on")
    if identity.born_on is not None and identity.born_on >= heard_on:
        raise Refused("The birth date must lie before the first contact.", field="born_on")
    if source not in definition_of(version_at(site, on=today)).recruitment.sources:
        raise Refused("Choose a source that the protocol names.", field="source")
    with contribution(by=by, reason="Lead recorded"):
        number = _next_number(site)
        known = Lead.objects.filter(submission_id=submission_id).first()
        if known is not None:
            return known
        if not known_already:
            _refuse_known(site, identity)
        lead = Lead.objects.create(
            site=site,
            number=number,
            source=source,
            heard_on=heard_on,
            language=language,
            next_contact_on=next_contact_on,
            submission_id=submission_id,
            recorded_by=by,
        )
        keep_identity(lead, identity)
    return lead


def record_attempt(lead: Lead, attempt: Attempt, *, submission_id: UUID, by: Person, at: datetime) -> ContactAttempt:
    """Records an attempt to reach a lead and when the next is due; the first one brings the lead into contact."""
    today = local_date(at, zone=lead.site.zone)
    if attempt.attempted_at > at:
        raise Refused("The attempt cannot lie in the future.", field="attempted_at")
    if attempt.next_contact_on is not None and attempt.next_contact_on < today:
        raise Refused("The next contact cannot lie in the past.", field="next_contact_on")
    with contribution(by=by, reason="Contact attempt recorded"):
        locked = _locked(lead)
        known = ContactAttempt.objects.filter(submission_id=submission_id).first()
        if known is not None:
            return known
        _check_open(locked)
        row = ContactAttempt.objects.create(
            lead=locked,
            site=locked.site,
            attempted_at=attempt.attempted_at,
            channel=attempt.channel,
            outcome=attempt.outcome,
            next_contact_on=attempt.next_contact_on,
            note=attempt.note,
            submission_id=submission_id,
            recorded_by=by,
        )
        if locked.state == LeadState.NEW:
            locked.contact()
        locked.next_contact_on = attempt.next_contact_on
        locked.save(update_fields=["state", "next_contact_on"])
    return row


def record_prescreen(
    lead: Lead, *, answers: Mapping[str, bool], observed_at: datetime, submission_id: UUID, by: Person, at: datetime
) -> PreScreen:
    """Records the answers to the protocol's first questions; an answer that speaks against closes the lead."""
    if observed_at > at:
        raise Refused("The questions cannot have been asked in the future.", field="observed_at")
    version = version_at(lead.site, on=local_date(at, zone=lead.site.zone))
    verdict = judge_prescreen(definition_of(version).recruitment, answers=answers)
    with contribution(by=by, reason="First questions answered"):
        locked = _locked(lead)
        known = PreScreen.objects.filter(submission_id=submission_id).first()
        if known is not None:
            return known
        _check_open(locked)
        row = PreScreen.objects.create(
            lead=locked,
            site=locked.site,
            protocol_version=version,
            answers=dict(answers),
            result=RESULTS[verdict.passes],
            against=[question.code for question in verdict.against],
            observed_at=observed_at,
            submission_id=submission_id,
            recorded_by=by,
        )
        if verdict.passes is False:
            _close(locked, reason="prescreen", note=", ".join(question.code for question in verdict.against))
        elif locked.state == LeadState.NEW:
            locked.contact()
            locked.save(update_fields=["state"])
    return row


def put_on_waiting_list(lead: Lead, *, reason: str, by: Person, at: datetime) -> Lead:
    """Puts a lead who passed the first questions at the end of the site's waiting list, with the reason why it waits.

    Raises Refused without a reason, and before the questions are passed. Asked twice, the place is kept.
    """
    if not reason.strip():
        raise Refused("Say what the person waits for.", field="reason")
    with contribution(by=by, reason=reason.strip()):
        locked = _locked(lead)
        if locked.state == LeadState.WAITING:
            return locked
        if locked.state != LeadState.IN_CONTACT:
            raise Refused(f"{locked.number} is not in contact; only then a person can wait.")
        if not passed_prescreen(locked):
            raise Refused("The first questions are not passed yet; ask them before.")
        _lock_waiting_list(locked.site)
        last = Lead.objects.filter(site=locked.site).aggregate(last=Max("waiting_rank"))["last"]
        locked.wait()
        locked.waiting_rank, locked.waiting_reason = (last or 0) + 1, reason.strip()[:300]
        locked.save(update_fields=["state", "waiting_rank", "waiting_reason"])
    return locked


def move_in_waiting_list(lead: Lead, *, place: int, reason: str, by: Person, at: datetime) -> Lead:
    """Gives a waiting lead another place, counted from 1; the others keep their order. Needs a reason."""
    if not reason.strip():
        raise Refused("Say why the order changes.", field="reason")
    with contribution(by=by, reason=reason.strip()):
        _lock_waiting_list(lead.site)
        locked = _locked(lead)
        if locked.state != LeadState.WAITING or locked.waiting_rank is None:
            raise Refused(f"{locked.number} is not on the waiting list.")
        others = Lead.objects.filter(site=locked.site, state=LeadState.WAITING).exclude(pk=locked.pk)
        ranks = list(others.order_by("waiting_rank", "id").values_list("waiting_rank", flat=True))
        if not 1 <= place <= len(ranks) + 1:
            raise Refused(f"Enter a place from 1 to {len(ranks) + 1}.", field="place")
        # Those from this place on make room; the ranks themselves need not follow each other.
        rank = ranks[place - 1] if place <= len(ranks) else (ranks[-1] or 0) + 1 if ranks else 1
        others.filter(waiting_rank__gte=rank).update(waiting_rank=F("waiting_rank") + 1)
        locked.waiting_rank = rank
        locked.save(update_fields=["waiting_rank"])
    return locked


def leave_waiting_list(lead: Lead, *, reason: str, by: Person, at: datetime) -> Lead:
    """Takes a lead from the waiting list back into contact."""
    if not reason.strip():
        raise Refused("Say why the person waits no longer.", field="reason")
    with contribution(by=by, reason=reason.strip()):
        locked = _locked(lead)
        if locked.state == LeadState.WAITING:
            locked.leave_waiting_list()
            locked.waiting_rank, locked.waiting_reason = None, ""
            locked.save(update_fields=["state", "waiting_rank", "waiting_reason"])
    return locked


def close_lead(lead: Lead, *, reason: str, note: str, by: Person, at: datetime) -> Lead:
    """Ends the contact with a lead for one of the protocol's reasons; nothing more is due."""
    reasons = definition_of(version_at(lead.site, on=local_date(at, zone=lead.site.zone))).recruitment.close_reasons
    if reason not in reasons:
        raise Refused("Choose why the person does not go on.", field="close_reason")
    with contribution(by=by, reason=f"Closed: {reasons[reason]}"):
        locked = _locked(lead)
        if locked.state == LeadState.CLOSED:
            return locked
        _check_open(locked)
        _close(locked, reason=reason, note=note)
    return locked


def reopen_lead(lead: Lead, *, reason: str, by: Person, at: datetime) -> Lead:
    """Takes up the contact with a closed lead again, with the reason; it is due today."""
    if not reason.strip():
        raise Refused("Say why the contact is taken up again.", field="reason")
    with contribution(by=by, reason=reason.strip()):
        locked = _locked(lead)
        if locked.state == LeadState.CLOSED:
            locked.reopen()
            locked.close_reason = locked.close_note = ""
            locked.next_contact_on = local_date(at, zone=locked.site.zone)
            locked.save(update_fields=["state", "close_reason", "close_note", "next_contact_on"])
    return locked


def convert_lead(lead: Lead, *, by: Person, at: datetime) -> Participant:
    """Takes a lead who passed the first questions into the trial; the identity comes along, nothing is typed again.

    Somebody who failed screening before comes again by the protocol's rule alone. Raises Refused when that rule, a
    missing birth date or missing answers stand against it. Asked twice, it answers the same participant.
    """
    with contribution(by=by, reason="First contact recorded"):
        locked = _locked(lead)
        if locked.participant is not None:
            return locked.participant
        _check_open(locked)
        if not passed_prescreen(locked):
            raise Refused("The first questions are not passed yet; ask them before.")
        identity = identity_of(locked)
        details = read_identity(locked, purpose="conversion to participant")
        if identity is None or details.born_on is None:
            raise Refused("The birth date is missing. Add it under “Identity” first.")
        _check_not_running(locked, details)
        again = check_rescreening(locked.site, details, on=local_date(at, zone=locked.site.zone))
        participant = add_participant(
            site=locked.site,
            identity=details,
            held=identity,
            first_contact_on=locked.heard_on,
            language=locked.language,
            comes_again=True,
            by=by,
            at=at,
        )
        locked.convert()
        locked.participant, locked.next_contact_on = participant, None
        locked.waiting_rank, locked.waiting_reason = None, ""
        if again:
            locked.close_note = f"Screened before as {', '.join(again)}"
        locked.save(
            update_fields=[
                "state",
                "participant",
                "next_contact_on",
                "waiting_rank",
                "waiting_reason",
                "close_note",
            ]
        )
    return participant


def correct_identity(
    lead: Lead, details: IdentityDetails, *, reason: str, by: Person, at: datetime, seen: str = ""
) -> None:
    """Replaces the name, birth date or contacts of a lead, with a reason that names none of them.

    `seen` is the state of what the person was looking at; Conflict is raised when somebody changed it since.
    """
    if not reason.strip():
        raise Refused("Say why it changes.", field="reason")
    if details.born_on is not None and details.born_on >= lead.heard_on:
        raise Refused("The birth date must lie before the first contact.", field="born_on")
    with contribution(by=by, reason=reason.strip()):
        identity = identity_of(_locked(lead))
        if identity is None:
            raise Refused("No identity is kept for this person.")
        if seen and seen != state_of(identity):
            raise Conflict("Somebody changed it meanwhile. Read it again before you save; what you typed stands below.")
        change_identity(identity, details)


def passed_prescreen(lead: Lead) -> bool:
    """Returns whether the newest answers to the first questions pass."""
    newest = PreScreen.objects.filter(lead=lead).order_by("-observed_at", "-id").values_list("result", flat=True)
    return newest.first() == RESULTS[True]


def _check_not_running(lead: Lead, details: IdentityDetails) -> None:
    before = participants_of_same_person(lead.site_id, details)
    running = [found for found in before if found.status != ParticipantStatus.SCREEN_FAILED]
    if running:
        raise Refused(f"This person is in the trial already, as {running[0].screening_number}.")


def _refuse_known(site: Site, identity: IdentityDetails) -> None:
    matches = matches_for(site, identity)
    if matches:
        told = " ".join(match.sentence for match in matches)
        raise Refused(f"{told} Say below that you have read this, or cancel.", field="known_already")


def _close(lead: Lead, *, reason: str, note: str) -> None:
    lead.close()
    lead.close_reason, lead.close_note = reason, note[:300]
    lead.next_contact_on, lead.waiting_rank, lead.waiting_reason = None, None, ""
    lead.save(
        update_fields=["state", "close_reason", "close_note", "next_contact_on", "waiting_rank", "waiting_reason"]
    )


def _check_open(lead: Lead) -> None:
    if lead.state in (LeadState.CLOSED, LeadState.CONVERTED):
        raise Refused(f"{lead.number} is {LeadState(lead.state).label.lower()}; take up the contact again first.")


def _locked(lead: Lead) -> Lead:
    return Lead.objects.select_for_update(of=("self",)).select_related("site__trial", "participant").get(pk=lead.pk)


def _lock_waiting_list(site: Site) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('waiting list'), %s)", [site.pk])


def _next_number(site: Site) -> str:
    # Two coordinators at once must not get the same number: the site's counter is one lock until commit.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lead number'), %s)", [site.pk])
    last = Lead.objects.filter(site=site).order_by("-id").values_list("number", flat=True).first()
    return f"{site.code}-L{int(last.rsplit('-L', 1)[1]) + 1 if last else 1}"
