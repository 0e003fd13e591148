"""The stock of the demo trial: an inventory, readings, a shipment that came too warm, and a count that differs."""

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from core.contributions import reading_as, recorded_at
from core.models import Person
from demo.stage import Stage
from pharmacy import actions, ledger
from pharmacy.allocation import KitArrival, ShipmentNote
from pharmacy.models import StockCount
from trials.models import Site
from trials.queries import definition_of

INVENTORY, SHIPMENT, COUNT = timedelta(days=40), timedelta(days=9), timedelta(hours=5)
READINGS = 12
TOO_WARM = ShipmentNote("222-26-0057", Decimal("18.4"), Decimal("27.9"))


def play_stock(stage: Stage, *, seed: int, until: datetime) -> None:
    """Plays what the pharmacists did with the stock before `until`; the count at the first site is off by one."""
    for code, site in sorted(stage.sites.items()):
        pharmacist, witness = stage.at(code, 4), stage.at(code, 0)
        _count(site, "initial", pharmacist, witness, at=until - INVENTORY, off_by=0)
        for number in range(READINGS, 0, -1):
            _read(site, pharmacist, seed=seed, number=number, at=until - timedelta(days=3 * number - 2))
        _receive(stage, site, pharmacist, witness, seed=seed, at=until - SHIPMENT)
        if code == min(stage.sites):
            _count(site, "routine", pharmacist, witness, at=until - COUNT, off_by=-1)


def _count(site: Site, kind: str, pharmacist: Person, witness: Person, *, at: datetime, off_by: int) -> None:
    with recorded_at(at):
        with reading_as(pharmacist):
            count = actions.open_count(site, kind=kind, by=pharmacist, at=at)
        with reading_as(pharmacist):
            lots = ledger.stock_of(site.pk, by=pharmacist)
            strengths = sorted({lot.strength_mg for lot in lots})
            found = {lot.lot_id: lot.on_hand + (off_by if lot is lots[0] else 0) for lot in lots}
            sums = [sum(found[lot.lot_id] for lot in lots if lot.strength_mg == each) for each in strengths]
            actions.enter_first_count(count, units_by_lot=found, by=pharmacist)
        with reading_as(witness):
            actions.enter_second_count(
                StockCount.objects.get(pk=count.pk), by_strength=sums, by=witness, at=at + timedelta(minutes=20)
            )
        with reading_as(pharmacist):
            actions.compare_count(count, by=pharmacist, at=at + timedelta(minutes=30))


def _read(site: Site, pharmacist: Person, *, seed: int, number: int, at: datetime) -> None:
    drawn = hashlib.sha256(f"{seed}:{site.code}:temperature:{number}".encode()).digest()
    lowest = Decimal(180 + drawn[0] % 20) / 10
    with recorded_at(at), reading_as(pharmacist):
        actions.record_temperature(
            site,
            lowest_c=lowest,
            highest_c=lowest + Decimal(drawn[1] % 30) / 10,
            submission_id=UUID(bytes=drawn[:16]),
            by=pharmacist,
            at=at,
        )


def _receive(stage: Stage, site: Site, pharmacist: Person, witness: Person, *, seed: int, at: datetime) -> None:
    arms = [arm.code for arm in definition_of(stage.version).arms]
    numbers = [hashlib.sha256(f"{seed}:{site.code}:warm:{each}".encode()).hexdigest() for each in range(4)]
    expires_on = (at + timedelta(days=700)).date()
    kits = [
        KitArrival(_number(site, digest), arms[place % len(arms)], "LOT-2", expires_on)
        for place, digest in enumerate(numbers)
    ]
    with recorded_at(at), reading_as(pharmacist):
        actions.receive_kits(site, kits=kits, note=TOO_WARM, witness=witness, by=pharmacist, at=at)


def _number(site: Site, digest: str) -> str:
    return f"W{site.code[-1]}{int(digest[:8], 16) % 90000 + 10000}"
