"""The table twin of the cockpit: every entry of a session with its corrections, to be read, printed or checked."""

from dataclasses import dataclass
from datetime import datetime

from sessions.kinds import code_of, words_of
from sessions.ledger import Ledger, ledger_of
from sessions.models import (
    ChecklistAnswer,
    DischargeCheck,
    DistressRating,
    DoseRecord,
    DosingSession,
    EffectEnquiry,
    FluidIntake,
    HandOver,
    MedicineGiven,
    ObservedEffect,
    OvernightCheck,
    PhysicianCall,
    RecordingMark,
    RoomPresence,
    SessionEntry,
    SessionNote,
    SettingMark,
    TouchEvent,
    VitalSigns,
)


@dataclass(frozen=True)
class Line:
    """One version of one entry; `state` is "" for what stands, "corrected" or "taken back" for what does not."""

    entry: SessionEntry
    words: str
    after: str
    state: str
    is_first: bool
    late: bool


@dataclass(frozen=True)
class Table:
    """All entries of one kind; `kind` is the word of addresses for what can be corrected, else empty."""

    title: str
    name: str
    kind: str
    lines: tuple[Line, ...]


KINDS: tuple[tuple[str, type[SessionEntry]], ...] = (
    ("Vital signs", VitalSigns),
    ("Doses", DoseRecord),
    ("Observed", ObservedEffect),
    ("Effects asked", EffectEnquiry),
    ("Distress", DistressRating),
    ("Medicines", MedicineGiven),
    ("Drink", FluidIntake),
    ("Touch", TouchEvent),
    ("Notes", SessionNote),
    ("Presence", RoomPresence),
    ("Setting", SettingMark),
    ("Index of the recording", RecordingMark),
    ("Calls to the physician", PhysicianCall),
    ("Before the dose", ChecklistAnswer),
    ("Discharge checks", DischargeCheck),
    ("Handed over", HandOver),
    ("Night checks", OvernightCheck),
)


def tables_of(session: DosingSession) -> tuple[Table, ...]:
    """Returns the entries of a session, kind by kind."""
    ledger = ledger_of(session)
    return tuple(
        Table(title, model.__name__, code_of(model), tuple(_lines(session, ledger, model))) for title, model in KINDS
    )


def after_dose(session: DosingSession, moment: datetime) -> str:
    """Returns the time since the initial dose as `T+ 1:05`, `T- 0:20` before it, and nothing where there was none."""
    if session.initial_dose_at is None:
        return ""
    minutes = int((moment - session.initial_dose_at).total_seconds() // 60)
    sign = "+" if minutes >= 0 else "-"
    return f"T{sign} {abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def is_late(session: DosingSession, entry: SessionEntry) -> bool:
    """Returns whether an entry came after the session was closed; the checks of the night do by their nature."""
    closed_at = session.closed_at
    return bool(closed_at and entry.recorded_at > closed_at and not isinstance(entry, OvernightCheck))


def _lines(session: DosingSession, ledger: Ledger, model: type[SessionEntry]) -> list[Line]:
    lines = []
    for chain in ledger.chains_of(model):
        for place, entry in enumerate(chain):
            standing = place == len(chain) - 1
            state = "" if standing and not entry.withdrawn else "taken back" if standing else "corrected"
            after = after_dose(session, entry.observed_at)
            lines.append(Line(entry, words_of(entry), after, state, place == 0, is_late(session, entry)))
    return lines
