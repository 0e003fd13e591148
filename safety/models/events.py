"""Adverse events and their revisions, alerts, reporting clocks and deviations."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord


class AdverseEvent(SiteRecord):
    """The stable event; what is known of it stands in its revisions.

    `source_kind` and `source_id` name the entry in which it was first told, where it was reported from one.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    SOURCES: ClassVar[list[tuple[str, str]]] = [
        ("effect", "Observed in a dosing session"),
        ("session_note", "Note of a dosing session"),
        ("visit", "Integration note or call"),
    ]

    public_id = PublicIdField(prefix="aev")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="adverse_events")
    number = models.PositiveSmallIntegerField()
    session = models.ForeignKey("dosing.DosingSession", models.PROTECT, null=True, related_name="adverse_events")
    site_aware_at = models.DateTimeField("the site became aware at")
    awareness = models.CharField("how the site became aware", max_length=200, blank=True)
    source_kind = models.CharField("told in", max_length=12, choices=SOURCES, blank=True)
    source_id = models.CharField(max_length=40, blank=True)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["participant", "number"], name="event_number_once"),
            models.CheckConstraint(
                name="event_source_whole",
                condition=Q(source_kind="", source_id="") | (~Q(source_kind="") & ~Q(source_id="")),
            ),
        ]

    def __str__(self) -> str:
        return f"AE {self.number}"


class AdverseEventRevision(SiteRecord):
    """What is known of an event at one moment; the latest revision counts, none is ever changed."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    SEVERITIES: ClassVar[list[tuple[str, str]]] = [("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")]
    VALENCES: ClassVar[list[tuple[str, str]]] = [
        ("welcome", "Welcome"),
        ("neutral", "Neither"),
        ("unwelcome", "Unwelcome"),
    ]
    OUTCOMES: ClassVar[list[tuple[str, str]]] = [
        ("not_recovered", "Not recovered"),
        ("recovering", "Recovering"),
        ("recovered", "Recovered"),
        ("recovered_sequelae", "Recovered with sequelae"),
        ("fatal", "Fatal"),
        ("unknown", "Unknown"),
    ]

    DRUG_ACTIONS: ClassVar[list[tuple[str, str]]] = [
        ("not_changed", "Dose not changed"),
        ("withdrawn", "No further dose"),
        ("reduced", "Dose reduced"),
        ("increased", "Dose increased"),
        ("not_applicable", "Not applicable"),
        ("unknown", "Not known"),
    ]

    event = models.ForeignKey(AdverseEvent, models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    term = models.CharField("what was observed, verbatim", max_length=200)
    started_on = models.CharField("start, as far as known (YYYY, YYYY-MM or YYYY-MM-DD)", max_length=10)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_on = models.CharField(max_length=10, blank=True)
    ongoing = models.BooleanField(default=True)
    severity = models.CharField(max_length=10, choices=SEVERITIES)
    ctcae_grade = models.PositiveSmallIntegerField(null=True, blank=True)
    valence = models.CharField(max_length=10, choices=VALENCES)
    seriousness = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    event_group = models.CharField("group of special interest", max_length=20, default="none")
    abuse_related = models.BooleanField("related to potential for abuse", default=False)
    # What the protocol's words propose and nobody has taken or refused yet, and what was refused.
    proposals = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    refused_proposals = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    causality = models.CharField("relation to the study drug, investigator", max_length=12, blank=True)
    sponsor_causality = models.CharField("relation to the study drug, sponsor", max_length=12, blank=True)
    expectedness = models.CharField(
        max_length=12, blank=True, choices=[("expected", "Expected"), ("unexpected", "Unexpected")]
    )
    # The version of the reference safety information by which it was judged, and what that version says.
    reference = models.ForeignKey("trials.ReferenceVersion", models.PROTECT, null=True, related_name="+")
    expectedness_basis = models.CharField("by what expectedness was judged", max_length=800, blank=True)
    action_taken = models.CharField(max_length=200, blank=True)
    drug_action = models.CharField("action with the study drug", max_length=20, choices=DRUG_ACTIONS, blank=True)
    treated_with = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    outcome = models.CharField(max_length=20, choices=OUTCOMES, default="unknown")
    narrative = models.TextField(blank=True)
    reason = models.CharField("reason for the revision", max_length=300)
    occurred_at = models.DateTimeField("known or decided at")
    # Where day 0 was told wrong first; the revision says why, and clocks count anew.
    aware_at = models.DateTimeField("the site became aware at, corrected", null=True, blank=True)
    # What was reported by mistake stays on record and counts for nothing.
    nullified = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["event", "number"], name="revision_number_once"),
            models.CheckConstraint(
                name="fatal_event_is_serious", condition=~Q(outcome="fatal") | Q(seriousness__contains=["death"])
            ),
        ]

    def __str__(self) -> str:
        return self.term

    @property
    def serious(self) -> bool:
        """Returns whether any seriousness criterion is ticked of an event that counts."""
        return bool(self.seriousness) and not self.nullified

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what a signature of the revision covers."""
        fields = (
            "event_id", "number", "term", "started_on", "ended_on", "ongoing", "severity", "valence", "seriousness",
            "causality", "sponsor_causality", "expectedness", "action_taken", "outcome", "narrative",
        )  # fmt: skip
        # What was added later stands in it where it says something: what was signed before stays what it was.
        later = (
            "abuse_related", "drug_action", "treated_with", "refused_proposals", "aware_at", "nullified",
            "expectedness_basis",
        )  # fmt: skip
        return {name: getattr(self, name) for name in fields} | {
            name: getattr(self, name) for name in later if getattr(self, name)
        }


class Alert(SiteRecord):
    """Something that a named person must acknowledge in time."""

    SEVERITIES: ClassVar[list[tuple[str, str]]] = [("watch", "Watch"), ("act", "Act now")]

    public_id = PublicIdField(prefix="alr")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="alerts")
    # One alert per cause: the key names the row and rule that raised it.
    key = models.CharField(max_length=120, unique=True)
    rule = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=SEVERITIES)
    message = models.CharField(max_length=300)
    instruction = models.CharField(max_length=300, blank=True)
    raised_at = models.DateTimeField()
    acknowledge_by_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    acknowledgement = models.CharField("what was done", max_length=300, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="alert_acknowledged_by_whom",
                condition=(Q(acknowledged_at__isnull=True) & Q(acknowledged_by__isnull=True))
                | (Q(acknowledged_at__isnull=False) & Q(acknowledged_by__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return self.message


class HoldReview(models.Model):
    """What somebody found who reviewed a hold of dosing, and whether it goes on; signed. One that ends it is named so.

    Without a site it is about a hold of the whole trial.
    """

    guard: ClassVar[Guard] = Guard(site="site_id", site_may_be_null=True, append_only=True)

    DECISIONS: ClassVar[list[tuple[str, str]]] = [("uphold", "The hold goes on"), ("release", "The hold ends")]

    public_id = PublicIdField(prefix="hrv")
    site = models.ForeignKey("trials.Site", models.PROTECT, null=True, related_name="+")
    hold = models.ForeignKey("dosing.DosingHold", models.PROTECT, null=True, related_name="reviews")
    trial_hold = models.ForeignKey("dosing.TrialHold", models.PROTECT, null=True, related_name="reviews")
    findings = models.TextField("what was found")
    decision = models.CharField(max_length=10, choices=DECISIONS)
    duty = models.CharField("duty in which it was decided", max_length=40, blank=True)
    reference = models.CharField("paper on which it rests", max_length=200, blank=True)
    reviewed_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="review_is_of_one_hold",
                condition=Q(hold__isnull=False, trial_hold__isnull=True, site__isnull=False)
                | Q(hold__isnull=True, trial_hold__isnull=False, site__isnull=True),
            ),
            models.CheckConstraint(name="review_that_ends_names_duty", condition=~Q(decision="release") | ~Q(duty="")),
            models.CheckConstraint(name="review_says_what_was_found", condition=~Q(findings="")),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the reviewer's signature covers."""
        fields = ("hold_id", "trial_hold_id", "findings", "decision", "duty", "reference", "reviewed_at")
        return {name: getattr(self, name) for name in fields}


class SweptText(SiteRecord):
    """A text that the sweep has read, in the version in which it was read; what is not here is still to be read."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    kind = models.CharField(max_length=12)
    text_id = models.CharField("public id of the entry", max_length=40)
    version = models.PositiveIntegerField(default=1)
    mentions = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["kind", "text_id", "version"], name="text_swept_once_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.text_id}"


class Mention(SiteRecord):
    """A sentence of a note or a call that may tell an event; a person decides once, with the event or the reason."""

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("waiting", "To decide"),
        ("event", "Reported"),
        ("none", "No event"),
    ]
    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("session_note", "Note of a dosing session"),
        ("note", "Integration note"),
        ("contact", "Call"),
        ("answer", "Answer to a questionnaire"),
    ]

    public_id = PublicIdField(prefix="mtn")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="mentions")
    kind = models.CharField("told in", max_length=12, choices=KINDS)
    text_id = models.CharField("public id of the entry", max_length=40)
    # One sentence of one entry is asked about once, however often the entry is changed and read.
    key = models.CharField(max_length=120, unique=True)
    sentence = models.TextField()
    words = ArrayField(models.CharField(max_length=60), default=list)
    rules = ArrayField(models.CharField(max_length=20), default=list)
    # How strongly the words speak, by the protocol's lists: faint, likely, strong. The strong ones are asked first.
    strength = models.PositiveSmallIntegerField(default=1)
    told_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    event = models.ForeignKey(AdverseEvent, models.PROTECT, null=True, related_name="mentions")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decision_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="mention_decided_by_whom_and_why",
                condition=Q(state="waiting", event__isnull=True, decided_by__isnull=True)
                | (Q(state="event", event__isnull=False, decided_by__isnull=False))
                | (Q(state="none", event__isnull=True, decided_by__isnull=False) & ~Q(decision_reason="")),
            ),
            models.CheckConstraint(name="mention_strength_known", condition=Q(strength__lte=2)),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["site", "-strength", "told_at"], name="mention_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.sentence[:60]


class ReportingClock(SiteRecord):
    """A deadline that a serious event set, with the protocol rule that set it."""

    public_id = PublicIdField(prefix="clk")
    event = models.ForeignKey(AdverseEvent, models.PROTECT, related_name="clocks")
    rule = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    basis = models.CharField(max_length=200)
    zone = models.CharField(max_length=60)
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    note = models.CharField("what was sent, or why late", max_length=300, blank=True)
    # A deadline whose reason fell away stays on record; it no longer runs.
    superseded_at = models.DateTimeField(null=True, blank=True)
    superseded_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["event", "rule"], condition=Q(superseded_at__isnull=True), name="clock_once_per_rule"
            ),
            models.CheckConstraint(
                name="clock_superseded_says_why", condition=Q(superseded_at__isnull=True) | ~Q(superseded_reason="")
            ),
            models.CheckConstraint(
                name="clock_met_late_says_why",
                condition=Q(met_at__isnull=True) | Q(met_at__lte=models.F("due_at")) | ~Q(note=""),
            ),
        ]

    def __str__(self) -> str:
        return self.rule


class ClockStep(SiteRecord):
    """One step of a clock's ladder: due at its moment, taken by the watch, acknowledged by name."""

    public_id = PublicIdField(prefix="stp")
    clock = models.ForeignKey(ReportingClock, models.PROTECT, related_name="steps")
    code = models.CharField(max_length=10)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    # What came of it: who was told by mail, that it came late, that mail of an earlier step had not left.
    told = models.PositiveSmallIntegerField("people told", default=0)
    late = models.BooleanField("taken later than it may be", default=False)
    calls = models.BooleanField("people are to be telephoned", default=False)
    mail_failed = models.BooleanField("mail of an earlier step did not leave", default=False)
    left_out = models.CharField("why nobody was told", max_length=100, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    note = models.CharField("what happens now", max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["clock", "code"], name="step_once_per_clock"),
            models.CheckConstraint(
                name="step_acknowledged_by_whom",
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | (Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False) & ~Q(note="")),
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["due_at"], name="step_waiting", condition=Q(taken_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.code


class Deviation(SiteRecord):
    """A departure from the protocol: proposed by a rule or recorded by hand, decided by a person with a reason."""

    SOURCES: ClassVar[list[tuple[str, str]]] = [("proposed", "Proposed by a rule"), ("recorded", "Recorded by hand")]
    STATES: ClassVar[list[tuple[str, str]]] = [
        ("candidate", "To be decided"),
        ("accepted", "Deviation"),
        ("refused", "Not a deviation"),
    ]
    IMPORTANCE: ClassVar[list[tuple[str, str]]] = [("minor", "Minor"), ("important", "Important")]

    public_id = PublicIdField(prefix="dev")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="deviations")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, null=True, related_name="deviations")
    key = models.CharField(max_length=120, unique=True)
    category = models.CharField(max_length=60)
    description = models.TextField()
    source = models.CharField(max_length=10, choices=SOURCES)
    state = models.CharField(max_length=10, choices=STATES, default="candidate")
    importance = models.CharField(max_length=10, choices=IMPORTANCE, blank=True)
    occurred_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decision_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="deviation_decided_by_whom_and_why",
                condition=Q(state="candidate") | (Q(decided_by__isnull=False) & ~Q(decision_reason="")),
            )
        ]

    def __str__(self) -> str:
        return self.category
