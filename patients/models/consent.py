"""Consent, its separate options, the channels that may be used, and withdrawal."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from patients.models.participant import Participant
from patients.models.signing import ConsentSeal, ConsentSigning


class ContactConsent(SiteRecord):
    """Whether the participant may be written to by a channel; the latest row counts."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="contact_consents")
    channel = models.CharField(
        max_length=10, choices=[("email", "E-mail"), ("sms", "Text message"), ("phone", "Phone")]
    )
    given = models.BooleanField()
    observed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.channel}: {'yes' if self.given else 'no'}"


class Consent(SiteRecord):
    """The participant's consent to one version of the form, with its separate options.

    What shows the name stands in the vault; the row keeps its digest, and that of the steps taken on the tablet. One
    that was kept before Vigil held forms has neither.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    WAYS: ClassVar[list[tuple[str, str]]] = [("tablet", "On the tablet"), ("paper", "On paper")]

    public_id = PublicIdField(prefix="cns")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="consents")
    form = models.ForeignKey("trials.ConsentForm", models.PROTECT, related_name="consents")
    way = models.CharField(max_length=10, choices=WAYS, default="paper")
    signed_at = models.DateTimeField("signed by the participant at")
    zone = models.CharField("time zone of the place", max_length=60, default="UTC")
    discussed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    witness = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    options = models.JSONField("options given separately", default=dict)
    signing = models.OneToOneField(ConsentSigning, models.PROTECT, null=True, related_name="consent")
    steps_digest = models.CharField("SHA-256 of the steps on the tablet", max_length=64, blank=True)
    seal = models.OneToOneField(ConsentSeal, models.PROTECT, null=True, related_name="consent")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["participant", "form"], name="consent_once_per_form")
        ]

    def __str__(self) -> str:
        return f"Consent {self.form_id}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signatures of the person who discussed it, and of a witness, cover."""
        return {
            "participant": self.participant.screening_number,
            "form": self.form.digest,
            "way": self.way,
            "signed_at": self.signed_at,
            "zone": self.zone,
            "options": self.options,
            "steps": self.steps_digest,
            "name_and_signature": self.seal.digest if self.seal else "",
            "discussed_by": self.discussed_by_id,
            "witness": self.witness_id,
        }


class ConsentWithdrawal(SiteRecord):
    """The participant withdraws consent, wholly or in part, and it acts at once."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    SCOPES: ClassVar[list[tuple[str, str]]] = [
        ("treatment", "Treatment only"),
        ("procedures", "All procedures"),
        ("contact", "Being contacted"),
        ("data", "Use of data"),
    ]

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="withdrawals")
    scope = models.CharField(max_length=20, choices=SCOPES)
    observed_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.get_scope_display()
