"""People and what they may do, signatures, and the base of every regulated record."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.roles import Role


class PersonManager(BaseUserManager["Person"]):
    """Makes people; there is no superuser, because nobody may pass the rules."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "Person":
        """Returns a new person who can sign in with the password."""
        person = self.model(username=username, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def system(self, name: str) -> "Person":
        """Returns the named system actor under which jobs write."""
        return self.get(username=f"system:{name}", is_system=True)


class Person(AbstractBaseUser):
    """Somebody who signs in, or a named system actor. Never deleted, never reused."""

    guard: ClassVar[Guard] = Guard(site=None)
    # Who signed in when is kept by the sign-in log, not by rewriting the person.
    last_login = None

    public_id = PublicIdField(prefix="per")
    username = models.CharField("user name", max_length=80, unique=True)
    display_name = models.CharField("name", max_length=120)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    zone = models.CharField("time zone", max_length=60, default="UTC")
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        """Returns the name as it is printed beside a signature."""
        return self.display_name

    def natural_key(self) -> tuple[str]:
        """Returns the user name."""
        return (self.username,)


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships by validity."""

    def valid_at(self, moment: Any) -> "MembershipQuerySet":
        """Returns the memberships in force at `moment`."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=moment), starts_at__lte=moment)


class Membership(models.Model):
    """A person's role at a site, or at every site, from one moment to another."""

    guard: ClassVar[Guard] = Guard(site=None)

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role.choices)
    site = models.ForeignKey("trials.Site", models.PROTECT, null=True, blank=True, related_name="memberships")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="membership_ends_after_start",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_role_display()}"


class SiteRecord(models.Model):
    """The base of every regulated row: whose site it is, when it was received, and from whom."""

    guard: ClassVar[Guard] = Guard()

    site = models.ForeignKey("trials.Site", models.PROTECT, related_name="+")
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class SignatureMeaning(models.TextChoices):
    """What a signature says; the words are printed beside it."""

    AUTHORSHIP = "authorship", "I wrote this record and it is complete and true."
    REVIEW = "review", "I have reviewed this record."
    APPROVAL = "approval", "I approve this record."
    ACCEPTANCE = "acceptance", "I accept this duty and will do it as the protocol says."
    RESPONSIBILITY = "responsibility", "I take responsibility for this decision."
    CONSENT = "consent", "I discussed this with the participant, answered what was asked, and saw it given freely."
    WITNESS = "witness", "I was present while it was explained, and saw the participant consent freely."


class Signature(models.Model):
    """An electronic signature bound to the content that was shown; a later change supersedes it."""

    # A rater has no site: what somebody signed opens to the signer, wherever it belongs.
    guard: ClassVar[Guard] = Guard(
        site="site_id", site_may_be_null=True, append_only=True, also="signer_id = (SELECT audit.actor())"
    )

    public_id = PublicIdField(prefix="sig")
    site = models.ForeignKey("trials.Site", models.PROTECT, null=True, related_name="+")
    record_table = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    signer = models.ForeignKey(Person, models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=120)
    role = models.CharField(max_length=200)
    meaning = models.CharField(max_length=20, choices=SignatureMeaning.choices)
    digest = models.CharField(max_length=64)
    canonical_version = models.PositiveSmallIntegerField()
    signed_at = RecordedAtField()
    zone = models.CharField(max_length=60)
    superseded_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["record_table", "record_id"])]

    def __str__(self) -> str:
        return f"{self.printed_name}: {self.get_meaning_display()}"


class SignInAttempt(models.Model):
    """A sign-in, its failure or a lock-out; append-only."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    username = models.CharField(max_length=150)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=20)
    address = models.CharField(max_length=60, blank=True)
    recorded_at = RecordedAtField()

    def __str__(self) -> str:
        return f"{self.username}: {self.outcome}"


class Pin(models.Model):
    """The number by which somebody opens a tablet again on which the person is at work; kept as a salted hash."""

    guard: ClassVar[Guard] = Guard(site=None)

    person = models.OneToOneField(Person, models.PROTECT, related_name="pin")
    digest = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"PIN of {self.person}"


class KnownDevice(models.Model):
    """A device on which somebody signed in whole, and which a PIN opens again for one part of Vigil and some hours."""

    guard: ClassVar[Guard] = Guard(site=None)

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    opens = models.CharField("beginning of the addresses that it opens", max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    known_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="device_expires_after_known", condition=Q(expires_at__gt=F("known_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.opens}"


class Heartbeat(models.Model):
    """The last sign of life of a process that nobody looks at."""

    name = models.CharField(max_length=40, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
