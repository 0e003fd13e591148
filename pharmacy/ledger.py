"""Reads of the unblinded ledger by lot and strength, and the figures of counts; for the pharmacist's pages alone.

Each function calls one of the schema `allocation` on the unblinded connection. The database judges who asks, and keeps
that it was asked. Nothing here writes a movement: the database posts those itself when something happens to a kit.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.identifiers import random_code
from core.models import Person
from pharmacy.allocation import UNBLINDED, call, in_the_room, number_from
from pharmacy.sealing import said

# What the site still holds, whatever may be done with it.
ON_HAND = ("quarantine", "storage", "returned")
PLACES = ("quarantine", "storage", "dispensed", "returned", "waste", "destroyed", "transferred", "lost")


@dataclass(frozen=True)
class LotStock:
    """One lot in one strength at a site, and how many capsules of it lie where."""

    lot_id: int
    code: str
    arm: str
    strength_mg: Decimal
    expires_on: date
    units: Mapping[str, int]

    @property
    def key(self) -> str:
        """Returns what names the lot in an address; it is opaque and says nothing of the contents."""
        named = f"{self.code}|{self.arm}|{self.strength_mg.normalize():f}"
        return hashlib.sha256(named.encode()).hexdigest()[:12]

    @property
    def on_hand(self) -> int:
        """Returns how many capsules the site still holds."""
        return sum(self.units.get(place, 0) for place in ON_HAND)

    @property
    def received(self) -> int:
        """Returns how many came."""
        return -self.units.get("supplier", 0)

    def in_places(self) -> list[int]:
        """Returns the capsules place by place, in the order of the ledger's columns."""
        return [self.units.get(place, 0) for place in PLACES]


@dataclass(frozen=True)
class LedgerLine:
    """One movement of a lot: out of a place and into another, by whom and before whom."""

    number: int
    kind: str
    from_place: str
    to_place: str
    units: int
    on_hand: int
    kit: str
    bottle: str
    handler_id: int
    witness_id: int | None
    document: str
    observed_at: datetime


@dataclass(frozen=True)
class CountedLot:
    """What a closed count found of a lot, beside what the ledger said when it was counted."""

    lot_id: int
    code: str
    arm: str
    strength_mg: Decimal
    counted: int
    expected: int
    counted_by_id: int

    @property
    def difference(self) -> int:
        """Returns by how many capsules the count is above the ledger."""
        return self.counted - self.expected


def stock_of(site_id: int, *, by: Person) -> list[LotStock]:
    """Returns the stock of a site by lot and strength; the reading is logged."""
    with in_the_room(by=by, reason="Stock read"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.stock(%s)", [site_id])
    found: dict[tuple[int, str, str, Decimal, date], dict[str, int]] = {}
    for lot_id, code, arm, strength, expires_on, place, units in rows:
        found.setdefault((lot_id, code, arm, strength, expires_on), {})[place] = units
    return [LotStock(*lot, units=units) for lot, units in found.items()]


def ledger_of_lot(
    lot_id: int, *, site_id: int, by: Person, before: int | None = None, most: int = 100
) -> list[LedgerLine]:
    """Returns the movements of a lot, the latest first, each with the balance after it; the reading is logged."""
    with in_the_room(by=by, reason="Ledger read"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.ledger(%s, %s, %s, %s)", [site_id, lot_id, before, most])
    return [LedgerLine(*row) for row in rows]


def enter_count(count_id: int, *, units_by_lot: Mapping[int, int], by: Person) -> None:
    """Keeps the pharmacist's figures of an open count, one for each lot. Raises Refused."""
    figures = [{"lot": lot, "units": units} for lot, units in units_by_lot.items()]
    with in_the_room(by=by, reason="Stock counted"):
        number_from("SELECT allocation.enter_count(%s, %s)", [count_id, json.dumps(figures)])


def is_counted(count_id: int, *, by: Person) -> bool:
    """Returns whether the pharmacist's figures of a count are in."""
    with in_the_room(by=by, reason="Count read"):
        return bool(call(UNBLINDED, "SELECT allocation.is_counted(%s)", [count_id])[0][0])


def close_count(count_id: int, *, by: Person, at: datetime, due_at: datetime) -> str:
    """Compares both counts with the ledger and returns the count's state; a difference opens a case. Raises Refused."""
    with in_the_room(by=by, reason="Count compared"):
        values = [count_id, f"dis_{random_code(16)}", at, due_at]
        return str(call(UNBLINDED, "SELECT allocation.close_count(%s, %s, %s, %s)", values)[0][0])


def result_of(count_id: int, *, by: Person) -> list[CountedLot]:
    """Returns what a closed count found by lot; nothing while it is open. The reading is logged."""
    with in_the_room(by=by, reason="Count read"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.count_result(%s)", [count_id])
    return [CountedLot(*row) for row in rows]


def note_discrepancy(case_id: int, *, note: str, by: Person, at: datetime) -> None:
    """Keeps what was found out about a case where no blinded person can read it."""
    with in_the_room(by=by, reason="Discrepancy noted"):
        statement = "SELECT allocation.note_discrepancy(%s, allocation.told(%s), %s)"
        number_from(statement, [case_id, said(note), at])


def notes_of(case_id: int, *, by: Person) -> list[tuple[str, int, datetime]]:
    """Returns the notes of a case, oldest first, with the ids of their writers."""
    with in_the_room(by=by, reason="Discrepancy read"):
        return [tuple(row) for row in call(UNBLINDED, "SELECT * FROM allocation.notes_of(%s)", [case_id])]


def issue_envelope(participant_id: int, *, by: Person, at: datetime) -> tuple[int, str]:
    """Puts an envelope on record and returns its id with the arm that goes into it."""
    with in_the_room(by=by, reason="Envelope issued"):
        values = [participant_id, f"env_{random_code(16)}", at]
        envelope_id, arm = call(UNBLINDED, "SELECT * FROM allocation.issue_envelope(%s, %s, %s)", values)[0]
    return envelope_id, arm


def can_be_revealed(participant_id: int, *, by: Person) -> bool:
    """Returns whether the person would get an answer about the participant; nothing is revealed."""
    with in_the_room(by=by, reason="Drill of emergency unblinding"):
        return bool(call(UNBLINDED, "SELECT allocation.drill(%s)", [participant_id])[0][0])
