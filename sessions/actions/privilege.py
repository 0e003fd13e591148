"""The dosing privilege: it rests for a cause and is restored by signature; a new pair is signed off."""

from datetime import datetime

from django.db import IntegrityError, transaction

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign
from sessions import privilege
from sessions.models import DosingSession, PairSignOff, TherapistRest
from trials.queries import current_version, definition_of, duties_of

PAIR = 2


def rest_therapist(
    person: Person, *, site_id: int, cause: str, reason: str, by: Person, at: datetime
) -> TherapistRest | None:
    """Lets a therapist's dosing privilege rest at a site; answers nothing where the same cause rests it already."""
    try:
        with transaction.atomic(), contribution(by=by, reason=reason):
            return TherapistRest.objects.create(
                person=person, site_id=site_id, cause=cause, reason=reason[:300], rested_at=at, recorded_by=by
            )
    except IntegrityError:
        return None


def restore_therapist(rest: TherapistRest, *, reason: str, password: str, by: Person, at: datetime) -> TherapistRest:
    """Restores a privilege under the signature of whom the protocol names.

    Raises Refused without a reason, for somebody without the duty and for oneself; Conflict when it was restored
    already.
    """
    if not reason.strip():
        raise Refused("Say what was done about it.", field="reason")
    if rest.person_id == by.pk:
        raise Refused("Nobody restores the own privilege.")
    with contribution(by=by, reason=reason):
        held = TherapistRest.objects.select_for_update(of=("self",)).select_related("site").get(pk=rest.pk)
        if held.restored_at is not None:
            raise Conflict("Somebody else restored this first.")
        _check_duty(by, site_id=held.site_id, zone=held.site.zone, at=at)
        held.restored_at, held.restored_by, held.restore_reason = at, by, reason.strip()[:300]
        held.save(update_fields=["restored_at", "restored_by", "restore_reason"])
        sign(held, by=by, password=password, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
    return held


def sign_off_pair(session: DosingSession, *, findings: str, password: str, by: Person, at: datetime) -> PairSignOff:
    """Signs off the pair of a session after its first participant: from then on it may treat others.

    Raises Refused without findings, before a dose was given, for one of the pair and for somebody without the duty;
    Conflict when the pair is signed off already.
    """
    if not findings.strip():
        raise Refused("Write what supervision found.", field="findings")
    if session.initial_dose_at is None:
        raise Refused("Supervision comes after the pair's first session.")
    on = local_date(session.initial_dose_at, zone=session.site.zone)
    pair = privilege.therapists_of(session, on=on)[:PAIR]
    if len(pair) < PAIR:
        raise Refused("There was no pair of therapists in this session.")
    if by in pair:
        raise Refused("Nobody signs off the own pair.")
    _check_duty(by, site_id=session.site_id, zone=session.site.zone, at=at)
    try:
        with transaction.atomic(), contribution(by=by, reason="Pair signed off after its first participant"):
            row = PairSignOff.objects.create(
                session=session, site_id=session.site_id, first=pair[0], second=pair[1], findings=findings.strip(),
                signed_off_at=at, recorded_by=by,
            )  # fmt: skip
            sign(row, by=by, password=password, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
    except IntegrityError as error:
        raise Conflict("This pair is signed off already.") from error
    return row


def _check_duty(by: Person, *, site_id: int, zone: str, at: datetime) -> None:
    version = current_version()
    duty = definition_of(version).adherence.signed_off_by if version is not None else ""
    if duty not in duties_of(by, site_id=site_id, on=local_date(at, zone=zone)):
        raise Refused(f"Only a {duty.replace('_', ' ')} may sign this.")
