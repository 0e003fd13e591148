"""What the cockpit shows: clock, chart, next set, supplemental card, last entries; in a fixed number of statements."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, F, TextField, Value
from django.db.models.functions import Cast, Concat

from core.models import Person
from protocol.dosing import Judgement, SupplementalTimes, supplemental_times
from protocol.verdict import Verdict
from protocol.vital_signs import DuePoint, next_due
from sessions import chart, queries
from sessions.actions import Gate, judge_gate, judge_supplemental_now
from sessions.kinds import code_of, words_of
from sessions.models import (
    DischargeCheck,
    DistressRating,
    DoseRecord,
    DosingSession,
    MedicineGiven,
    ObservedEffect,
    RoomPresence,
    SessionEntry,
    SessionNote,
    SessionState,
    VitalSigns,
)

# What the page draws is read whole; what it only names on the tape comes together in one statement.
DRAWN: tuple[type[SessionEntry], ...] = (VitalSigns, ObservedEffect, RoomPresence, DoseRecord)
LAST = 5


@dataclass(frozen=True)
class TapeEntry:
    """One of the last entries: what, by whom, when."""

    text: str
    by: str
    observed_at: datetime
    recorded_at: datetime
    kind: str
    public_id: str


@dataclass(frozen=True)
class Criterion:
    """One line of the supplemental card."""

    shape: str
    text: str
    value: str


@dataclass(frozen=True)
class Supplemental:
    """The supplemental card."""

    state: str
    headline: str
    minutes_left: int
    minutes_open: int
    criteria: tuple[Criterion, ...]
    to_ask: int
    passes: bool
    decided: DoseRecord | None


@dataclass(frozen=True)
class Cockpit:
    """Everything on the page."""

    session: DosingSession
    chart: chart.Chart
    present: list[queries.InRoom]
    next_point: DuePoint | None
    supplemental: Supplemental | None
    tape: tuple[TapeEntry, ...]
    gate: Gate | None
    physicians: list[Person]
    sets: list[VitalSigns]
    effects: list[ObservedEffect]
    emergency: str
    earliest_discharge_at: datetime | None
    check: DischargeCheck | None


def cockpit_of(session: DosingSession, *, at: datetime) -> Cockpit:
    """Returns the cockpit of a session at a moment."""
    definition = queries.definition_for(session)
    # A session that is being prepared has no dose to read.
    dosed = session.initial_dose_at is not None
    entries = {kind: queries.standing(kind, session) if dosed or kind is not DoseRecord else [] for kind in DRAWN}
    sets: Any = entries[VitalSigns]
    doses: Any = entries[DoseRecord]
    effects: Any = entries[ObservedEffect]
    zone = session.site.zone
    points = chart.due_points_of(definition, initial_at=session.initial_dose_at, sets=sets)
    ledger: Any = entries[RoomPresence]
    staff = queries.staff_of(session, at=at)
    present = queries.in_room(session, at=at, ledger=ledger, staff=staff)
    moment = queries.Moment(sets, present)
    checks = queries.standing(DischargeCheck, session) if session.state == SessionState.DOSED else []
    initial = session.initial_dose_at
    return Cockpit(
        session=session,
        chart=chart.draw(
            definition,
            start=initial or at,
            dosed=initial is not None,
            sets=sets,
            doses=doses,
            effects=effects,
            at=session.closed_at or at,
            clock=chart.Clock(zone),
        ),
        present=present,
        next_point=next_due(points, moment=at) if session.state == SessionState.DOSED else None,
        supplemental=_supplemental(session, doses, moment, at=at),
        tape=_tape(session, entries),
        gate=judge_gate(session, at=at, moment=moment) if session.state == SessionState.PREPARING else None,
        physicians=staff.physicians,
        sets=sets,
        effects=effects,
        emergency=definition.emergency_when.action or definition.emergency_when.text,
        earliest_discharge_at=initial + timedelta(minutes=definition.discharge_earliest_min) if initial else None,
        check=checks[-1] if checks else None,
    )


def _supplemental(
    session: DosingSession, doses: list[DoseRecord], moment: queries.Moment, *, at: datetime
) -> Supplemental | None:
    if session.initial_dose_at is None:
        return None
    definition = queries.definition_for(session)
    times = supplemental_times(definition, initial_at=session.initial_dose_at)
    decided = next((dose for dose in doses if dose.kind == "supplemental"), None)
    judgement = judge_supplemental_now(session, answers={}, at=at, moment=moment)
    state = "decided" if decided else times.state_at(at)
    criteria = tuple(_criterion(verdict) for verdict in judgement.verdicts)
    return Supplemental(
        state=state,
        headline=_headline(state, times, at, decided),
        minutes_left=max(int((times.closes_at - at).total_seconds() // 60), 0),
        minutes_open=int((times.closes_at - times.opens_at).total_seconds() // 60),
        criteria=criteria,
        to_ask=sum(criterion.shape == "unknown" for criterion in criteria),
        passes=_passes_but_for_answers(judgement),
        decided=decided,
    )


def _passes_but_for_answers(judgement: Judgement) -> bool:
    """Returns whether only questions that the pair is about to answer are open."""
    asked = {"participant_agrees", "clinician_contraindication"}
    return all(verdict.holds is None and set(verdict.missing) <= asked for verdict in judgement.blocking)


def _headline(state: str, times: SupplementalTimes, at: datetime, decided: DoseRecord | None) -> str:
    if decided is not None:
        return decided.get_decision_display()
    minutes = {
        "not_yet": int((times.opens_at - at).total_seconds() // 60),
        "open": int((times.closes_at - at).total_seconds() // 60),
        "closing": int((times.closes_at - at).total_seconds() // 60),
    }.get(state, 0)
    return {
        "not_yet": f"Not yet, opens in {minutes} min",
        "open": f"Open, {minutes} min left",
        "closing": f"Closing, {minutes} min left",
        "closed": "Closed",
    }[state]


def _criterion(verdict: Verdict) -> Criterion:
    # The rules say when to withhold: what is false stands for the participant.
    shape = {None: "unknown", True: "notmet", False: "met"}[verdict.holds]
    value = ", ".join(evidence.text for evidence in verdict.evidence[:2])
    return Criterion(shape, verdict.text, value or "not known")


def _tape(session: DosingSession, drawn: dict[type[SessionEntry], list[Any]]) -> tuple[TapeEntry, ...]:
    rows = [
        TapeEntry(
            words_of(entry),
            entry.recorded_by.display_name,
            entry.observed_at,
            entry.recorded_at,
            code_of(kind),
            entry.public_id,
        )
        for kind, entries in drawn.items()
        for entry in entries
    ]
    rows += [TapeEntry(*row) for row in _named_only(session)]
    return tuple(sorted(rows, key=lambda row: (row.recorded_at, row.text), reverse=True)[:LAST])


def _named_only(session: DosingSession) -> Any:
    """Returns notes, ratings of distress and medicines in a few words, the latest first, in one statement."""
    words: dict[type[Any], Any] = {
        SessionNote: F("text"),
        DistressRating: Concat(Value("SUDS "), Cast("score", CharField())),
        MedicineGiven: Concat("name", Value(" "), "amount"),
    }
    shown = [
        kind._default_manager.filter(session=session, amended_by__isnull=True, withdrawn=False)
        .annotate(words=Cast(expression, TextField()), kind=Value(code_of(kind)))
        .values_list("words", "recorded_by__display_name", "observed_at", "recorded_at", "kind", "public_id")
        for kind, expression in words.items()
    ]
    return shown[0].union(*shown[1:], all=True).order_by("-recorded_at")[:LAST]
