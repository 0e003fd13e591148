"""Reads on a dosing session: who is in the room, what was measured last, what the rules see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import Q, QuerySet

from core.clock import local_date
from core.models import Person
from patients import queries as patient_queries
from patients.models import Participant
from protocol.definition import ProtocolDefinition
from protocol.dosing import minutes_between
from protocol.expressions import Value
from sessions.models import (
    DosingHold,
    DosingSession,
    RoomPresence,
    SessionEntry,
    StreamPosition,
    VitalSigns,
)
from trials.queries import standing_delegations

Entry = TypeVar("Entry", bound=SessionEntry)
# The duties that count as qualified session staff; which duties there are is the protocol's own list of roles.
PHYSICIAN = "physician"
SESSION_DUTIES = frozenset({"therapist", PHYSICIAN, "clinician", "nurse"})
SIGNS = {
    "sbp": "systolic_mmhg",
    "dbp": "diastolic_mmhg",
    "hr": "heart_rate_bpm",
    "temp_c": "temperature_c",
}


@dataclass(frozen=True)
class InRoom:
    """Somebody who is in the room, and since when."""

    person: Person
    since: datetime
    qualified: bool


def definition_for(session: DosingSession) -> ProtocolDefinition:
    """Returns the protocol version under which the session is held."""
    return patient_queries.definition_for(session.participant)


def standing(model: type[Entry], session: DosingSession) -> list[Entry]:
    """Returns a session's entries of one kind that were neither corrected nor taken back, in order of observation."""
    found: Any = model._default_manager.filter(session=session, amended_by__isnull=True, withdrawn=False)
    return list(found.select_related(*_related(model)).order_by("observed_at", "id"))


def entry_of(session: DosingSession, model: type[SessionEntry], public_id: str) -> SessionEntry | None:
    """Returns one entry of a session by its public id."""
    found: Any = model._default_manager.filter(session=session, public_id=public_id)
    return cast(SessionEntry | None, found.select_related(*_related(model)).first())


def submitted(session: DosingSession, model: type[SessionEntry], submission_id: UUID) -> SessionEntry | None:
    """Returns one entry of a session by the id under which a form or a device submitted it."""
    found: Any = model._default_manager.filter(session=session, submission_id=submission_id)
    return cast(SessionEntry | None, found.select_related(*_related(model)).first())


def stream_of(session: DosingSession, *, after: int, most: int) -> list[StreamPosition]:
    """Returns what came into a session's stream after a number, in the order of commits."""
    return list(session.stream.filter(sequence__gt=after).order_by("sequence")[:most])


def entries_at(
    session: DosingSession, positions: Sequence[StreamPosition], *, models: Mapping[str, type[SessionEntry]]
) -> dict[str, SessionEntry]:
    """Returns the entries that stand at places of a stream, by public id; one statement for each kind among them."""
    found: dict[str, SessionEntry] = {}
    for kind in dict.fromkeys(position.kind for position in positions):
        wanted = [position.entry for position in positions if position.kind == kind]
        rows: Any = models[kind]._default_manager.filter(session=session, public_id__in=wanted)
        found |= {row.public_id: row for row in rows.select_related("amends", *_related(models[kind]))}
    return found


def versions_of(entry: SessionEntry) -> list[SessionEntry]:
    """Returns an entry with everything that corrected it or was corrected by it, the oldest first."""
    return next(chain for chain in chains_of(type(entry), entry.session) if entry in chain)


def chains_of(model: type[SessionEntry], session: DosingSession) -> list[list[SessionEntry]]:
    """Returns every entry of one kind, each with its corrections in order, by the time of its latest version."""
    found: Any = model._default_manager.filter(session=session).select_related(*_related(model)).order_by("id")
    chains: dict[int, list[SessionEntry]] = {}
    for entry in found:
        chain = chains.pop(entry.amends_id, []) if entry.amends_id else []
        chains[entry.pk] = [*chain, entry]
    return sorted(chains.values(), key=lambda chain: (chain[-1].observed_at, chain[-1].pk))


def _related(model: type[SessionEntry]) -> list[str]:
    return ["recorded_by", *(["person"] if model is RoomPresence else [])]


def in_room(
    session: DosingSession,
    *,
    at: datetime,
    ledger: Sequence[RoomPresence] | None = None,
    staff: "Staff | None" = None,
) -> list[InRoom]:
    """Returns who is in the room at a moment, by ledger and delegations, which are read unless they are given."""
    rows = standing(RoomPresence, session) if ledger is None else ledger
    latest = {row.person_id: row for row in rows if row.observed_at <= at}
    inside = [row for row in latest.values() if row.direction == "in"]
    qualified = (staff or staff_of(session, at=at)).qualified if inside else set()
    return [InRoom(row.person, row.observed_at, row.person_id in qualified) for row in inside]


def qualified_staff_count(session: DosingSession, *, at: datetime) -> int:
    """Returns how many qualified people are in the room at a moment."""
    return _qualified_among(in_room(session, at=at))


def _qualified_among(present: Iterable[InRoom]) -> int:
    return sum(1 for one in present if one.qualified)


@dataclass(frozen=True)
class Staff:
    """Who may do a duty of a session at its site on a day."""

    qualified: set[int]
    physicians: list[Person]


def staff_of(session: DosingSession, *, at: datetime) -> Staff:
    """Reads the delegations that stand at the session's site on the day."""
    on = local_date(at, zone=session.participant.site.zone)
    found = standing_delegations(site_id=session.site_id, on=on).filter(duty__in=SESSION_DUTIES)
    rows = list(found.select_related("person").order_by("person__display_name"))
    return Staff(
        qualified={row.person_id for row in rows},
        physicians=[row.person for row in rows if row.duty == PHYSICIAN and row.person.is_active],
    )


def people_on_duty(session: DosingSession, *, at: datetime) -> QuerySet[Person]:
    """Returns the people with a duty at the session's site on the day."""
    standing = standing_delegations(site_id=session.site_id, on=local_date(at, zone=session.site.zone))
    return Person.objects.filter(pk__in=standing.values("person_id"), is_active=True).order_by("display_name")


def people_in_room(session: DosingSession, *, at: datetime, but: Person) -> QuerySet[Person]:
    """Returns who is in the room at a moment besides one person."""
    present = [one.person.pk for one in in_room(session, at=at)]
    return Person.objects.filter(pk__in=present).exclude(pk=but.pk).order_by("display_name")


def values_of(vitals: VitalSigns) -> dict[str, Value]:
    """Returns a set's measured values by the protocol's names."""
    values: dict[str, Value] = {
        name: Decimal(str(value)) for name, column in SIGNS.items() if (value := getattr(vitals, column)) is not None
    }
    if vitals.chest_pain is not None:
        values["chest_pain"] = vitals.chest_pain
    return values


def baseline_values(sets: Sequence[VitalSigns], *, initial_at: datetime | None) -> dict[str, Value]:
    """Returns the values of the last set before the initial dose, under their baseline names."""
    before = [row for row in sets if initial_at is None or row.observed_at <= initial_at]
    if not before:
        return {}
    values = values_of(before[-1])
    return {f"{name}_baseline": value for name, value in values.items() if name in ("sbp", "temp_c")}


@dataclass(frozen=True)
class Moment:
    """What was read of a session at one moment, so that it is read once: the sets, and who is in the room."""

    sets: Sequence[VitalSigns]
    present: Sequence[InRoom]


def moment_of(session: DosingSession, *, at: datetime) -> Moment:
    """Reads the sets and the people in the room."""
    return Moment(standing(VitalSigns, session), in_room(session, at=at))


def values_for(session: DosingSession, *, at: datetime, moment: Moment | None = None) -> dict[str, Value]:
    """Returns everything the rules may use at this moment of the session.

    Vital signs are those of the latest set; the count of staff comes from the presence ledger.
    """
    moment = moment or moment_of(session, at=at)
    values = patient_queries.values_for(session.participant, visit_code=session.visit.code, at=at)
    sets = [row for row in moment.sets if row.observed_at <= at]
    for name in (*SIGNS, "chest_pain"):
        values.pop(name, None)
    if sets:
        values |= values_of(sets[-1])
    values |= baseline_values(sets, initial_at=session.initial_dose_at)
    values["session_staff_count"] = Decimal(_qualified_among(moment.present))
    if session.initial_dose_at is not None:
        values["minutes_since_initial"] = minutes_between(session.initial_dose_at, at)
    return values


def open_holds(participant: Participant) -> list[DosingHold]:
    """Returns what keeps the participant from being dosed."""
    return list(DosingHold.objects.filter(participant=participant, lifted_at__isnull=True).order_by("placed_at"))


def accompanied_participants(person: Person) -> QuerySet[DosingSession, int]:
    """Returns the participants in whose dosing sessions the person was in the room, as a subquery of their ids."""
    rows = RoomPresence.objects.filter(person=person, session__initial_dose_at__isnull=False)
    return DosingSession.objects.filter(pk__in=rows.values("session_id")).values_list("participant_id", flat=True)


def running_sessions(site_ids: set[int] | None) -> list[DosingSession]:
    """Returns the sessions that are not closed, by opening time."""
    found = DosingSession.objects.filter(Q(state="preparing") | Q(state="dosed"))
    if site_ids is not None:
        found = found.filter(site_id__in=site_ids)
    return list(found.select_related("participant", "visit", "site").order_by("opened_at"))


def all_sessions() -> QuerySet[DosingSession]:
    """Returns every session the actor may see, with what a dataset reads of it."""
    return DosingSession.objects.select_related("site", "participant", "visit")


def all_vital_signs() -> QuerySet[VitalSigns]:
    """Returns every set of vital signs that stands, with what a dataset reads of it."""
    return VitalSigns.objects.filter(amended_by__isnull=True, withdrawn=False).select_related(
        "site", "session__participant"
    )
