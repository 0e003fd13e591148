"""Template tags and filters of the design language: states, icons, windows, dates, times and meters."""

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import template
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as djangos_url
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from core.addresses import address_of
from core.permissions import Permission, Viewer

register = template.Library()

# state -> (symbol, class). Shape and word carry the state; the class only colours it.
STATES: dict[str, tuple[str, str]] = {
    "notdue": ("notdue", ""),
    "due": ("due", "st-due"),
    "closing": ("closing", "st-closing"),
    "overdue": ("overdue", "st-over"),
    "started": ("started", "st-started"),
    "complete": ("complete", "st-done"),
    "verified": ("verified", "st-done"),
    "signed": ("signed", "st-neutral"),
    "locked": ("locked", "st-neutral"),
    "query": ("query", "st-neutral"),
    "missed": ("missed", "st-neutral"),
    "notdone": ("notdone", ""),
    "unknown": ("unknown", "st-closing"),
    "judge": ("judge", "st-due"),
    "met": ("complete", "st-done"),
    "notmet": ("missed", "st-crit"),
    "failed": ("missed", "st-crit"),
    "waiting": ("started", "st-started"),
}
WORDS = {
    "notdue": "Not due", "due": "Due", "closing": "Closing", "overdue": "Overdue", "started": "Started",
    "complete": "Complete", "verified": "Verified", "signed": "Signed", "locked": "Locked", "query": "Query",
    "missed": "Missed", "notdone": "Not done", "unknown": "Not yet known", "judge": "PI judgement", "met": "Met",
    "notmet": "Not met", "failed": "Failed", "waiting": "Waiting",
}  # fmt: skip

MESSAGE_SYMBOLS = {"success": "complete", "warning": "closing", "error": "overdue", "info": "query", "debug": "query"}

# A window fills at most two thirds of its bar, so that the days around it can be seen; a short one is not blown up.
SHARE_OF_WINDOW = 2 / 3
FEWEST_DAYS = 12


class Window(Protocol):
    """What a window bar can draw; each date may be None."""

    earliest_on: date | None
    target_on: date | None
    latest_on: date | None


# --- states and icons --------------------------------------------------------------------------------------------


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, kind: str = "") -> SafeString:
    """Returns a symbol of the sprite; it is silent for screen readers, the words beside it speak."""
    return format_html('<svg class="i {}" aria-hidden="true"><use href="#s-{}"/></svg>', kind, name)


@register.simple_tag
def status(state: str, words: Any = "") -> SafeString:
    """Returns a state as shape and word."""
    symbol, kind = STATES.get(state, STATES["notdue"])
    return format_html('<span class="st {}">{}{}</span>', kind, icon(symbol), words or WORDS.get(state, ""))


@register.filter
def state_symbol(state: str) -> str:
    """Returns the name of the state's symbol, for places that show a glyph without words."""
    return STATES.get(state, STATES["notdue"])[0]


@register.filter
def state_word(state: str) -> str:
    """Returns the state's word."""
    return WORDS.get(state, "")


@register.filter
def state_colour(state: str) -> str:
    """Returns the class that colours a bare glyph as its state is coloured."""
    colours = {"st-due": "c-due", "st-closing": "c-warn", "st-done": "c-done", "st-over": "c-crit", "st-crit": "c-crit"}
    return colours.get(STATES.get(state, STATES["notdue"])[1], "c-muted")


@register.filter
def message_symbol(level: str) -> str:
    """Returns the symbol of a message's level."""
    return MESSAGE_SYMBOLS.get(level.split()[-1] if level else "", "query")


@register.filter
def may(viewer: Viewer | None, permission: str) -> bool:
    """Returns whether the viewer holds a permission somewhere, so that no link leads to what does not exist."""
    return viewer is not None and viewer.may(Permission(permission))


# --- addresses ---------------------------------------------------------------------------------------------------


class AddressNode(URLNode):
    """Django's `{% url %}` for addresses that are found once for each page."""

    def render(self, context: Any) -> str:
        """Returns the address, or keeps it under the name that stands behind `as`."""
        if self.kwargs or self.asvar:
            return str(super().render(context))
        address = address_of(self.view_name.resolve(context), *(arg.resolve(context) for arg in self.args))
        return conditional_escape(address)


@register.tag
def url(parser: Any, token: Any) -> AddressNode:
    """Takes the place of Django's tag of this name, and is written like it."""
    node = djangos_url(parser, token)
    return AddressNode(node.view_name, node.args, node.kwargs, node.asvar)


# --- windows -----------------------------------------------------------------------------------------------------


@register.simple_tag
def window_bar(window: Any, today: date | datetime | None = None, width: int = 112) -> SafeString:
    """Draws a window: box = earliest to latest, filled = elapsed, tick = target, ring = booked, line = today.

    `window` has earliest_on, target_on, latest_on and perhaps booked_on. The drawing is silent for screen readers: its
    dates always stand beside it in text.
    """
    earliest, target, latest, booked = (
        _as_day(getattr(window, name, None)) for name in ("earliest_on", "target_on", "latest_on", "booked_on")
    )
    start, end = earliest or target or booked, latest or target or booked
    if start is None or end is None:
        return SafeString("")
    scale = _Scale.around(start, end, width)
    marks = [format_html('<path class="r" d="M0 9.5H{}"/>', width)]
    marks += _box(start, end, _as_day(today), scale, open_ended=window_is_open(window))
    if target:
        marks.append(format_html('<path class="t" d="M{} 3v13"/>', scale.middle(target)))
    if booked:
        marks.append(format_html('<circle class="b" cx="{}" cy="9.5" r="3.2"/>', scale.middle(booked)))
    if now := _as_day(today):
        x = scale.middle(now)
        marks.append(
            format_html('<path class="now" d="M{} 1v17"/><circle class="nowd" cx="{}" cy="1.5" r="2.5"/>', x, x)
        )
    return format_html(
        '<svg class="wb" width="{0}" height="18" viewBox="0 0 {0} 18" aria-hidden="true">{1}</svg>',
        width,
        format_html_join("", "{}", ((mark,) for mark in marks)),
    )


def window_is_open(window: Any) -> bool:
    """Returns whether the window has a beginning and no end."""
    return bool(getattr(window, "earliest_on", None) and not getattr(window, "latest_on", None))


@register.filter
def window_text(window: Any) -> str:
    """Returns a window's dates in words: `16–24 Nov`, `12 Nov – 24 Dec`, `28 Dec 2026 – 4 Jan 2027`."""
    start, end = _as_day(getattr(window, "earliest_on", None)), _as_day(getattr(window, "latest_on", None))
    if start is None and end is None:
        target = _as_day(getattr(window, "target_on", None))
        return short_day(target) if target else ""
    if start is None or end is None:
        return f"from {short_day(start)}" if start else f"to {short_day(end)}"
    return days_between(start, end)


def days_between(start: date, end: date) -> str:
    """Returns a span of days, saying month and year only as often as they change."""
    if start == end:
        return short_day(start)
    if start.year != end.year:
        return f"{day(start)} – {day(end)}"
    if start.month != end.month:
        return f"{short_day(start)} – {short_day(end)}"
    return f"{start.day}–{short_day(end)}"


class _Scale:
    """Places days on a bar of a given width."""

    def __init__(self, origin: date, pixels_per_day: float, width: int) -> None:
        self.origin, self.pixels_per_day, self.width = origin, pixels_per_day, width

    @classmethod
    def around(cls, start: date, end: date, width: int) -> "_Scale":
        length = (end - start).days + 1
        shown = max(length / SHARE_OF_WINDOW, FEWEST_DAYS)
        before = timedelta(days=round((shown - length) / 2))
        return cls(start - before, width / shown, width)

    def left(self, moment: date) -> float:
        return self._held(((moment - self.origin).days) * self.pixels_per_day)

    def middle(self, moment: date) -> float:
        return self._held(((moment - self.origin).days + 0.5) * self.pixels_per_day)

    # What lies far outside stands at the edge: that it is outside can be seen, how far says the text.
    def _held(self, x: float) -> float:
        return round(min(max(x, 4), self.width - 4), 1)


def _box(start: date, end: date, today: date | None, scale: _Scale, *, open_ended: bool) -> list[SafeString]:
    left = scale.left(start)
    right = float(scale.width) if open_ended else scale.left(end + timedelta(days=1))
    parts = [
        format_html(
            '<rect class="w" x="{}" y="4.5" width="{}" height="10" rx="1.5"/>', left, round(max(right - left, 6), 1)
        )
    ]
    if today and today > start:
        elapsed = min(scale.middle(today), right) - left
        parts.append(
            format_html(
                '<rect class="past" x="{}" y="5" width="{}" height="9"/>', left + 0.5, round(max(elapsed - 1, 0), 1)
            )
        )
    return parts


# --- dates and times ---------------------------------------------------------------------------------------------


@register.filter
def day(value: date | datetime | str | None, zone: str = "UTC") -> str:
    """Returns `26 Nov 2026`; a moment is read in the zone given; a partial date keeps its gaps: `Nov 2026`, `2026`."""
    if isinstance(value, str):
        return _partial_day(value)
    local = _as_day(value, zone)
    return f"{local.day} {calendar.month_abbr[local.month]} {local.year}" if local else ""


@register.filter
def short_day(value: date | datetime | None, zone: str = "UTC") -> str:
    """Returns `26 Nov`, for places where the year is plain."""
    local = _as_day(value, zone)
    return f"{local.day} {calendar.month_abbr[local.month]}" if local else ""


@register.filter
def weekday(value: date | datetime | None, zone: str = "UTC") -> str:
    """Returns `Thu 26 Nov`."""
    local = _as_day(value, zone)
    return f"{calendar.day_abbr[local.weekday()]} {short_day(local)}" if local else ""


@register.filter
def clock(value: datetime | None, zone: str = "UTC") -> str:
    """Returns `08:30` as the clock of the zone shows it."""
    return value.astimezone(ZoneInfo(zone or "UTC")).strftime("%H:%M") if value else ""


@register.filter
def moment(value: datetime | None, zone: str = "UTC") -> SafeString | str:
    """Returns `26 Nov 2026, 08:30 WET` in a `<time>` that machines can read."""
    if not value:
        return ""
    local = value.astimezone(ZoneInfo(zone or "UTC"))
    stamp = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = f"{day(local.date())}, {local:%H:%M} {local.tzname()}"
    return format_html('<time datetime="{}">{}</time>', stamp, words)


@register.filter
def zone_name(value: datetime | None, zone: str = "UTC") -> str:
    """Returns the zone's short name at that moment: `WET`, `CEST`."""
    return str(value.astimezone(ZoneInfo(zone or "UTC")).tzname()) if value else ""


@register.filter
def duration(value: timedelta | None) -> str:
    """Returns `5 h 18 min`, `2 d` or `16 min`: two units at most, one from two days on."""
    if value is None:
        return ""
    minutes = int(abs(value).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60
    if days >= 2:
        return f"{days} d"
    if hours >= 1:
        return f"{hours} h {minutes % 60} min" if minutes % 60 and hours < 24 else f"{hours} h"
    return f"{minutes} min"


@register.filter
def elapsed(value: timedelta | None) -> str:
    """Returns `02:14`, hours and minutes, for the clock since the dose."""
    if value is None:
        return ""
    minutes = int(abs(value).total_seconds() // 60)
    return f"{'−' if value < timedelta() else ''}{minutes // 60:02d}:{minutes % 60:02d}"


@register.filter
def offset(days: int | None) -> str:
    """Returns `+1` or `−1`, and nothing for zero: a zero is not worth the ink."""
    if not days:
        return ""
    return f"+{days}" if days > 0 else f"−{abs(days)}"


def _as_day(value: date | datetime | None, zone: str = "UTC") -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone or "UTC")).date() if value.tzinfo else value.date()
    return value


def _partial_day(value: str) -> str:
    parts = value.split("-")
    if not all(part.isdecimal() for part in parts):
        return value
    year, month, number = ([int(part) for part in parts] + [0, 0])[:3]
    words = [str(number) if number else "", calendar.month_abbr[month] if month else "", str(year)]
    return " ".join(word for word in words if word)


# --- drawings ----------------------------------------------------------------------------------------------------


@register.simple_tag
def meter(value: float, largest: float = 100, kind: str = "due") -> SafeString:
    """Draws how much of a term has passed; `kind` is due, warn, crit or done. The text beside it says the same."""
    share = round(100 * min(max(float(value) / float(largest or 1), 0), 1), 1)
    return format_html(
        '<svg class="meter c-{}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="m-bg" x=".4" y=".5" width="99.2" height="7" vector-effect="non-scaling-stroke"/>'
        '<rect class="m-fg" width="{}" height="8"/></svg>',
        kind,
        share,
    )


@register.simple_tag
def time_ring(left: float, whole: float, words: Any = "") -> SafeString:
    """Draws what is left of a short term as a ring around its figure; the text beside it says the same."""
    circle = 226.2
    arc = round(circle * min(max(float(left) / float(whole or 1), 0), 1), 1)
    return format_html(
        '<svg class="ring" width="84" height="84" viewBox="0 0 84 84" aria-hidden="true">'
        '<circle class="ring-track" cx="42" cy="42" r="36"/>'
        '<circle class="ring-left" cx="42" cy="42" r="36" stroke-dasharray="{} {}" transform="rotate(-90 42 42)"/>'
        '<text class="mid t-text t-w" x="42" y="49">{}</text></svg>',
        arc,
        circle,
        words,
    )


@register.simple_tag
def hatch_tag(words: str) -> SafeString:
    """Draws the hatched tag that sets a place apart: another environment, an unblinded room."""
    hatching = SafeString('<rect width="100%" height="100%" fill="url(#hatch)"/>')
    return format_html('<span class="env"><svg aria-hidden="true">{}</svg><span>{}</span></span>', hatching, words)


@register.simple_tag
def new_submission() -> str:
    """Returns the id of one submission, made by the server, for a form of one button."""
    return str(uuid4())
