"""Who somebody is, encrypted under a key of its own."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person
from patients.models.participant import Participant


class Identity(models.Model):
    """Name, birth date and contacts of one person, encrypted under a key of its own; each reading is logged.

    A person has one row from the first contact on: the lead, and later the participant, point to the same. Erased, the
    row stays and holds nothing.
    """

    guard: ClassVar[Guard] = Guard()

    public_id = PublicIdField(prefix="idn")
    lead = models.OneToOneField("patients.Lead", models.PROTECT, null=True, related_name="identity")
    participant = models.OneToOneField(Participant, models.PROTECT, null=True, related_name="identity")
    site = models.ForeignKey("trials.Site", models.PROTECT, related_name="+")
    ciphertext = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)
    erased_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = '"vault"."identity"'
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="identity_is_somebodys", condition=Q(lead__isnull=False) | Q(participant__isnull=False)
            ),
            models.CheckConstraint(
                name="identity_held_or_erased",
                condition=Q(ciphertext__isnull=False, erased_at__isnull=True)
                | Q(ciphertext__isnull=True, erased_at__isnull=False, erased_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def code(self) -> str:
        """Returns the code under which the person is known: the screening number, before it the lead's."""
        return str(self.participant if self.participant_id else self.lead)


class IdentityKey(models.Model):
    """The key of one identity, wrapped by the master key, and what finds the same person again.

    It stands in a schema of its own, so that a copy of the database can be made without it; the audit trail is told
    that it changed and never what it holds.
    """

    guard: ClassVar[Guard] = Guard()

    identity = models.OneToOneField(Identity, models.PROTECT, related_name="key")
    site = models.ForeignKey("trials.Site", models.PROTECT, related_name="+")
    wrapped = models.BinaryField(null=True)
    # Which master key wrapped it, so that a rotation can be resumed.
    master = models.CharField(max_length=16)
    person_digest = models.CharField(max_length=64, blank=True)
    phone_digest = models.CharField(max_length=64, blank=True)
    email_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = '"keyring"."identity_key"'
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=[f"{kind}_digest"], name=f"identity_by_{kind}") for kind in ("person", "phone", "email")
        ]

    def __str__(self) -> str:
        return f"Key of {self.identity_id}"
