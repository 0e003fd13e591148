"""The calls into the schema `allocation`: one function here for each function there, and no other way in.

`allocate` runs on the runtime's connection, inside the caller's transaction. The others run on the unblinded one, in
transactions of their own, and the database judges who acts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, OperationalError, connections, transaction

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.identifiers import random_code
from core.models import Person
from pharmacy.board import BoardEvent, BoardPerson
from pharmacy.permuted_blocks import Slot
from pharmacy.sealing import UNSET, WRONG, KeyAway, hand_over, put_away, said

UNBLINDED = "unblinded"
NOTHING = "Not randomised. Nothing was allocated."
REFUSALS = {
    "VG101": f"{NOTHING} The allocation list is not sealed yet; the unblinded statistician makes it.",
    "VG102": f"{NOTHING} The allocation list has no slot left in this stratum.",
    "VG103": f"{NOTHING} No kit can be given at this site. Ask the pharmacist.",
    "VG104": f"{NOTHING} There is no such participant at your sites.",
    "VG105": "This is not open to you.",
    "VG106": "The allocation list is sealed. A sealed list is never changed.",
    "VG107": f"{NOTHING} The participant is not enrolled.",
    "VG109": "The participant was not randomised, so there is nothing to unblind.",
    "VG111": "So many capsules are not there. Nothing was recorded.",
    "VG112": "This count is closed, or your figures are in already.",
    "VG113": "Two people count, each for themselves. Nothing was recorded.",
    "VG114": "Enter a figure for each lot, also where nothing is left. Nothing was recorded.",
    "VG115": "Both people enter their figures first.",
    "VG116": f"{NOTHING} A value by which the protocol balances the arms is missing.",
    "55P03": f"{NOTHING} Others are being randomised just now. Try again in a minute.",
    "VG117": "This case is not open for an unblinded report. Look at the list again.",
    "VG110": "The question is not on record, so there is no answer. Ask again.",
    "VG120": "What is sealed does not open: somebody changed it in the database. Tell whoever runs Vigil.",
}


class RoomAway(Refused, OperationalError):
    """The unblinded login does not answer. A form shows the sentence; a page that has none answers 503."""

    def __init__(self) -> None:
        super().__init__("The unblinded room cannot be reached. Nothing was done. Try again in a minute.")


@dataclass(frozen=True)
class Allocated:
    """What the runtime may know of an allocation."""

    randomisation_number: str
    kit_number: str


@dataclass(frozen=True)
class KitArrival:
    """One kit of a shipment, as the shipping note says it."""

    number: str
    arm: str
    lot: str
    expires_on: date


@dataclass(frozen=True)
class ShipmentNote:
    """What stands on the papers of a shipment; temperatures are None where no logger came with it."""

    order_form: str
    lowest_c: Decimal | None = None
    highest_c: Decimal | None = None


@dataclass(frozen=True)
class PackedUnits:
    """How many capsules of a strength a kit holds for one dosing visit; the same whatever they contain."""

    bottle: str
    strength_mg: Decimal
    units: int


@dataclass(frozen=True)
class KitContent:
    """What a kit holds."""

    number: str
    arm: str
    lot: str


@dataclass(frozen=True)
class GuessCount:
    """How many of an arm guessed the same at a visit."""

    procedure: str
    visit: str
    arm: str
    guess: str
    certainty: str
    people: int


@dataclass(frozen=True)
class ListDraft:
    """A list before it is kept: its method, what the method goes by, and its places, whose arm may be open."""

    method: str
    slots: Sequence[Slot]
    seed: str
    ratio: Mapping[str, int]
    block_sizes: Sequence[int] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ListOverview:
    """A list as the statistician sees it; `used` maps stratum to (taken, total)."""

    list_id: int
    method: str
    rules: Mapping[str, Any]
    seed: str
    ratio: Mapping[str, int]
    block_sizes: Sequence[int]
    protocol_version_id: int
    made_by_id: int
    made_at: datetime
    sealed_at: datetime | None
    digest: str
    used: Mapping[str, tuple[int, int]]


@contextmanager
def in_the_room(*, by: Person, reason: str) -> Iterator[None]:
    """Opens a contribution on the unblinded login, and lends it the key of the allocation.

    Raises RoomAway when the login does not answer, and KeyAway without the key or with another one.
    """
    try:
        connections[UNBLINDED].ensure_connection()
    except OperationalError as error:
        raise RoomAway from error
    with contribution(by=by, reason=reason, using=UNBLINDED):
        _lend_key(UNBLINDED)
        yield


def allocate(*, participant_id: int, stratum: str, levels: Mapping[str, str], at: datetime) -> Allocated:
    """Takes the next place and a kit of the site; the same participant gets the same answer again.

    `levels` are the participant's factors by name. They are frozen with the place, and minimisation goes by them.
    Raises KeyAway without the key of the allocation, which is lent for this call alone.
    """
    values = [participant_id, stratum, json.dumps(dict(levels)), at]
    # What fails takes the key away with it; what succeeds goes on without it.
    with transaction.atomic():
        _lend_key("default", nothing=f"{NOTHING} ")
        row = call("default", "SELECT * FROM allocation.allocate(%s, %s, %s, %s)", values)[0]
        with connections["default"].cursor() as cursor:
            put_away(cursor)
    return Allocated(*row)


def make_list(draft: ListDraft, *, trial_id: int, protocol_version_id: int, by: Person, at: datetime) -> int:
    """Keeps a list as a draft and returns its id."""
    slots = [asdict(slot) | {"arm": slot.arm or None} for slot in draft.slots]
    with in_the_room(by=by, reason="Allocation list made"):
        return number_from(
            "SELECT allocation.make_list(%s, %s, allocation.told(%s), allocation.told(%s)::jsonb, %s, %s,"
            " allocation.told(%s)::jsonb, allocation.told(%s)::jsonb, %s)",
            [trial_id, protocol_version_id, said(draft.seed), said(json.dumps(dict(draft.ratio))),
             json.dumps(list(draft.block_sizes)), draft.method, said(json.dumps(dict(draft.rules))),
             said(json.dumps(slots)), at],
        )  # fmt: skip


def seal_list(list_id: int, *, shown_digest: str, by: Person, at: datetime) -> int:
    """Seals a draft for ever and returns the id of the blinded row that says so."""
    with in_the_room(by=by, reason="Allocation list sealed"):
        return number_from(
            "SELECT allocation.seal_list(%s, %s, %s, %s)",
            [list_id, shown_digest, f"all_{random_code(16)}", at],
        )


def lists(*, trial_id: int, by: Person) -> list[ListOverview]:
    """Returns the lists of a trial, the latest first."""
    with in_the_room(by=by, reason="Allocation lists read"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.lists(%s)", [trial_id])
    return [_overview(row) for row in rows]


def slots_of(list_id: int, *, by: Person) -> list[Slot]:
    """Returns the slots of a list without their numbers; the reading is logged."""
    with in_the_room(by=by, reason="Allocation list read"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.slots_of(%s)", [list_id])
    return [Slot(stratum, position, block, arm or "", "") for stratum, position, block, arm, *_ in rows]


def taken_places(list_id: int, *, by: Person) -> list[tuple[int, Mapping[str, str], str]]:
    """Returns (place, levels, arm) of every place of a list that was taken, in order; the reading is logged."""
    with in_the_room(by=by, reason="Allocation list repeated from its seed"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.slots_of(%s)", [list_id])
    return [(position, _parsed(levels), arm) for _, position, _, arm, is_taken, levels in rows if is_taken]


def guesses_by_arm(*, trial_id: int, by: Person) -> list[GuessCount]:
    """Returns how many guessed what, by procedure, visit and arm, for the statistician alone; the reading is logged."""
    with in_the_room(by=by, reason="Guesses counted by arm"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.guesses_by_arm(%s)", [trial_id])
    return [GuessCount(*row) for row in rows]


def board_rows(*, trial_id: int, by: Person) -> tuple[list[BoardPerson], list[BoardEvent]]:
    """Returns who was allocated and what happened to them, by arm, for the statistician alone; it is logged."""
    with in_the_room(by=by, reason="Report for the monitoring board"):
        people = call(UNBLINDED, "SELECT * FROM allocation.board_people(%s)", [trial_id])
        events = call(UNBLINDED, "SELECT * FROM allocation.board_events(%s)", [trial_id])
    return [BoardPerson(*row) for row in people], [BoardEvent(*row) for row in events]


def keep_board_report(*, trial_id: int, key: str, content: str, by: Person) -> None:
    """Keeps a closed report as it is, under the public id of the open one."""
    statement = "SELECT allocation.keep_board_report(%s, %s, allocation.told(%s))"
    with in_the_room(by=by, reason="Closed report kept"):
        call(UNBLINDED, statement, [trial_id, key, said(content)])


def closed_board_report(*, trial_id: int, key: str, by: Person) -> tuple[str, str] | None:
    """Returns the content and the digest of a closed report, for the statistician alone; the reading is logged."""
    with in_the_room(by=by, reason="Closed report read"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.board_report(%s, %s)", [trial_id, key])
    return (rows[0][0], rows[0][1]) if rows else None


def receive_shipment(
    kits: Sequence[KitArrival],
    *,
    note: ShipmentNote,
    excursion: bool,
    packed: Sequence[PackedUnits],
    site_id: int,
    witness_id: int,
    by: Person,
    at: datetime,
) -> int:
    """Puts a shipment's kits into storage, or into quarantine after an excursion, and returns how many."""
    units = json.dumps([asdict(each) | {"strength_mg": str(each.strength_mg)} for each in packed])
    arrived = [
        {
            **asdict(kit),
            "expires_on": kit.expires_on.isoformat(),
            "kit_public_id": f"kit_{random_code(16)}",
            "movement_public_id": f"mov_{random_code(16)}",
            "stored_public_id": f"mov_{random_code(16)}",
        }
        for kit in kits
    ]
    shipment = {
        "public_id": f"shp_{random_code(16)}",
        "order_form": note.order_form,
        "lowest_c": None if note.lowest_c is None else str(note.lowest_c),
        "highest_c": None if note.highest_c is None else str(note.highest_c),
        "excursion": excursion,
    }
    with in_the_room(by=by, reason="Shipment received"):
        return number_from(
            "SELECT allocation.receive_shipment(%s, %s, %s, allocation.told(%s)::jsonb, %s, %s)",
            [site_id, witness_id, json.dumps(shipment), said(json.dumps(arrived)), units, at],
        )


def contents_of(site_id: int, *, by: Person) -> dict[str, KitContent]:
    """Returns what the site's kits hold, by number; the reading is logged."""
    with in_the_room(by=by, reason="Kit contents read"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.contents(%s)", [site_id])
    return {row[0]: KitContent(*row) for row in rows}


def ask_to_reveal(*, participant_id: int, reason: str, by: Person, at: datetime) -> tuple[int, int]:
    """Commits the question to the log and to the blinded record; returns the ids of both rows."""
    with in_the_room(by=by, reason=reason):
        rows = call(
            UNBLINDED,
            "SELECT * FROM allocation.ask_to_reveal(%s, %s, %s, %s)",
            [participant_id, reason, f"unb_{random_code(16)}", at],
        )
    log_id, unblinding_id = rows[0]
    return log_id, unblinding_id


def reveal(log_id: int, *, by: Person) -> str:
    """Returns the arm that a committed question of the same person asks for."""
    with in_the_room(by=by, reason="Emergency unblinding"):
        arm = call(UNBLINDED, "SELECT allocation.reveal(%s)", [log_id])[0][0]
    return str(arm)


def call(using: str, statement: str, values: Sequence[Any]) -> list[Any]:
    """Calls one function of the schema; its refusals come back as sentences."""
    try:
        # A savepoint, so that a refusal leaves the caller's transaction usable.
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    except DatabaseError as error:
        if _code_of(error) == "VG108":
            raise Conflict("The list is not the one that you saw. Look at it again, then seal it.") from error
        refusal = refusal_of(error)
        if refusal is not None:
            raise refusal from error
        raise


def _lend_key(using: str, *, nothing: str = "") -> None:
    try:
        with connections[using].cursor() as cursor:
            hand_over(cursor)
    except KeyAway as error:
        raise KeyAway(nothing + UNSET) from error
    except DatabaseError as error:
        if _code_of(error) == "VG119":
            raise KeyAway(nothing + WRONG) from error
        raise


def refusal_of(error: DatabaseError) -> Refused | None:
    """Returns the sentence for a refusal of the schema, or None for any other fault."""
    sentence = REFUSALS.get(_code_of(error))
    return Refused(sentence) if sentence else None


def _code_of(error: DatabaseError) -> str:
    return str(getattr(error.__cause__, "pgcode", ""))


def number_from(statement: str, values: Sequence[Any]) -> int:
    """Returns the one number that a function of the unblinded login answers."""
    return int(call(UNBLINDED, statement, values)[0][0])


def _overview(row: Sequence[Any]) -> ListOverview:
    return ListOverview(
        list_id=row[0],
        method=row[10],
        rules=_parsed(row[11]),
        seed=row[1],
        ratio=_parsed(row[2]),
        block_sizes=_parsed(row[3]),
        protocol_version_id=row[4],
        made_by_id=row[5],
        made_at=row[6],
        sealed_at=row[7],
        digest=row[8],
        used=_used(_parsed(row[9])),
    )


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _used(counts: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, int]]:
    return {stratum: (taken, total) for stratum, (taken, total) in sorted(counts.items())}
