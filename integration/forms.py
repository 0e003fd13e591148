"""Shape and plausibility of what is typed about a session or a contact. Nothing is saved here."""

from collections.abc import Iterable
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
from integration.actions import NoteFields, Theme
from integration.models import PLACES, IntegrationNote
from integration.suicidality import RiskItem
from integration.themes import COURSES, THEMES

BLANK_ROWS, LONGEST_SESSION_MIN = 3, 600
CHANGE_QUESTION = "Did they mention any change in how they feel or function, welcome or not?"
ASKED_AND_NONE = "Write “None” if you asked and nothing was mentioned."
YES_NO = [("yes", "Yes"), ("no", "No")]
TEXTS = (
    "sleep",
    "substances",
    "medicines",
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
    sleep = _line("Sleep since the last visit")
    substances = _line("Substance use since the last visit", hint=ASKED_AND_NONE)
    medicines = _line("Medicines begun, changed or stopped", hint=ASKED_AND_NONE)
    changes_in_feeling = _answer(CHANGE_QUESTION, hint=ASKED_AND_NONE)
    body = _text("Body")
    relationships = _text("Relationships")
    meaning = _text("Meaning")
    practices = _text("Practices agreed")
    free_text = _text(
        "Psychotherapy note", rows=6, hint="Exports leave this out unless the token has the right to read notes."
    )

    def __init__(
        self,
        *args: Any,
        zone: str,
        now: datetime,
        therapists: Iterable[Person],
        suggested: tuple[str, ...] = (),
        needs_reason: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["held_at"].zone, self.fields["held_at"].not_after = zone, now  # type: ignore[attr-defined]
        self.fields["present"].choices = [(person.pk, person.display_name) for person in therapists]  # type: ignore[attr-defined]
        self.suggested = suggested
        self.theme_names = THEMES
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
            themes=tuple(Theme(name, course) for name, course in rows if name and course),
            **{name: cleaned[name].strip() for name in TEXTS},
        )

    def _row_count(self) -> int:
        stored = len((self.initial or {}).get("themes", ()))
        return max(stored, len(self.suggested)) + BLANK_ROWS

    @staticmethod
    def initial_of(note: IntegrationNote, *, present: Iterable[int]) -> dict[str, Any]:
        """Returns a stored note as the form shows it."""
        values = {name: getattr(note, name) for name in (*TEXTS, "held_at", "minutes", "place", "themes")}
        for index, theme in enumerate(note.themes):
            values |= {f"theme_{index}": theme["name"], f"course_{index}": theme["course"]}
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judged_unsafe"].required = False

    def clean(self) -> dict[str, Any]:
        """Asks for the judgement and the open question only where somebody was reached."""
        cleaned = super().clean() or {}
        if not cleaned.get("reached"):
            return cleaned
        if cleaned.get("judged_unsafe") is None:
            self.add_error("judged_unsafe", "Answer with yes or no.")
        for name in ("wellbeing", "changes_in_feeling", "medicines"):
            if not cleaned.get(name, "").strip():
                self.add_error(name, "Ask, and write what was said.")
        return cleaned


class SignForm(forms.Form):
    """The therapist's signature under the note as it was shown."""

    shown_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    password = SignaturePasswordField()


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
