"""Integration therapy and the daily contacts after dosing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord


class NoteState(models.TextChoices):
    """A note is a draft until its authors have signed it."""

    DRAFT = "draft", "Draft"
    SIGNED = "signed", "Signed"


class IntegrationNote(SiteRecord):
    """The structured note of one integration session."""

    public_id = PublicIdField(prefix="itn")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="integration_notes")
    visit = models.OneToOneField("patients.Visit", models.PROTECT, related_name="integration_note")
    state = FSMField(max_length=10, choices=NoteState.choices, default=NoteState.DRAFT)
    held_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(null=True)
    place = models.CharField(max_length=10, choices=[("site", "At the site"), ("video", "By video")], default="site")
    sleep = models.CharField(max_length=200, blank=True)
    substances = models.CharField("substance use since the last visit", max_length=200, blank=True)
    changes_in_feeling = models.TextField("any change in how they feel or function, welcome or not", blank=True)
    themes = models.JSONField("themes: name and new, returning or eased", default=list)
    body = models.TextField(blank=True)
    relationships = models.TextField(blank=True)
    meaning = models.TextField(blank=True)
    practices = models.TextField("practices agreed", blank=True)
    free_text = models.TextField("psychotherapy note", blank=True)
    version = models.PositiveIntegerField("version for optimistic editing", default=1)

    def __str__(self) -> str:
        return f"Integration note {self.visit_id}"

    @transition(field=state, source=NoteState.DRAFT, target=NoteState.SIGNED)
    def mark_signed(self) -> None:
        """Both therapists have signed."""

    @transition(field=state, source=NoteState.SIGNED, target=NoteState.DRAFT)
    def reopen(self) -> None:
        """A signed note is changed; it must be signed again."""

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the therapists' signatures cover."""
        fields = (
            "visit_id", "held_at", "minutes", "place", "sleep", "substances", "changes_in_feeling", "themes", "body",
            "relationships", "meaning", "practices", "free_text",
        )  # fmt: skip
        return {name: getattr(self, name) for name in fields}


class NoteAttendance(SiteRecord):
    """A therapist who was present at an integration session."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    note = models.ForeignKey(IntegrationNote, models.PROTECT, related_name="attendances")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["note", "person"], name="attendance_once_per_note")
        ]

    def __str__(self) -> str:
        return str(self.person_id)


class FollowUpContact(SiteRecord):
    """One attempt to reach the participant on a contact day, and what was learned."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="fuc")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="follow_up_contacts")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, related_name="contact_attempts")
    attempted_at = models.DateTimeField()
    reached = models.BooleanField()
    wellbeing = models.TextField(blank=True)
    changes_in_feeling = models.TextField("any change in how they feel or function, welcome or not", blank=True)
    ideation_level = models.PositiveSmallIntegerField("C-SSRS ideation, highest level", null=True)
    behaviour_count = models.PositiveSmallIntegerField("C-SSRS behaviour categories", null=True)
    not_reached_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="contact_reached_has_answers",
                condition=Q(reached=False) | (Q(ideation_level__isnull=False) & Q(behaviour_count__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return "reached" if self.reached else "not reached"
