"""Reads on a dosing session: who is in the room, what was measured last, what the rules see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.db.models import Value as Constant

from core.clock import local_date
from core.models import Person
from patients import queries as patient_queries
from patients.models import Participant
from protocol.conduct import enquiry_points
from protocol.definition import ProtocolDefinition
from protocol.dosing import minutes_between
from protocol.expressions import Value
from sessions.models import (
    OVER,
    Booking,
    ChecklistAnswer,
    DistressRating,
    DosingHold,
    DosingSession,
    EffectEnquiry,
    PaperSheet,
    PreparatorySession,
    Room,
    RoomPresence,
    SessionEntry,
    SessionNote,
    StreamPosition,
    TouchEvent,
    TrialHold,
    VitalSigns,
)
from trials.queries import people_with_duty, standing_delegations

if TYPE_CHECKING:
    from patients.models import Visit

Entry = TypeVar("Entry", bound=SessionEntry)
# The duties that count as qualified session staff; which duties there are is the protocol's own list of roles.
PHYSICIAN = "physician"
ATTENDANT = "attendant"
THERAPIST = "therapist"
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
    return list(StreamPosition.objects.filter(session=session, sequence__gt=after).order_by("sequence")[:most])


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


@dataclass(frozen=True)
class Staff:
    """Who may do a duty of a session at its site on a day."""

    qualified: set[int]
    leads: set[int]
    physicians: list[Person]


def staff_of(session: DosingSession, *, at: datetime) -> Staff:
    """Reads the delegations that stand at the session's site on the day."""
    on = local_date(at, zone=session.participant.site.zone)
    found = standing_delegations(site_id=session.site_id, on=on).filter(duty__in=SESSION_DUTIES)
    rows = list(found.select_related("person").order_by("person__display_name"))
    leading = definition_for(session).conduct.lead_duties
    return Staff(
        qualified={row.person_id for row in rows},
        leads={row.person_id for row in rows if row.duty in leading},
        physicians=[row.person for row in rows if row.duty == PHYSICIAN and row.person.is_active],
    )


def people_on_duty(session: DosingSession, *, at: datetime) -> QuerySet[Person]:
    """Returns the people with a duty at the session's site on the day."""
    standing = standing_delegations(site_id=session.site_id, on=local_date(at, zone=session.site.zone))
    return Person.objects.filter(pk__in=standing.values("person_id"), is_active=True).order_by("display_name")


def physicians_on_duty(session: DosingSession, *, at: datetime) -> QuerySet[Person]:
    """Returns the physicians who may be called."""
    return people_with_duty(PHYSICIAN, site_id=session.site_id, on=local_date(at, zone=session.site.zone))


def attendants_on_duty(session: DosingSession, *, at: datetime) -> QuerySet[Person]:
    """Returns who may watch over the participant in the night."""
    return people_with_duty(ATTENDANT, site_id=session.site_id, on=local_date(at, zone=session.site.zone))


def therapists_on(visit: "Visit", *, at: datetime) -> QuerySet[Person]:
    """Returns who may lead a session of a visit on a day."""
    return people_with_duty(THERAPIST, site_id=visit.site_id, on=local_date(at, zone=visit.site.zone))


def people_for(visit: "Visit", *, at: datetime) -> dict[str, list[Person]]:
    """Returns who may do each duty of a visit's day, by duty."""
    on = local_date(at, zone=visit.site.zone)
    duties = (THERAPIST, ATTENDANT, PHYSICIAN)
    rows = standing_delegations(site_id=visit.site_id, on=on).filter(duty__in=duties, person__is_active=True)
    found: dict[str, list[Person]] = {duty: [] for duty in duties}
    for row in rows.select_related("person").order_by("person__display_name"):
        found[row.duty].append(row.person)
    return found


def preparation_of(visit: "Visit") -> PreparatorySession | None:
    """Returns the record of a preparatory session, if it was begun."""
    found = PreparatorySession.objects.filter(visit=visit).select_related(
        "visit__site", "participant__site", "participant__protocol_version"
    )
    return found.first()


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


@dataclass(frozen=True)
class OpenHold:
    """A hold that keeps somebody from being dosed, of the participant or of the whole trial."""

    rule: str
    reason: str
    placed_at: datetime
    of_trial: bool

    @property
    def sentence(self) -> str:
        """Returns what stands in the way, as a sentence."""
        return f"Dosing is on hold{' in the whole trial' if self.of_trial else ''}: {self.reason}"


def open_holds(participant: Participant) -> list[OpenHold]:
    """Returns what keeps the participant from being dosed, the oldest first; in one statement."""
    fields = ("rule", "reason", "placed_at")
    own = DosingHold.objects.filter(participant=participant, lifted_at__isnull=True)
    everybodys = TrialHold.objects.filter(trial_id=participant.site.trial_id, lifted_at__isnull=True)
    found = own.values_list(*fields, Constant(False)).union(everybodys.values_list(*fields, Constant(True)), all=True)
    return [OpenHold(*row) for row in found.order_by("placed_at")]


def holds_at(site_ids: set[int] | None) -> QuerySet[DosingHold]:
    """Returns the holds of the participants of some sites, whether they still hold or not."""
    found = DosingHold.objects.select_related("participant", "site", "recorded_by", "lifted_by")
    return found if site_ids is None else found.filter(site_id__in=site_ids)


def trial_holds() -> QuerySet[TrialHold]:
    """Returns the holds of the whole trial, which everybody of the trial sees."""
    return TrialHold.objects.select_related("trial", "recorded_by", "lifted_by")


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


def bookings_at(
    *, starts_at: datetime, ends_at: datetime, room: Room | None = None, person: Person | None = None
) -> list[Booking]:
    """Returns what holds a room or a person within a span of time."""
    found = Booking.objects.filter(released_at__isnull=True, starts_at__lt=ends_at, ends_at__gt=starts_at)
    found = found.filter(room=room) if room is not None else found.filter(person=person)
    return list(found.select_related("visit__participant").order_by("starts_at", "id"))


def bookings_of(visit: "Visit") -> list[Booking]:
    """Returns what is held for a visit: the room first, then the people."""
    found = Booking.objects.filter(visit=visit, released_at__isnull=True).select_related("room", "person")
    return list(found.order_by("person_id", "id"))


@dataclass(frozen=True)
class RoomDay:
    """A room with what is held in it from a moment on."""

    room: Room
    bookings: list[Booking]


def rooms_with_bookings(site_ids: set[int], *, at: datetime) -> list[RoomDay]:
    """Returns the rooms of some sites, each with what is held in it from a moment on."""
    rooms = list(
        Room.objects.filter(site_id__in=site_ids, in_use=True).select_related("site").order_by("site_id", "name")
    )
    held: dict[int | None, list[Booking]] = {}
    coming = Booking.objects.filter(room__in=rooms, released_at__isnull=True, ends_at__gt=at)
    for booking in coming.select_related("visit__participant").order_by("starts_at", "id"):
        held.setdefault(booking.room_id, []).append(booking)
    return [RoomDay(room, held.get(room.pk, [])) for room in rooms]


def rooms_of(site_id: int) -> QuerySet[Room]:
    """Returns the rooms of a site that are in use."""
    return Room.objects.filter(site_id=site_id, in_use=True).order_by("name")


def next_free(clash: Booking, *, after: datetime, length: timedelta) -> datetime:
    """Returns from when on what clashes, a room or a person, is free for so long."""
    of_it = {"room": clash.room} if clash.room_id else {"person": clash.person}
    later = Booking.objects.filter(released_at__isnull=True, ends_at__gt=after, **of_it).order_by("starts_at", "id")
    free_from = after
    for starts_at, ends_at in later.values_list("starts_at", "ends_at"):
        if starts_at >= free_from + length:
            break
        free_from = max(free_from, ends_at)
    return free_from


def moment_in_words(moment: datetime, *, zone: str) -> str:
    """Returns day and time by the clock of a site."""
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %b %H:%M}"


def span_in_words(starts_at: datetime, ends_at: datetime, *, zone: str) -> str:
    """Returns a span of time by the clock of a site."""
    local = ends_at.astimezone(ZoneInfo(zone))
    same_day = local.date() == starts_at.astimezone(ZoneInfo(zone)).date()
    return f"{moment_in_words(starts_at, zone=zone)} to {f'{local:%H:%M}' if same_day else f'{local:%-d %b %H:%M}'}"
