"""What is typed about one's own calendar: hours of work, days away, and who covers."""

from datetime import date, time
from typing import Any

from django import forms

from core.form_fields import MomentField, NearDateField
from core.models import Person
from sessions.models import WEEKDAYS, WorkingDay

CLOCK = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class HoursForm(forms.Form):
    """From when to when somebody works on each day of the week; a day without hours is a day off."""

    def __init__(self, *args: Any, named: dict[int, WorkingDay], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days: list[tuple[int, str]] = WEEKDAYS
        for weekday, name in WEEKDAYS:
            row = named.get(weekday)
            for part, label in (("from", "From"), ("to", "To")):
                self.fields[f"{part}_{weekday}"] = forms.TimeField(
                    label=f"{name} {label.lower()}", required=False, widget=CLOCK,
                    initial=getattr(row, f"{part}_time") if row else None,
                    error_messages={"invalid": "Enter the time from 00:00 to 23:59."},
                )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Asks for both times of a day, or for neither."""
        entered: dict[str, Any] = super().clean() or {}
        for weekday, _ in WEEKDAYS:
            begins, ends = entered.get(f"from_{weekday}"), entered.get(f"to_{weekday}")
            missing = "to" if begins and not ends else "from" if ends and not begins else ""
            if missing and f"{missing}_{weekday}" not in self.errors:
                self.add_error(f"{missing}_{weekday}", "Enter both times, or leave the day empty.")
        return entered

    @property
    def boxes(self) -> list[tuple[str, Any, Any]]:
        """Returns each day with its two boxes."""
        return [(name, self[f"from_{weekday}"], self[f"to_{weekday}"]) for weekday, name in self.days]

    @property
    def hours(self) -> dict[int, tuple[time, time] | None]:
        """Returns from when to when for each day of the week."""
        entered = self.cleaned_data
        spans = {weekday: (entered[f"from_{weekday}"], entered[f"to_{weekday}"]) for weekday, _ in WEEKDAYS}
        return {weekday: span if span[0] and span[1] else None for weekday, span in spans.items()}


class AbsenceForm(forms.Form):
    """Days on which somebody is away."""

    starts_on = NearDateField(label="First day away")
    ends_on = NearDateField(label="Last day away")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_on", "ends_on"):
            self.fields[name].earliest = today  # type: ignore[attr-defined]


class AwayForm(AbsenceForm):
    """Somebody of the site who is away, as the site was told."""

    person = forms.ModelChoiceField(label="Who", queryset=Person.objects.none(), empty_label="Choose somebody")
    field_order = ("person", "starts_on", "ends_on")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class CoverForm(forms.Form):
    """Who takes over a booking."""

    person = forms.ModelChoiceField(label="Covered by", queryset=Person.objects.none(), empty_label="Choose somebody")

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = Person.objects.filter(pk__in=[person.pk for person in people]).order_by("display_name")
        self.fields["person"].queryset = able  # type: ignore[attr-defined]


class InterviewForm(forms.Form):
    """When the interview with the rater begins."""

    starts_at = MomentField(label="Begins at")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].zone = zone  # type: ignore[attr-defined]
