"""Announcements from a room to the rooms above it, inside the publisher's transaction.

All subscriptions stand in `config/subscriptions.py`. An event is a frozen dataclass of ids; a handler runs at once, so
that a reading, its verdict, its alert and its audit stand or fall together.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

SUBSCRIPTIONS = "config.subscriptions.SUBSCRIPTIONS"


def publish(event: Any) -> None:
    """Calls every handler that subscribes to the event's type, in the order of the file."""
    table: dict[type, tuple[str, ...]] = import_string(getattr(settings, "SUBSCRIPTIONS", SUBSCRIPTIONS))
    for path in table.get(type(event), ()):
        handler: Callable[[Any], None] = import_string(path)
        handler(event)
