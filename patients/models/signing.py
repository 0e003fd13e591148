"""A form of consent read and signed on a tablet, step by step; what shows who signed stands in the vault."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from patients.models.participant import Participant
from protocol.consent_form import ANSWERED, CHOSE, DISCUSSED, READ, Step


class ConsentSeal(SiteRecord):
    """What shows the name of who consented: as typed and signed on the tablet, or the scan of the paper.

    Encrypted under the key of the participant's identity: erasing that makes it unreadable too. The digest is that of
    the plain content, which holds a random number, so that nobody can try names against it.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    TYPED, PDF, JPEG, PNG = "application/json", "application/pdf", "image/jpeg", "image/png"

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="consent_seals")
    media_type = models.CharField(max_length=30)
    digest = models.CharField("SHA-256 of the content", max_length=64)
    size = models.PositiveIntegerField("size in bytes")
    pages = models.PositiveSmallIntegerField(null=True)
    ciphertext = models.BinaryField()

    class Meta:
        db_table = '"vault"."consent_seal"'

    def __str__(self) -> str:
        return f"{self.media_type}, {self.size} bytes"


class SigningState(models.TextChoices):
    """Where a signing stands."""

    READING = "reading", "Being read"
    SIGNED = "signed", "Signed by the participant"
    COMPLETED = "completed", "Completed"
    ENDED = "ended", "Ended by wrong answers"
    ABANDONED = "abandoned", "Not gone on with"


class ConsentSigning(SiteRecord):
    """One reading of one form by one participant, from handing the tablet over to the last signature."""

    public_id = PublicIdField(prefix="sgn")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="signings")
    form = models.ForeignKey("trials.ConsentForm", models.PROTECT, related_name="signings")
    state = FSMField(max_length=10, choices=SigningState.choices, default=SigningState.READING)
    reads_alone = models.BooleanField("the participant can read the form")
    seal = models.OneToOneField(ConsentSeal, models.PROTECT, null=True, related_name="signing")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["participant"], condition=Q(state__in=["reading", "signed"]), name="one_open_signing"
            ),
            models.CheckConstraint(
                name="signed_has_its_seal",
                condition=Q(seal__isnull=False, signed_at__isnull=False)
                | Q(state__in=["reading", "ended", "abandoned"]),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @transition(field=state, source=SigningState.READING, target=SigningState.SIGNED)
    def sign(self) -> None:
        """Is signed by the participant; the person who discussed it has not signed yet."""

    @transition(field=state, source=SigningState.SIGNED, target=SigningState.COMPLETED)
    def complete(self) -> None:
        """Became a consent."""

    @transition(field=state, source=SigningState.READING, target=SigningState.ENDED)
    def end(self) -> None:
        """Ended because questions were not answered as the form asks."""

    @transition(field=state, source=[SigningState.READING, SigningState.SIGNED], target=SigningState.ABANDONED)
    def abandon(self) -> None:
        """Is not gone on with; no consent came of it."""


class ConsentStep(SiteRecord):
    """One thing done while the form was read, in the order in which it was done."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    KINDS: ClassVar[list[tuple[str, str]]] = [
        (READ, "Section read"),
        (ANSWERED, "Question answered"),
        (DISCUSSED, "Talked over"),
        (CHOSE, "Options chosen"),
    ]

    signing = models.ForeignKey(ConsentSigning, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=KINDS)
    code = models.CharField(max_length=40, blank=True)
    content = models.JSONField(default=dict)
    observed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    @property
    def as_step(self) -> Step:
        """Returns the step as the rules of the form see it."""
        return Step(self.kind, self.code, right=bool(self.content.get("right")))

    @property
    def as_signed(self) -> Mapping[str, Any]:
        """Returns what a signature covers of it."""
        moment = int(self.observed_at.timestamp() * 1_000_000)
        return {"kind": self.kind, "code": self.code, "content": self.content, "at": moment}
