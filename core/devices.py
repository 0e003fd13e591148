"""Devices that a PIN opens again: each for one person, one part of Vigil and some hours, after a whole sign-in on it.

What a device holds is a random token in a cookie that scripts cannot read; Vigil keeps its digest.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth import login
from django.http import HttpRequest

from core.clock import now
from core.contributions import assume, contribution
from core.models import KnownDevice, Person
from core.permissions import Viewer
from core.pins import check_pin
from core.sign_ins import BACKEND, open_only

COOKIE = "vigil_device"
View = TypeVar("View", bound=Callable[..., Any])


def know_device(person: Person, *, opens: str, hours: int, at: datetime) -> str:
    """Returns the token of a device that was not known until now; `opens` is the beginning of addresses."""
    token = secrets.token_urlsafe(32)
    with contribution(by=person, reason="Device known"):
        KnownDevice.objects.create(
            person=person, opens=opens, digest=_digest(token), known_at=at, expires_at=at + timedelta(hours=hours)
        )
    return token


def device_of(request: HttpRequest, *, at: datetime) -> KnownDevice | None:
    """Returns the device that sends a request, if it is known and opens the address that is asked for."""
    token = request.COOKIES.get(COOKIE, "")
    if not token:
        return None
    found = KnownDevice.objects.filter(digest=_digest(token), ended_at__isnull=True, expires_at__gt=at)
    device = found.select_related("person").first()
    if device is None or not device.person.is_active or not request.path.startswith(device.opens):
        return None
    return device


def open_again(request: HttpRequest, device: KnownDevice, *, pin: str, also: tuple[str, ...], at: datetime) -> None:
    """Signs the device's owner in again, for the part that the device opens and what `also` names.

    Raises WrongPin when the PIN is not right.
    """
    check_pin(device.person, pin=pin, at=at)
    if request.user != device.person:
        login(request, device.person, backend=BACKEND)
        open_only(request.session, (device.opens, *also))


def or_known_device(view: View) -> View:
    """Lets a known device whose sign-in ran out send to a view, as its owner; reading needs the sign-in."""

    @wraps(view)
    def admitted(request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST" and getattr(request, "viewer", None) is None:
            device = device_of(request, at=now())
            if device is not None:
                request.now = assume(device.person)
                request.viewer = Viewer.at(device.person, request.now)
        return view(request, *args, **kwargs)

    return admitted  # type: ignore[return-value]


def forget_devices(person: Person, *, at: datetime) -> None:
    """Ends every device of a person: after a sign-out nothing but a whole sign-in opens it again."""
    with contribution(by=person, reason="Signed out"):
        KnownDevice.objects.filter(person=person, ended_at__isnull=True).update(ended_at=at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
