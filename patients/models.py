"""Participants: the coded person, the identity kept apart, consent, facts, eligibility and visits."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord


class ParticipantStatus(models.TextChoices):
    """Where a person stands in the trial."""

    CONTACTED = "contacted", "First contact"
    SCREENING = "screening", "In screening"
    SCREEN_FAILED = "screen_failed", "Screen failure"
    ENROLLED = "enrolled", "Enrolled"
    RANDOMISED = "randomised", "Randomised"
    DISCONTINUED = "discontinued", "Treatment discontinued"
    WITHDRAWN = "withdrawn", "Withdrawn"
    COMPLETED = "completed", "Completed"


S = ParticipantStatus
ACTIVE = (S.CONTACTED, S.SCREENING, S.ENROLLED, S.RANDOMISED, S.DISCONTINUED)


class Participant(SiteRecord):
    """A person in the trial under a code; who it is stands in the vault."""

    public_id = PublicIdField(prefix="ptc")
    screening_number = models.CharField(max_length=20)
    status = FSMField(max_length=20, choices=ParticipantStatus.choices, default=ParticipantStatus.CONTACTED)
    status_reason = models.CharField(max_length=300, blank=True)
    first_contact_on = models.DateField()
    language = models.CharField(max_length=10, default="en")
    protocol_version = models.ForeignKey(
        "trials.ProtocolVersion", models.PROTECT, null=True, related_name="participants"
    )
    enrolled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "screening_number"], name="screening_number_once")
        ]

    def __str__(self) -> str:
        return self.screening_number

    @transition(field=status, source=S.CONTACTED, target=S.SCREENING)
    def begin_screening(self) -> None:
        """Goes into screening; consent was given."""

    @transition(field=status, source=[S.CONTACTED, S.SCREENING, S.ENROLLED], target=S.SCREEN_FAILED)
    def fail_screening(self) -> None:
        """Leaves before randomisation, with a reason."""

    @transition(field=status, source=S.SCREENING, target=S.ENROLLED)
    def enrol(self) -> None:
        """Is enrolled; the investigator signed eligibility."""

    @transition(field=status, source=S.ENROLLED, target=S.RANDOMISED)
    def randomise(self) -> None:
        """Got a kit from the sealed list."""

    @transition(field=status, source=S.RANDOMISED, target=S.DISCONTINUED)
    def discontinue(self) -> None:
        """Takes no further dose; assessments go on."""

    @transition(
        field=status, source=[S.CONTACTED, S.SCREENING, S.ENROLLED, S.RANDOMISED, S.DISCONTINUED], target=S.WITHDRAWN
    )
    def withdraw(self) -> None:
        """Withdrew consent."""

    @transition(field=status, source=[S.RANDOMISED, S.DISCONTINUED], target=S.COMPLETED)
    def complete(self) -> None:
        """Reached the end of the trial."""


class Identity(models.Model):
    """Name, birth date and contacts of one person, encrypted under a key of its own; each reading is logged.

    A person has one row from the first contact on: the lead, and later the participant, point to the same. Erased, the
    row stays and holds nothing.
    """

    guard: ClassVar[Guard] = Guard()

    public_id = PublicIdField(prefix="idn")
    lead = models.OneToOneField("patients.Lead", models.PROTECT, null=True, related_name="identity")
    participant = models.OneToOneField(Participant, models.PROTECT, null=True, related_name="identity")
    site = models.ForeignKey("trials.Site", models.PROTECT, related_name="+")
    ciphertext = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)
    erased_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = '"vault"."identity"'
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="identity_is_somebodys", condition=Q(lead__isnull=False) | Q(participant__isnull=False)
            ),
            models.CheckConstraint(
                name="identity_held_or_erased",
                condition=Q(ciphertext__isnull=False, erased_at__isnull=True)
                | Q(ciphertext__isnull=True, erased_at__isnull=False, erased_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def code(self) -> str:
        """Returns the code under which the person is known: the screening number, before it the lead's."""
        return str(self.participant if self.participant_id else self.lead)


class IdentityKey(models.Model):
    """The key of one identity, wrapped by the master key, and what finds the same person again.

    It stands in a schema of its own, so that a copy of the database can be made without it; the audit trail is told
    that it changed and never what it holds.
    """

    guard: ClassVar[Guard] = Guard()

    identity = models.OneToOneField(Identity, models.PROTECT, related_name="key")
    site = models.ForeignKey("trials.Site", models.PROTECT, related_name="+")
    wrapped = models.BinaryField(null=True)
    # Which master key wrapped it, so that a rotation can be resumed.
    master = models.CharField(max_length=16)
    person_digest = models.CharField(max_length=64, blank=True)
    phone_digest = models.CharField(max_length=64, blank=True)
    email_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = '"keyring"."identity_key"'
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=[f"{kind}_digest"], name=f"identity_by_{kind}") for kind in ("person", "phone", "email")
        ]

    def __str__(self) -> str:
        return f"Key of {self.identity_id}"


class ContactConsent(SiteRecord):
    """Whether the participant may be written to by a channel; the latest row counts."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="contact_consents")
    channel = models.CharField(
        max_length=10, choices=[("email", "E-mail"), ("sms", "Text message"), ("phone", "Phone")]
    )
    given = models.BooleanField()
    observed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.channel}: {'yes' if self.given else 'no'}"


class Consent(SiteRecord):
    """The participant's consent to one version of the form, with its separate options."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="cns")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="consents")
    form = models.ForeignKey("trials.ConsentForm", models.PROTECT, related_name="consents")
    signed_at = models.DateTimeField("signed by the participant at")
    discussed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    options = models.JSONField("options given separately", default=dict)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["participant", "form"], name="consent_once_per_form")
        ]

    def __str__(self) -> str:
        return f"Consent {self.form_id}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signature of the person who discussed it covers."""
        return {
            "participant": self.participant_id,
            "form": self.form_id,
            "signed_at": self.signed_at,
            "options": self.options,
        }


class ConsentWithdrawal(SiteRecord):
    """The participant withdraws consent, wholly or in part, and it acts at once."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    SCOPES: ClassVar[list[tuple[str, str]]] = [
        ("treatment", "Treatment only"),
        ("procedures", "All procedures"),
        ("contact", "Being contacted"),
        ("data", "Use of data"),
    ]

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="withdrawals")
    scope = models.CharField(max_length=20, choices=SCOPES)
    observed_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.get_scope_display()


class VisitState(models.TextChoices):
    """What became of a visit."""

    PLANNED = "planned", "Planned"
    BOOKED = "booked", "Booked"
    STARTED = "started", "Started"
    DONE = "done", "Done"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


V = VisitState


class Visit(SiteRecord):
    """One visit or contact of a participant, with its window from the protocol."""

    public_id = PublicIdField(prefix="vis")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="visits")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    kind = models.CharField("type of visit", max_length=20)
    order = models.PositiveIntegerField()
    target_on = models.DateField(null=True)
    earliest_on = models.DateField(null=True)
    latest_on = models.DateField(null=True)
    anchored_on_actual = models.BooleanField(default=False)
    state = FSMField(max_length=12, choices=VisitState.choices, default=VisitState.PLANNED)
    booked_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    missed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["participant", "code"], name="visit_once_per_participant"),
            models.CheckConstraint(
                name="visit_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["site", "state", "latest_on"])]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @transition(field=state, source=[V.PLANNED, V.BOOKED], target=V.BOOKED)
    def book(self) -> None:
        """Gets a time."""

    @transition(field=state, source=[V.PLANNED, V.BOOKED], target=V.STARTED)
    def start(self) -> None:
        """Begins."""

    @transition(field=state, source=V.STARTED, target=V.DONE)
    def finish(self) -> None:
        """Ends; its procedures are recorded."""

    @transition(field=state, source=[V.PLANNED, V.BOOKED], target=V.MISSED)
    def miss(self) -> None:
        """Did not take place within its window."""

    @transition(field=state, source=[V.PLANNED, V.BOOKED], target=V.CANCELLED)
    def cancel(self) -> None:
        """Will not take place."""


class VisitProcedure(SiteRecord):
    """A procedure that the protocol asks for at a visit, and what became of it."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="procedures")
    code = models.CharField(max_length=20)
    state = models.CharField(
        max_length=10, choices=[("due", "Due"), ("done", "Done"), ("not_done", "Not done")], default="due"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    not_done_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["visit", "code"], name="procedure_once_per_visit"),
            models.CheckConstraint(
                name="procedure_done_has_time", condition=~Q(state="done") | Q(done_at__isnull=False)
            ),
            models.CheckConstraint(
                name="procedure_not_done_has_reason", condition=~Q(state="not_done") | ~Q(not_done_reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Fact(SiteRecord):
    """One value of one protocol variable, with where it comes from; a correction is a new row that replaces it."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="facts")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="facts")
    variable = models.CharField(max_length=60)
    value = models.CharField(max_length=200)
    unit = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=120)
    observed_at = models.DateTimeField()
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField("reason for the correction", max_length=300, blank=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["participant", "variable"])]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="fact_correction_has_reason", condition=Q(replaces__isnull=True) | ~Q(reason="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.variable} = {self.value}"

    @property
    def name(self) -> str:
        """Returns the variable's name as a person reads it."""
        return self.variable.replace("_", " ")

    @property
    def text(self) -> str:
        """Returns the value as a person reads it."""
        return {"true": "yes", "false": "no"}.get(self.value, self.value.replace("_", " "))


class EligibilityAssessment(SiteRecord):
    """The verdict on every criterion as it stood at one moment, with the evidence beside each; signed as shown."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    RESULTS: ClassVar[list[tuple[str, str]]] = [
        ("eligible", "Eligible"),
        ("not_eligible", "Not eligible"),
        ("undetermined", "Undetermined"),
    ]

    public_id = PublicIdField(prefix="elg")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="eligibility_assessments")
    visit_code = models.CharField(max_length=20)
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="+")
    result = models.CharField(max_length=20, choices=RESULTS)
    criteria = models.JSONField()
    judged_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.get_result_display()

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the investigator's signature covers."""
        return {
            "participant": self.participant_id,
            "visit": self.visit_code,
            "protocol_version": self.protocol_version_id,
            "result": self.result,
            "criteria": self.criteria,
        }


class Randomisation(SiteRecord):
    """The blinded fact that a participant was allocated: a number and a kit, never an arm."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="rnd")
    participant = models.OneToOneField(Participant, models.PROTECT, related_name="randomisation")
    randomisation_number = models.CharField(max_length=20, unique=True)
    kit_number = models.CharField(max_length=20, unique=True)
    stratum = models.CharField(max_length=60)
    randomised_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return self.randomisation_number

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signature of the person who asked for the allocation covers."""
        return {
            "participant": self.participant_id,
            "randomisation_number": self.randomisation_number,
            "kit_number": self.kit_number,
            "stratum": self.stratum,
            "randomised_at": self.randomised_at,
        }


class LeadState(models.TextChoices):
    """Where somebody stands who may become a participant."""

    NEW = "new", "New"
    IN_CONTACT = "in_contact", "In contact"
    WAITING = "waiting", "On the waiting list"
    CONVERTED = "converted", "In screening"
    CLOSED = "closed", "Closed"


L = LeadState
OPEN_LEADS = (L.NEW, L.IN_CONTACT, L.WAITING)


class Lead(SiteRecord):
    """Somebody who may become a participant, from hearing of the person to screening; who it is stands in the vault."""

    public_id = PublicIdField(prefix="led")
    number = models.CharField(max_length=20)
    state = FSMField(max_length=12, choices=LeadState.choices, default=LeadState.NEW)
    source = models.CharField(max_length=40)
    heard_on = models.DateField("heard of on")
    language = models.CharField(max_length=10, default="en")
    next_contact_on = models.DateField(null=True)
    waiting_rank = models.PositiveIntegerField(null=True)
    waiting_reason = models.CharField(max_length=300, blank=True)
    close_reason = models.CharField(max_length=40, blank=True)
    close_note = models.CharField(max_length=300, blank=True)
    participant = models.OneToOneField(Participant, models.PROTECT, null=True, related_name="lead")
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "number"], name="lead_number_once"),
            models.CheckConstraint(name="lead_closed_has_reason", condition=~Q(state="closed") | ~Q(close_reason="")),
            models.CheckConstraint(
                name="lead_converted_has_participant",
                condition=Q(state="converted", participant__isnull=False)
                | (~Q(state="converted") & Q(participant__isnull=True)),
            ),
            models.CheckConstraint(
                name="lead_waiting_has_place",
                condition=Q(state="waiting", waiting_rank__isnull=False) & ~Q(waiting_reason="")
                | (~Q(state="waiting") & Q(waiting_rank__isnull=True)),
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["site", "state", "next_contact_on"]),
            models.Index(fields=["site", "waiting_rank"]),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(field=state, source=L.NEW, target=L.IN_CONTACT)
    def contact(self) -> None:
        """Was tried to be reached for the first time."""

    @transition(field=state, source=L.IN_CONTACT, target=L.WAITING)
    def wait(self) -> None:
        """Passed the first questions and waits for a place."""

    @transition(field=state, source=L.WAITING, target=L.IN_CONTACT)
    def leave_waiting_list(self) -> None:
        """Waits no longer, and goes on being contacted."""

    @transition(field=state, source=[L.IN_CONTACT, L.WAITING], target=L.CONVERTED)
    def convert(self) -> None:
        """Goes into the trial as a participant."""

    @transition(field=state, source=[L.NEW, L.IN_CONTACT, L.WAITING], target=L.CLOSED)
    def close(self) -> None:
        """Does not go on, with a reason."""

    @transition(field=state, source=L.CLOSED, target=L.IN_CONTACT)
    def reopen(self) -> None:
        """Is contacted again, with a reason."""


class ContactAttempt(SiteRecord):
    """One attempt to reach a lead: when, how, what came of it, and when the next is due."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    CHANNELS: ClassVar[list[tuple[str, str]]] = [
        ("phone", "Phone"),
        ("email", "E-mail"),
        ("sms", "Text message"),
        ("in_person", "In person"),
    ]
    OUTCOMES: ClassVar[list[tuple[str, str]]] = [
        ("reached", "Reached"),
        ("call_back", "Reached, wants another time"),
        ("message_left", "Message left"),
        ("no_answer", "No answer"),
        ("wrong_address", "Wrong number or address"),
    ]

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="attempts")
    attempted_at = models.DateTimeField()
    channel = models.CharField(max_length=10, choices=CHANNELS)
    outcome = models.CharField(max_length=15, choices=OUTCOMES)
    next_contact_on = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)
    submission_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return self.get_outcome_display()


class PreScreen(SiteRecord):
    """The answers to the protocol's first questions, and what they say; asked again, a new row stands beside it."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    RESULTS: ClassVar[list[tuple[str, str]]] = [
        ("passed", "Passed"),
        ("not_passed", "Not passed"),
        ("open", "Answers missing"),
    ]

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="prescreens")
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="+")
    answers = models.JSONField()
    result = models.CharField(max_length=12, choices=RESULTS)
    against = models.JSONField("questions that speak against", default=list)
    observed_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return self.get_result_display()


del S, V, L
