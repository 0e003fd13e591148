"""What supervision and reviewers do: a new pair is signed off, recordings are rated, somebody goes on leave."""

from __future__ import annotations

import random
from datetime import datetime
from typing import TYPE_CHECKING

from core.clock import local_date
from core.contributions import reading_as, recorded_at
from core.models import Person
from demo.people import PASSWORD
from integration import actions, adherence
from sessions import actions as dosing
from sessions import privilege
from sessions.models import Booking, DosingSession

if TYPE_CHECKING:
    from demo.simulation.course import Course

# Some recordings still wait for a reviewer's time.
UNRATED = 0.25


def sign_off(course: Course, session: DosingSession, at: datetime) -> None:
    """Signs off the pair after its first participant, before it treats another."""
    with course.acting(course.investigator):
        for earlier in privilege.sessions_to_sign_off(session, course.therapists):
            dosing.sign_off_pair(
                earlier, findings="Gone through with both; attentive, calm, and in keeping with the manual.",
                password=PASSWORD, by=course.investigator, at=at,
            )  # fmt: skip


def rate_recording(course: Course, session: DosingSession, at: datetime) -> None:
    """Lets the reviewers rate the recording, where the session was drawn; now and then it waits."""
    with course.acting(course.coordinator):
        given = [review for review in session.reviews.select_related("reviewer") if review.reviewer is not None]
    rules = course.definition.adherence
    for review in given:
        dice = random.Random(f"review {course.plan.number} {session.number} {review.reviewer.username}")
        if dice.random() < UNRATED:
            continue
        with reading_as(review.reviewer):
            own = adherence.review_of(review.reviewer, review.public_id)
            assert own is not None
            actions.lock_review(
                own, answers={item.code: dice.choice([2, 3, 3, 4, 4]) for item in rules.items}, breaches=[],
                seen_at_codes="", note="", password=PASSWORD, by=review.reviewer, at=at,
            )  # fmt: skip


def go_on_leave(*, until: datetime) -> None:
    """Lets one therapist be away on the day of a session to come, so that somebody must cover or move it."""
    setup = Person.objects.system("setup")
    with recorded_at(until), reading_as(setup):
        coming = Booking.objects.filter(duty="therapist", released_at__isnull=True, starts_at__gt=until)
        booking = coming.select_related("person", "site").order_by("-starts_at", "id").first()
    if booking is None or booking.person is None:
        return
    day = local_date(booking.starts_at, zone=booking.site.zone)
    with recorded_at(until), reading_as(booking.person):
        dosing.record_absence(booking.person, starts_on=day, ends_on=day, by=booking.person, at=until)
