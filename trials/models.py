"""The trial, its sites, its protocol versions and the people's delegated duties."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord


class Trial(models.Model):
    """A clinical trial under one protocol."""

    guard: ClassVar[Guard] = Guard(site=None)

    public_id = PublicIdField(prefix="trl")
    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=300)
    sponsor_name = models.CharField(max_length=120)
    sponsor_zone = models.CharField("sponsor's time zone", max_length=60)
    message_alias = models.CharField("name used in messages", max_length=60)

    def __str__(self) -> str:
        return self.code


class Site(models.Model):
    """A place that runs the trial, with its own calendar."""

    guard: ClassVar[Guard] = Guard(site=None)

    public_id = PublicIdField(prefix="sit")
    trial = models.ForeignKey(Trial, models.PROTECT, related_name="sites")
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    zone = models.CharField("time zone", max_length=60)
    message_alias = models.CharField("name used in messages", max_length=60)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["trial", "code"], name="site_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ProtocolVersion(models.Model):
    """One immutable protocol; a change is another version. Its document stands in a row of its own."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    public_id = PublicIdField(prefix="prv")
    trial = models.ForeignKey(Trial, models.PROTECT, related_name="protocol_versions")
    version = models.CharField(max_length=20)
    digest = models.CharField("SHA-256 of the document", max_length=64)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["trial", "version"], name="protocol_version_once")
        ]

    # Signed by sponsor and investigators of every site, so the signature belongs to no single site.
    site_id: ClassVar[None] = None

    def __str__(self) -> str:
        return f"{self.trial_id} {self.version}"

    @property
    def source(self) -> str:
        """Returns the document as it was loaded (YAML)."""
        return self.document.text

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what a signature of the version covers."""
        return {"version": self.version, "digest": self.digest}


class ProtocolDocument(models.Model):
    """The text of a protocol version: a hundred kilobytes, which nobody who asks for a participant wants to carry."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    version = models.OneToOneField(ProtocolVersion, models.PROTECT, related_name="document")
    text = models.TextField("document as loaded (YAML)")
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    site_id: ClassVar[None] = None

    def __str__(self) -> str:
        return f"Document of {self.version_id}"


class FormPlacement(models.Model):
    """At which visits one of the trial's own forms is asked, where the protocol's file does not hold that form.

    It stands beside the document, which is never changed. The latest one of a code holds; without visits the form is
    asked when somebody adds it to a visit. What the form asks is no business of this room.
    """

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)
    # Signed for the whole trial, so the signature belongs to no single site.
    site_id: ClassVar[None] = None

    public_id = PublicIdField(prefix="fpl")
    protocol_version = models.ForeignKey(ProtocolVersion, models.PROTECT, related_name="form_placements")
    code = models.CharField(max_length=20)
    number = models.PositiveSmallIntegerField("counted from 1")
    name = models.CharField(max_length=120)
    role = models.CharField("whose duty it is, by the protocol's code", max_length=60)
    visits = ArrayField(models.CharField(max_length=20), verbose_name="visits by their codes", default=list)
    reason = models.CharField("why it is asked there", max_length=300)
    placed_at = models.DateTimeField()
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["protocol_version", "code", "number"], name="form_placement_once"),
            models.CheckConstraint(name="form_placement_has_reason", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {', '.join(self.visits) or 'unscheduled'}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signature covers."""
        return {name: getattr(self, name) for name in ("code", "number", "name", "role", "visits", "reason")}


class ProtocolApproval(SiteRecord):
    """From which day a site works under a protocol version."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    protocol_version = models.ForeignKey(ProtocolVersion, models.PROTECT, related_name="approvals")
    effective_on = models.DateField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "protocol_version"], name="protocol_approved_once_per_site")
        ]

    def __str__(self) -> str:
        return f"{self.protocol_version_id} from {self.effective_on}"


class ConsentForm(SiteRecord):
    """One version of the site's consent form in one language, as its file was loaded; it is never changed."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="cfm")
    protocol_version = models.ForeignKey(ProtocolVersion, models.PROTECT, related_name="consent_forms")
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=10, default="en")
    source = models.TextField("document as loaded (YAML)")
    digest = models.CharField("SHA-256 of the document", max_length=64)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "version", "language"], name="consent_form_version_once")
        ]

    def __str__(self) -> str:
        return f"Consent form {self.version} ({self.language})"


class ConsentFormApproval(SiteRecord):
    """The ethics committee approved a form, and from which day the site uses it; the investigator signs both."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    form = models.OneToOneField(ConsentForm, models.PROTECT, related_name="approval")
    ethics_reference = models.CharField("reference of the ethics committee", max_length=120)
    ethics_approved_on = models.DateField()
    effective_on = models.DateField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="form_effective_after_ethics_approval",
                condition=models.Q(effective_on__gte=models.F("ethics_approved_on")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.ethics_reference} from {self.effective_on}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the investigator's signature covers: the text by its digest, and the committee's approval."""
        return {
            "form": self.form.digest,
            "version": self.form.version,
            "language": self.form.language,
            "ethics_reference": self.ethics_reference,
            "ethics_approved_on": self.ethics_approved_on,
            "effective_on": self.effective_on,
        }


class Qualification(SiteRecord):
    """What a person holds: a training done, a licence, a certificate; it counts on the days from issue to expiry."""

    public_id = PublicIdField(prefix="qlf")
    person = models.ForeignKey(Person, models.PROTECT, related_name="qualifications")
    code = models.CharField("protocol's code", max_length=40)
    reference = models.CharField("number or title of the document", max_length=120)
    issued_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    remind_on = models.DateField("to be renewed from", null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["site", "person", "code", "issued_on"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="qualification_once",
            ),
            models.CheckConstraint(
                name="qualification_expires_after_issue",
                condition=models.Q(expires_on__isnull=True) | models.Q(expires_on__gte=models.F("issued_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.reference}"


class Delegation(SiteRecord):
    """A duty of the protocol given to a person at a site: accepted by the person, approved by the investigator.

    `requires` holds the qualifications that the protocol asked for when it was proposed; both signatures cover it.
    """

    public_id = PublicIdField(prefix="dlg")
    person = models.ForeignKey(Person, models.PROTECT, related_name="delegations")
    duty = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    requires = ArrayField(models.CharField(max_length=40), default=list)
    refused_at = models.DateTimeField(null=True, blank=True)
    refusal = models.TextField("why it was refused", blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "person", "duty", "starts_on"], name="delegation_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.duty}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the investigator's signature covers."""
        return {
            "person": self.person_id,
            "duty": self.duty,
            "starts_on": self.starts_on,
            "ends_on": self.ends_on,
            "requires": self.requires,
        }


class ReferenceVersion(models.Model):
    """One version of the reference safety information: what is expected of the study drug, from a day on.

    It is the whole trial's and never changed; what is listed anew is another version.
    """

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    public_id = PublicIdField(prefix="rsi")
    trial = models.ForeignKey(Trial, models.PROTECT, related_name="reference_versions")
    version = models.CharField(max_length=20)
    effective_on = models.DateField("in force from")
    document = models.CharField("document it is taken from", max_length=200)
    digest = models.CharField("SHA-256 of the listed terms", max_length=64)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["trial", "version"], name="reference_version_once"),
            # Of two versions from the same day nobody could say which is in force.
            models.UniqueConstraint(fields=["trial", "effective_on"], name="reference_from_a_day_once"),
        ]

    def __str__(self) -> str:
        return f"Version {self.version}"


class ReferenceTerm(models.Model):
    """A reaction that a version of the reference safety information lists, as the rule reads it."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    SEVERITIES: ClassVar[list[tuple[str, str]]] = [("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")]
    COVERS: ClassVar[list[tuple[str, str]]] = [
        ("exact", "This term alone"),
        ("broad", "Every term that holds it"),
    ]

    reference = models.ForeignKey(ReferenceVersion, models.PROTECT, related_name="terms")
    term = models.CharField(max_length=200)
    severity = models.CharField("most severe that is expected", max_length=10, choices=SEVERITIES, blank=True)
    criteria = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    covers = models.CharField(max_length=10, choices=COVERS, default="exact")
    also = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["reference", "term"], name="reference_term_once")
        ]

    def __str__(self) -> str:
        return self.term
