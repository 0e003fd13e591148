"""What follows from an answer and from a dose: whether somebody is worse, and when harm is asked for."""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from protocol.aftercare.parts import EnquiryTime, Wellbeing


@dataclass(frozen=True)
class EnquiryWindow:
    """From when to when one enquiry is made, and the moment that is meant."""

    opens_at: datetime
    due_at: datetime
    closes_at: datetime


def is_worse(rule: Wellbeing, score: int, *, before: int | None) -> bool:
    """Returns whether an answer lies at the protocol's limit or has fallen by as much as it says.

    CW1 · Protocol aftercare.calls.wellbeing
    """
    return score <= rule.at_most or (before is not None and before - score >= rule.fall)


def enquiry_window(rule: EnquiryTime, dosed_at: datetime, *, zone: str) -> EnquiryWindow:
    """Returns when one enquiry after a dose is made; hours are elapsed time, months the site's calendar.

    HE · Protocol aftercare.harm_enquiry.times
    """
    due_at = dosed_at.astimezone(UTC) + timedelta(hours=rule.hours or 0)
    if rule.months is not None:
        due_at = months_later(due_at, rule.months, zone=zone)
    return EnquiryWindow(
        due_at - timedelta(hours=rule.opens_before_hours), due_at, due_at + timedelta(hours=rule.closes_after_hours)
    )


def months_later(moment: datetime, months: int, *, zone: str) -> datetime:
    """Returns the same hour so many calendar months later by a zone's clock; the last day where the month is short."""
    local = moment.astimezone(ZoneInfo(zone))
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
