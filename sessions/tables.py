"""The table twin of the cockpit: every entry of a session with its corrections, to be read, printed or checked."""

from dataclasses import dataclass
from datetime import datetime

from sessions import queries
from sessions.kinds import code_of
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
    VitalSigns,
)


@dataclass(frozen=True)
class Line:
    """One version of one entry; `state` is "" for what stands, "corrected" or "taken back" for what does not."""

    entry: SessionEntry
    after: str
    state: str
    is_first: bool


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
    ("Distress", DistressRating),
    ("Medicines", MedicineGiven),
    ("Notes", SessionNote),
    ("Presence", RoomPresence),
    ("Discharge checks", DischargeCheck),
)


def tables_of(session: DosingSession) -> tuple[Table, ...]:
    """Returns the entries of a session, kind by kind; one statement for each kind."""
    return tuple(Table(title, model.__name__, code_of(model), tuple(_lines(session, model))) for title, model in KINDS)


def after_dose(session: DosingSession, moment: datetime) -> str:
    """Returns the time since the initial dose as `T+ 1:05`, `T- 0:20` before it, and nothing where there was none."""
    if session.initial_dose_at is None:
        return ""
    minutes = int((moment - session.initial_dose_at).total_seconds() // 60)
    sign = "+" if minutes >= 0 else "-"
    return f"T{sign} {abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def _lines(session: DosingSession, model: type[SessionEntry]) -> list[Line]:
    lines = []
    for chain in queries.chains_of(model, session):
        for place, entry in enumerate(chain):
            standing = place == len(chain) - 1
            state = "" if standing and not entry.withdrawn else "taken back" if standing else "corrected"
            lines.append(Line(entry, after_dose(session, entry.observed_at), state, place == 0))
    return lines
