"""Form fields in the words of the clinic: partial dates, near dates, moments, measures, reasons and passwords."""

import calendar
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from protocol.partial_dates import first_day

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
# What people write on paper when a part of a date is not known (CDISC: UN for a day, UNK for a month).
UNKNOWN_WORDS = frozenset({"", "un", "unk", "unknown", "?", "-", "--"})
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
# The largest lengths of what is typed, in characters: a reason is a sentence or two, a narrative at most ten pages.
LONGEST_REASON, LONGEST_NARRATIVE, LONGEST_PASSWORD = 300, 20_000, 1000
# What a page carries unseen: a digest, a code or a public id.
LONGEST_KEY = 100


class PartialDateWidget(forms.MultiWidget):
    """Three boxes, day, month and year, that never jump from one to the next."""

    template_name = "components/widgets/partial_date.html"
    use_fieldset = True

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            part: forms.TextInput(attrs={"inputmode": "numeric", "maxlength": length, "autocomplete": "off"})
            for part, length in (("day", 3), ("month", 10), ("year", 4))
        }
        super().__init__(boxes, dict(attrs or {}))

    def decompress(self, value: Any) -> list[str]:
        """Returns day, month and year of an ISO 8601 partial date."""
        year, month, day = ([*str(value).split("-"), "", "", ""] if value else ["", "", ""])[:3]
        return [day.lstrip("0"), month.lstrip("0"), year]


class PartialDateField(forms.Field):
    """A date whose day, or day and month, may be unknown; cleaned to `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

    Set `not_after` in the form's constructor where a date in the future makes no sense.
    """

    widget = PartialDateWidget

    def __init__(self, *, not_after: date | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "For example 14 3 2019. Leave the day, or day and month, empty if not known.")
        super().__init__(**kwargs)
        self.not_after = not_after

    def to_python(self, value: Any) -> str:
        """Returns the partial date in ISO 8601, or an empty text."""
        parts = value if isinstance(value, list | tuple) else PartialDateWidget().decompress(value)
        day, month, year = ("" if part is None else str(part).strip() for part in parts)
        if _unknown(day) and _unknown(month) and _unknown(year):
            return ""
        return _iso_partial(day=day, month=month, year=year)

    def validate(self, value: Any) -> None:
        """Refuses an empty required date and a date that is still to come."""
        super().validate(value)
        if value and self.not_after and first_day(value) > self.not_after:
            raise ValidationError("This date is in the future. Enter the date on which it happened.", code="future")


class NearDateField(forms.DateField):
    """A date close to today, entered in the browser's own date box; `earliest` and `latest` may be set in the form."""

    def __init__(self, *, earliest: date | None = None, latest: date | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)
        self.earliest, self.latest = earliest, latest

    def to_python(self, value: Any) -> date | None:
        """Returns the date; numbers that name no day are refused in words."""
        if value in self.empty_values or isinstance(value, date):
            return super().to_python(value)
        return _near_date(str(value).strip())

    def validate(self, value: Any) -> None:
        """Refuses a day outside the limits the form was given."""
        super().validate(value)
        if value and self.earliest and value < self.earliest:
            raise ValidationError(f"The earliest possible day is {_in_words(self.earliest)}.", code="too_early")
        if value and self.latest and value > self.latest:
            raise ValidationError(f"The latest possible day is {_in_words(self.latest)}.", code="too_late")


class MomentField(forms.Field):
    """A date and a time in the zone of the site; cleaned to an aware moment in UTC.

    Set `zone` (an IANA name) in the form's constructor, and `not_after` where the future makes no sense.
    """

    def __init__(self, *, zone: str = "UTC", not_after: datetime | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}))
        super().__init__(**kwargs)
        self.zone, self.not_after = zone, not_after

    @property
    def unit(self) -> str:
        """Returns the zone, which stands beside the box."""
        return self.zone

    def prepare_value(self, value: Any) -> Any:
        """Returns the moment as the clock of the site shows it."""
        if isinstance(value, datetime) and value.tzinfo:
            return value.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return value

    def to_python(self, value: Any) -> datetime | None:
        """Returns the moment in UTC."""
        if value in self.empty_values:
            return None
        if isinstance(value, datetime) and value.tzinfo:
            return value.astimezone(UTC)
        return _moment(str(value).strip(), zone=self.zone)

    def validate(self, value: Any) -> None:
        """Refuses a moment that is still to come."""
        super().validate(value)
        if value and self.not_after and value > self.not_after + timedelta(minutes=1):
            raise ValidationError("This time is in the future. Enter the time at which it happened.", code="future")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Returns whether the minute differs; seconds are not shown and do not count."""
        try:
            entered = self.to_python(data)
        except ValidationError:
            return True
        return _to_the_minute(entered) != _to_the_minute(initial)


class MeasureField(forms.DecimalField):
    """A measured number with its unit beside the box; a decimal comma is understood."""

    default_error_messages = {"invalid": "Enter a number, for example 37.3."}

    def __init__(
        self,
        *,
        unit: str = "",
        min_value: Decimal | int | None = None,
        max_value: Decimal | int | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)
        self.unit, self.least, self.most = unit, min_value, max_value

    def to_python(self, value: Any) -> Any:
        """Returns the number as a Decimal, or says in words that it is none."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def run_validators(self, value: Any) -> None:
        """Refuses what no instrument can show, naming the limits."""
        if value in self.empty_values:
            return
        too_small = self.least is not None and value < self.least
        if too_small or (self.most is not None and value > self.most):
            raise ValidationError(self._limits_in_words(value), code="implausible")
        super().run_validators(value)

    def _limits_in_words(self, value: Decimal) -> str:
        shown = f"{value} {self.unit}".strip()
        if self.least is None:
            return f"{shown} cannot be right: at most {self.most}."
        if self.most is None:
            return f"{shown} cannot be right: at least {self.least}."
        return f"{shown} cannot be right: between {self.least} and {self.most}."


class CountField(MeasureField):
    """A whole number with its unit beside the box."""

    default_error_messages = {"invalid": "Enter a whole number, in digits."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Returns the number as an integer."""
        number = super().clean(value)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise ValidationError("Enter a whole number.", code="invalid")
        return int(number)


class ReasonField(forms.CharField):
    """Why something is changed or done against the plan; never optional by accident."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Reason")
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 2}))
        kwargs.setdefault("error_messages", {"required": "Say why, in a few words."})
        kwargs.setdefault("max_length", LONGEST_REASON)
        super().__init__(**kwargs)


class SignaturePasswordField(forms.CharField):
    """The signer's own password; pasting and password managers work."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Your password")
        kwargs.setdefault("widget", forms.PasswordInput(attrs={"autocomplete": "current-password"}))
        kwargs.setdefault("error_messages", {"required": "Enter your password to sign."})
        super().__init__(strip=False, max_length=LONGEST_PASSWORD, **kwargs)


class SubmissionIdField(forms.UUIDField):
    """The server-made id that makes one form one row, however often it is sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.HiddenInput, initial=uuid.uuid4, **kwargs)


def _to_the_minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment else None


def _unknown(part: str) -> bool:
    return part.lower() in UNKNOWN_WORDS


def _iso_partial(*, day: str, month: str, year: str) -> str:
    if _unknown(year):
        raise ValidationError("Enter the year. Day and month may stay empty.", code="no_year")
    whole_year = _year(year)
    if _unknown(month):
        if not _unknown(day):
            raise ValidationError("Enter the month too, or leave the day empty.", code="no_month")
        return f"{whole_year:04d}"
    whole_month = _month(month)
    if _unknown(day):
        return f"{whole_year:04d}-{whole_month:02d}"
    if not (day.isdecimal() and len(day) <= 2):
        raise ValidationError("Enter the day as a number, or leave it empty if not known.", code="bad_day")
    return _day(year=whole_year, month=whole_month, day=int(day)).isoformat()


def _year(text: str) -> int:
    if not (text.isdecimal() and len(text) == 4):
        raise ValidationError("Enter the year with four digits, for example 2019.", code="bad_year")
    if not EARLIEST_YEAR <= int(text) <= LATEST_YEAR:
        raise ValidationError(f"Enter a year between {EARLIEST_YEAR} and {LATEST_YEAR}.", code="bad_year")
    return int(text)


def _month(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) <= 2 else MONTHS.get(text[:3].lower(), 0)
    if not 1 <= number <= 12:
        raise ValidationError("Enter the month as a number from 1 to 12.", code="bad_month")
    return number


def _day(*, year: int, month: int, day: int) -> date:
    length = calendar.monthrange(year, month)[1]
    if 1 <= day <= length:
        return date(year, month, day)
    if day < 1:
        raise ValidationError("Days begin with 1.", code="bad_day")
    # Only February depends on the year; naming the year elsewhere would send the reader to the wrong box.
    name = f"February {year}" if month == 2 else calendar.month_name[month]
    raise ValidationError(f"{name} has {length} days.", code="bad_day")


def _near_date(text: str) -> date:
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    if iso:
        year, month, day = iso.groups()
    else:
        european = re.fullmatch(r"(\d{1,2})[\s./-]+(\d{1,2}|[A-Za-z]{3,})[\s./-]+(\d{4})", text)
        if not european:
            raise ValidationError("Enter a date as day, month and year, for example 26 Nov 2026.", code="invalid")
        day, month, year = european.groups()
    return _day(year=_year(year), month=_month(month), day=int(day))


def _moment(text: str, *, zone: str) -> datetime:
    shape = re.fullmatch(r"(.+?)[T\s,]+(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?", text)
    if not shape:
        raise ValidationError("Enter a date and a time, for example 26 Nov 2026 08:30.", code="invalid")
    hour, minute = int(shape[2]), int(shape[3])
    if hour > 23 or minute > 59:
        raise ValidationError("Enter the time from 00:00 to 23:59.", code="bad_time")
    day = _near_date(shape[1])
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    moment = local.astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValidationError(
            f"{hour:02d}:{minute:02d} did not exist on {_in_words(day)}: the clocks went forward.", code="no_such_time"
        )
    return moment


def _in_words(day: date) -> str:
    return f"{day.day} {calendar.month_abbr[day.month]} {day.year}"
