"""Reads of kits and of what a kit is packed with; nothing here can tell an arm."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from core.clock import local_date
from core.errors import Refused
from patients import queries as patient_queries
from pharmacy.models import Kit, KitMovement
from protocol.definition import ProtocolDefinition
from trials import queries as trial_queries

if TYPE_CHECKING:
    from patients.models import Visit
    from protocol.parts import Accountability
    from trials.models import ProtocolVersion, Site


@dataclass(frozen=True)
class BottleRow:
    """The bottles of one dosing visit, as blinded people name them, and where they are."""

    visit_code: str
    visit_name: str
    bottles: tuple[str, ...]
    state: str
    state_label: str


@dataclass(frozen=True)
class DoseLine:
    """What a kit of the experimental arm holds for one dosing visit; for the unblinded page only."""

    visit_code: str
    visit_name: str
    initial: str
    supplemental: str


def kit_for_visit(visit: "Visit") -> Kit | None:
    """Returns the kit that was dispensed to a dosing visit, if it was."""
    movement = KitMovement.objects.filter(visit=visit, kind="dispense").select_related("kit").first()
    return movement.kit if movement else None


def is_given_back(visit: "Visit") -> bool:
    """Returns whether what was left of the kit came back from a dosing visit, before a witness."""
    return KitMovement.objects.filter(visit=visit, kind="return").exists()


def bottle_table(
    kit: Kit, *, visits: "list[Visit]", served: set[int | None], back: set[int | None]
) -> tuple[BottleRow, ...]:
    """Returns the bottles of a kit by dosing visit; a kit that is nobody's yet has none to show."""
    if kit.participant is None:
        return ()
    doses = patient_queries.definition_for(kit.participant).dose_labels.values()
    bottles = tuple(f"{dose.bottle} · {dose.label}" for dose in doses)
    return tuple(
        BottleRow(visit.code, visit.name, bottles, *_bottle_state(visit.pk, served=served, back=back))
        for visit in visits
    )


def doses_of(definition: ProtocolDefinition) -> tuple[DoseLine, ...]:
    """Returns the amounts by dosing visit; only the unblinded page asks for them."""
    dosing, visits = definition.unblinded_dosing, definition.visits_by_code
    return tuple(
        DoseLine(
            session.visit,
            visits[session.visit].name,
            " or ".join(f"{amount} {dosing.unit}" for amount in session.initial_allowed),
            " or ".join(f"{amount} {dosing.unit}" for amount in session.supplemental.values()),
        )
        for session in dosing.sessions
    )


def ledger_of(kit: Kit) -> QuerySet[KitMovement]:
    """Returns what happened to a kit, oldest first."""
    return kit.movements.select_related("visit", "recorded_by", "witness", "kit__site").order_by("observed_at", "id")


def dispensable_visits(site_ids: "set[int] | None") -> list["Visit"]:
    """Returns the open dosing visits of participants with a kit, to which nothing was dispensed yet, soonest first."""
    kits = Kit.objects.filter(state="assigned").select_related("participant")
    if site_ids is not None:
        kits = kits.filter(site_id__in=site_ids)
    visits = []
    for kit in kits.prefetch_related("participant__visits", "movements"):
        assert kit.participant is not None
        served = {movement.visit_id for movement in kit.movements.all() if movement.kind == "dispense"}
        visits += [
            visit
            for visit in kit.participant.visits.all()
            if visit.kind == "dosing" and visit.state in ("planned", "booked", "started") and visit.pk not in served
        ]
    return sorted(visits, key=_soonest_first)


def version_at(site: "Site", *, at: datetime) -> "ProtocolVersion":
    """Returns the protocol version in force at a site; raises Refused when there is none."""
    version = trial_queries.protocol_in_force(site, on=local_date(at, zone=site.zone))
    if version is None:
        raise Refused("No protocol version is in force at this site.")
    return version


def accountability_at(site: "Site", *, at: datetime) -> "Accountability | None":
    """Returns the protocol's rules of drug accountability, if it has any."""
    return trial_queries.definition_of(version_at(site, at=at)).accountability


def packed_units(definition: ProtocolDefinition) -> tuple[tuple[str, Decimal, int], ...]:
    """Returns what a kit is packed with as (visit, strength, capsules); a placebo kit is packed alike."""
    dosing = definition.unblinded_dosing
    return tuple(
        (session.visit, strength, units)
        for session in dosing.sessions
        for strength, units in dosing.packed_for(session.visit).items()
    )


def kits_in_storage(site: "Site") -> list[Kit]:
    """Returns the kits of a site that still hold something for a dosing visit and are not in quarantine."""
    doses = len(trial_queries.definition_of(trial_queries.latest_version(site.trial)).unblinded_dosing.sessions)
    kits = Kit.objects.filter(site=site, state__in=("in_stock", "assigned")).prefetch_related("movements")
    return [kit for kit in kits if sum(move.kind == "dispense" for move in kit.movements.all()) < doses]


def _soonest_first(visit: "Visit") -> tuple[bool, float, int]:
    return visit.booked_at is None, visit.booked_at.timestamp() if visit.booked_at else 0, visit.order


def _bottle_state(visit_id: int, *, served: set[int | None], back: set[int | None]) -> tuple[str, str]:
    if visit_id in back:
        return "complete", "Returned"
    return ("started", "Dispensed") if visit_id in served else ("notdue", "In the pharmacy")
