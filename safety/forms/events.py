"""Forms of adverse events: what is known, who judges it, when it was received. The words are the protocol's own."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from core.clock import local_date
from core.form_fields import (
    LONGEST_NARRATIVE,
    CountField,
    MomentField,
    PartialDateField,
    ReasonField,
    SignaturePasswordField,
    SubmissionIdField,
)
from protocol.definition import AdverseEventPolicy, ProtocolDefinition
from safety.actions import EventDescription
from safety.models import AdverseEventRevision
from safety.queries import ByReference, KnownMedicine, Source
from sessions.models import DosingSession

YES_NO = [("yes", "Yes"), ("no", "No")]
CTCAE_GRADES = (1, 5)
TODAY, YESTERDAY, OTHER_DAY = "today", "yesterday", "other"


def words(code: str) -> str:
    """Returns a protocol code as a person reads it."""
    text = code.replace("_", " ")
    return text[:1].upper() + text[1:]


def choices(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Returns protocol codes as choices."""
    return [(code, words(code)) for code in codes]


def _day(moment: datetime, *, zone: str) -> str:
    return local_date(moment, zone=zone).isoformat()


class CriteriaField(forms.MultipleChoiceField):
    """A question that must be asked, and to which nothing ticked is an answer."""

    def validate(self, value: Any) -> None:
        """Refuses only what is no criterion."""
        if value:
            super().validate(value)


class StartField(forms.ChoiceField):
    """A question that must be answered, here or in the boxes below it."""

    def validate(self, value: Any) -> None:
        """Refuses only what is no choice."""
        if value:
            super().validate(value)


class EventForm(forms.Form):
    """What is known of an event: the six fields that must be known at once come first."""

    term = forms.CharField(
        label="What was observed",
        max_length=200,
        help_text="In the words that were used. Welcome or not does not matter here.",
    )
    started_on = PartialDateField(label="When it started", help_text="Leave empty what is not known.")
    ongoing = forms.ChoiceField(label="Does it go on?", choices=YES_NO, widget=forms.RadioSelect)
    severity = forms.ChoiceField(
        label="How strong is it?", choices=AdverseEventRevision.SEVERITIES, widget=forms.RadioSelect
    )
    seriousness = CriteriaField(
        label="Is it serious?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick every criterion that is met. One is enough to start the clocks; none means not serious.",
    )
    action_taken = forms.CharField(label="What was done", required=False, max_length=200)
    valence = forms.ChoiceField(
        label="How was it for the participant?",
        choices=AdverseEventRevision.VALENCES,
        widget=forms.RadioSelect,
        help_text="Recorded, never used to leave an event out.",
    )
    event_group = forms.ChoiceField(label="Group of special interest", help_text="A group alerts the team.")
    abuse_related = forms.BooleanField(label="Related to a potential for abuse", required=False)
    ended_on = PartialDateField(label="When it ended", required=False)
    outcome = forms.ChoiceField(label="Outcome", choices=AdverseEventRevision.OUTCOMES)
    ctcae_grade = CountField(label="CTCAE grade", required=False, min_value=CTCAE_GRADES[0], max_value=CTCAE_GRADES[1])
    drug_action = forms.ChoiceField(
        label="Action with the study drug",
        required=False,
        choices=[("", "Not decided yet"), *AdverseEventRevision.DRUG_ACTIONS],
    )
    treated_with = forms.MultipleChoiceField(
        label="Treated with",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Medicines on record. One that is missing is recorded first, with the medicines or in the session.",
    )
    narrative = forms.CharField(
        label="What happened, in order",
        max_length=LONGEST_NARRATIVE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(
        self,
        *args: Any,
        definition: ProtocolDefinition,
        medicines: list[KnownMedicine],
        now: datetime,
        zone: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if medicines:
            self.set_choices("treated_with", [(one.public_id, one.words) for one in medicines])
        else:
            del self.fields["treated_with"]
        self.set_choices("seriousness", choices(definition.adverse_events.seriousness))
        groups = definition.variables["event_group"].values if "event_group" in definition.variables else ("none",)
        self.set_choices("event_group", choices(tuple(groups)))
        today = local_date(now, zone=zone)
        for name in ("started_on", "ended_on"):
            self.fields[name].not_after = today  # type: ignore[attr-defined]

    def set_choices(self, name: str, options: list[tuple[str, str]]) -> None:
        """Gives a field the protocol's own choices."""
        self.fields[name].choices = options  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Returns what was entered, as the actions take it."""
        entered = self.cleaned_data
        plain = (
            "term", "started_on", "severity", "valence", "event_group", "action_taken", "outcome", "narrative",
            "ctcae_grade", "abuse_related", "drug_action",
        )  # fmt: skip
        return {name: entered[name] for name in plain} | {
            "ongoing": entered["ongoing"] == "yes",
            "seriousness": tuple(entered["seriousness"]),
            "treated_with": tuple(entered.get("treated_with", ())),
            "ended_on": entered["ended_on"] or "",
        }


class ReportForm(EventForm):
    """The first report of an event; what it is told in, if anything, is carried along."""

    field_order = (
        "term", "session", "when", "started_on", "ongoing", "severity", "seriousness", "action_taken", "valence",
        "site_aware_at",
    )  # fmt: skip
    session = forms.ChoiceField(
        label="During a session?", required=False, help_text="The day of the session is taken when no start is given."
    )
    when = StartField(
        label="When it started",
        choices=[(TODAY, "Today"), (YESTERDAY, "Yesterday"), (OTHER_DAY, "Another day, or not known exactly")],
        initial=OTHER_DAY,
        widget=forms.RadioSelect,
    )
    site_aware_at = MomentField(
        label="When the site became aware", help_text="Day 0 of every deadline. Not when it is typed in."
    )
    awareness = forms.CharField(
        label="How the site became aware", required=False, max_length=200, help_text="It defends day 0."
    )
    source = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    submission_id = SubmissionIdField()

    def __init__(
        self,
        *args: Any,
        sessions: list[DosingSession],
        source: Source | None,
        now: datetime,
        zone: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, now=now, zone=zone, **kwargs)
        self.sessions = {session.public_id: session for session in sessions}
        self.told_in, self.zone, self.now = source, zone, now
        self.set_choices("session", [("", "No"), *((key, self._named(one)) for key, one in self.sessions.items())])
        self.fields["started_on"].required = False
        self.fields["started_on"].label = "Day it started"
        self.fields["site_aware_at"].zone = zone  # type: ignore[attr-defined]
        self.fields["site_aware_at"].not_after = now  # type: ignore[attr-defined]
        if not sessions:
            del self.fields["session"]

    @property
    def chosen_session(self) -> DosingSession | None:
        """Returns the session during which it was observed."""
        return self.sessions.get(self.cleaned_data.get("session", ""))

    def clean(self) -> dict[str, Any]:
        """Takes the day of the tick, else of the session, where no start is given."""
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        if "started_on" in self.errors:
            return entered
        if not entered.get("started_on"):
            entered["started_on"] = self._day_of(entered)
        if not entered["started_on"]:
            self.add_error("started_on", "Enter when it started; the year is enough.")
        return entered

    def description(self) -> EventDescription:
        """Returns the event as it was described; in a session it began when the entry was made."""
        return EventDescription(**self.values(), started_at=self._began_at())

    def _day_of(self, entered: dict[str, Any]) -> str:
        today = local_date(self.now, zone=self.zone)
        if entered.get("when") in (TODAY, YESTERDAY):
            return (today - (timedelta(days=1) if entered["when"] == YESTERDAY else timedelta())).isoformat()
        if self.chosen_session is None or self.chosen_session.initial_dose_at is None:
            return ""
        return local_date(self.chosen_session.initial_dose_at, zone=self.zone).isoformat()

    def _began_at(self) -> datetime | None:
        session, told = self.chosen_session, self.told_in
        if session is None:
            return None
        told_at = told.told_at if told is not None and told.session == session else None
        # While the session runs, what is reported from it is going on.
        moment = told_at or (self.now if session.closed_at is None else None)
        is_same_day = moment is not None and self.cleaned_data["started_on"] == _day(moment, zone=self.zone)
        return moment if is_same_day else None

    def _named(self, session: DosingSession) -> str:
        assert session.initial_dose_at is not None
        day = local_date(session.initial_dose_at, zone=self.zone)
        return f"Session {session.number}, {day.day} {day:%b %Y}"


class RevisionForm(EventForm):
    """What is newly known of an event, and why it is revised."""

    reason = ReasonField(label="Why it is revised")
    seen_number = forms.IntegerField(widget=forms.HiddenInput)


class DayZeroForm(forms.Form):
    """When the site truly became aware, and why it was told otherwise."""

    aware_at = MomentField(label="The site became aware")
    reason = ReasonField(label="How it is known, and why it was told otherwise")

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["aware_at"].zone = zone  # type: ignore[attr-defined]
        self.fields["aware_at"].not_after = now  # type: ignore[attr-defined]


class NullifyForm(forms.Form):
    """Why an event counts for nothing, or counts again."""

    reason = ReasonField(label="Why")


class RefusalForm(forms.Form):
    """Why something that was proposed does not fit."""

    reason = ReasonField(label="Why it does not fit")


class CausalityForm(forms.Form):
    """The investigator's view of the relation to the study drug, signed."""

    causality = forms.ChoiceField(label="Relation to the study drug", widget=forms.RadioSelect)
    password = SignaturePasswordField()

    def __init__(self, *args: Any, definition: ProtocolDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["causality"].choices = choices(definition.adverse_events.causality)  # type: ignore[attr-defined]


class ReceiptForm(forms.Form):
    """When the sponsor received the event."""

    received_at = MomentField(label="Received at")

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"received_at": now})
        super().__init__(*args, **kwargs)
        self.fields["received_at"].zone = zone  # type: ignore[attr-defined]
        self.fields["received_at"].not_after = now  # type: ignore[attr-defined]


class DeterminationForm(forms.Form):
    """The sponsor's view: relation, and expectedness against the reference safety information."""

    sponsor_causality = forms.ChoiceField(label="Relation to the study drug, sponsor", widget=forms.RadioSelect)
    expectedness = forms.ChoiceField(
        label="Expected?", choices=[("expected", "Expected"), ("unexpected", "Unexpected")], widget=forms.RadioSelect
    )
    departure = ReasonField(
        label="Why it is judged otherwise than listed",
        required=False,
        help_text="Only where you depart from the version in force.",
    )
    determined_at = MomentField(label="Determined at")

    def __init__(
        self,
        *args: Any,
        definition: ProtocolDefinition,
        by_reference: ByReference | None,
        zone: str,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        verdict = by_reference.verdict.code if by_reference else ""
        kwargs.setdefault("initial", {"determined_at": now, "expectedness": verdict})
        super().__init__(*args, **kwargs)
        policy = definition.adverse_events
        self.fields["sponsor_causality"].choices = choices(policy.causality)  # type: ignore[attr-defined]
        self.fields["expectedness"].help_text = (
            by_reference.sentence
            if by_reference
            else f"No version was in force on the day of the event: judge by the {_reference(policy)}."
        )
        if by_reference is None:
            del self.fields["departure"]
        self.fields["determined_at"].zone = zone  # type: ignore[attr-defined]
        self.fields["determined_at"].not_after = now  # type: ignore[attr-defined]


def _reference(policy: AdverseEventPolicy) -> str:
    return words(policy.expectedness_reference).lower()


class ParticipantForm(forms.Form):
    """Chooses whom a report is about."""

    participant = forms.ChoiceField(label="Participant")

    def __init__(self, *args: Any, options: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["participant"].choices = [("", "Choose the code"), *options]  # type: ignore[attr-defined]
