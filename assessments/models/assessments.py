"""Instruments captured item by item; scores are computed, never typed."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import transition

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from core.states import StateField


class AssessmentState(models.TextChoices):
    """The course of one assessment."""

    READY = "ready", "Ready"
    STARTED = "started", "Started"
    LOCKED = "locked", "Locked"
    CANCELLED = "cancelled", "Cancelled"


A = AssessmentState
# The rater's firewall: an assessment opens to its rater by name, and no other row of the participant does.
OPEN_TO_RATER = "rater_id = (SELECT audit.actor())"
ANSWER = ("item", "value", "not_applicable", "text", "not_done_reason")
ITEMS_OPEN_TO_RATER = (
    "assessment_id IN (SELECT id FROM public.assessments_assessment WHERE rater_id = (SELECT audit.actor()))"
)


SOURCES = [
    ("interview", "Interview by an independent rater"),
    ("recording", "Rated again from the recording"),
    ("site", "Entered by the site"),
    ("participant", "Answered by the participant"),
]


class Assessment(SiteRecord):
    """One instrument to be answered about one participant; its address says nothing."""

    guard: ClassVar[Guard] = Guard(also=OPEN_TO_RATER)

    public_id = PublicIdField(prefix="asm")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="assessments")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, related_name="assessments")
    instrument = models.CharField(max_length=20)
    respondent = models.CharField(max_length=30)
    rater = models.ForeignKey(Person, models.PROTECT, null=True, related_name="ratings")
    rating_code = models.CharField("code shown to the rater", max_length=12, blank=True)
    state = StateField(max_length=10, choices=AssessmentState.choices, default=AssessmentState.READY)
    # A rater may read only what the row carries: the items' ranges come from the version named here.
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="+")
    # Set where an own form was published anew under that protocol version; the protocol's own otherwise.
    form_version = models.ForeignKey("assessments.FormVersion", models.PROTECT, null=True, related_name="assessments")
    started_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    missing_reason = models.CharField("why items are without an answer", max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["visit", "instrument", "respondent"],
                condition=~Q(state="cancelled"),
                name="assessment_once_per_visit",
            ),
            models.CheckConstraint(
                name="assessment_locked_has_time", condition=~Q(state="locked") | Q(locked_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.instrument

    @transition(field=state, source=A.READY, target=A.STARTED)
    def start(self) -> None:
        """The first item was answered."""

    @transition(field=state, source=A.STARTED, target=A.LOCKED)
    def lock(self) -> None:
        """It was declared complete; items are corrected beside what they were."""

    @transition(field=state, source=[A.READY, A.STARTED], target=A.CANCELLED)
    def cancel(self) -> None:
        """Will not be answered."""

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what a signature covers: every item, and every correction since."""
        items = self.items.order_by("item").values_list(*ANSWER)
        corrections = self.corrections.order_by("item", "version").values_list("version", "reason", *ANSWER)
        content = {
            "instrument": self.instrument,
            "items": [list(row) for row in items],
            "missing_reason": self.missing_reason,
        }
        corrected = [list(row) for row in corrections]
        return content | {"corrections": corrected} if corrected else content


# An answer is of one kind.
ONE_ANSWER = (
    Q(value__isnull=True, not_applicable=False, text="")
    | Q(not_applicable=False, text="", not_done_reason="")
    | Q(value__isnull=True, text="", not_done_reason="")
    | Q(value__isnull=True, not_applicable=False, not_done_reason="")
)


class AnsweredItem(SiteRecord):
    """One answer to one item: a number, a text or a date as typed, that it does not apply, or why it was not done."""

    item = models.PositiveSmallIntegerField()
    value = models.IntegerField(null=True)
    not_applicable = models.BooleanField(default=False)
    text = models.CharField("what is no whole number, as it was entered", max_length=300, blank=True)
    not_done_reason = models.CharField("why it was not done", max_length=200, blank=True)

    class Meta:
        abstract = True


class ItemValue(AnsweredItem):
    """The answer to one item, by its number: who entered the answer that stands, when, and from what source."""

    guard: ClassVar[Guard] = Guard(also=ITEMS_OPEN_TO_RATER, parent=("assessments_assessment", "assessment_id"))

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="items")
    source = models.CharField("where the answer comes from", max_length=12, choices=SOURCES, default="site")
    version = models.PositiveSmallIntegerField("how often it was entered", default=1)
    entered_at = models.DateTimeField("when the answer was entered", null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["assessment", "item"], name="item_once_per_assessment"),
            models.CheckConstraint(name="item_value_or_not_applicable", condition=ONE_ANSWER),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.value}"


class ItemCorrection(AnsweredItem):
    """Another answer to one item of a locked assessment, with its reason; what was locked stays as it was."""

    guard: ClassVar[Guard] = Guard(
        append_only=True, also=ITEMS_OPEN_TO_RATER, parent=("assessments_assessment", "assessment_id")
    )

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="corrections")
    version = models.PositiveSmallIntegerField("how often the item was answered, this time included")
    replaced = models.CharField("what stood before", max_length=300)
    reason = models.CharField("why", max_length=300)
    corrected_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["assessment", "item", "version"], name="item_correction_once_per_version"),
            models.CheckConstraint(name="item_correction_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="item_correction_value_or_not_applicable",
                condition=ONE_ANSWER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.value}, version {self.version}"


class CheckConfirmation(SiteRecord):
    """Why an answer that an edit check doubts is right all the same, told when the form was completed."""

    guard: ClassVar[Guard] = Guard(append_only=True, also=ITEMS_OPEN_TO_RATER)

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="confirmations")
    check_code = models.CharField(max_length=20)
    text = models.CharField("what the check said", max_length=300)
    reason = models.CharField("why it is right", max_length=300)
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="check_confirmation_says_why", condition=~Q(reason=""))
        ]

    def __str__(self) -> str:
        return self.check_code


class AssessmentScore(SiteRecord):
    """A computed value of an assessment; recomputed, it stands beside the old one."""

    guard: ClassVar[Guard] = Guard(
        append_only=True,
        also=ITEMS_OPEN_TO_RATER,
    )

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="scores")
    computation = models.PositiveSmallIntegerField("how often it was computed, this time included", default=1)
    cause = models.ForeignKey(ItemCorrection, models.PROTECT, null=True, related_name="scores")
    name = models.CharField(max_length=40)
    value = models.CharField(max_length=60, blank=True)
    complete = models.BooleanField()
    incomplete_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="incomplete_score_has_reason", condition=Q(complete=True) | ~Q(incomplete_reason="")
            ),
            models.CheckConstraint(
                name="score_recomputed_names_its_cause", condition=Q(computation=1) | Q(cause__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"

    @property
    def label(self) -> str:
        """Returns the score's name as a person reads it."""
        words = self.name.replace("_", " ")
        return f"Cluster {words}" if len(words) == 1 else words[0].upper() + words[1:]

    @property
    def shown(self) -> str:
        """Returns the value as a person reads it."""
        return {"true": "Yes", "false": "No"}.get(self.value, self.value)


del A
