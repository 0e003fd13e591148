"""PINs: a short number of one's own, good for what is open already, and for a few tries.

A PIN never signs in by itself: it opens a device again on which its owner signed in whole, or stands for its owner on
the device of somebody who is signed in. The hash is bound to the installation's secret, because six digits alone would
not withstand whoever holds a copy of the database.
"""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.utils.crypto import salted_hmac

from core.contributions import contribution
from core.errors import Refused, WrongPassword
from core.models import Person, Pin, SignInAttempt

DIGITS = 6
TRIES = 5
TRIES_WITHIN = timedelta(minutes=15)
SIMPLE = frozenset({"012345", "123456", "234567", "345678", "456789", "987654", "876543", "765432", "654321", "543210"})


class WrongPin(Refused):
    """The PIN was wrong, is not set, or was tried too often."""


def has_pin(person: Person) -> bool:
    """Returns whether somebody has set a PIN."""
    return Pin.objects.filter(person=person).exists()


def set_pin(person: Person, *, pin: str, at: datetime) -> Pin:
    """Keeps the PIN that somebody chose.

    Raises Refused for one that is too short or too simple.
    """
    if not _looks_like_pin(pin):
        raise Refused(f"A PIN has {DIGITS} digits.", field="pin")
    if len(set(pin)) < 3 or pin in SIMPLE:
        raise Refused("This PIN is too easy to guess. Choose other digits.", field="pin")
    with contribution(by=person, reason="PIN chosen"):
        row, _ = Pin.objects.update_or_create(person=person, defaults={"digest": _digest(person, pin), "set_at": at})
    return row


def check_pin(person: Person, *, pin: str, at: datetime) -> None:
    """Raises WrongPin unless it is the person's, and writes down what was tried.

    Call it outside of a transaction that a refusal undoes: a try must not be forgotten.
    """
    failed = SignInAttempt.objects.filter(person=person, outcome="pin refused", recorded_at__gt=at - TRIES_WITHIN)
    if failed.count() >= TRIES:
        raise WrongPin("Too many wrong PINs. Use the password, or wait a quarter of an hour.", field="pin")
    kept = Pin.objects.filter(person=person).first()
    if kept is None:
        raise WrongPin(f"{person.display_name} has not set a PIN.", field="pin")
    if check_password(_bound(person, pin), kept.digest):
        return
    with contribution(by=Person.objects.system("sign-in"), reason="PIN tried"):
        SignInAttempt.objects.create(username=person.username, person=person, outcome="pin refused")
    raise WrongPin("The PIN is not right.", field="pin")


def check_pin_or_password(person: Person, *, entered: str, field: str, at: datetime) -> None:
    """Raises Refused unless what somebody entered on the device of another is the person's own PIN, or password.

    As with check_pin, call it outside of a transaction that a refusal undoes.
    """
    if not _looks_like_pin(entered):
        if not person.check_password(entered):
            raise WrongPassword(f"This is not the PIN or the password of {person.display_name}.", field=field)
        return
    try:
        check_pin(person, pin=entered, at=at)
    except WrongPin as refusal:
        raise WrongPin(refusal.message, field=field) from refusal


def _looks_like_pin(text: str) -> bool:
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def _digest(person: Person, pin: str) -> str:
    return make_password(_bound(person, pin))


def _bound(person: Person, pin: str) -> str:
    return salted_hmac(f"core.pins {person.pk}", pin, algorithm="sha256").hexdigest()
