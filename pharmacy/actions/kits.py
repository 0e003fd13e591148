"""What happens to a kit: received, stored, quarantined, dispensed, returned, wasted, destroyed, transferred, lost.

Each verb writes the blinded journal; the database posts it to the ledger by lot and strength in the same transaction.
No verb takes free text: what the unblinded pharmacist writes could tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from pharmacy import allocation
from pharmacy.actions.people import DISPENSER, WITNESS, check_duty, check_second_person
from pharmacy.allocation import KitArrival, PackedUnits, ShipmentNote
from pharmacy.events import KitDispensed
from pharmacy.models import Kit, KitMovement
from pharmacy.queries import accountability_at, packed_units, version_at
from trials import queries as trial_queries

if TYPE_CHECKING:
    from patients.models import Visit
    from trials.models import Site

OPEN_VISIT = ("planned", "booked", "started")


@dataclass(frozen=True)
class Handling:
    """One thing that a pharmacist does with kits: its name in the protocol, and what it asks for."""

    event: str
    done: str
    two_people: bool
    document: str = ""


# Quarantine must be possible for one person alone, at any hour.
HANDLINGS: dict[str, Handling] = {
    "quarantine": Handling("quarantine", "Put into quarantine", two_people=False),
    "store": Handling("store", "Released into storage", two_people=False, document="letter that releases it"),
    "waste": Handling("waste", "Wasted", two_people=True),
    "destroy": Handling("destroy_form41", "Destroyed", two_people=True, document="destruction form"),
    "transfer": Handling("transfer", "Transferred", two_people=True, document="transfer form"),
    "loss": Handling("loss_form106", "Lost", two_people=True, document="loss report"),
}
REVERSIBLE = ("waste", "destroy", "transfer", "loss")


def receive_kits(
    site: "Site", *, kits: Sequence[KitArrival], note: ShipmentNote, witness: Person, by: Person, at: datetime
) -> int:
    """Takes a shipment in before a witness, whom the caller has authenticated, and returns how many kits came.

    A shipment that was too cold or too warm goes into quarantine. Raises Refused for an unknown content, an expired kit
    or a number that is known already; one fault refuses the whole shipment.
    """
    version = version_at(site, at=at)
    definition, today = trial_queries.definition_of(version), local_date(at, zone=site.zone)
    arms = {arm.code for arm in definition.arms}
    faults = [
        f"Kit {kit.number}: the content “{kit.arm}” is none of the trial's." for kit in kits if kit.arm not in arms
    ]
    faults += [f"Kit {kit.number} has expired." for kit in kits if kit.expires_on <= today]
    faults += [] if kits else ["The shipment has no kit."]
    if faults:
        raise Refused("The shipment was not received.", field="kits", details=tuple(faults))
    check_second_person(witness, by=by)
    packed = [PackedUnits(*line) for line in packed_units(definition)]
    excursion = is_excursion(site, lowest_c=note.lowest_c, highest_c=note.highest_c, at=at)
    try:
        return allocation.receive_shipment(
            kits, note=note, excursion=excursion, packed=packed, site_id=site.pk, witness_id=witness.pk, by=by, at=at
        )
    except IntegrityError as error:
        message = "The shipment was not received: one of its kit numbers is known already."
        raise Refused(message, field="kits") from error


def is_excursion(site: "Site", *, lowest_c: Decimal | None, highest_c: Decimal | None, at: datetime) -> bool:
    """Returns whether a temperature lies outside what the protocol allows in storage; unknown is not outside."""
    rules = accountability_at(site, at=at)
    if rules is None or rules.storage_c is None:
        return False
    least, most = rules.storage_c
    return (lowest_c is not None and lowest_c < least) or (highest_c is not None and highest_c > most)


def dispense_kit(kit: Kit, *, visit: "Visit", witness: Person, by: Person, at: datetime) -> KitMovement:
    """Dispenses the participant's kit to a dosing visit before a witness, whom the caller has authenticated.

    Dispensing again to the same visit answers the first movement. Raises Refused for a kit of somebody else, an expired
    or quarantined kit, a visit that is no open dosing visit, or people who may not do it.
    """
    known = KitMovement.objects.filter(visit=visit, kind="dispense").first()
    if known is not None and known.kit_id == kit.pk:
        return known
    today = local_date(at, zone=kit.site.zone)
    if kit.state == "quarantined":
        raise Refused(f"Kit {kit.number} is in quarantine. Nothing was dispensed.")
    if kit.state != "assigned" or kit.participant_id != visit.participant_id:
        raise Refused(f"Kit {kit.number} is not assigned to this participant. Nothing was dispensed.", field="visit")
    if kit.expires_on <= today:
        raise Refused(f"Kit {kit.number} expired on {kit.expires_on:%-d %b %Y}. Nothing was dispensed.")
    if visit.kind != "dosing" or visit.state not in OPEN_VISIT:
        raise Refused("A kit is dispensed to an open dosing visit only. Nothing was dispensed.", field="visit")
    check_second_person(witness, by=by)
    check_duty(by, duty=DISPENSER, site_id=kit.site_id, on=today)
    check_duty(witness, duty=WITNESS, site_id=kit.site_id, on=today)
    with contribution(by=by, reason="Kit dispensed"):
        row = KitMovement(kit=kit, kind="dispense", visit=visit, bottle=visit.code, witness=witness, observed_at=at)
        movement = _record(row, by=by)
        publish(KitDispensed(movement.pk, visit.pk))
    return movement


def return_kit(
    kit: Kit, *, visit: "Visit", remains: str, witness: Person, by: Person, at: datetime, units: int = 0
) -> KitMovement:
    """Takes a kit back from a dosing visit before a witness, with so many capsules in it.

    `remains` says in fixed words what came back. Raises Refused when the kit was not dispensed to the visit, or when
    more comes back than went out.
    """
    given = KitMovement.objects.filter(kit=kit, visit=visit, kind="dispense").exists()
    back = KitMovement.objects.filter(kit=kit, visit=visit, kind="return").first()
    if back is not None:
        return back
    if not given:
        raise Refused(f"Kit {kit.number} was not dispensed to this visit. Nothing was recorded.", field="visit")
    check_second_person(witness, by=by)
    with contribution(by=by, reason="Kit returned"):
        row = KitMovement(
            kit=kit, kind="return", visit=visit, bottle=visit.code, units=units, witness=witness, observed_at=at,
            note=remains,
        )  # fmt: skip
        return _record(row, by=by)


def move_kits(
    kits: Sequence[Kit],
    *,
    kind: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
    witness: Person | None = None,
    document: str = "",
    bottle: str = "",
    units: int | None = None,
) -> list[KitMovement]:
    """Quarantines, releases, wastes, destroys, transfers or loses kits of one site: all of them or none.

    `bottle` and `units` narrow it to some capsules of one visit. The same submission answers what it did. The
    caller has authenticated the witness. Raises Refused when a second person or a document is missing, or a duty,
    and when so much is not there.
    """
    known = list(KitMovement.objects.filter(submission_id=submission_id).order_by("id"))
    if known:
        return known
    if not kits:
        raise Refused("Name at least one kit. Nothing was recorded.", field="kits")
    handling, site = HANDLINGS[kind], kits[0].site
    today = local_date(at, zone=site.zone)
    _check_handling(handling, site, witness=witness, document=document, by=by, at=at)
    check_duty(by, duty=DISPENSER, site_id=site.pk, on=today)
    if witness is not None:
        check_second_person(witness, by=by)
        check_duty(witness, duty=WITNESS, site_id=site.pk, on=today)
    with contribution(by=by, reason=handling.done):
        # Every kit first and the lots afterwards: two people who move several kits at once cannot block each other.
        locked = list(Kit.objects.select_for_update().filter(pk__in=[kit.pk for kit in kits]).order_by("pk"))
        rows = [
            KitMovement(
                kit=kit, kind=kind, bottle=bottle, units=units, witness=witness, observed_at=at, document=document,
                submission_id=submission_id,
            )
            for kit in locked
        ]  # fmt: skip
        return [_record(row, by=by) for row in rows]


def reverse_movement(
    movement: KitMovement, *, submission_id: UUID, witness: Person, document: str, by: Person, at: datetime
) -> KitMovement:
    """Puts back what an entry moved, before a witness; the entry itself stays.

    Raises Refused for an entry that is reversed already, or of a kind that is undone in another way.
    """
    known = KitMovement.objects.filter(reverses=movement).first()
    if known is not None and known.submission_id == submission_id:
        return known
    if known is not None or movement.kind not in REVERSIBLE:
        raise Refused("This entry cannot be reversed, or is reversed already. Nothing was recorded.")
    today = local_date(at, zone=movement.kit.site.zone)
    check_second_person(witness, by=by)
    check_duty(by, duty=DISPENSER, site_id=movement.site_id, on=today)
    check_duty(witness, duty=WITNESS, site_id=movement.site_id, on=today)
    with contribution(by=by, reason="Entry reversed"):
        row = KitMovement(
            kit=movement.kit, kind="reversal", reverses=movement, witness=witness, observed_at=at, document=document,
            submission_id=submission_id,
        )  # fmt: skip
        return _record(row, by=by)


def _check_handling(
    handling: Handling, site: "Site", *, witness: Person | None, document: str, by: Person, at: datetime
) -> None:
    rules = accountability_at(site, at=at)
    two_people = handling.two_people or (rules is not None and handling.event in rules.double_signature_for)
    if two_people and witness is None:
        raise Refused("This needs a second person. Nothing was recorded.", field="witness")
    if handling.document and not document.strip():
        raise Refused(f"Name the {handling.document}. Nothing was recorded.", field="document")


def _record(row: KitMovement, *, by: Person) -> KitMovement:
    row.site_id, row.recorded_by = row.kit.site_id, by
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # The same form was sent twice at once: the first one is the answer.
        if row.visit_id is not None:
            return KitMovement.objects.get(kit=row.kit, visit=row.visit, kind=row.kind)
        if row.reverses_id is not None:
            return KitMovement.objects.get(reverses=row.reverses)
        return KitMovement.objects.get(kit=row.kit, submission_id=row.submission_id)
    except DatabaseError as error:
        refusal = allocation.refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
    return row
