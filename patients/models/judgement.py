"""What a clinician judges and signs: criteria that nobody measures, and what a result out of range means."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from patients.models.participant import Participant


class ClinicalJudgement(SiteRecord):
    """One sitting of a clinician: answers to variables of the protocol and to results out of range, signed as a whole.

    `answers` has true or false by variable; `results` has one block for each result, with the range and the flag that
    were shown.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="jdg")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="judgements")
    answers = models.JSONField(default=dict)
    results = models.JSONField(default=list)
    duties = models.JSONField(default=list)
    grounds = models.CharField("on what grounds", max_length=600)
    judged_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return f"{len(self.answers) + len(self.results)} judgements"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the clinician's signature covers."""
        return {
            "participant": self.participant_id,
            "answers": self.answers,
            "results": self.results,
            "duties": self.duties,
            "grounds": self.grounds,
            "judged_at": self.judged_at,
        }
