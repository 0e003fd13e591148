"""Dates of which the day, or day and month, may not be known: the first and the last day that each can mean."""

import calendar
from datetime import date


def first_day(partial: str) -> date:
    """Returns the earliest day that an ISO 8601 partial date can mean."""
    year, month, day = ([int(part) for part in partial.split("-")] + [1, 1])[:3]
    return date(year, month, day)


def last_day(partial: str) -> date:
    """Returns the latest day that an ISO 8601 partial date can mean."""
    parts = [int(part) for part in partial.split("-")]
    if len(parts) == 3:
        return date(*parts)
    month = parts[1] if len(parts) == 2 else 12
    return date(parts[0], month, calendar.monthrange(parts[0], month)[1])


def whole_months(since: date, on: date) -> int:
    """Returns the months completed from one day to another; none when it lies ahead."""
    months = (on.year - since.year) * 12 + on.month - since.month
    return max(0, months - (on.day < since.day))
