"""Dates and moments as HL7 writes them: CCYYMMDDhhmmss±ZZzz, as much of it as is known."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHAPE = re.compile(r"^(\d{4})(\d{2})?(\d{2})?(?:(\d{2})(\d{2})?(\d{2})?)?([+-]\d{4})?$")
SECONDS_OF_OFFSET = 60


def stamp(moment: datetime, *, zone: str) -> str:
    """Returns a moment to the second with its offset, as the clock of the zone shows it."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y%m%d%H%M%S%z")


def partial(iso: str) -> str:
    """Returns a date of which month or day may not be known: 2026, 202603 or 20260314."""
    return iso.replace("-", "")


def is_moment(text: str) -> bool:
    """Returns whether a text is a date or a moment of the calendar, known in part or in whole."""
    return earliest(text) is not None


def is_whole(text: str) -> bool:
    """Returns whether a text is a moment to the second with its offset."""
    found = SHAPE.match(text)
    return is_moment(text) and found is not None and bool(found[6] and found[7])


def earliest(text: str) -> datetime | None:
    """Returns the first moment that a text can mean, in UTC; None for what is none."""
    found = SHAPE.match(text)
    # An offset without an hour, or a day without a month, means nothing.
    if found is None or (found[7] and not found[4]) or (found[4] and not found[3]):
        return None
    year, month, day, hour, minute, second = (
        int(found[i] or d) for i, d in zip(range(1, 7), (0, 1, 1, 0, 0, 0), strict=True)
    )
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return local - _offset(found[7] or "+0000")


def may_precede(first: str, second: str) -> bool:
    """Returns whether one may lie before or at another, to the precision in which both are known."""
    known = min(len(re.split(r"[+-]", first)[0]), len(re.split(r"[+-]", second)[0]))
    if known > len("CCYYMMDD"):
        one, other = earliest(first), earliest(second)
        return one is None or other is None or one <= other
    return first[:known] <= second[:known]


def _offset(text: str) -> timedelta:
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
