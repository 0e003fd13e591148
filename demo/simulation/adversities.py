"""What goes wrong: adverse events, the serious one that is laid down, and the hold that follows it."""

from datetime import datetime
from typing import TYPE_CHECKING

from protocol.proposals import ABUSE_RELATED
from safety import actions as safety
from safety.actions import EventDescription
from safety.models import AdverseEvent

if TYPE_CHECKING:
    from demo.simulation.course import Course


def maybe_event(course: "Course", at: datetime) -> None:
    if course.dice.random() > 0.6:
        return
    event = course.dice.choice(course.profile["events"])
    with course.acting(course.coordinator):
        reported = safety.report_adverse_event(
            course.participant,
            description=EventDescription(
                term=event["term"],
                started_on=course.day_of(at).isoformat(),
                severity=event["severity"],
                valence=event["valence"],
                ongoing=False,
                ended_on=course.day_of(at).isoformat(),
                outcome="recovered",
            ),
            site_aware_at=at,
            submission_id=course.key(),
            by=course.coordinator,
            at=at,
        )
        if course.plan.number % 2:
            _decide_marks(course, reported, at=at)


def hold(course: "Course", at: datetime) -> None:
    """Keeps further doses back until the event is assessed, as its investigator would."""
    with course.acting(course.investigator):
        safety.place_hold_by_hand(
            course.participant, reason="Held until the event of today is assessed", by=course.investigator, at=at
        )


def _decide_marks(course: "Course", event: AdverseEvent, *, at: datetime) -> None:
    """Takes the mark of a relation to abuse and refuses groups, as somebody would who has asked."""
    for mark in safety.latest_revision(event).proposals:
        if mark == ABUSE_RELATED:
            safety.take_proposal(event, mark=mark, by=course.coordinator, at=at)
        else:
            safety.refuse_proposal(
                event, mark=mark, reason="Asked: no wish for more of it", by=course.coordinator, at=at
            )


def serious_event(course: "Course", at: datetime) -> None:
    with course.acting(course.coordinator):
        safety.report_adverse_event(
            course.participant,
            description=EventDescription(
                term="Fainted at home, kept in hospital overnight",
                started_on=course.day_of(at).isoformat(),
                severity="severe",
                valence="unwelcome",
                seriousness=("hospitalisation",),
                action_taken="Observed on the ward",
                outcome="recovering",
            ),
            site_aware_at=at,
            submission_id=course.key(),
            by=course.coordinator,
            at=at,
        )
