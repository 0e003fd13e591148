"""The entries of everybody in the room: append-only, each once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, TypeVar, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction

from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from protocol.vital_signs import IN_BAND, judge_vital_signs
from sessions import queries
from sessions.events import EffectObserved, TooFewInRoom, VitalsOutOfLimits
from sessions.models import (
    OVER,
    UNDER_EFFECT,
    Capture,
    DistressRating,
    DoseRecord,
    DosingSession,
    MedicineGiven,
    ObservedEffect,
    OvernightCheck,
    PaperSheet,
    RoomPresence,
    SessionEntry,
    SessionNote,
    SessionState,
    VitalSigns,
)

Entry = TypeVar("Entry", bound=SessionEntry)


@dataclass(frozen=True)
class Stamp:
    """When something was observed, on which submission of which form, and when the device captured it."""

    observed_at: datetime
    submission_id: UUID
    captured_at: datetime | None = None
    late_reason: str = ""
    paper: PaperSheet | None = None


class Further(TypedDict, total=False):
    """What else may be said of when and how an entry came: captured by a device, late, or from paper."""

    captured_at: datetime | None
    late_reason: str
    paper: PaperSheet | None


def record_vitals(
    session: DosingSession,
    *,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    systolic_mmhg: int | None = None,
    diastolic_mmhg: int | None = None,
    heart_rate_bpm: int | None = None,
    temperature_c: Decimal | None = None,
    chest_pain: bool | None = None,
    **further: Unpack[Further],
) -> VitalSigns:
    """Keeps a set of vital signs with the verdict of the version's limits.

    Raises Refused naming the field when a value cannot be right. The same submission answers the row that is there.
    """
    values = {
        "systolic_mmhg": systolic_mmhg,
        "diastolic_mmhg": diastolic_mmhg,
        "heart_rate_bpm": heart_rate_bpm,
        "temperature_c": temperature_c,
        "chest_pain": chest_pain,
    }
    check_vitals(session, values)
    stamp = Stamp(observed_at, submission_id, **further)
    with contribution(by=by, reason="Vital signs recorded"):
        return append_entry(VitalSigns, session, stamp, judged_vitals(session, values, stamp), by=by, at=at)


def check_vitals(session: DosingSession, values: Mapping[str, Any]) -> None:
    """Raises Refused when a set is empty or a value cannot be right."""
    definition = queries.definition_for(session)
    if all(value is None for name, value in values.items() if name != "chest_pain"):
        raise Refused("Enter at least one value.", field="systolic_mmhg")
    for name, column in queries.SIGNS.items():
        value, limits = values.get(column), definition.plausibility.get(name)
        if value is None or limits is None or limits.hard[0] <= value <= limits.hard[1]:
            continue
        # As it stands beside the box.
        unit = definition.variables[name].unit.replace("degC", "°C")
        raise Refused(
            f"{value} {unit} cannot be right. Enter a value between {limits.hard[0]} and {limits.hard[1]} {unit}.",
            field=column,
        )
    systolic, diastolic = values.get("systolic_mmhg"), values.get("diastolic_mmhg")
    if systolic is not None and diastolic is not None and systolic <= diastolic:
        raise Refused("The upper value must be higher than the lower one.", field="systolic_mmhg")


def observe_effect(
    session: DosingSession,
    *,
    code: str = "",
    term: str = "",
    valence: str = "not_asked",
    severity: str = "",
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> ObservedEffect:
    """Keeps something observed, by a code of the protocol's grid or in own words; nothing is filtered."""
    values = effect_values(session, code=code, term=term, valence=valence, severity=severity)
    with contribution(by=by, reason="Observation recorded"):
        stamp = Stamp(observed_at, submission_id, **further)
        return append_entry(ObservedEffect, session, stamp, values, by=by, at=at)


EFFECT_FIELDS = ("code", "term", "valence", "severity")


def effect_values(
    session: DosingSession, *, code: str, term: str, valence: str, severity: str
) -> dict[str, str | bool]:
    """Returns what is kept of an effect: words of one's own leave the grid, and with it what the grid says of it."""
    effects = {effect.code: effect for effect in queries.definition_for(session).effects}
    if code and code not in effects:
        raise Refused("This effect is not in the protocol's grid. Write it in your own words.", field="code")
    known, term = effects.get(code), term.strip()
    if known is not None and term and term != known.term:
        known = None
    term = term or (known.term if known else "")
    if not term:
        raise Refused("Say what was observed.", field="term")
    return {
        "code": known.code if known else "",
        "term": term,
        "valence": valence or "not_asked",
        "severity": severity,
        "abuse_related": bool(known and known.abuse_related),
    }


def write_note(
    session: DosingSession,
    *,
    text: str,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> SessionNote:
    """Keeps a note."""
    if not text.strip():
        raise Refused("Write the note first.", field="text")
    with contribution(by=by, reason="Note written"):
        return append_entry(
            SessionNote, session, Stamp(observed_at, submission_id, **further), {"text": text}, by=by, at=at
        )


def rate_distress(
    session: DosingSession,
    *,
    score: int,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> DistressRating:
    """Keeps a rating of subjective distress in the range of the protocol's instrument."""
    check_distress(session, score)
    with contribution(by=by, reason="Distress rated"):
        return append_entry(
            DistressRating, session, Stamp(observed_at, submission_id, **further), {"score": score}, by=by, at=at
        )


def check_distress(session: DosingSession, score: int) -> None:
    low, high = queries.definition_for(session).instruments["SUD"]["range_item"]
    if not low <= score <= high:
        raise Refused(f"Rate between {low} and {high}.", field="score")


def give_medicine(
    session: DosingSession,
    *,
    name: str,
    amount: str,
    indication: str,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> MedicineGiven:
    """Keeps a medicine given during the session, other than the study drug."""
    if not name.strip() or not amount.strip():
        raise Refused("Name the medicine and the amount given.", field="name" if not name.strip() else "amount")
    values = {"name": name, "amount": amount, "indication": indication}
    with contribution(by=by, reason="Medicine recorded"):
        return append_entry(MedicineGiven, session, Stamp(observed_at, submission_id, **further), values, by=by, at=at)


def enter_room(
    session: DosingSession,
    *,
    person: Person,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> RoomPresence:
    """Keeps that somebody entered the room."""
    return _move(session, person, "in", Stamp(observed_at, submission_id, **further), by=by, at=at)


def leave_room(
    session: DosingSession,
    *,
    person: Person,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> RoomPresence:
    """Keeps that somebody left; announces when too few qualified people remain after dosing."""
    presence = _move(session, person, "out", Stamp(observed_at, submission_id, **further), by=by, at=at)
    with contribution(by=by, reason="Too few people in the room"):
        check_staff(session, presence, at=observed_at)
    return presence


def check_staff(session: DosingSession, presence: RoomPresence, *, at: datetime) -> None:
    if session.state not in UNDER_EFFECT:
        return
    if queries.staffing_fault(session, present=queries.in_room(session, at=at)):
        publish(TooFewInRoom(session.pk, presence.pk))


def keep_capture(
    session: DosingSession,
    *,
    submission_id: UUID,
    digest: str,
    kind: str,
    entry: str,
    clock_offset_ms: int,
    sent_offset_ms: int,
    clock_drifted: bool,
    while_locked: bool,
    by: Person,
) -> Capture:
    """Keeps what a device sent for an entry, so that the same thing sent again is known."""
    with contribution(by=by, reason="Entry taken from a device"):
        return Capture.objects.create(
            session=session,
            site_id=session.site_id,
            submission_id=submission_id,
            digest=digest,
            kind=kind,
            entry=entry,
            clock_offset_ms=clock_offset_ms,
            sent_offset_ms=sent_offset_ms,
            clock_drifted=clock_drifted,
            while_locked=while_locked,
            recorded_by=by,
        )


def append_entry(
    model: type[Entry], session: DosingSession, stamp: Stamp, values: Mapping[str, Any], *, by: Person, at: datetime
) -> Entry:
    """Appends one entry; the same submission answers the row that is there.

    Raises Refused when the session is closed or the time lies in the future.
    """
    if "amends" not in values and not _was_open(session, stamp):
        known = _submitted(model, stamp)
        if known is not None:
            return known
        _check_late(session, model, stamp)
    if stamp.observed_at > at:
        raise Refused("The time lies in the future.", field="observed_at")
    kept = {"reason": stamp.late_reason[:300], "paper": stamp.paper} | dict(values)
    try:
        with transaction.atomic():
            entry = model._default_manager.create(
                session=session,
                site_id=session.site_id,
                observed_at=stamp.observed_at,
                captured_at=stamp.captured_at,
                submission_id=stamp.submission_id,
                recorded_by=by,
                **kept,
            )
    except IntegrityError:
        # The same form, posted again or twice at once: the first one won.
        twin = _submitted(model, stamp)
        if twin is None:
            raise
        return twin
    _announce(entry)
    return entry


def _submitted(model: type[Entry], stamp: Stamp) -> Entry | None:
    return model._default_manager.filter(submission_id=stamp.submission_id).first()


def _was_open(session: DosingSession, stamp: Stamp) -> bool:
    """Returns whether the session runs, or ran when a device that could not reach the server captured the entry."""
    if session.state not in OVER:
        return True
    return bool(session.closed_at and stamp.captured_at and stamp.captured_at <= session.closed_at)


def _check_late(session: DosingSession, model: type[SessionEntry], stamp: Stamp) -> None:
    if session.state == SessionState.ABANDONED:
        raise Refused("The session was abandoned before any dose. Observations belong into the visit's record.")
    if model is DoseRecord:
        raise Refused("The session is closed; no dose can be recorded in it.")
    # The night begins when the session is closed: its checks are not late.
    if model is not OvernightCheck and not stamp.late_reason.strip():
        raise Refused("The session is closed. Say why this entry comes late.", field="late_reason")


def _announce(entry: SessionEntry) -> None:
    if entry.withdrawn:
        return
    if isinstance(entry, VitalSigns) and entry.severity != IN_BAND:
        publish(VitalsOutOfLimits(entry.pk))
    elif isinstance(entry, ObservedEffect):
        publish(EffectObserved(entry.pk))


def judged_vitals(
    session: DosingSession, values: Mapping[str, Any], stamp: Stamp, *, without: VitalSigns | None = None
) -> dict[str, Any]:
    definition = queries.definition_for(session)
    candidate = VitalSigns(**{name: values.get(name) for name in (*queries.SIGNS.values(), "chest_pain")})
    known = queries.values_of(candidate)
    earlier = [s for s in queries.standing(VitalSigns, session) if s.observed_at < stamp.observed_at and s != without]
    known |= queries.baseline_values(earlier, initial_at=session.initial_dose_at)
    judgement = judge_vital_signs(definition, known)
    verdicts = [
        {"rule": v.rule, "truth": v.truth.value, "missing": list(v.missing), "action": v.action}
        for v in judgement.verdicts
    ]
    kept = {name: values.get(name) for name in (*queries.SIGNS.values(), "chest_pain")}
    return kept | {"severity": judgement.severity, "verdicts": verdicts}


def _move(
    session: DosingSession, person: Person, direction: str, stamp: Stamp, *, by: Person, at: datetime
) -> RoomPresence:
    if not RoomPresence.objects.filter(submission_id=stamp.submission_id).exists():
        check_move(session, person, direction, at=stamp.observed_at)
    with contribution(by=by, reason="Presence recorded"):
        return append_entry(RoomPresence, session, stamp, {"person": person, "direction": direction}, by=by, at=at)


def check_move(
    session: DosingSession, person: Person, direction: str, *, at: datetime, without: RoomPresence | None = None
) -> None:
    ledger = [row for row in queries.standing(RoomPresence, session) if row != without]
    inside = any(present.person.pk == person.pk for present in queries.in_room(session, at=at, ledger=ledger))
    if inside == (direction == "in"):
        state = "already in the room" if inside else "not in the room"
        raise Refused(f"{person.display_name} is {state} at that time.", field="person")
