"""A participant's own pages: the code and the links that open them, the diary, and the line that passes the site by."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord

# Who reads what was said past the site; the pages of a participant write it under a name of their own.
OPEN_TO_THE_DESK = """EXISTS (
  SELECT 1 FROM public.core_membership m
  WHERE m.person_id = (SELECT audit.actor()) AND m.site_id IS NULL
    AND m.role IN ('ombudsperson', 'safety_officer', 'system')
    AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now()))"""
KINDS = [
    ("concern", "A concern about how I was treated"),
    ("boundary", "Something in a session that was not right"),
    ("missed", "Something was missed or made light of"),
    ("other", "Something else"),
]


class OwnAccess(SiteRecord):
    """The code that a participant was given on paper, kept as a digest; without it no link opens anything."""

    participant = models.OneToOneField("patients.Participant", models.PROTECT, related_name="own_access")
    code_digest = models.CharField(max_length=128)
    code_made_at = models.DateTimeField()
    paused_at = models.DateTimeField("the participant wants a pause since", null=True)

    def __str__(self) -> str:
        return f"Own pages of {self.participant_id}"


class OwnLink(SiteRecord):
    """One link to the own pages; it opens once, with the code, until its time is over."""

    public_id = PublicIdField(prefix="lnk")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="own_links")
    ends_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.public_id


class OwnStay(SiteRecord):
    """One stay in the own pages, in the browser that holds its key; the key itself is kept nowhere."""

    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="own_stays")
    link = models.OneToOneField(OwnLink, models.PROTECT, related_name="stay")
    key_digest = models.CharField(max_length=64, unique=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="stay_ends_after_it_began", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at"))
            )
        ]

    def __str__(self) -> str:
        return f"Stay since {self.began_at}"


class FailedOpening(models.Model):
    """An attempt with a wrong link or code, by a digest of where it came from; what too many came from waits."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    source_digest = models.CharField(max_length=64)
    tried_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["source_digest", "tried_at"], name="opening_by_source")]

    def __str__(self) -> str:
        return self.source_digest[:8]


class DiaryEntry(SiteRecord):
    """What a participant wrote of a day: how it was, as a number and in words."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="dia")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="diary")
    about_on = models.DateField()
    wellbeing = models.PositiveSmallIntegerField("how the day was, from 0 to 10")
    words = models.TextField(blank=True)
    written_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="diary_wellbeing_on_its_scale", condition=Q(wellbeing__lte=10))
        ]

    def __str__(self) -> str:
        return f"Diary {self.about_on}"


class ConfidentialReport(SiteRecord):
    """What a participant says past the own site, to the ombudsperson and the safety officer alone."""

    guard: ClassVar[Guard] = Guard(site=None, also=OPEN_TO_THE_DESK)

    public_id = PublicIdField(prefix="cfr")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="+")
    # The desk sees no row of a participant: what names one stands here.
    participant_code = models.CharField("screening number", max_length=20)
    kind = models.CharField(max_length=10, choices=KINDS)
    words = models.TextField()
    wants_answer = models.BooleanField("wants to be spoken to")
    sent_at = models.DateTimeField()
    acknowledge_by_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answer = models.TextField("what is done", blank=True)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="report_acknowledged_by_somebody",
                condition=Q(acknowledged_at__isnull=True) | (Q(acknowledged_by__isnull=False) & ~Q(answer="")),
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
