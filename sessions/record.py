"""The record of a session on one page: the chart, the doses, who was there, what was seen, how it ended."""

from dataclasses import dataclass
from datetime import datetime

from core.models import Signature
from core.signatures import signatures_of
from sessions.cockpit import Cockpit, cockpit_of
from sessions.kinds import words_of
from sessions.ledger import Ledger, ledger_of
from sessions.models import (
    DistressRating,
    DoseRecord,
    DosingSession,
    FluidIntake,
    HandOver,
    MedicineGiven,
    ObservedEffect,
    PhysicianCall,
    RecordingMark,
    RoomPresence,
    SessionEntry,
    SessionNote,
    SettingMark,
    TouchEvent,
    VitalSigns,
)
from sessions.tables import after_dose

SECTIONS: tuple[tuple[str, tuple[type[SessionEntry], ...]], ...] = (
    ("Doses", (DoseRecord,)),
    ("Observed", (ObservedEffect,)),
    ("Medicines, drink and calls", (MedicineGiven, FluidIntake, PhysicianCall)),
    ("Touch", (TouchEvent,)),
    ("Setting and recording", (SettingMark, RecordingMark)),
    ("Notes", (SessionNote,)),
    ("After", (HandOver,)),
)


@dataclass(frozen=True)
class Stay:
    """One person in the room, from when to when; `until` is None while the session is not over."""

    name: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Said:
    """One entry in words, with the time after the dose."""

    observed_at: datetime
    after: str
    words: str
    by: str


@dataclass(frozen=True)
class Record:
    """Everything on the page."""

    cockpit: Cockpit
    stays: tuple[Stay, ...]
    sections: tuple[tuple[str, tuple[Said, ...]], ...]
    sets: int
    highest: tuple[tuple[str, str, datetime], ...]
    corrected: int
    signatures: list[Signature]


def record_of(session: DosingSession, *, at: datetime) -> Record:
    """Returns the record of a session as it stands."""
    ledger = ledger_of(session)
    return Record(
        cockpit=cockpit_of(session, at=at),
        stays=tuple(_stays(ledger)),
        sections=tuple((title, tuple(_said(session, ledger, models))) for title, models in SECTIONS),
        sets=len(ledger.standing(VitalSigns)),
        highest=tuple(_highest(ledger)),
        corrected=len(ledger.entries) - len(ledger.all_standing()),
        signatures=signatures_of(session),
    )


def _stays(ledger: Ledger) -> list[Stay]:
    inside: dict[int, RoomPresence] = {}
    found = []
    for row in ledger.standing(RoomPresence):
        if row.direction == "in":
            inside.setdefault(row.person_id, row)
        elif began := inside.pop(row.person_id, None):
            found.append(Stay(row.person.display_name, began.observed_at, row.observed_at))
    found += [Stay(row.person.display_name, row.observed_at, None) for row in inside.values()]
    return sorted(found, key=lambda stay: (stay.since, stay.name))


def _said(session: DosingSession, ledger: Ledger, models: tuple[type[SessionEntry], ...]) -> list[Said]:
    entries: list[SessionEntry] = [entry for model in models for entry in ledger.standing(model)]
    # What was observed in the same minute stays by kind, and in each kind in the order of recording.
    entries.sort(key=lambda entry: entry.observed_at)
    return [
        Said(entry.observed_at, after_dose(session, entry.observed_at), _words(entry), entry.recorded_by.display_name)
        for entry in entries
    ]


def _words(entry: SessionEntry) -> str:
    if isinstance(entry, SessionNote):
        return entry.text
    if isinstance(entry, HandOver):
        return f"{entry}. {entry.told}"
    if isinstance(entry, ObservedEffect):
        felt = "" if entry.valence == "not_asked" else f", {entry.get_valence_display().lower()}"
        return f"{entry.term}{felt}{f', {entry.severity}' if entry.severity else ''}"
    return words_of(entry)


def _highest(ledger: Ledger) -> list[tuple[str, str, datetime]]:
    """Returns the highest value of each sign, and of distress, with when it was measured."""
    signs = (
        ("Systolic", "systolic_mmhg", "mmHg"),
        ("Diastolic", "diastolic_mmhg", "mmHg"),
        ("Pulse", "heart_rate_bpm", "bpm"),
        ("Temperature", "temperature_c", "°C"),
    )
    found = []
    for name, column, unit in signs:
        rows = [row for row in ledger.standing(VitalSigns) if getattr(row, column) is not None]
        if rows:
            top = max(rows, key=lambda row: getattr(row, column))
            found.append((name, f"{getattr(top, column)} {unit}", top.observed_at))
    if ratings := ledger.standing(DistressRating):
        worst = max(ratings, key=lambda row: row.score)
        found.append(("Distress", str(worst.score), worst.observed_at))
    return found
