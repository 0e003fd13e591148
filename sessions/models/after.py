"""After the hours under the effect: hand-over, the night, and what was written on paper meanwhile."""

from typing import Any, ClassVar

from django.db import models

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from sessions.models.course import DosingSession
from sessions.models.entry import SessionEntry, correction_has_reason


class HandOver(SessionEntry):
    """The participant is handed over to the attendant of the night, who takes it over by the own credential."""

    attendant = models.ForeignKey(Person, models.PROTECT, related_name="+")
    told = models.TextField("what the attendant was told")

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("hand_over_correction_has_reason")]

    def __str__(self) -> str:
        return f"Handed over to {self.attendant.display_name}"


class OvernightCheck(SessionEntry):
    """A look at the participant in the night or in the morning."""

    answers = models.JSONField("yes or no to each check of the protocol, in its words")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("overnight_correction_has_reason")]

    def __str__(self) -> str:
        noes = [words for words, yes in self.answers.items() if not yes]
        return f"Night check: {'all in order' if not noes else 'not ' + ', not '.join(noes).lower()}"


class PaperSheet(SiteRecord):
    """The scan of a sheet that was written by hand; entries typed from it point here."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="pap")
    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="paper_sheets")
    file_name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    written_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["session", "digest"], name="paper_sheet_once_per_session")
        ]

    def __str__(self) -> str:
        return self.file_name
