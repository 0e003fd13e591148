"""One save is one contribution: a transaction with an actor and a reason, which the database writes to the audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from core.models import Person


@dataclass(frozen=True)
class Contribution:
    """Who acts, in which roles, and why; `now` is the simulated time of recording, for demo and test databases."""

    actor_id: int
    roles: str = ""
    reason: str = ""
    now: datetime | None = None


_current: ContextVar[Contribution | None] = ContextVar("contribution", default=None)


@contextmanager
def contribution(*, by: Person, reason: str = "", using: str = "default") -> Iterator[None]:
    """Opens a transaction in which every write is `by` a person and for a `reason`.

    Nested contributions join the outer transaction and give actor and reason back when they end.
    """
    outer = _current.get()
    same_actor = outer is not None and outer.actor_id == by.pk
    roles = outer.roles if outer is not None and same_actor else ""
    inner = Contribution(by.pk, roles=roles, reason=reason, now=outer.now if outer else None)
    with transaction.atomic(using=using):
        yield from _within(inner, outer=outer, using=using)


@contextmanager
def reading_as(person: Person, *, reason: str = "", using: str = "default") -> Iterator[datetime]:
    """Opens a transaction that sees what the person may see, and yields the database's time.

    A change in it needs a contribution with a reason of its own, unless one is given here.
    """
    outer = _current.get()
    inner = Contribution(person.pk, reason=reason, now=outer.now if outer else None)
    with transaction.atomic(using=using):
        token = _current.set(inner)
        try:
            yield _tell_database(inner, using=using)
        finally:
            _current.reset(token)
        if outer is not None and connections[using].in_atomic_block:
            _tell_database(outer, using=using)


def assume(person: Person) -> datetime:
    """Lets the transaction under way act as a person who was authenticated inside it; returns the database's time."""
    outer = _current.get()
    inner = Contribution(person.pk, now=outer.now if outer else None)
    _current.set(inner)
    return _tell_database(inner, using="default")


def forget(before: Contribution | None) -> None:
    """Ends what `assume` began, and gives back what was under way before it."""
    _current.set(before)


@contextmanager
def recorded_at(moment: datetime) -> Iterator[None]:
    """Simulates the database's time of recording; only a database marked by its owner obeys."""
    outer = _current.get() or Contribution(0)
    token = _current.set(Contribution(outer.actor_id, roles=outer.roles, reason=outer.reason, now=moment))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Contribution | None:
    """Returns the contribution under way, if any."""
    return _current.get()


def _within(inner: Contribution, *, outer: Contribution | None, using: str) -> Iterator[None]:
    token = _current.set(inner)
    # Another connection has not heard what this one was told.
    if inner != outer or using != DEFAULT_DB_ALIAS:
        _tell_database(inner, using=using)
    try:
        yield
    finally:
        _current.reset(token)
    # A rolled-back savepoint gives the outer settings back by itself; a completed one does not.
    if outer is not None and inner != outer and connections[using].in_atomic_block:
        _tell_database(outer, using=using)


def _tell_database(contribution: Contribution, *, using: str) -> datetime:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.actor', %s, true), set_config('app.role', %s, true),"
            " set_config('app.reason', %s, true), set_config('app.now', %s, true), clock.now()",
            [
                str(contribution.actor_id or ""),
                contribution.roles,
                contribution.reason,
                contribution.now.isoformat() if contribution.now else "",
            ],
        )
        moment: datetime = cursor.fetchone()[-1]
    return moment
