"""When the stock runs out, and what expires before it is used; unblinded, for the pharmacist's page alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pharmacy.models import Kit
from protocol.definition import ProtocolDefinition

if TYPE_CHECKING:
    from patients.models import Participant, Visit

TO_COME = ("screening", "enrolled")


@dataclass(frozen=True)
class Supply:
    """The kits of one arm that can still be given, how many people they last for at worst, and until when."""

    arm: str
    kits: int
    runs_out_on: date | None
    order_by: date | None


@dataclass(frozen=True)
class Forecast:
    """What the schedule says about the stock of one site."""

    expected: tuple[tuple["Participant", date], ...]
    supplies: tuple[Supply, ...]
    too_short: tuple[Kit, ...]
    to_replace: tuple[tuple[Kit, date], ...]
    kits_last_days: int


def forecast(
    *,
    kits: Sequence[Kit],
    arm_of_kit: Mapping[str, str],
    people: Sequence["Participant"],
    definition: ProtocolDefinition,
    lead_days: int,
    today: date,
) -> Forecast:
    """Returns when each arm's kits run out if the next people all need them, and which kits expire too soon.

    A kit must last from randomisation to the last dosing visit, as long as its latest window takes for anybody.
    """
    lasting = max((_days_of_dosing(person, definition) for person in people), default=0)
    in_stock = [kit for kit in kits if kit.state == "in_stock"]
    usable = [kit for kit in in_stock if kit.expires_on > today + timedelta(days=lasting)]
    expected = sorted(
        (
            (person, max(day, today))
            for person in people
            if person.status in TO_COME and (day := _day_of(person, definition.randomisation.trigger_visit))
        ),
        key=lambda each: (each[1], each[0].screening_number),
    )
    counts = {arm.code: sum(arm_of_kit.get(kit.number) == arm.code for kit in usable) for arm in definition.arms}
    supplies = [_supply(arm, number, [day for _, day in expected], lead_days) for arm, number in counts.items()]
    return Forecast(
        tuple(expected),
        tuple(supplies),
        tuple(kit for kit in in_stock if kit not in usable),
        tuple(_to_replace(kits)),
        lasting,
    )


def _supply(arm: str, kits: int, days: list[date], lead_days: int) -> Supply:
    # At worst everybody who comes next falls into this arm.
    runs_out = days[kits] if kits < len(days) else None
    return Supply(arm, kits, runs_out, runs_out - timedelta(days=lead_days) if runs_out else None)


def _to_replace(kits: Sequence[Kit]) -> list[tuple[Kit, date]]:
    found = []
    for kit in kits:
        if kit.participant is None or kit.state == "withdrawn":
            continue
        ahead = [visit.latest_on for visit in _dosing(kit.participant) if visit.state in ("planned", "booked")]
        last = max((day for day in ahead if day is not None), default=None)
        if last is not None and kit.expires_on <= last:
            found.append((kit, last))
    return found


def _days_of_dosing(person: "Participant", definition: ProtocolDefinition) -> int:
    first = _day_of(person, definition.randomisation.trigger_visit)
    last = max((visit.latest_on for visit in _dosing(person) if visit.latest_on), default=None)
    return (last - first).days if first and last else 0


def _dosing(person: "Participant") -> list["Visit"]:
    return [visit for visit in person.visits.all() if visit.kind == "dosing"]


def _day_of(person: "Participant", code: str) -> date | None:
    for visit in person.visits.all():
        if visit.code == code:
            return visit.booked_at.date() if visit.booked_at else visit.target_on
    return None
