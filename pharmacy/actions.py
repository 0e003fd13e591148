"""Verbs of the pharmacy: make and seal the list, receive and dispense kits, randomise, unblind in an emergency."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused, WrongPassword
from core.events import publish
from core.models import Person, SignatureMeaning
from core.permissions import Role, people_with
from core.signatures import sign_authenticated
from patients import actions as patient_actions
from patients import queries as patient_queries
from pharmacy import allocation, queries
from pharmacy.allocation import NOTHING, KitArrival
from pharmacy.events import KitDispensed, ParticipantUnblinded
from pharmacy.models import AllocationList, Kit, KitMovement, Unblinding
from pharmacy.permuted_blocks import METHOD, permuted_blocks
from reminders.actions import plan_reminder
from trials import queries as trial_queries

if TYPE_CHECKING:
    from patients.models import Participant, Randomisation, Visit
    from trials.models import ProtocolVersion, Site

DISPENSER, WITNESS = "dispenser", "witness"
OPEN_VISIT = ("planned", "booked", "started")


@dataclass(frozen=True)
class Revealed:
    """The answer of an emergency unblinding; it is shown once and kept nowhere."""

    arm: str
    arm_name: str
    unblinding: Unblinding


def make_allocation_list(
    version: "ProtocolVersion", *, slots_per_stratum: int, by: Person, at: datetime, seed: str = ""
) -> int:
    """Makes a draft of the list by the protocol's ratio, block sizes and strata, and returns its id.

    Raises Refused when the list is sealed already or the protocol's numbers do not fit together.
    """
    definition = trial_queries.definition_of(version)
    ratio, sizes = dict(definition.randomisation.ratio), definition.randomisation.block_sizes
    sites = list(version.trial.sites.order_by("code"))
    seed = seed or secrets.token_hex(16)
    try:
        slots = permuted_blocks(
            strata=queries.strata_of(definition, sites=sites),
            ratio=ratio,
            block_sizes=sizes,
            slots_per_stratum=slots_per_stratum,
            seed=seed,
        )
    except ValueError as error:
        raise Refused(str(error), field="slots_per_stratum") from error
    return allocation.make_list(
        slots,
        trial_id=version.trial_id,
        protocol_version_id=version.pk,
        seed=seed,
        ratio=ratio,
        block_sizes=sizes,
        by=by,
        at=at,
    )


def seal_allocation_list(
    list_id: int, *, shown_digest: str, password: str | None, by: Person, at: datetime
) -> AllocationList:
    """Seals a draft for ever, signed by the statistician; without a password the caller has authenticated the person.

    Raises Conflict when the draft is not the one shown, Refused when a list is sealed already.
    """
    _check_password(password, by=by, otherwise="The list was not sealed.")
    made = allocation.seal_list(list_id, shown_digest=shown_digest, method=METHOD, by=by, at=at)
    sealed = AllocationList.objects.get(pk=made)
    sign_authenticated(sealed, by=by, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
    return sealed


def receive_kits(site: "Site", *, kits: Sequence[KitArrival], witness: Person, by: Person, at: datetime) -> int:
    """Puts a shipment into the site's stock and returns how many kits; the witness was authenticated by the caller.

    Raises Refused for an unknown content, an expired kit or a number that is known already.
    """
    definition = trial_queries.definition_of(_version_at(site, at=at))
    arms, today = {arm.code for arm in definition.arms}, local_date(at, zone=site.zone)
    faults = [
        f"Kit {kit.number}: the content “{kit.arm}” is none of the trial's." for kit in kits if kit.arm not in arms
    ]
    faults += [f"Kit {kit.number} has expired." for kit in kits if kit.expires_on <= today]
    faults += [] if kits else ["The shipment has no kit."]
    if faults:
        raise Refused("The shipment was not received.", field="kits", details=tuple(faults))
    _check_second_person(witness, by=by)
    try:
        return allocation.receive_kits(kits, site_id=site.pk, witness_id=witness.pk, by=by, at=at)
    except IntegrityError as error:
        message = "The shipment was not received: one of its kit numbers is known already."
        raise Refused(message, field="kits") from error


def randomise(
    participant: "Participant", *, submission_id: UUID, by: Person, at: datetime, password: str | None = None
) -> "Randomisation":
    """Takes the next slot of the participant's stratum and assigns a kit; asking again answers the same.

    Slot, kit, blinded record, signature and audit are one transaction. Raises Refused, with what is still open as
    details, when something the protocol requires is false or unknown, and when no slot or kit can be given.
    """
    _check_password(password, by=by, otherwise=NOTHING)
    known = patient_queries.randomisation_of(participant)
    if known is not None:
        return known
    state = queries.readiness(participant, at=at)
    if not state.ready or state.stratum.code is None:
        open_lines = tuple(f"{line.text}: {line.evidence}" for line in state.open_lines)
        raise Refused(f"{NOTHING} Not everything is ready.", details=open_lines)
    with contribution(by=by, reason="Randomised"):
        given = allocation.allocate(participant_id=participant.pk, stratum=state.stratum.code, at=at)
        # Somebody else's request for the same participant may have been first while this one waited for the list.
        known = patient_queries.randomisation_of(participant)
        if known is not None:
            return known
        randomisation = patient_actions.record_randomisation(
            participant,
            randomisation_number=given.randomisation_number,
            kit_number=given.kit_number,
            stratum=state.stratum.code,
            submission_id=submission_id,
            by=by,
            at=at,
        )
        sign_authenticated(randomisation, by=by, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
    return randomisation


def dispense_kit(kit: Kit, *, visit: "Visit", witness: Person, by: Person, at: datetime) -> KitMovement:
    """Dispenses the participant's kit to a dosing visit before a witness, whom the caller has authenticated.

    Dispensing again to the same visit answers the first movement. Raises Refused for a kit of somebody else, an expired
    or quarantined kit, a visit that is no open dosing visit, or people who may not do it.
    """
    known = KitMovement.objects.filter(visit=visit, kind="dispense").first()
    if known is not None and known.kit_id == kit.pk:
        return known
    today = local_date(at, zone=kit.site.zone)
    if kit.state != "assigned" or kit.participant_id != visit.participant_id:
        raise Refused(f"Kit {kit.number} is not assigned to this participant. Nothing was dispensed.", field="visit")
    if kit.expires_on <= today:
        raise Refused(f"Kit {kit.number} expired on {kit.expires_on:%-d %b %Y}. Nothing was dispensed.")
    if visit.kind != "dosing" or visit.state not in OPEN_VISIT:
        raise Refused("A kit is dispensed to an open dosing visit only. Nothing was dispensed.", field="visit")
    _check_second_person(witness, by=by)
    _check_duty(by, duty=DISPENSER, site_id=kit.site_id, at=at, today=today)
    _check_duty(witness, duty=WITNESS, site_id=kit.site_id, at=at, today=today)
    with contribution(by=by, reason="Kit dispensed"):
        movement = _record_movement(kit, kind="dispense", visit=visit, witness=witness, by=by, at=at)
        publish(KitDispensed(movement.pk, visit.pk))
    return movement


def return_kit(kit: Kit, *, visit: "Visit", remains: str, witness: Person, by: Person, at: datetime) -> KitMovement:
    """Takes a kit back from a dosing visit before a witness; `remains` says in fixed words what came back.

    Raises Refused when the kit was not dispensed to the visit.
    """
    given = KitMovement.objects.filter(kit=kit, visit=visit, kind="dispense").exists()
    back = KitMovement.objects.filter(kit=kit, visit=visit, kind="return").first()
    if back is not None:
        return back
    if not given:
        raise Refused(f"Kit {kit.number} was not dispensed to this visit. Nothing was recorded.", field="visit")
    _check_second_person(witness, by=by)
    with contribution(by=by, reason="Kit returned"):
        return _record_movement(kit, kind="return", visit=visit, witness=witness, by=by, at=at, note=remains)


def authenticate_witness(witness: Person, *, password: str) -> None:
    """Raises WrongPassword unless the password is the witness's own: it proves that he was present."""
    if not witness.check_password(password):
        raise WrongPassword("The witness's password is not right. Nothing was recorded.", field="witness_password")


def unblind(
    participant: "Participant", *, reason: str, by: Person, at: datetime, password: str | None = None
) -> Revealed:
    """Reveals one participant's arm in an emergency.

    The question is committed to the log and to the blinded record before the answer is read; safety learns that it
    happened and not what was answered. Nothing here needs the task queue. Raises Refused and WrongPassword.
    """
    _check_password(password, by=by, otherwise="Nothing was revealed.")
    if not reason.strip():
        raise Refused("Say why it cannot wait. Nothing was revealed.", field="reason")
    log_id, unblinding_id = allocation.ask_to_reveal(participant_id=participant.pk, reason=reason.strip(), by=by, at=at)
    unblinding = Unblinding.objects.select_related("participant", "recorded_by").get(pk=unblinding_id)
    with contribution(by=by, reason="Emergency unblinding"):
        _notify_safety(unblinding, by=by, at=at)
        publish(ParticipantUnblinded(unblinding.pk, participant.pk))
    arm = allocation.reveal(log_id, by=by)
    definition = patient_queries.definition_for(participant)
    names = {candidate.code: candidate.name for candidate in definition.arms}
    return Revealed(arm, names.get(arm, arm), unblinding)


def _notify_safety(unblinding: Unblinding, *, by: Person, at: datetime) -> None:
    for officer in people_with(Role.SAFETY_OFFICER, site_id=unblinding.site_id, moment=at):
        plan_reminder(
            key=f"unblinding_notice:{unblinding.public_id}:{officer.public_id}",
            template="unblinding_notice",
            due_at=at,
            site_id=unblinding.site_id,
            person=officer,
            by=by,
        )


def _record_movement(
    kit: Kit, *, kind: str, visit: "Visit", witness: Person, by: Person, at: datetime, note: str = ""
) -> KitMovement:
    try:
        with transaction.atomic():
            return KitMovement.objects.create(
                kit=kit,
                kind=kind,
                visit=visit,
                witness=witness,
                observed_at=at,
                note=note,
                site_id=kit.site_id,
                recorded_by=by,
            )
    except IntegrityError:
        # The same form was sent twice at once: the first one is the answer.
        return KitMovement.objects.get(kit=kit, visit=visit, kind=kind)


def _check_password(password: str | None, *, by: Person, otherwise: str) -> None:
    if password is not None and not by.check_password(password):
        raise WrongPassword(f"The password is not right. {otherwise}", field="password")


def _check_second_person(witness: Person, *, by: Person) -> None:
    if witness.pk == by.pk:
        raise Refused("The witness must be somebody else. Nothing was recorded.", field="witness")


def _check_duty(person: Person, *, duty: str, site_id: int, at: datetime, today: object) -> None:
    if duty not in trial_queries.duties_of(person, site_id=site_id, on=today):  # type: ignore[arg-type]
        raise Refused(
            f"The delegation log does not give {person.display_name} the duty “{duty}” today. Nothing was recorded.",
            field="witness" if duty == WITNESS else "",
        )


def _version_at(site: "Site", *, at: datetime) -> "ProtocolVersion":
    version = trial_queries.protocol_in_force(site, on=local_date(at, zone=site.zone))
    if version is None:
        raise Refused("No protocol version is in force at this site.")
    return version
