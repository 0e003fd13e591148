"""What is typed when a day is booked: the room, the pair, the attendant, from when to when."""

from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import MomentField
from core.models import Person
from sessions.models import Room


class RoomForm(forms.Form):
    """A room of the site."""

    name = forms.CharField(label="Name of the room", max_length=60)


class SheetForm(forms.Form):
    """The scan of a sheet that was written by hand."""

    scan = forms.FileField(label="Scan", help_text="A PDF, PNG or JPEG.")
    written_by = forms.ModelChoiceField(label="Written by", queryset=Person.objects.none(), empty_label=None)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["written_by"].queryset = people  # type: ignore[attr-defined]


NOBODY = ("", "Not booked")


def _person(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False)


class DayForm(forms.Form):
    """Who and what is held for a day; what is left empty is not held."""

    room = forms.ModelChoiceField(queryset=Room.objects.none(), required=False, empty_label="Not booked")
    first = _person("First therapist")
    second = _person("Second therapist")
    attendant = _person("Overnight attendant")
    starts_at = MomentField(label="From")
    ends_at = MomentField(label="To")
    night_starts_at = MomentField(label="Attendant from", required=False)
    night_ends_at = MomentField(label="Attendant to", required=False)

    def __init__(
        self,
        *args: Any,
        rooms: Any,
        therapists: list[Person],
        attendants: list[Person],
        overnight: bool,
        zone: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["room"].queryset = rooms
        self.known = {str(person.pk): person for person in (*therapists, *attendants)}
        for name, people in (("first", therapists), ("second", therapists), ("attendant", attendants)):
            fields[name].choices = [NOBODY, *((str(person.pk), person.display_name) for person in people)]
        for name in ("starts_at", "ends_at", "night_starts_at", "night_ends_at"):
            fields[name].zone = zone
        if not overnight:
            for name in ("attendant", "night_starts_at", "night_ends_at"):
                fields.pop(name)

    def clean(self) -> dict[str, Any]:
        """Asks from when to when the attendant of the night is there, where one is named."""
        entered: dict[str, Any] = super().clean() or {}
        if entered.get("attendant"):
            for name in ("night_starts_at", "night_ends_at"):
                if not entered.get(name) and name not in self.errors:
                    self.add_error(name, "Say from when to when the attendant is there.")
        return entered

    @property
    def people(self) -> list[tuple[str, Person]]:
        """Returns each person with the duty for which they are held."""
        duties = {"first": "therapist", "second": "therapist", "attendant": "attendant"}
        chosen = [(duty, self.cleaned_data.get(name)) for name, duty in duties.items()]
        return [(duty, self.known[key]) for duty, key in chosen if key]

    def field_of(self, name: str) -> str:
        """Returns the box in which a person stands, by the name with which a refusal begins."""
        boxes = {self.cleaned_data.get(box): box for box in ("first", "second", "attendant")}
        return next(
            (boxes[key] for key, one in self.known.items() if key in boxes and name.startswith(one.display_name)), ""
        )

    @property
    def night(self) -> tuple[datetime, datetime] | None:
        """Returns from when to when the attendant of the night is there, where one is named."""
        if not self.cleaned_data.get("attendant"):
            return None
        return self.cleaned_data["night_starts_at"], self.cleaned_data["night_ends_at"]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Returns from when to when."""
        return self.cleaned_data["starts_at"], self.cleaned_data["ends_at"]
