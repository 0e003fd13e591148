"""Integration therapy and the daily contacts after dosing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django_fsm import transition

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from core.states import StateField

PLACES = [("site", "At the site"), ("video", "By video")]
ATTENDANCES = [("whole", "The whole session"), ("late", "Came late"), ("left", "Left early")]
CHANGES = [("none", "None"), ("welcome", "Welcome"), ("unwelcome", "Unwelcome"), ("both", "Both")]
OCCASIONS = [("contact_day", "Contact day"), ("unscheduled", "Unscheduled"), ("visit", "About a visit that is due")]
CHANNELS = [("phone", "By phone"), ("video", "By video"), ("message", "By message"), ("site", "At the site")]
ATTEMPT_CHANNELS = [
    ("phone", "By phone"),
    ("message", "By message"),
    ("letter", "By letter"),
    ("relative", "Over a relative or friend"),
    ("registry", "Over a register"),
]
SOURCES = [
    ("participant", "Told by the participant"),
    ("relative", "Told by a relative or friend"),
    ("record", "From a record"),
]
INITIATORS = [("site", "The site"), ("participant", "The participant"), ("relative", "A relative or friend")]
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
    attendance = models.CharField(
        "how long the participant was there", max_length=10, choices=ATTENDANCES, default="whole"
    )
    group_size = models.PositiveSmallIntegerField("participants, if it was a group", null=True)
    companions = models.JSONField("who came along, by the protocol's code", default=list)
    sleep = models.CharField(max_length=200, blank=True)
    substances = models.CharField("substance use since the last visit", max_length=200, blank=True)
    medicines = models.CharField("medicines begun, changed or stopped", max_length=200, blank=True)
    change_kind = models.CharField("whether a change was mentioned", max_length=10, choices=CHANGES, blank=True)
    changes_in_feeling = models.TextField("any change in how they feel or function, welcome or not", blank=True)
    elements = models.JSONField("elements of therapy used, by the protocol's code", default=list)
    themes = models.JSONField("themes: name and new, returning or eased", default=list)
    body = models.TextField(blank=True)
    relationships = models.TextField(blank=True)
    meaning = models.TextField(blank=True)
    practice_outcomes = models.JSONField("what became of the practices agreed before", default=list)
    practices = models.TextField("practices agreed, one on each line", blank=True)
    free_text = models.TextField("psychotherapy note", blank=True)
    version = models.PositiveIntegerField("version for optimistic editing", default=1)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="note_group_is_several", condition=Q(group_size__isnull=True) | Q(group_size__gte=2)
            )
        ]

    def __str__(self) -> str:
        return f"Integration note {self.visit_id}"

    @property
    def agreed_practices(self) -> tuple[str, ...]:
        """Returns the practices that were agreed, one by one."""
        return tuple(line.strip() for line in self.practices.splitlines() if line.strip())

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the therapists' signatures cover."""
        fields = (
            "visit_id", "held_at", "minutes", "place", "attendance", "group_size", "companions", "sleep",
            "substances", "medicines", "change_kind", "changes_in_feeling", "elements", "themes", "body",
            "relationships", "meaning", "practice_outcomes", "practices", "free_text",
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
    visit = models.ForeignKey("patients.Visit", models.PROTECT, null=True, related_name="risk_screens")
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
    """One attempt to reach the participant, on a contact day, about a visit or unplanned, and what was learned.

    `step` is the protocol's step of tracing, where the attempt was one.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="fuc")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="follow_up_contacts")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, null=True, related_name="contact_attempts")
    occasion = models.CharField(max_length=12, choices=OCCASIONS, default="contact_day")
    channel = models.CharField(max_length=10, choices=CHANNELS + ATTEMPT_CHANNELS[2:], default="phone")
    step = models.CharField("step of tracing", max_length=30, blank=True)
    initiated_by = models.CharField("who made the contact", max_length=12, choices=INITIATORS, default="site")
    attempted_at = models.DateTimeField()
    reached = models.BooleanField()
    wellbeing = models.TextField(blank=True)
    wellbeing_score = models.PositiveSmallIntegerField("how they are, on the protocol's scale", null=True)
    changes_in_feeling = models.TextField("any change in how they feel or function, welcome or not", blank=True)
    medicines = models.CharField("medicines begun, changed or stopped", max_length=200, blank=True)
    ideation_level = models.PositiveSmallIntegerField("C-SSRS ideation, highest level", null=True)
    behaviour_count = models.PositiveSmallIntegerField("C-SSRS behaviour categories", null=True)
    not_reached_reason = models.CharField(max_length=200, blank=True)
    agreed = models.CharField("what was agreed", max_length=300, blank=True)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="contact_reached_has_answers",
                condition=Q(reached=False)
                | (Q(ideation_level__isnull=False) & Q(behaviour_count__isnull=False))
                | (Q(occasion="visit") & ~Q(agreed="")),
            ),
            models.CheckConstraint(
                name="contact_has_visit_or_is_unscheduled",
                condition=Q(occasion__in=["contact_day", "visit"], visit__isnull=False)
                | Q(occasion="unscheduled", reached=True),
            ),
            models.CheckConstraint(
                name="contact_not_reached_has_reason", condition=Q(reached=True) | ~Q(not_reached_reason="")
            ),
        ]

    def __str__(self) -> str:
        return "reached" if self.reached else "not reached"


class IntercurrentEvent(SiteRecord):
    """What happened after the start of treatment and may change how an outcome is read (ICH E9(R1)).

    A correction is a new row beside the old one, with a reason; a row that is `withdrawn` takes the old one back.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="ice")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="intercurrent_events")
    kind = models.CharField("kind, by the protocol's code", max_length=30)
    what = models.CharField("what it was", max_length=200)
    began_on = models.CharField("since when, as far as it is known", max_length=10)
    ended_on = models.CharField("until when, as far as it is known", max_length=10, blank=True)
    source = models.CharField("known from", max_length=12, choices=SOURCES, default="participant")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    withdrawn = models.BooleanField("takes the row before it back", default=False)
    reason = models.CharField("reason for the correction", max_length=300, blank=True)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="intercurrent_correction_has_reason",
                condition=(Q(replaces__isnull=True) & Q(withdrawn=False)) | ~Q(reason=""),
            )
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["participant", "kind"], name="intercurrent_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} since {self.began_on}"


class EnquiryState(models.TextChoices):
    """What became of an enquiry about harm that shows late."""

    PLANNED = "planned", "Planned"
    DONE = "done", "Done"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


class HarmEnquiry(SiteRecord):
    """One enquiry about harm that shows late, at its time after a dose, with what was answered."""

    public_id = PublicIdField(prefix="hen")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="harm_enquiries")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, related_name="harm_enquiries")
    code = models.CharField("the protocol's code of the time", max_length=20)
    name = models.CharField(max_length=120)
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    state = StateField(max_length=10, choices=EnquiryState.choices, default=EnquiryState.PLANNED)
    asked_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answers = models.JSONField("yes or no by the protocol's code", default=dict)
    told = models.TextField("what was told", blank=True)
    judged_unsafe = models.BooleanField("unsafe in the judgement of who asked", default=False)
    reason = models.CharField("why it was not made", max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["visit", "code"], name="enquiry_once_per_dose"),
            models.CheckConstraint(
                name="enquiry_done_says_who_and_when",
                condition=~Q(state="done") | Q(asked_at__isnull=False, asked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="enquiry_not_made_says_why", condition=~Q(state__in=["missed", "cancelled"]) | ~Q(reason="")
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["site", "opens_at"], name="enquiry_planned", condition=Q(state="planned"))
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @transition(field=state, source=EnquiryState.PLANNED, target=EnquiryState.DONE)
    def answer(self) -> None:
        """Was made."""

    @transition(field=state, source=EnquiryState.PLANNED, target=EnquiryState.MISSED)
    def miss(self) -> None:
        """Was not made in its time."""

    @transition(field=state, source=EnquiryState.PLANNED, target=EnquiryState.CANCELLED)
    def cancel(self) -> None:
        """Will not be made."""


class ReviewState(models.TextChoices):
    """The course of a review."""

    READY = "ready", "Ready"
    LOCKED = "locked", "Locked"


class RecordingIndex(SiteRecord):
    """What is where in the recording of a session without a dose, by time code; the recording is kept elsewhere.

    The latest one of a visit holds. The lines hold no words: reviewers read them.
    """

    EXTENTS: ClassVar[list[tuple[str, str]]] = [
        ("whole", "The whole session is recorded"),
        ("gap", "Recorded, with a gap"),
        ("none", "Not recorded"),
    ]
    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("started", "Started"),
        ("paused", "Paused"),
        ("resumed", "Goes on"),
        ("stopped", "Stopped"),
        ("mark", "Moment marked"),
    ]

    guard: ClassVar[Guard] = Guard(append_only=True)

    visit = models.ForeignKey("patients.Visit", models.PROTECT, related_name="recording_indices")
    number = models.PositiveSmallIntegerField("counted from 1")
    extent = models.CharField(max_length=10, choices=EXTENTS)
    reference = models.CharField("number of the file or card", max_length=60, blank=True)
    lines = models.JSONField("time codes and what is there", default=list)
    reason = models.CharField("why it is not whole, or indexed anew", max_length=200, blank=True)
    indexed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["visit", "number"], name="recording_index_once"),
            models.CheckConstraint(
                name="recording_index_says_why", condition=Q(extent="whole", number=1) | ~Q(reason="")
            ),
            models.CheckConstraint(name="recording_has_reference", condition=Q(extent="none") | ~Q(reference="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_extent_display()}, {self.number}"

    @property
    def shown_lines(self) -> list[dict[str, str]]:
        """Returns the lines as a reviewer reads them."""
        words = dict(self.KINDS)
        told = [{"time_code": "", "kind": self.get_extent_display(), "reference": self.reference}]
        return told + [
            {"time_code": line["time_code"], "kind": words[line["kind"]], "reference": ""} for line in self.lines
        ]


class AdherenceReview(SiteRecord):
    """One reviewer's rating of the recording of one session; it carries all that its reviewer may read.

    It is of a dosing session, or of a visit with therapy and no dose. The index of the recording stands in it by time
    code; neither participant nor visit nor outcome does. `why` says why it was drawn, and is not shown to the reviewer.
    """

    guard: ClassVar[Guard] = Guard(also="reviewer_id = (SELECT audit.actor())")

    public_id = PublicIdField(prefix="rvw")
    session = models.ForeignKey("dosing.DosingSession", models.PROTECT, null=True, related_name="reviews")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, null=True, related_name="reviews")
    # Kept here, since the rights of its reviewer open no visit.
    visit_type = models.CharField("type of a visit without a dose", max_length=20, blank=True)
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="+")
    pair = ArrayField(models.BigIntegerField(), verbose_name="the therapists of the session")
    why = models.CharField("why it was drawn", max_length=40)
    code = models.CharField("code shown to the reviewer", max_length=12)
    recording = models.JSONField("index of the recording", default=list)
    reviewer = models.ForeignKey(Person, models.PROTECT, null=True, related_name="reviews")
    state = StateField(max_length=10, choices=ReviewState.choices, default=ReviewState.READY)
    answers = models.JSONField("ratings by the protocol's code", default=dict)
    breaches = models.JSONField("breaches seen, by the protocol's code", default=list)
    seen_at_codes = models.CharField("time codes of what was seen", max_length=200, blank=True)
    note = models.TextField(blank=True)
    locked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["session", "reviewer"], name="review_once_per_reviewer"),
            models.UniqueConstraint(fields=["visit", "reviewer"], name="review_of_visit_once_per_reviewer"),
            models.CheckConstraint(
                name="review_is_of_one_recording",
                condition=Q(session__isnull=False, visit__isnull=True, visit_type="")
                | (Q(session__isnull=True, visit__isnull=False) & ~Q(visit_type="")),
            ),
            models.CheckConstraint(
                name="review_locked_says_when_and_who",
                condition=~Q(state="locked") | Q(locked_at__isnull=False, reviewer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @transition(field=state, source=ReviewState.READY, target=ReviewState.LOCKED)
    def lock(self) -> None:
        """Was rated."""

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the reviewer's signature covers."""
        names = ("session_id", "pair", "answers", "breaches", "seen_at_codes", "note")
        of_visit = {"visit_id": self.visit_id} if self.visit_id else {}
        return {name: getattr(self, name) for name in names} | of_visit


class BoundaryReview(SiteRecord):
    """Somebody outside the pair looked at touch, stop words and what was said past the site about a session."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    session = models.OneToOneField("dosing.DosingSession", models.PROTECT, related_name="boundary_review")
    findings = models.TextField()
    concern = models.BooleanField("the dosing privilege of the pair rests")
    reviewed_at = models.DateTimeField()

    def __str__(self) -> str:
        return "concern" if self.concern else "no concern"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signature covers."""
        return {"session": self.session_id, "findings": self.findings, "concern": self.concern}
