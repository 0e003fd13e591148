"""Shape and plausibility of what is typed about a session or a contact. Nothing is saved here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import (
    LONGEST_KEY,
    LONGEST_NARRATIVE,
    CountField,
    MomentField,
    ReasonField,
    SignaturePasswordField,
    SubmissionIdField,
)
from core.models import Person
from integration.actions import NoteFields, PracticeOutcome, Theme
from integration.models import ATTENDANCES, CHANGES, CHANNELS, INITIATORS, PLACES, IntegrationNote
from integration.suicidality import RiskItem
from integration.themes import COURSES, THEMES
from protocol.aftercare import IntegrationTherapy, Wellbeing

BLANK_ROWS, LONGEST_SESSION_MIN, LARGEST_GROUP = 3, 600, 30
CHANGE_QUESTION = "Did they mention any change in how they feel or function, welcome or not?"
ASKED_AND_NONE = "Write “None” if you asked and nothing was mentioned."
YES_NO = [("yes", "Yes"), ("no", "No")]
TEXTS = (
    "sleep",
    "substances",
    "medicines",
    "change_kind",
    "changes_in_feeling",
    "body",
    "relationships",
    "meaning",
    "practices",
    "free_text",
)


class NeededLater:
    """A field that a draft may leave empty and a signature needs: its label is not marked as optional."""

    def validate(self, value: Any) -> None:
        """Checks everything but that there is an answer."""
        self.required = False
        try:
            super().validate(value)  # type: ignore[misc]
        finally:
            self.required = True


class LaterText(NeededLater, forms.CharField):
    """A text that a signature needs."""


class LaterCount(NeededLater, CountField):
    """A number that a signature needs."""


class LaterChoice(NeededLater, forms.ChoiceField):
    """A choice of one that a signature needs."""


class LaterChoices(NeededLater, forms.TypedMultipleChoiceField):
    """A choice of several that a signature needs."""


def _line(label: str, *, hint: str = "") -> forms.CharField:
    box = forms.TextInput(attrs={"class": "w-l", "autocomplete": "off"})
    return LaterText(label=label, max_length=200, help_text=hint, widget=box)


def _answer(label: str, *, hint: str = "") -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 2})
    return LaterText(label=label, max_length=LONGEST_NARRATIVE, help_text=hint, widget=box)


def _text(label: str, *, rows: int = 2, hint: str = "") -> forms.CharField:
    box = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=LONGEST_NARRATIVE, help_text=hint, widget=box)


class NoteForm(forms.Form):
    """The note of an integration session; a draft may be incomplete."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    held_at = MomentField(label="Held at")
    minutes = LaterCount(label="Length", unit="min", min_value=1, max_value=LONGEST_SESSION_MIN)
    place = forms.ChoiceField(label="Place", choices=PLACES, widget=forms.RadioSelect)
    present = LaterChoices(label="Therapists present", coerce=int, widget=forms.CheckboxSelectMultiple)
    attendance = forms.ChoiceField(label="Participant", choices=ATTENDANCES, initial="whole", widget=forms.RadioSelect)
    sleep = _line("Sleep since the last visit")
    substances = _line("Substance use since the last visit", hint=ASKED_AND_NONE)
    medicines = _line("Medicines begun, changed or stopped", hint=ASKED_AND_NONE)
    change_kind = LaterChoice(label=CHANGE_QUESTION, choices=CHANGES, widget=forms.RadioSelect)
    changes_in_feeling = _text("What changed")
    body = _text("Body")
    relationships = _text("Relationships")
    meaning = _text("Meaning")
    practices = _text("Practices agreed", rows=3, hint="One on each line; the next session asks what became of each.")
    free_text = _text(
        "Psychotherapy note", rows=6, hint="Exports leave this out unless the token has the right to read notes."
    )

    def __init__(
        self,
        *args: Any,
        zone: str,
        now: datetime,
        therapists: Iterable[Person],
        therapy: IntegrationTherapy,
        visit_code: str,
        suggested: tuple[str, ...] = (),
        agreed: tuple[str, ...] = (),
        needs_reason: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["held_at"].zone, self.fields["held_at"].not_after = zone, now  # type: ignore[attr-defined]
        self.fields["present"].choices = [(person.pk, person.display_name) for person in therapists]  # type: ignore[attr-defined]
        self.suggested, self.agreed, self.therapy = suggested, agreed, therapy
        self.theme_names = THEMES
        self._add_what_the_protocol_asks(visit_code)
        for index in range(self._row_count()):
            self.fields[f"theme_{index}"] = forms.CharField(
                label=f"Theme {index + 1}",
                required=False,
                max_length=80,
                widget=forms.TextInput(attrs={"list": "theme-names", "autocomplete": "off"}),
            )
            self.fields[f"course_{index}"] = forms.ChoiceField(
                label=f"Course of theme {index + 1}",
                required=False,
                choices=[("", "Not raised"), *COURSES],
                widget=forms.Select,
            )
        if needs_reason:
            self.fields["reason"] = ReasonField(label="Why the signed note is changed", max_length=300)

    def _add_what_the_protocol_asks(self, visit_code: str) -> None:
        """Adds the elements of therapy, who came along, the size of a group, and what became of each practice."""
        for index, practice in enumerate(self.agreed):
            choices = [("", "Not asked"), *self.therapy.practice_outcomes.items()]
            self.fields[f"practice_{index}"] = forms.ChoiceField(
                label=practice, required=False, choices=choices, widget=forms.RadioSelect
            )
        if self.therapy.approaches:
            groups = [(each.name, [(one.code, one.text) for one in each.elements]) for each in self.therapy.approaches]
            self.fields["elements"] = LaterChoices(
                label="Elements of therapy used", choices=groups, coerce=str, widget=forms.CheckboxSelectMultiple
            )
        companions = self.therapy.companions_at(visit_code)
        if companions:
            self.fields["companions"] = forms.MultipleChoiceField(
                label="Who came along, as the participant wished",
                required=False,
                choices=list(companions.items()),
                widget=forms.CheckboxSelectMultiple,
            )
        if visit_code in self.therapy.group_visits:
            self.fields["group_size"] = CountField(
                label="Participants, if it was a group", required=False, min_value=2, max_value=LARGEST_GROUP
            )

    @property
    def element_groups(self) -> list[tuple[str, list[Any]]]:
        """Returns the boxes of the elements under the name of their approach."""
        boxes = iter(self["elements"]) if "elements" in self.fields else iter(())
        return [(each.name, [next(boxes) for _ in each.elements]) for each in self.therapy.approaches]

    @property
    def practice_fields(self) -> list[Any]:
        """Returns the bound fields of the practices agreed in the session before."""
        return [self[f"practice_{index}"] for index in range(len(self.agreed))]

    @property
    def theme_rows(self) -> list[tuple[Any, Any]]:
        """Returns the bound fields of each theme: its name and its course."""
        return [(self[f"theme_{index}"], self[f"course_{index}"]) for index in range(self._row_count())]

    def clean(self) -> dict[str, Any]:
        """Asks for the course of a theme in own words; one only suggested may stay without."""
        cleaned = super().clean() or {}
        for index in range(self._row_count()):
            name, course = cleaned.get(f"theme_{index}", "").strip(), cleaned.get(f"course_{index}", "")
            if name and not course and name not in self.suggested:
                self.add_error(f"course_{index}", f"Is “{name}” new, returning or eased?")
            if course and not name:
                self.add_error(f"theme_{index}", "Name the theme.")
        if cleaned.get("changes_in_feeling", "").strip() and cleaned.get("change_kind") == "none":
            self.add_error("change_kind", "A change is described below. Say whether it was welcome.")
        return cleaned

    @property
    def note_fields(self) -> NoteFields:
        """Returns what was typed, as the action takes it."""
        cleaned = self.cleaned_data
        rows = ((cleaned[f"theme_{n}"].strip(), cleaned[f"course_{n}"]) for n in range(self._row_count()))
        return NoteFields(
            held_at=cleaned["held_at"],
            minutes=cleaned["minutes"],
            place=cleaned["place"],
            present=frozenset(cleaned["present"]),
            attendance=cleaned["attendance"],
            group_size=cleaned.get("group_size"),
            companions=tuple(cleaned.get("companions", ())),
            elements=tuple(cleaned.get("elements", ())),
            practice_outcomes=tuple(
                PracticeOutcome(practice, cleaned[f"practice_{index}"])
                for index, practice in enumerate(self.agreed)
                if cleaned[f"practice_{index}"]
            ),
            themes=tuple(Theme(name, course) for name, course in rows if name and course),
            **{name: cleaned[name].strip() for name in TEXTS},
        )

    def _row_count(self) -> int:
        stored = len((self.initial or {}).get("themes", ()))
        return max(stored, len(self.suggested)) + BLANK_ROWS

    @staticmethod
    def initial_of(note: IntegrationNote, *, present: Iterable[int], agreed: tuple[str, ...] = ()) -> dict[str, Any]:
        """Returns a stored note as the form shows it."""
        plain = ("held_at", "minutes", "place", "attendance", "group_size", "companions", "elements", "themes")
        values = {name: getattr(note, name) for name in (*TEXTS, *plain)}
        for index, theme in enumerate(note.themes):
            values |= {f"theme_{index}": theme["name"], f"course_{index}": theme["course"]}
        told = {each["practice"]: each["outcome"] for each in note.practice_outcomes}
        values |= {f"practice_{index}": told.get(practice, "") for index, practice in enumerate(agreed)}
        return values | {"present": list(present), "seen_version": note.version}


class RiskForm(forms.Form):
    """The suicidality answers, by item code; none is preset."""

    submission_id = SubmissionIdField()

    def __init__(self, *args: Any, items: tuple[RiskItem, ...], needs_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = items
        for item in items:
            self.fields[f"risk_{item.code}"] = _yes_or_no(item.label, required=False)
        self.fields["judged_unsafe"] = _yes_or_no("In your judgement, is the participant unsafe now?", required=True)
        if needs_reason:
            self.fields["reason"] = ReasonField(label="Why the answers are corrected", max_length=300)

    @property
    def answers(self) -> dict[str, bool | None]:
        """Returns the answers by item code; None is not asked."""
        return {item.code: self.cleaned_data[f"risk_{item.code}"] for item in self.asked}

    @property
    def groups(self) -> list[tuple[str, list[tuple[RiskItem, Any]]]]:
        """Returns the questions with their bound fields, ideation apart from behaviour."""
        titles = {"ideation": "Ideation", "behaviour": "Behaviour", "apart": "Recorded apart"}
        return [
            (title, [(item, self[f"risk_{item.code}"]) for item in self.asked if item.group == group])
            for group, title in titles.items()
            if any(item.group == group for item in self.asked)
        ]


class ContactForm(RiskForm):
    """One attempt on a contact day: reached with answers, or not reached with a reason."""

    reached = forms.TypedChoiceField(
        label="Was the participant reached?",
        choices=YES_NO,
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    not_reached_reason = _line("If not reached: how you tried, and why it did not work")
    wellbeing = _answer("General wellbeing", hint="In the participant's words where you can.")
    changes_in_feeling = _answer(CHANGE_QUESTION, hint=ASKED_AND_NONE)
    medicines = _line("Medicines begun, changed or stopped", hint=ASKED_AND_NONE)

    def __init__(self, *args: Any, scale: Wellbeing | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judged_unsafe"].required = False
        if scale is not None:
            self.fields["wellbeing_score"] = _scale_field(scale)

    @property
    def was_reached(self) -> bool:
        """Returns whether somebody was spoken to."""
        return bool(self.cleaned_data.get("reached"))

    def clean(self) -> dict[str, Any]:
        """Asks for the judgement and the open question only where somebody was reached."""
        cleaned = super().clean() or {}
        if not self.was_reached:
            return cleaned
        if "wellbeing_score" in self.fields and cleaned.get("wellbeing_score") is None:
            self.add_error("wellbeing_score", "Ask for a number.")
        if cleaned.get("judged_unsafe") is None:
            self.add_error("judged_unsafe", "Answer with yes or no.")
        for name in ("wellbeing", "changes_in_feeling", "medicines"):
            if not cleaned.get(name, "").strip():
                self.add_error(name, "Ask, and write what was said.")
        return cleaned


class UnscheduledForm(ContactForm):
    """A contact that nobody planned: when, how and by whom it was made, and the questions of every contact."""

    contacted_at = MomentField(label="When")
    channel = forms.ChoiceField(label="How", choices=CHANNELS, widget=forms.RadioSelect)
    initiated_by = forms.ChoiceField(label="Who made it", choices=INITIATORS, widget=forms.RadioSelect)

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("reached", "not_reached_reason"):
            del self.fields[name]
        self.fields["contacted_at"].zone, self.fields["contacted_at"].not_after = zone, now  # type: ignore[attr-defined]

    @property
    def was_reached(self) -> bool:
        """Returns that somebody was spoken to: otherwise there was no contact."""
        return True


class EnquiryForm(forms.Form):
    """The questions about harm that shows late, answered with yes or no, and what was told."""

    told = _text("What was told", rows=4, hint="Needed where an answer is yes.")

    def __init__(self, *args: Any, questions: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for code, words in questions.items():
            self.fields[code] = _yes_or_no(words, required=True)
        self.fields["judged_unsafe"] = _yes_or_no("In your judgement, is the participant unsafe now?", required=True)

    @property
    def asked(self) -> list[Any]:
        """Returns the bound fields of the questions, the judgement last."""
        return [self[name] for name in (*self.questions, "judged_unsafe")]

    @property
    def answers(self) -> dict[str, bool | None]:
        """Returns the answers by the protocol's code."""
        return {code: self.cleaned_data[code] for code in self.questions}


class EnquiryMissedForm(forms.Form):
    """Why an enquiry was not made."""

    reason = ReasonField(label="Why it was not made", max_length=300)


class SignForm(forms.Form):
    """The therapist's signature under the note as it was shown."""

    shown_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    password = SignaturePasswordField()


def _scale_field(scale: Wellbeing) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=f"How are they, from {scale.low} (worst) to {scale.high} (best)?",
        choices=[(number, str(number)) for number in range(scale.low, scale.high + 1)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )


def _yes_or_no(label: str, *, required: bool) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=YES_NO,
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=required,
        widget=forms.RadioSelect,
        error_messages={"required": "Answer with yes or no."},
    )
