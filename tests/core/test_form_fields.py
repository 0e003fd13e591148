"""Dates, moments and measures are read as people write them and refused in words."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError

from core.form_fields import CountField, MeasureField, MomentField, NearDateField, PartialDateField, SubmissionIdField
from core.form_rendering import VigilRenderer

TODAY = date(2026, 11, 23)


def refusal(field: forms.Field, entered: object) -> str:
    with pytest.raises(ValidationError) as refused:
        field.clean(entered)
    return str(refused.value.messages[0])


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        (["14", "3", "2019"], "2019-03-14"),
        (["", "3", "2019"], "2019-03"),
        (["UN", "UNK", "2019"], "2019"),
        (["1", "Nov", "2020"], "2020-11-01"),
        (["29", "2", "2024"], "2024-02-29"),
        (["23", "11", "2026"], "2026-11-23"),
        (["", "11", "2026"], "2026-11"),
    ],
    ids=["whole", "day unknown", "only the year", "month in letters", "leap day", "today", "this month"],
)
def test_partial_date_keeps_what_is_known(parts: list[str], kept: str) -> None:
    assert PartialDateField(not_after=TODAY).clean(parts) == kept


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["31", "11", "2020"], "November has 30 days."),
        (["29", "2", "2025"], "February 2025 has 28 days."),
        (["0", "2", "2025"], "Days begin with 1."),
        (["1", "13", "2020"], "Enter the month as a number from 1 to 12."),
        (["1", "", "2020"], "Enter the month too, or leave the day empty."),
        (["1", "2", ""], "Enter the year. Day and month may stay empty."),
        (["1", "2", "19"], "Enter the year with four digits, for example 2019."),
        (["24", "11", "2026"], "This date is in the future. Enter the date on which it happened."),
        (["", "12", "2026"], "This date is in the future. Enter the date on which it happened."),
        (["x", "2", "2020"], "Enter the day as a number, or leave it empty if not known."),
    ],
)
def test_partial_date_is_refused_in_words(parts: list[str], words: str) -> None:
    assert refusal(PartialDateField(not_after=TODAY), parts) == words


def test_empty_partial_date_is_refused_only_where_it_is_required() -> None:
    assert PartialDateField(required=False).clean(["", "", ""]) == ""
    assert refusal(PartialDateField(), ["", "", ""]) == "This field is required."


@pytest.mark.parametrize("text", ["2026-11-26", "26 Nov 2026", "26.11.2026", "26/11/2026", "26 November 2026"])
def test_near_date_is_read_as_it_is_written(text: str) -> None:
    assert NearDateField().clean(text) == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("31/11/2026", "November has 30 days."),
        ("29/02/2025", "February 2025 has 28 days."),
        ("soon", "Enter a date as day, month and year, for example 26 Nov 2026."),
        ("2026-11-18", "The earliest possible day is 19 Nov 2026."),
        ("2026-12-04", "The latest possible day is 3 Dec 2026."),
    ],
)
def test_near_date_is_refused_in_words(text: str, words: str) -> None:
    field = NearDateField(earliest=date(2026, 11, 19), latest=date(2026, 12, 3))
    assert refusal(field, text) == words


def test_moment_is_read_in_the_zone_of_the_site() -> None:
    assert MomentField(zone="Europe/Zurich").clean("2026-07-01T08:30") == datetime(2026, 7, 1, 6, 30, tzinfo=UTC)


def test_moment_is_shown_in_the_zone_of_the_site() -> None:
    shown = MomentField(zone="Europe/Zurich").prepare_value(datetime(2026, 7, 1, 6, 30, tzinfo=UTC))
    assert shown == datetime(2026, 7, 1, 8, 30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-03-29T02:30", "02:30 did not exist on 29 Mar 2026: the clocks went forward."),
        ("2026-11-31T08:00", "November has 30 days."),
        ("2026-07-01T25:00", "Enter the time from 00:00 to 23:59."),
        ("2026-07-01", "Enter a date and a time, for example 26 Nov 2026 08:30."),
        ("2026-07-01T09:02", "This time is in the future. Enter the time at which it happened."),
    ],
)
def test_moment_is_refused_in_words(text: str, words: str) -> None:
    field = MomentField(zone="Europe/Zurich", not_after=datetime(2026, 7, 1, 7, 0, tzinfo=UTC))
    assert refusal(field, text) == words


@pytest.mark.parametrize(("text", "number"), [("37,3", "37.3"), (" 37.3 ", "37.3"), ("120", "120")])
def test_measure_understands_a_decimal_comma(text: str, number: str) -> None:
    assert MeasureField(unit="°C").clean(text) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1200", "1200 mmHg cannot be right: between 40 and 300."),
        ("39", "39 mmHg cannot be right: between 40 and 300."),
        ("high", "Enter a number, for example 37.3."),
        ("NaN", "Enter a number, for example 37.3."),
    ],
)
def test_measure_is_refused_in_words(text: str, words: str) -> None:
    assert refusal(MeasureField(unit="mmHg", min_value=40, max_value=300), text) == words


@pytest.mark.parametrize("text", ["40", "300"])
def test_measure_at_its_limit_is_taken(text: str) -> None:
    assert MeasureField(min_value=40, max_value=300).clean(text) == Decimal(text)


def test_count_is_a_whole_number() -> None:
    assert CountField().clean("7") == 7
    assert refusal(CountField(), "7.5") == "Enter a whole number."
    assert refusal(CountField(), "12o") == "Enter a whole number, in digits."


class Sample(forms.Form):
    """A form with one field of each look."""

    default_renderer = VigilRenderer()

    submission_id = SubmissionIdField()
    systolic = MeasureField(label="Systolic", unit="mmHg", help_text="Sitting")
    onset = PartialDateField(label="Start")
    severity = forms.ChoiceField(choices=[("mild", "Mild")], widget=forms.RadioSelect)
    told = forms.BooleanField(label="Told")
    note = forms.CharField(required=False)


def test_form_renders_unit_hint_and_optional_mark() -> None:
    page = str(Sample())

    assert '<span class="unit">mmHg</span>' in page
    assert 'id="id_systolic_helptext"' in page and 'aria-describedby="id_systolic_helptext"' in page
    assert page.count("(optional)") == 1
    assert " required" not in page and " style=" not in page


def test_refused_form_names_the_fault_at_its_field() -> None:
    form = Sample({"onset_day": "31", "onset_month": "11", "onset_year": "2020"})

    page = str(form)

    assert "November has 30 days." in page and 'id="id_onset_error"' in page
    assert "Tick this to go on." in page and "Choose one." in page and "This is still empty." in page
    assert 'value="31"' in page


def test_error_summary_links_to_the_first_box_of_a_field() -> None:
    form = Sample({})
    form.full_clean()
    assert (form["onset"].first_id, form["severity"].first_id, form["told"].first_id) == (
        "id_onset_0",
        "id_severity_0",
        "id_told",
    )
