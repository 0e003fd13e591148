"""When a message may leave: outside the quiet hours of its recipient, earlier rather than later."""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# A message planned for the last minute would be late after the smallest delay.
MARGIN = timedelta(minutes=30)
SPREAD_MINUTES = 120

QuietHours = tuple[int, int]


def is_quiet(moment: datetime, *, zone: str, hours: QuietHours | None) -> bool:
    """Returns whether a moment lies in the quiet hours, from the first hour on until before the second."""
    if hours is None:
        return False
    start, end = hours
    hour = moment.astimezone(ZoneInfo(zone)).hour
    if start <= end:
        return start <= hour < end
    return hour >= start or hour < end


def moved_earlier(moment: datetime, *, zone: str, hours: QuietHours | None) -> datetime:
    """Returns the moment, or the end of the waking hours before it when it lies in the quiet ones."""
    if hours is None or not is_quiet(moment, zone=zone, hours=hours):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    begins = local.replace(hour=hours[0], minute=0, second=0, microsecond=0)
    if begins > local:
        begins = (begins - timedelta(days=1)).replace(hour=hours[0])
    return begins - MARGIN


def quiet_until(moment: datetime, *, zone: str, hours: QuietHours) -> datetime:
    """Returns when the quiet hours that are under way end."""
    local = moment.astimezone(ZoneInfo(zone))
    ends = local.replace(hour=hours[1], minute=0, second=0, microsecond=0)
    return ends if ends > local else (ends + timedelta(days=1)).replace(hour=hours[1])


def spread(moment: datetime, *, key: str) -> datetime:
    """Returns a moment up to two hours earlier, the same for the same key, so that the time tells no schedule."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    return moment - timedelta(minutes=number % SPREAD_MINUTES)
