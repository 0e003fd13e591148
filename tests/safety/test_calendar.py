"""Deadlines against a calendar that is not ours: the database reckons the same days with its own zones."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection

from protocol.definition import Clock
from protocol.reporting import due_at
from tests.conftest import size

ZONES = (
    "UTC", "Europe/Lisbon", "Europe/Zurich", "America/New_York", "America/Denver", "America/Santiago",
    "America/Havana", "Asia/Jerusalem", "Asia/Beirut", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
)  # fmt: skip
FIRST, LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2024, 12, 31, tzinfo=UTC)
# The last second of the day so many calendar days after the day of a moment, by the clocks of a zone; of a second that
# comes twice the database takes the later one.
RECKON = """
SELECT extract(epoch FROM last_second AT TIME ZONE zone) FROM (
  SELECT *, date_trunc('day', moment AT TIME ZONE zone) + (days + 1) * interval '1 day' - interval '1 second'
    AS last_second
  FROM unnest(%s::timestamptz[], %s::text[], %s::int[]) WITH ORDINALITY AS given(moment, zone, days, place)) reckoned
ORDER BY place
"""


def cases(count):
    """Returns moments, zones and days: half of them near a change of clocks, a leap day or the turn of a year."""
    dice = random.Random(20260105)
    edges = [
        datetime(year, month, day, hour, tzinfo=UTC)
        for year in range(2015, 2025)
        for month, day in ((2, 28), (3, 8), (3, 29), (10, 25), (11, 1), (12, 31))
        for hour in (0, 5, 22)
    ]
    for number in range(count):
        if number % 2:
            moment = dice.choice(edges) + timedelta(seconds=dice.randint(-3 * 86_400, 3 * 86_400))
        else:
            moment = FIRST + timedelta(seconds=dice.randint(0, int((LAST - FIRST).total_seconds())))
        yield moment, dice.choice(ZONES), dice.choice((0, 1, 7, 15, 60))


def test_calendar_days_end_when_the_databases_calendar_ends_them(db):
    given = list(cases(size(small=3_000, full=100_000)))

    with connection.cursor() as cursor:
        cursor.execute(RECKON, [list(column) for column in zip(*given, strict=True)])
        reckoned = [Decimal(row[0]) for row in cursor.fetchall()]

    ours = [
        due_at(Clock("any", "sponsor receipt", None, calendar_days=days), moment, zone=zone).timestamp()
        for moment, zone, days in given
    ]
    wrong = [case for case, mine, theirs in zip(given, ours, reckoned, strict=True) if mine != int(theirs)]
    assert wrong == [], f"{len(wrong)} of {len(given)}, first {wrong[0]}"
    assert len(reckoned) == len(given)
