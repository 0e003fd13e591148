"""What this room announces."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ContactRecorded:
    """An attempt to reach a participant on a contact day was recorded."""

    contact_id: int


@dataclass(frozen=True)
class PositiveSuicidality:
    """Answers made a rule of the protocol on suicidality true; the row that holds them is named."""

    source_table: str
    source_id: int
    participant_id: int


@dataclass(frozen=True)
class ConditionWorsened:
    """What was told lies past the protocol's limit, or somebody judged the participant unsafe; the row is named."""

    source_table: str
    source_id: int
    participant_id: int
    at: datetime


@dataclass(frozen=True)
class ContactMissed:
    """A participant was not reached on a contact day as often, or as long, as the protocol waits."""

    visit_id: int
    at: datetime


@dataclass(frozen=True)
class NoteWritten:
    """The note of an integration session was written for the first time."""

    note_id: int


@dataclass(frozen=True)
class NoteSigned:
    """Every therapist who was present has signed the note as it stands."""

    note_id: int
    visit_id: int
    at: datetime
