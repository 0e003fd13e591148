"""A sign-in: whose it is, whether it stands, and what it opens."""

import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from core.models import Person

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
# Told by the database when a sign-in ends, or an account or a membership changes; nothing else is said on it.
ACCESS_CHANNEL = "core_access"
PART = "open_only"


def is_idle(session: Any, *, moment: int) -> bool:
    """Returns whether nobody has used a sign-in for longer than the limit."""
    seen = session.get("seen_at", 0)
    return bool(seen) and moment - seen > settings.IDLE_MINUTES * 60


def open_only(session: Any, beginnings: Iterable[str]) -> None:
    """Lets a sign-in open nothing but the addresses with these beginnings."""
    session[PART] = list(beginnings)


def opens(session: Any, path: str) -> bool:
    """Returns whether a sign-in opens an address; a whole one opens every address."""
    beginnings = session.get(PART)
    return beginnings is None or path.startswith(tuple(beginnings))


def person_signed_in(key: str, *, path: str) -> Person | None:
    """Returns whose sign-in a key names, if it stands, is in use and opens the address; outside of a request."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    person = get_user(request)
    if not isinstance(person, Person) or is_idle(request.session, moment=int(time.time())):
        return None
    return person if opens(request.session, path) else None
