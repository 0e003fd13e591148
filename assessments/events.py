"""What this room announces."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AssessmentLocked:
    """An assessment was declared complete; its scores and facts are written."""

    assessment_id: int
