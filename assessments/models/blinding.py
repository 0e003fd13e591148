"""Guesses at the arm, inadvertent unblindings, and what was judged to follow from them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from assessments.models.assessments import Assessment
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord

# A slip of blinding opens to who told it; the desk that reads the log is let in by a policy of its own.
OPEN_TO_AUTHOR = "recorded_by_id = (SELECT audit.actor())"


class ArmGuess(SiteRecord):
    """What somebody believes the arm to be, how sure, and why; it opens to the author alone.

    The unblinded statistician reads the guesses, and nobody else: one guess would colour the next. What a participant
    types on the tablet is written by the tablet's own actor, so that whoever handed it over cannot read it either.
    """

    SOURCES: ClassVar[list[tuple[str, str]]] = [
        ("own", "Typed by who guesses"),
        ("tablet", "Typed by the participant on a tablet that was handed over"),
        ("on_behalf", "Entered by the study team for the participant"),
    ]

    guard: ClassVar[Guard] = Guard(site=None, also=OPEN_TO_AUTHOR, append_only=True)

    public_id = PublicIdField(prefix="gss")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="arm_guesses")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, related_name="arm_guesses")
    procedure = models.CharField(max_length=20)
    guess = models.CharField(max_length=20)
    certainty = models.CharField(max_length=20)
    basis = models.CharField("what the guess rests on", max_length=500)
    source = models.CharField(max_length=10, choices=SOURCES, default="own")
    source_note = models.CharField("how it came to the study team", max_length=200, blank=True)
    guessed_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["visit", "procedure", "recorded_by"], name="one_guess_per_person_and_visit"
            ),
            models.UniqueConstraint(
                fields=["visit", "procedure"], condition=~Q(source="own"), name="one_guess_of_the_participant_per_visit"
            ),
            models.CheckConstraint(name="guess_says_why", condition=~Q(basis="")),
            models.CheckConstraint(
                name="guess_on_behalf_says_how", condition=~Q(source="on_behalf") | ~Q(source_note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} by {self.recorded_by_id}"


class UnblindingIncident(SiteRecord):
    """Something somebody learned that the blind should have hidden, told at the moment it happened."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True, also=OPEN_TO_AUTHOR)

    WHOSE: ClassVar[list[tuple[str, str]]] = [
        ("rater", "An independent rater"),
        ("therapist", "A therapist"),
        ("participant", "The participant"),
        ("investigator", "An investigator"),
        ("coordinator", "A coordinator"),
        ("sponsor", "Somebody of the sponsor"),
        ("other", "Somebody else"),
    ]
    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("allocation", "What was given, or a guess about it"),
        ("visit", "Which visit this is, or how far the participant is"),
        ("session", "What happened in a session"),
        ("effects", "Effects, events or measurements"),
        ("earlier_rating", "An earlier rating or score"),
        ("other", "Something else"),
    ]

    public_id = PublicIdField(prefix="unb")
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, related_name="unblinding_incidents")
    participant = models.ForeignKey(
        "patients.Participant", models.PROTECT, null=True, related_name="unblinding_incidents"
    )
    whose = models.CharField("who learned it", max_length=20, choices=WHOSE, default="rater")
    how = models.CharField("how it came about", max_length=300, blank=True)
    kind = models.CharField("what was learned", max_length=20, choices=KINDS)
    text = models.TextField("in the teller's own words", blank=True)
    observed_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="incident_is_about_somebody", condition=Q(assessment__isnull=False) | Q(participant__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class IncidentAssessment(SiteRecord):
    """What follows from an inadvertent unblinding, and who judged so."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True, also=OPEN_TO_AUTHOR)

    CONSEQUENCES: ClassVar[list[tuple[str, str]]] = [
        ("none", "Nothing: the blind holds"),
        ("reminded", "Those concerned were reminded of the rules"),
        ("replaced", "Somebody else takes over the ratings"),
        ("noted", "Named in the analysis of blinding"),
        ("excluded", "Data after it are analysed apart"),
    ]

    public_id = PublicIdField(prefix="inc")
    incident = models.OneToOneField(UnblindingIncident, models.PROTECT, related_name="judgement")
    consequence = models.CharField(max_length=20, choices=CONSEQUENCES)
    note = models.CharField("why", max_length=500)
    assessed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="incident_assessment_says_why", condition=~Q(note=""))
        ]

    def __str__(self) -> str:
        return self.get_consequence_display()
