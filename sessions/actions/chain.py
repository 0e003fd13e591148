"""Moves a dosing session with everything that hangs on it, at one confirmation: all of it or nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from patients import actions as patient_actions
from sessions.actions.planning import book_person, book_room, release_bookings_of
from sessions.chain import Chain, moved_span, propose_chain
from sessions.models import Booking

if TYPE_CHECKING:
    from patients.models import Visit


def move_chain(
    visit: "Visit",
    *,
    starts_at: datetime,
    slots: Mapping[str, datetime | None],
    reason: str,
    by: Person,
    at: datetime,
) -> Chain:
    """Gives a dosing session and the visits after it their new times, and holds rooms and people for them anew.

    `slots` has the slot of each visit by its code; without one it stays as it is. Raises Refused without a
    reason, and Conflict where a slot or what it needs was taken meanwhile: then nothing is moved.
    """
    if not reason.strip():
        raise Refused("Say why the session is moved.", field="reason")
    with contribution(by=by, reason=reason):
        chain = propose_chain(visit, starts_at=starts_at, chosen=slots)
        _check(chain, slots)
        for line in chain.lines:
            if line.chosen is not None:
                _let_go(line.visit, line.held, reason=reason, by=by, at=at)
        _let_go(visit, chain.held, reason=reason, by=by, at=at)
        _place(visit, chain.held, starts_at=starts_at, reason=reason, by=by, at=at)
        for line in chain.lines:
            if line.chosen is not None:
                _place(line.visit, line.held, starts_at=line.chosen, reason=reason, by=by, at=at)
    return chain


def _check(chain: Chain, slots: Mapping[str, datetime | None]) -> None:
    if chain.obstacles:
        raise Conflict(f"{chain.obstacles[0]} Choose another time.", field="starts_at")
    gone = [line.visit.name for line in chain.lines if slots.get(line.visit.code) not in (None, line.chosen)]
    if gone:
        raise Conflict(f"The slot of {gone[0]} is not free any more. Look at the slots again.", field="starts_at")


def _let_go(visit: "Visit", held: Sequence[Booking], *, reason: str, by: Person, at: datetime) -> None:
    if held:
        release_bookings_of(visit, reason=reason, by=by, at=at)


def _place(
    visit: "Visit", held: Sequence[Booking], *, starts_at: datetime, reason: str, by: Person, at: datetime
) -> None:
    """Moves one visit and holds for it what was held before, as far from its beginning as it was."""
    spans = [(row, moved_span(row, visit=visit, starts_at=starts_at)) for row in held]
    if visit.booked_at != starts_at:
        patient_actions.move_visit(visit, starts_at=starts_at, reason=reason, by=by, at=at)
    for row, (begins, ends) in spans:
        if row.room is not None:
            book_room(visit, room=row.room, starts_at=begins, ends_at=ends, by=by)
        elif row.person is not None:
            book_person(visit, person=row.person, duty=row.duty, starts_at=begins, ends_at=ends, by=by)
