"""What this room announces."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class VitalsOutOfLimits:
    """A set of vital signs is past the version's watch or act limits."""

    vital_signs_id: int


@dataclass(frozen=True)
class InitialDoseGiven:
    """The initial dose of a session was given."""

    session_id: int


@dataclass(frozen=True)
class SupplementalDecided:
    """The supplemental dose was given, withheld or declined."""

    session_id: int
    dose_id: int


@dataclass(frozen=True)
class EffectObserved:
    """Something was observed in a session."""

    effect_id: int


@dataclass(frozen=True)
class TouchOutsidePreferences:
    """Touch took place that the participant had not welcomed before the session."""

    touch_id: int


@dataclass(frozen=True)
class RecordingAttested:
    """Somebody attested that the session was not, or not wholly, recorded."""

    mark_id: int


@dataclass(frozen=True)
class TooFewInRoom:
    """Fewer qualified people than required, or no lead, are in the room while the participant is under the effect."""

    session_id: int
    presence_id: int


@dataclass(frozen=True)
class SessionClosed:
    """A session was closed; the participant was ready for discharge."""

    session_id: int


@dataclass(frozen=True)
class PreparationSigned:
    """Every therapist who was present has signed the record of a preparatory session as it stands."""

    preparation_id: int
    visit_id: int
    at: datetime
