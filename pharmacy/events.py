"""What this room announces; never an arm."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KitDispensed:
    """A kit was dispensed to a dosing session."""

    movement_id: int
    visit_id: int


@dataclass(frozen=True)
class ParticipantUnblinded:
    """One participant was unblinded in an emergency."""

    unblinding_id: int
    participant_id: int
