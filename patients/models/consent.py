"""Consent, its separate options, the channels that may be used, and withdrawal."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from patients.models.participant import Participant


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
    """The participant's consent to one version of the form, with its separate options."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="cns")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="consents")
    form = models.ForeignKey("trials.ConsentForm", models.PROTECT, related_name="consents")
    signed_at = models.DateTimeField("signed by the participant at")
    discussed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    options = models.JSONField("options given separately", default=dict)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["participant", "form"], name="consent_once_per_form")
        ]

    def __str__(self) -> str:
        return f"Consent {self.form_id}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signature of the person who discussed it covers."""
        return {
            "participant": self.participant_id,
            "form": self.form_id,
            "signed_at": self.signed_at,
            "options": self.options,
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
