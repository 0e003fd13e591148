"""Tags and filters draw the same thing everywhere, and every template keeps the content policy."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from core.templatetags import vigil

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
CODE_IN_PAGE = re.compile(
    r"\sstyle=|<style|\son[a-z]+=[\"']|<script(?![^>]*\ssrc=)|javascript:|https?://(?!www\.w3\.org)"
)


@dataclass(frozen=True)
class Window:
    """A window for drawing."""

    earliest_on: date | None = None
    target_on: date | None = None
    latest_on: date | None = None
    booked_on: date | None = None


D = date(2026, 11, 20)


@pytest.mark.parametrize("state", sorted(vigil.STATES))
def test_state_is_shown_by_shape_and_word(state: str) -> None:
    drawn = vigil.status(state)
    assert f'href="#s-{vigil.STATES[state][0]}"' in drawn
    assert vigil.WORDS[state] in drawn


def test_status_escapes_the_words_it_is_given() -> None:
    assert "<b>" not in vigil.status("due", "<b>")


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Window(date(2026, 11, 16), D, date(2026, 11, 24)), "16–24 Nov"),
        (Window(date(2026, 11, 12), D, date(2026, 12, 24)), "12 Nov – 24 Dec"),
        (Window(date(2026, 12, 28), None, date(2027, 1, 4)), "28 Dec 2026 – 4 Jan 2027"),
        (Window(D, D, D), "20 Nov"),
        (Window(D, None, None), "from 20 Nov"),
        (Window(None, None, D), "to 20 Nov"),
        (Window(None, D, None), "20 Nov"),
        (Window(), ""),
    ],
)
def test_window_is_said_as_briefly_as_it_can_be(window: Window, words: str) -> None:
    assert vigil.window_text(window) == words


def test_window_bar_draws_box_target_booking_and_today() -> None:
    drawn = vigil.window_bar(Window(date(2026, 11, 16), D, date(2026, 11, 24), D), date(2026, 11, 23))
    assert [drawn.count(f'class="{mark}"') for mark in ("w", "past", "t", "b", "now")] == [1, 1, 1, 1, 1]


@pytest.mark.parametrize("today", [date(2020, 1, 1), date(2030, 1, 1)])
def test_window_bar_keeps_a_distant_today_at_its_edge(today: date) -> None:
    drawn = vigil.window_bar(Window(date(2026, 11, 16), D, date(2026, 11, 24)), today)
    numbers = [float(x) for x in re.findall(r'(?:x|cx|width)="(-?[\d.]+)"', drawn)]
    assert all(0 <= number <= 112 for number in numbers)


def test_window_without_dates_draws_nothing() -> None:
    assert vigil.window_bar(Window(), D) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 11, 26), "26 Nov 2026"),
        ("2019-03", "Mar 2019"),
        ("2019", "2019"),
        ("2019-03-14", "14 Mar 2019"),
        (None, ""),
    ],
)
def test_day_has_its_month_in_letters_and_keeps_its_gaps(value: date | str | None, words: str) -> None:
    assert vigil.day(value) == words


def test_moment_is_shown_in_the_zone_given() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert vigil.clock(late, "Europe/Zurich") == "01:30"
    assert "2 Jul 2026, 01:30 CEST" in vigil.moment(late, "Europe/Zurich")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=16), "16 min"),
        (timedelta(hours=5, minutes=18), "5 h 18 min"),
        (timedelta(hours=13), "13 h"),
        (timedelta(hours=30, minutes=5), "30 h"),
        (timedelta(days=3, hours=4), "3 d"),
        (None, ""),
    ],
)
def test_duration_says_two_units_at_most(span: timedelta | None, words: str) -> None:
    assert vigil.duration(span) == words


def test_elapsed_counts_hours_and_minutes_with_a_sign_before_zero() -> None:
    assert (vigil.elapsed(timedelta(hours=2, minutes=14)), vigil.elapsed(timedelta(minutes=-30))) == ("02:14", "−00:30")


@pytest.mark.parametrize(("days", "words"), [(0, ""), (2, "+2"), (-1, "−1"), (None, "")])
def test_offset_of_zero_is_not_printed(days: int | None, words: str) -> None:
    assert vigil.offset(days) == words


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_template_compiles_and_carries_no_code_of_its_own(path: Path) -> None:
    get_template(str(path.relative_to(Path(settings.BASE_DIR) / "templates")))
    assert CODE_IN_PAGE.search(path.read_text()) is None


def test_every_symbol_that_a_tag_names_is_drawn() -> None:
    sprite = (Path(settings.BASE_DIR) / "templates" / "components" / "icons.html").read_text()
    wanted = {symbol for symbol, _ in vigil.STATES.values()} | set(vigil.MESSAGE_SYMBOLS.values())
    assert wanted <= set(re.findall(r'id="s-([a-z]+)"', sprite))
