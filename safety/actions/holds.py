"""Holds of dosing: placed by a rule or by hand, told at once to those whom the protocol names, ended by signature."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.models import Membership, Person, SignatureMeaning
from core.permissions import people_with
from core.roles import roles_of_duty
from core.signatures import sign
from patients.models import Participant
from patients.queries import definition_for, latest_values
from protocol.definition import HoldRelease, ProtocolDefinition
from protocol.stopping import fired_stopping_rules
from reminders.actions import cancel_reminders_about, plan_reminder
from safety.actions.alerts import raise_alert
from safety.models import HoldReview
from sessions.actions import hold_dosing, hold_trial, lift_hold
from sessions.models import DosingHold, TrialHold
from trials.models import Site, Trial
from trials.queries import definition_of, duties_of, latest_version

BY_HAND, ACT = "by_hand", "act"
RELEASE = "release"


def place_hold(participant: Participant, *, rule: str, reason: str, by: Person, at: datetime) -> DosingHold | None:
    """Holds dosing of a participant by a rule, and tells whom the protocol names; nothing where it holds already."""
    hold = hold_dosing(participant, rule=rule, reason=reason, by=by, at=at)
    if hold is not None:
        _tell(definition_for(participant), [participant.site], occasion=occasion_of(hold), by=by, at=at)
    return hold


def place_hold_by_hand(participant: Participant, *, reason: str, by: Person, at: datetime) -> DosingHold:
    """Holds dosing of a participant on somebody's own judgement, and alerts the team.

    Raises Refused without a reason, before consent, and where a hold by hand is open.
    """
    _check_reason(reason)
    if participant.protocol_version is None:
        raise Refused(f"{participant} has not consented yet; nothing is given before that.")
    with contribution(by=by, reason=reason):
        hold = place_hold(participant, rule=BY_HAND, reason=reason, by=by, at=at)
        if hold is None:
            raise Refused("Dosing is on hold by hand already. Add what you know to its review.")
        raise_alert(
            participant,
            key=occasion_of(hold),
            rule=BY_HAND,
            severity=ACT,
            message=f"Dosing was put on hold: {reason}"[:300],
            instruction="Give no dose. What is in the room goes back to the pharmacy.",
            raised_at=at,
            by=by,
        )
    return hold


def place_trial_hold(trial: Trial, *, rule: str, reason: str, cause: str, by: Person, at: datetime) -> TrialHold | None:
    """Holds dosing at every site, and tells whom the protocol names at each; nothing where the cause held it before."""
    hold = hold_trial(trial, rule=rule, reason=reason, cause=cause, by=by, at=at)
    if hold is not None:
        sites = trial.sites.order_by("id")
        _tell(definition_of(latest_version(trial)), sites, occasion=occasion_of(hold), by=by, at=at)
    return hold


def place_trial_hold_by_hand(trial: Trial, *, reason: str, by: Person, at: datetime) -> TrialHold:
    """Holds dosing at every site on somebody's own judgement.

    Raises Refused without a reason.
    """
    _check_reason(reason)
    hold = place_trial_hold(trial, rule=BY_HAND, reason=reason, cause=str(uuid4()), by=by, at=at)
    assert hold is not None
    return hold


def review_hold(
    hold: DosingHold | TrialHold,
    *,
    findings: str,
    decision: str,
    reference: str,
    password: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> HoldReview:
    """Keeps what a review of a hold found, signed; one that ends the hold lifts it in the same transaction.

    Raises Refused, naming the field, for a review without findings or of a hold that was lifted, and for an end by
    somebody whom the protocol does not name, without its paper, or while the rule must not be true and is.
    WrongPassword when the password is wrong. Nothing is written then.
    """
    known = HoldReview.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if hold.lifted_at is not None:
        raise Refused("This hold was ended already.")
    if not findings.strip():
        raise Refused("Say what you found.", field="findings")
    if decision not in dict(HoldReview.DECISIONS):
        raise Refused("Choose whether the hold goes on.", field="decision")
    duty = _duty_that_ends(hold, reference=reference, by=by, at=at) if decision == RELEASE else ""
    with contribution(by=by, reason=findings[:300]):
        review = HoldReview.objects.create(
            site_id=hold.site_id if isinstance(hold, DosingHold) else None,
            hold=hold if isinstance(hold, DosingHold) else None,
            trial_hold=hold if isinstance(hold, TrialHold) else None,
            findings=findings.strip(),
            decision=decision,
            duty=duty,
            reference=reference.strip()[:200],
            reviewed_at=at,
            submission_id=submission_id,
            recorded_by=by,
        )
        sign(review, by=by, password=password, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
        if decision == RELEASE:
            lift_hold(hold, reason=findings, by=by, at=at)
            cancel_reminders_about(occasion_of(hold), reason="The hold was ended", by=by)
    return review


def release_of(hold: DosingHold | TrialHold) -> HoldRelease | None:
    """Returns how the protocol lets a hold end; nothing where it lets nobody end it."""
    return _definition(hold).dosing_holds.release.get(hold.rule)


def still_true(hold: DosingHold | TrialHold, *, at: datetime) -> str:
    """Returns the evidence by which the rule of a participant's hold is true now; nothing where it is not."""
    if isinstance(hold, TrialHold):
        return ""
    definition = definition_for(hold.participant)
    fired = fired_stopping_rules(definition, latest_values(hold.participant, at=at))
    found = next((verdict for verdict in fired if verdict.rule == hold.rule), None)
    if found is None:
        return ""
    return ", ".join(f"{each.variable.replace('_', ' ')} {each.text}" for each in found.evidence)


def occasion_of(hold: DosingHold | TrialHold) -> str:
    """Returns the word by which messages and alerts know a hold."""
    return f"hold-{'trial' if isinstance(hold, TrialHold) else 'participant'}-{hold.pk}"


def may_end(hold: DosingHold | TrialHold, *, person: Person, at: datetime) -> bool:
    """Returns whether a person holds the duty whose signature ends a hold."""
    line = release_of(hold)
    return line is not None and _holds_duty(line.by, hold, person=person, at=at)


def who_ends(hold: DosingHold | TrialHold) -> str:
    """Returns the name of the duty whose signature ends a hold; nothing where the protocol names none."""
    line = release_of(hold)
    return _definition(hold).roles[line.by].name if line else ""


def _duty_that_ends(hold: DosingHold | TrialHold, *, reference: str, by: Person, at: datetime) -> str:
    line = release_of(hold)
    if line is None:
        raise Refused("The protocol lets nobody end this hold.", field="decision")
    if not _holds_duty(line.by, hold, person=by, at=at):
        name = _definition(hold).roles[line.by].name.lower()
        raise Refused(f"Only the {name} ends this hold.", field="decision")
    if line.reference and not reference.strip():
        raise Refused(f"Name the {line.reference}.", field="reference")
    evidence = "" if line.while_true else still_true(hold, at=at)
    if evidence:
        raise Refused(f"The rule is still true ({evidence}): the hold goes on until it is not.", field="decision")
    return line.by


def _holds_duty(duty: str, hold: DosingHold | TrialHold, *, person: Person, at: datetime) -> bool:
    roles = roles_of_duty(duty)
    held = Membership.objects.valid_at(at).filter(person=person, role__in=roles)
    if held.filter(site__isnull=True).exists():
        return True
    # Whoever holds a role at a site alone needs the delegation too, and ends no hold of the whole trial.
    if isinstance(hold, TrialHold) or not held.filter(site_id=hold.site_id).exists():
        return False
    return duty in duties_of(person, site_id=hold.site_id, on=local_date(at, zone=hold.site.zone))


def _definition(hold: DosingHold | TrialHold) -> ProtocolDefinition:
    if isinstance(hold, TrialHold):
        return definition_of(latest_version(hold.trial))
    return definition_for(hold.participant)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why dosing must stop.", field="reason")


def _tell(definition: ProtocolDefinition, sites: Iterable[Site], *, occasion: str, by: Person, at: datetime) -> None:
    roles = sorted({role for duty in definition.dosing_holds.told for role in roles_of_duty(duty)})
    for site in sites:
        for role in roles:
            for person in people_with(role, site_id=site.pk, moment=at):
                plan_reminder(
                    key=f"action_today:{occasion}:{person.public_id}",
                    template="action_today",
                    due_at=at,
                    site_id=site.pk,
                    person=person,
                    by=by,
                )
