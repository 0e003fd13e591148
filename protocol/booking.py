"""How days are planned: hours of work, the night, an interview, and the slots that are offered when a session moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from protocol.shapes import Block, ListOf, Whole

WEEKDAY, HOUR, COUNT = Whole(low=1, high=7), Whole(low=0, high=24), Whole(low=1)
BOOKING = Block(
    {
        "working_days": ListOf(WEEKDAY, unique="", least=1),
        "working_hours": ListOf(HOUR, size=2),
        "night_until_hour": HOUR,
        "interview_min": COUNT,
        "slots": COUNT,
    }
)


@dataclass(frozen=True)
class BookingRules:
    """How the house plans; weekdays count from Monday, which is 1.

    The hours hold for whoever has named none of the own. The attendant of the night stays until `night_until_hour` of
    the next morning; a rater is held `interview_min` minutes; so many `slots` are offered for each visit.
    """

    working_days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    first_hour: int = 0
    last_hour: int = 24
    night_until_hour: int = 12
    interview_min: int = 60
    slots: int = 1

    def works_at(self, moment: datetime, *, zone: str) -> bool:
        """Returns whether somebody who named no hours works at a moment."""
        local = moment.astimezone(ZoneInfo(zone))
        return local.isoweekday() in self.working_days and self.first_hour <= local.hour < self.last_hour

    def morning_after(self, day: date, *, zone: str) -> datetime:
        """Returns until when the attendant of a night is held that began on a day."""
        following = date.fromordinal(day.toordinal() + 1)
        return datetime.combine(following, time(self.night_until_hour), tzinfo=ZoneInfo(zone))


def booking_from(block: Mapping[str, Any]) -> BookingRules:
    """Returns the rules that a block of the file describes; an absent block limits nothing."""
    if not block:
        return BookingRules()
    first, last = block["working_hours"]
    return BookingRules(
        tuple(block["working_days"]), first, last, block["night_until_hour"], block["interview_min"], block["slots"]
    )
