"""Complaints about conduct: read by those on the list of each, and by nobody who is named in it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord

# The list decides; whoever is named is taken off it by the database in the same moment, and cannot be put on it again.
ON_THE_LIST = """EXISTS (
  SELECT 1 FROM public.safety_complaintreader r
  WHERE r.complaint_key = {key} AND r.person_id = (SELECT audit.actor()) AND r.ended_at IS NULL)"""
READERS = "person_id = (SELECT audit.actor()) OR added_by_id = (SELECT audit.actor())"


class ComplaintReader(models.Model):
    """Somebody on the list of a complaint: who told it, or who works on it. The list is there before the complaint."""

    guard: ClassVar[Guard] = Guard(site=None, also=READERS)

    PARTS: ClassVar[list[tuple[str, str]]] = [("teller", "Told it"), ("desk", "Works on it")]

    complaint_key = models.CharField(max_length=40)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=PARTS)
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    recorded_at = RecordedAtField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["complaint_key", "person"], name="reader_once")
        ]

    def __str__(self) -> str:
        return self.part


class Complaint(SiteRecord):
    """What somebody tells about conduct, its clock, and how it ended."""

    guard: ClassVar[Guard] = Guard(site=None, also=ON_THE_LIST.format(key="public_id"))

    SOURCES: ClassVar[list[tuple[str, str]]] = [
        ("staff", "Somebody of the staff"),
        ("participant", "A participant, past the site"),
        ("reviewer", "A reviewer or monitor"),
    ]
    STATES: ClassVar[list[tuple[str, str]]] = [
        ("waiting", "Not read yet"),
        ("open", "Looked into"),
        ("founded", "Closed: founded"),
        ("unfounded", "Closed: not founded"),
    ]

    public_id = PublicIdField(prefix="cmp")
    source = models.CharField(max_length=12, choices=SOURCES)
    kind = models.CharField("kind by the protocol", max_length=20)
    subject_code = models.CharField("participant, as far as known", max_length=20, blank=True)
    report_id = models.CharField("what was said past the site", max_length=40, blank=True)
    words = models.TextField()
    happened_on = models.CharField(max_length=10, blank=True)
    told_at = models.DateTimeField()
    acknowledge_by_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField("what was found, and what follows", blank=True)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="complaint_read_by_somebody", condition=Q(state="waiting") | Q(acknowledged_by__isnull=False)
            ),
            models.CheckConstraint(
                name="closed_complaint_says_what_was_found",
                condition=Q(state__in=["waiting", "open"]) | (Q(closed_at__isnull=False) & ~Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class ComplaintNamed(models.Model):
    """Somebody whom a complaint is about; from that moment the person cannot read it."""

    guard: ClassVar[Guard] = Guard(site=None, also=ON_THE_LIST.format(key="complaint_key"), append_only=True)

    complaint_key = models.CharField(max_length=40)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    recorded_at = RecordedAtField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["complaint_key", "person"], name="named_once")
        ]

    def __str__(self) -> str:
        return f"{self.person}"


class ComplaintStep(models.Model):
    """What was done about a complaint, by whom and when; a suspension names the duty that rests from that minute."""

    guard: ClassVar[Guard] = Guard(site=None, also=ON_THE_LIST.format(key="complaint_key"), append_only=True)

    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("acknowledged", "Acknowledged"),
        ("note", "Looked into"),
        ("measure", "Measure"),
        ("suspension", "Duty suspended"),
        ("ethics", "Told to the ethics board"),
        ("closed", "Closed"),
    ]

    complaint_key = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=KINDS)
    text = models.TextField()
    delegation = models.ForeignKey("trials.Delegation", models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField()
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["complaint_key"], name="step_of_complaint")]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="suspension_names_its_duty", condition=~Q(kind="suspension") | Q(delegation__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def duty_in_words(self) -> str:
        """Returns the duty that a suspension took, as a person says it; empty where the step names none."""
        return self.delegation.duty.replace("_", " ") if self.delegation else ""
