"""Keeps watch over the stock: temperatures, counts by two people, and cases where a count does not agree."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from pharmacy import ledger, queries
from pharmacy.actions.kits import is_excursion, move_kits
from pharmacy.models import Discrepancy, SecondCount, StockCount, TemperatureReading

if TYPE_CHECKING:
    from trials.models import Site


def record_temperature(
    site: "Site", *, lowest_c: Decimal, highest_c: Decimal, submission_id: UUID, by: Person, at: datetime
) -> TemperatureReading:
    """Records how warm the storage was; outside the protocol's limits everything in it goes into quarantine at once.

    The same submission answers what it did. Raises Refused when the lowest is above the highest.
    """
    known = TemperatureReading.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if lowest_c > highest_c:
        raise Refused("The lowest temperature is above the highest. Nothing was recorded.", field="lowest_c")
    excursion = is_excursion(site, lowest_c=lowest_c, highest_c=highest_c, at=at)
    kits = queries.kits_in_storage(site) if excursion else []
    with contribution(by=by, reason="Storage temperature recorded"):
        if kits:
            move_kits(kits, kind="quarantine", submission_id=uuid5(submission_id, "kits"), by=by, at=at)
        return TemperatureReading.objects.create(
            site=site,
            lowest_c=lowest_c,
            highest_c=highest_c,
            excursion=excursion,
            kits_quarantined=len(kits),
            measured_at=at,
            submission_id=submission_id,
            recorded_by=by,
        )


def open_count(site: "Site", *, kind: str, by: Person, at: datetime) -> StockCount:
    """Opens a count of the site's stock, or answers the one that is open."""
    with contribution(by=by, reason="Count opened"):
        known = StockCount.objects.filter(site=site, state="open").first()
        if known is not None:
            return known
        try:
            with transaction.atomic():
                return StockCount.objects.create(site=site, kind=kind, opened_at=at, recorded_by=by)
        except IntegrityError:
            return StockCount.objects.get(site=site, state="open")


def enter_second_count(count: StockCount, *, by_strength: Sequence[int], by: Person, at: datetime) -> SecondCount:
    """Keeps what the second person counted; asking again answers the first figures.

    Raises Refused when the count is closed, or when its opener counts twice.
    """
    known = SecondCount.objects.filter(stock_count=count).first()
    if known is not None:
        return known
    if count.state != "open":
        raise Refused("This count is closed.")
    if count.recorded_by_id == by.pk:
        raise Refused("The second count is somebody else's. Nothing was recorded.")
    with contribution(by=by, reason="Stock counted"):
        return SecondCount.objects.create(
            stock_count=count, by_strength=list(by_strength), counted_at=at, site_id=count.site_id, recorded_by=by
        )


def enter_first_count(count: StockCount, *, units_by_lot: Mapping[int, int], by: Person) -> None:
    """Keeps the pharmacist's figures by lot. Raises Refused when they are in already or a lot is missing."""
    ledger.enter_count(count.pk, units_by_lot=units_by_lot, by=by)


def compare_count(count: StockCount, *, by: Person, at: datetime) -> str:
    """Compares both counts with the ledger, closes the count and returns its state; a difference opens a case.

    Raises Refused until both people have counted.
    """
    rules = queries.accountability_at(count.site, at=at)
    hours = rules.discrepancy_hours if rules and rules.discrepancy_hours else 0
    return ledger.close_count(count.pk, by=by, at=at, due_at=at + timedelta(hours=hours))


def resolve_discrepancy(case: Discrepancy, *, cause: str, note: str, by: Person, at: datetime) -> Discrepancy:
    """Closes a case with its cause; what was found out is kept where only the pharmacy reads it.

    Raises Refused when nothing was found out, or when the case is closed.
    """
    if case.state != "open":
        raise Refused("This case is closed.")
    if not note.strip():
        raise Refused("Say what was found out. Nothing was recorded.", field="note")
    ledger.note_discrepancy(case.pk, note=note.strip(), by=by, at=at)
    with contribution(by=by, reason="Discrepancy resolved"):
        case.cause, case.state, case.resolved_at, case.resolved_by = cause, "resolved", at, by
        case.save(update_fields=["cause", "state", "resolved_at", "resolved_by"])
    return case
