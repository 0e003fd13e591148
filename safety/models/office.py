"""What the safety office keeps: each event as one line, saved listings, and decisions on what does not agree."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from safety.models.events import AdverseEvent, AdverseEventRevision


class EventLine(SiteRecord):
    """An adverse event as it stands, in one row; the database writes it with each revision, and nobody else.

    It repeats what the latest revision says, so that a hundred thousand events are listed without all revisions.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    event = models.OneToOneField(AdverseEvent, models.PROTECT, related_name="line")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="+")
    participant_code = models.CharField("screening number", max_length=20)
    aware_at = models.DateTimeField("the site became aware at")
    revision = models.PositiveSmallIntegerField("number of the latest revision")
    term = models.CharField(max_length=200)
    started_on = models.CharField(max_length=10)
    ended_on = models.CharField(max_length=10, blank=True)
    ongoing = models.BooleanField()
    severity = models.CharField(max_length=10, choices=AdverseEventRevision.SEVERITIES)
    serious = models.BooleanField()
    causality = models.CharField(max_length=12, blank=True)
    sponsor_causality = models.CharField(max_length=12, blank=True)
    expectedness = models.CharField(max_length=12, blank=True)
    event_group = models.CharField(max_length=20)
    abuse_related = models.BooleanField()
    outcome = models.CharField(max_length=20, choices=AdverseEventRevision.OUTCOMES)
    nullified = models.BooleanField()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["aware_at", "event"], name="line_by_awareness"),
            models.Index(fields=["started_on", "event"], name="line_by_start"),
            models.Index(fields=["term", "event"], name="line_by_term"),
            models.Index(fields=["participant_code", "event"], name="line_by_participant"),
            models.Index(fields=["aware_at", "event"], name="line_serious", condition=Q(serious=True)),
            models.Index(fields=["aware_at", "event"], name="line_of_interest", condition=~Q(event_group="none")),
            models.Index(fields=["aware_at", "event"], name="line_unassessed", condition=Q(causality="")),
        ]

    def __str__(self) -> str:
        return self.term


class SavedListing(models.Model):
    """Filters and order of a listing, kept by a person under a name for that person alone."""

    guard: ClassVar[Guard] = Guard(site=None, also="person_id = (SELECT audit.actor())")

    public_id = PublicIdField(prefix="lst")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField("filters as they stand in an address", max_length=600)
    recorded_at = RecordedAtField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["person", "name"], condition=Q(removed_at__isnull=True), name="listing_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class FindingDecision(SiteRecord):
    """What somebody decided on records that do not agree: explained, with the reason, or to be corrected at the site.

    `key` names the finding with the revision of what it is about: once the record changes, the finding is a new one.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    DECISIONS: ClassVar[list[tuple[str, str]]] = [
        ("explained", "Explained: it stays as it is"),
        ("correct", "To be corrected at the site"),
    ]

    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=120)
    told = models.CharField("what did not agree, as it was shown", max_length=300)
    decision = models.CharField(max_length=10, choices=DECISIONS)
    reason = models.CharField(max_length=300)
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["key", "decision"], name="finding_decided_once"),
            models.CheckConstraint(name="finding_decision_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()
