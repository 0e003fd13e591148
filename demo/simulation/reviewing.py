"""What supervision and reviewers do: a new pair is signed off, recordings are rated, somebody goes on leave."""

from __future__ import annotations

import random
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from core.clock import local_date
from core.contributions import reading_as, recorded_at
from core.models import Person
from demo.people import PASSWORD
from integration import actions, adherence, recordings
from sessions import actions as dosing
from sessions import privilege
from sessions.models import Booking, DosingSession

if TYPE_CHECKING:
    from demo.simulation.course import Course

# Some recordings still wait for a reviewer's time; some lack a piece.
UNRATED, WITH_GAP, APART = 0.25, 0.05, 0.15


def sign_off(course: Course, session: DosingSession, at: datetime) -> None:
    """Signs off the pair after its first participant, before it treats another."""
    with course.acting(course.investigator):
        for earlier in privilege.sessions_to_sign_off(session, course.therapists):
            dosing.sign_off_pair(
                earlier, findings="Gone through with both; attentive, calm, and in keeping with the manual.",
                password=PASSWORD, by=course.investigator, at=at,
            )  # fmt: skip


def index_recording(course: Course, code: str, at: datetime) -> None:
    """Indexes the recording of a session without a dose, and lets reviewers rate it where it is drawn."""
    first, dice = course.therapists[0], random.Random(f"recording {course.plan.number} {code}")
    with course.acting(first):
        visit = course.visit_named(code)
        if not recordings.may_be_recorded(visit):
            kept: dict[str, Any] = {
                "extent": "none",
                "reference": "",
                "reason": "No consent to recordings",
                "lines": [],
            }
        else:
            gap = dice.random() < WITH_GAP
            lines = [actions.Line("0:00:00", "started"), actions.Line(f"0:{dice.randint(20, 59)}:10", "mark")]
            kept = {"extent": "gap" if gap else "whole", "reference": f"R{dice.randint(10000, 99999)}",
                    "reason": "The card was full" if gap else "", "lines": lines}  # fmt: skip
        actions.index_recording(visit, **kept, seen_number=0, by=first, at=at)
    _rate(course, visit.reviews.select_related("reviewer"), code, at)


def rate_recording(course: Course, session: DosingSession, at: datetime) -> None:
    """Lets the reviewers rate the recording, where the session was drawn; now and then it waits."""
    _rate(course, session.reviews.select_related("reviewer"), str(session.number), at)


def _rate(course: Course, reviews: QuerySet[Any], name: str, at: datetime) -> None:
    with course.acting(course.coordinator):
        given = [review for review in reviews if review.reviewer is not None]
    for review in given:
        assert review.reviewer is not None
        dice = random.Random(f"review {course.plan.number} {name} {review.reviewer.username}")
        if dice.random() < UNRATED:
            continue
        with reading_as(review.reviewer):
            own = adherence.review_of(review.reviewer, review.public_id)
            assert own is not None
            seen = random.Random(f"seen {course.plan.number} {name}")
            # Few items of a short session: nobody loses a privilege by the lot of the demo.
            scale = [3, 3, 4] if own.visit_type else [2, 3, 3, 4, 4]
            answers = {item.code: seen.choice(scale) for item in adherence.rules_of(own).items}
            # Two who watched the same are a point apart now and then.
            answers = {code: 3 if dice.random() < APART else value for code, value in answers.items()}
            actions.lock_review(
                own, answers=answers, breaches=[], seen_at_codes="", note="", password=PASSWORD, by=review.reviewer,
                at=at,
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
