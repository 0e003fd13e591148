"""Reads on a dosing session: who is in the room, what was measured last, what the rules see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from core.models import Person
from core.prepared import Prepared, prepared
from patients import queries as patient_queries
from protocol.conduct import enquiry_points
from protocol.definition import ProtocolDefinition
from protocol.dosing import minutes_between
from protocol.expressions import Value
from sessions.models import (
    OVER,
    ChecklistAnswer,
    DistressRating,
    DosingSession,
    EffectEnquiry,
    PaperSheet,
    PreparationAttendance,
    PreparatorySession,
    RoomPresence,
    SessionEntry,
    SessionNote,
    StreamPosition,
    TouchEvent,
    VitalSigns,
)
from sessions.queries.bookings import (
    RoomDay,
    bookings_at,
    bookings_of,
    moment_in_words,
    next_free,
    rooms_of,
    rooms_with_bookings,
    span_in_words,
)
from sessions.queries.holds import OpenHold, holds_at, open_holds, trial_holds
from sessions.queries.staff import (
    ATTENDANT,
    PHYSICIAN,
    SESSION_DUTIES,
    THERAPIST,
    Staff,
    attendants_on_duty,
    people_for,
    people_on_duty,
    physicians_on_duty,
    staff_of,
    therapists_on,
)

__all__ = [
    "ATTENDANT",
    "InRoom",
    "Moment",
    "OpenHold",
    "PHYSICIAN",
    "RoomDay",
    "SESSION_DUTIES",
    "SIGNS",
    "Staff",
    "THERAPIST",
    "accompanied_participants",
    "all_sessions",
    "all_vital_signs",
    "attendants_on_duty",
    "baseline_values",
    "bookings_at",
    "bookings_of",
    "chains_of",
    "definition_for",
    "enquiry_due",
    "entries_at",
    "entry_of",
    "holds_at",
    "in_room",
    "last_stop",
    "locked",
    "moment_in_words",
    "moment_of",
    "next_free",
    "open_holds",
    "people_for",
    "people_in_room",
    "people_on_duty",
    "physicians_on_duty",
    "preparation_of",
    "prepared_together",
    "rooms_of",
    "rooms_with_bookings",
    "running_sessions",
    "session_by_id",
    "sheet_of",
    "sheets_of",
    "span_in_words",
    "staff_of",
    "staffing_fault",
    "standing",
    "standing_notes",
    "stream_of",
    "submitted",
    "therapists_on",
    "trial_holds",
    "values_for",
    "values_of",
    "versions_of",
    "welcomes_touch",
]

if TYPE_CHECKING:
    from patients.models import Visit

Entry = TypeVar("Entry", bound=SessionEntry)
# What one answer brings of a stream; a device asks again for the rest.
AT_ONCE = 500
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
    leads: bool = False


def definition_for(session: DosingSession) -> ProtocolDefinition:
    """Returns the protocol version under which the session is held."""
    return patient_queries.definition_for(session.participant)


def locked(session: DosingSession) -> DosingSession:
    """Returns the session under a row lock: two people who decide at once do so one after the other."""
    found = DosingSession.objects.select_for_update(of=("self",)).select_related(
        "participant__site", "participant__protocol_version", "visit", "site"
    )
    return found.get(pk=session.pk)


def standing(model: type[Entry], session: DosingSession) -> list[Entry]:
    """Returns a session's entries of one kind that were neither corrected nor taken back, in order of observation."""
    return cast(list[Entry], _standing_of(model)(session_id=session.pk))


@cache
def _standing_of(model: type[SessionEntry]) -> Prepared[Any]:
    def standing(session_id: Any) -> QuerySet[Any]:
        entries: Any = model._default_manager
        found = entries.filter(session_id=session_id, amended_by__isnull=True, withdrawn=False)
        return cast(QuerySet[Any], found.select_related(*_related(model)).order_by("observed_at", "id"))

    return Prepared(standing)


def entry_of(session: DosingSession, model: type[SessionEntry], public_id: str) -> SessionEntry | None:
    """Returns one entry of a session by its public id."""
    found: Any = model._default_manager.filter(session=session, public_id=public_id)
    return cast(SessionEntry | None, found.select_related(*_related(model)).first())


def submitted(session: DosingSession, model: type[SessionEntry], submission_id: UUID) -> SessionEntry | None:
    """Returns one entry of a session by the id under which a form or a device submitted it."""
    found = _submitted_as(model)(session_id=session.pk, submission_id=submission_id)
    return found[0] if found else None


@cache
def _submitted_as(model: type[SessionEntry]) -> Prepared[Any]:
    def submitted(session_id: Any, submission_id: Any) -> QuerySet[Any]:
        found: Any = model._default_manager.filter(session_id=session_id, submission_id=submission_id)
        return cast(QuerySet[Any], found.select_related(*_related(model)))

    return Prepared(submitted)


@prepared
def _stream(session_id: Any, after: Any) -> QuerySet[StreamPosition]:
    return StreamPosition.objects.filter(session_id=session_id, sequence__gt=after).order_by("sequence")[:AT_ONCE]


def stream_of(session: DosingSession, *, after: int) -> list[StreamPosition]:
    """Returns what came into a session's stream after a number, in the order of commits; `AT_ONCE` places at most."""
    return _stream(session_id=session.pk, after=after)


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
    staff: Staff | None = None,
) -> list[InRoom]:
    """Returns who is in the room at a moment, by ledger and delegations, which are read unless they are given."""
    rows = standing(RoomPresence, session) if ledger is None else ledger
    latest = {row.person_id: row for row in rows if row.observed_at <= at}
    inside = [row for row in latest.values() if row.direction == "in"]
    if not inside:
        return []
    known = staff or staff_of(session, at=at)
    return [
        InRoom(row.person, row.observed_at, row.person_id in known.qualified, row.person_id in known.leads)
        for row in inside
    ]


def staffing_fault(session: DosingSession, *, present: Sequence[InRoom]) -> str:
    """Returns what is wrong with who is in the room, as a sentence; nothing when the protocol is satisfied."""
    definition = definition_for(session)
    count = _qualified_among(present)
    if count < definition.min_session_staff:
        return f"{count} of {definition.min_session_staff} qualified people in the room"
    if definition.conduct.lead_duties and not any(one.leads for one in present):
        duties = " or ".join(definition.roles[duty].name.lower() for duty in definition.conduct.lead_duties)
        return f"No {duties} in the room who may lead"
    return ""


def _qualified_among(present: Iterable[InRoom]) -> int:
    return sum(1 for one in present if one.qualified)


def preparation_of(visit: "Visit") -> PreparatorySession | None:
    """Returns the record of a preparatory session, if it was begun."""
    found = PreparatorySession.objects.filter(visit=visit).select_related(
        "visit__site", "participant__site", "participant__protocol_version"
    )
    return found.first()


def prepared_together(pair: Sequence[Person], *, before: datetime) -> bool:
    """Returns whether these people held a preparatory session together before a moment."""
    there = PreparationAttendance.objects.filter(preparation=OuterRef("pk"), present=True)
    together = [Exists(there.filter(person=person)) for person in pair]
    return PreparatorySession.objects.filter(*together, held_at__lt=before).exists()


def sheets_of(session: DosingSession) -> list[PaperSheet]:
    """Returns the sheets of a session, without their scans."""
    return list(session.paper_sheets.defer("content").select_related("written_by").order_by("id"))


def sheet_of(session: DosingSession, public_id: str) -> PaperSheet | None:
    """Returns one sheet of a session."""
    return session.paper_sheets.filter(public_id=public_id).first()


def enquiry_due(session: DosingSession, *, at: datetime) -> int:
    """Returns the minute of the plan at which the effects are to be asked now: due, else missed, else the next."""
    plan = definition_for(session).conduct.enquiry
    if session.initial_dose_at is None or not plan.minutes:
        return 0
    asked = {row.minute: row.observed_at for row in standing(EffectEnquiry, session)}
    points = enquiry_points(plan, initial_at=session.initial_dose_at, asked=asked)
    waiting = [point for state in ("due", "missed", "coming") for point in points if point.state_at(at) == state]
    return waiting[0].minute if waiting else plan.minutes[-1]


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
    """What was read of a session at one moment, so that it is read once: sets, ratings, answers, who is in the room.

    `known` are the participant's values, where they were read already.
    """

    sets: Sequence[VitalSigns]
    present: Sequence[InRoom]
    ratings: Sequence[DistressRating] = ()
    checklist: Sequence[ChecklistAnswer] = ()
    known: Mapping[str, Value] | None = None


def moment_of(session: DosingSession, *, at: datetime) -> Moment:
    """Reads the sets, the ratings, the answers to the list and the people in the room."""
    return Moment(
        standing(VitalSigns, session),
        in_room(session, at=at),
        standing(DistressRating, session),
        standing(ChecklistAnswer, session),
    )


def values_for(session: DosingSession, *, at: datetime, moment: Moment | None = None) -> dict[str, Value]:
    """Returns everything the rules may use at this moment of the session.

    Vital signs are those of the latest set; the count of staff comes from the presence ledger.
    """
    moment = moment or moment_of(session, at=at)
    known = moment.known
    if known is None:
        known = patient_queries.values_for(session.participant, visit_code=session.visit.code, at=at)
    values = {name: value for name, value in known.items() if name not in (*SIGNS, "chest_pain")}
    sets = [row for row in moment.sets if row.observed_at <= at]
    if sets:
        values |= values_of(sets[-1])
    values |= baseline_values(sets, initial_at=session.initial_dose_at)
    values |= _distress_values(
        [row for row in moment.ratings if row.observed_at <= at], initial_at=session.initial_dose_at
    )
    values["session_staff_count"] = Decimal(_qualified_among(moment.present))
    if session.initial_dose_at is not None:
        values["minutes_since_initial"] = minutes_between(session.initial_dose_at, at)
    return values


def _distress_values(ratings: Sequence[DistressRating], *, initial_at: datetime | None) -> dict[str, Value]:
    before = [row for row in ratings if initial_at is None or row.observed_at <= initial_at]
    values: dict[str, Value] = {}
    if ratings:
        values["suds"] = Decimal(ratings[-1].score)
    if before:
        values["suds_baseline"] = Decimal(before[-1].score)
    return values


def welcomes_touch(session: DosingSession, *, code: str, at: datetime) -> bool:
    """Returns whether the participant welcomed this kind of touch before the session, and has not said stop since."""
    consent = patient_queries.standing_consent(session.participant)
    if consent is None or not consent.options.get("touch"):
        return False
    wanted = patient_queries.touch_preferences(session.participant, at=at)
    if wanted is not None and wanted.rank == 0:
        return False
    return last_stop(standing(TouchEvent, session), at=at) is None


def last_stop(touches: Sequence[TouchEvent], *, at: datetime) -> TouchEvent | None:
    """Returns the stop word that still holds: nothing asked for by the participant was accepted after it."""
    held: TouchEvent | None = None
    for touch in touches:
        if touch.observed_at > at:
            break
        if touch.stop_word:
            held = touch
        elif held and touch.offered_from == "participant" and touch.response == "accepted":
            held = None
    return held


def accompanied_participants(person: Person) -> QuerySet[DosingSession, int]:
    """Returns the participants in whose dosing sessions the person was in the room, as a subquery of their ids."""
    rows = RoomPresence.objects.filter(person=person, session__initial_dose_at__isnull=False)
    return DosingSession.objects.filter(pk__in=rows.values("session_id")).values_list("participant_id", flat=True)


def running_sessions(site_ids: set[int] | None) -> list[DosingSession]:
    """Returns the sessions that are not closed, by opening time."""
    found = DosingSession.objects.exclude(state__in=OVER)
    if site_ids is not None:
        found = found.filter(site_id__in=site_ids)
    return list(found.select_related("participant", "visit", "site").order_by("opened_at", "id"))


def session_by_id(session_id: int) -> DosingSession:
    """Returns a session that an event names, with its visit."""
    return DosingSession.objects.select_related(
        "visit__site", "visit__participant__site", "visit__participant__protocol_version"
    ).get(pk=session_id)


def standing_notes() -> QuerySet[SessionNote]:
    """Returns the free notes of every session that were neither corrected nor taken back."""
    found = SessionNote.objects.filter(amended_by__isnull=True, withdrawn=False)
    return found.select_related("session").order_by("id")


def all_sessions() -> QuerySet[DosingSession]:
    """Returns every session the actor may see, with what a dataset reads of it."""
    return DosingSession.objects.select_related("site", "participant", "visit")


def all_vital_signs() -> QuerySet[VitalSigns]:
    """Returns every set of vital signs that stands, with what a dataset reads of it."""
    return VitalSigns.objects.filter(amended_by__isnull=True, withdrawn=False).select_related(
        "site", "session__participant"
    )
