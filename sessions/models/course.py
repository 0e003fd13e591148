"""The course of a dosing session, and the decisions that let it go on or keep it from beginning."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import transition

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from core.states import StateField


class SessionState(models.TextChoices):
    """The course of a dosing session."""

    PREPARING = "preparing", "Preparing"
    DOSED = "dosed", "Dose given"
    ENDING = "ending", "Ended early, until discharge"
    CLOSED = "closed", "Closed"
    ABANDONED = "abandoned", "Abandoned before dosing"


# The participant is under the effect, and nobody has let them go yet.
UNDER_EFFECT = (SessionState.DOSED, SessionState.ENDING)
OVER = (SessionState.CLOSED, SessionState.ABANDONED)
T = SessionState


class DosingSession(SiteRecord):
    """One dosing session of a participant, at its visit."""

    public_id = PublicIdField(prefix="dss")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="dosing_sessions")
    visit = models.OneToOneField("patients.Visit", models.PROTECT, related_name="dosing_session")
    number = models.PositiveSmallIntegerField()
    state = StateField(max_length=12, choices=SessionState.choices, default=SessionState.PREPARING)
    opened_at = models.DateTimeField()
    initial_dose_at = models.DateTimeField(null=True, blank=True)
    ended_early_at = models.DateTimeField(null=True, blank=True)
    early_end_cause = models.CharField("cause, by the protocol", max_length=40, blank=True)
    early_end_reason = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["participant", "number"], name="session_number_once"),
            models.CheckConstraint(
                name="session_dosed_has_time",
                condition=Q(state__in=["preparing", "abandoned"]) | Q(initial_dose_at__isnull=False),
            ),
            models.CheckConstraint(
                name="session_closed_has_time", condition=~Q(state="closed") | Q(closed_at__isnull=False)
            ),
            models.CheckConstraint(
                name="session_ended_early_says_why",
                condition=(Q(ended_early_at__isnull=True) & ~Q(state="ending"))
                | (Q(ended_early_at__isnull=False) & ~Q(early_end_cause="") & ~Q(early_end_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Dosing session {self.number}"

    @transition(field=state, source=T.PREPARING, target=T.DOSED)
    def begin_dosing(self) -> None:
        """The initial dose was given."""

    @transition(field=state, source=T.DOSED, target=T.ENDING)
    def end_early(self) -> None:
        """The session is over before its time; the participant stays until discharge."""

    @transition(field=state, source=[T.DOSED, T.ENDING], target=T.CLOSED)
    def close(self) -> None:
        """The participant was ready for discharge, or let go by a signature."""

    @transition(field=state, source=T.PREPARING, target=T.ABANDONED)
    def abandon(self) -> None:
        """No dose was given."""

    @transition(field=state, source=T.ABANDONED, target=T.PREPARING)
    def reopen(self) -> None:
        """The session is prepared again on another day."""

    def signed_content(self) -> dict[str, Any]:
        """Returns what the signature at the close covers."""
        fields = ("visit_id", "number", "initial_dose_at", "ended_early_at", "early_end_cause", "early_end_reason")
        return {name: getattr(self, name) for name in fields} | {"closed_at": self.closed_at}


class ConditionOverride(SiteRecord):
    """A signed decision to go past one condition, by a person whom the protocol names."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="overrides")
    condition = models.CharField(max_length=20)
    duty = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.condition

    def signed_content(self) -> dict[str, Any]:
        """Returns what the signature covers."""
        return {"session": self.session_id, "condition": self.condition, "duty": self.duty, "reason": self.reason}


class DosingHold(SiteRecord):
    """Dosing of a participant is on hold until a named person lifts it."""

    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="dosing_holds")
    rule = models.CharField(max_length=20)
    reason = models.CharField(max_length=300)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    lift_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["participant", "rule"], condition=Q(lifted_at__isnull=True), name="one_open_hold_per_rule"
            ),
            models.CheckConstraint(
                name="hold_lifted_by_whom_and_why",
                condition=Q(lifted_at__isnull=True) | (Q(lifted_by__isnull=False) & ~Q(lift_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.rule


class TrialHold(models.Model):
    """Dosing is on hold at every site until a named person lifts it; it says nothing of whom it is about.

    `cause` is what the rule became true by: the same cause holds once, whatever is revised later.
    """

    guard: ClassVar[Guard] = Guard(site=None)

    public_id = PublicIdField(prefix="hld")
    trial = models.ForeignKey("trials.Trial", models.PROTECT, related_name="dosing_holds")
    rule = models.CharField(max_length=20)
    reason = models.CharField(max_length=300)
    cause = models.CharField(max_length=80)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    lift_reason = models.CharField(max_length=300, blank=True)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["trial", "rule", "cause"], name="trial_hold_once_per_cause"),
            models.CheckConstraint(
                name="trial_hold_lifted_by_whom_and_why",
                condition=Q(lifted_at__isnull=True) | (Q(lifted_by__isnull=False) & ~Q(lift_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.rule


del T
