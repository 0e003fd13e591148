"""Integration therapy and the daily contacts after dosing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord

PLACES = [("site", "At the site"), ("video", "By video")]
PARENT_NOTE = ("integration_integrationnote", "note_id")


class IntegrationNote(SiteRecord):
    """The structured note of one integration session.

    It is signed while a signature of each therapist who was present stands; a change supersedes them in the database,
    so that no column can say otherwise.
    """

    public_id = PublicIdField(prefix="itn")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="integration_notes")
    visit = models.OneToOneField("patients.Visit", models.PROTECT, related_name="integration_note")
    held_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(null=True)
    place = models.CharField(max_length=10, choices=PLACES, default="site")
    sleep = models.CharField(max_length=200, blank=True)
    substances = models.CharField("substance use since the last visit", max_length=200, blank=True)
    medicines = models.CharField("medicines begun, changed or stopped", max_length=200, blank=True)
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

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the therapists' signatures cover."""
        fields = (
            "visit_id", "held_at", "minutes", "place", "sleep", "substances", "medicines", "changes_in_feeling",
            "themes", "body", "relationships", "meaning", "practices", "free_text",
        )  # fmt: skip
        present = self.attendances.filter(present=True).order_by("person_id").values_list("person_id", flat=True)
        return {name: getattr(self, name) for name in fields} | {"present": list(present)}


class NoteAttendance(SiteRecord):
    """Whether a therapist was present at an integration session."""

    guard: ClassVar[Guard] = Guard(parent=PARENT_NOTE)

    note = models.ForeignKey(IntegrationNote, models.PROTECT, related_name="attendances")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    present = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["note", "person"], name="attendance_once_per_note")
        ]

    def __str__(self) -> str:
        return str(self.person_id)


class RiskScreen(SiteRecord):
    """The suicidality answers since the last visit, by item code; a correction is a new row with a reason."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="rsk")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="risk_screens")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, related_name="risk_screens")
    observed_at = models.DateTimeField()
    answers = models.JSONField("answers by item code")
    ideation_level = models.PositiveSmallIntegerField("highest level of ideation")
    behaviour_count = models.PositiveSmallIntegerField("categories of behaviour")
    self_injury = models.BooleanField("self-injury without suicidal intent")
    judged_unsafe = models.BooleanField("unsafe in the clinician's judgement")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField("reason for the correction", max_length=300, blank=True)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="risk_screen_correction_has_reason", condition=Q(replaces__isnull=True) | ~Q(reason="")
            )
        ]

    def __str__(self) -> str:
        return f"Risk screen {self.visit_id}"


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
    medicines = models.CharField("medicines begun, changed or stopped", max_length=200, blank=True)
    ideation_level = models.PositiveSmallIntegerField("C-SSRS ideation, highest level", null=True)
    behaviour_count = models.PositiveSmallIntegerField("C-SSRS behaviour categories", null=True)
    not_reached_reason = models.CharField(max_length=200, blank=True)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="contact_reached_has_answers",
                condition=Q(reached=False) | (Q(ideation_level__isnull=False) & Q(behaviour_count__isnull=False)),
            ),
            models.CheckConstraint(
                name="contact_not_reached_has_reason", condition=Q(reached=True) | ~Q(not_reached_reason="")
            ),
        ]

    def __str__(self) -> str:
        return "reached" if self.reached else "not reached"
