"""What the people around a participant believe of the arm, and how the blind is broken by accident."""

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from assessments import actions as rating
from assessments.instruments import certainty_choices, guess_choices, guess_procedures, participant_guess
from protocol.definition import Procedure

if TYPE_CHECKING:
    from demo.simulation.course import Course

# How often somebody learns what the blind should hide, among integration sessions.
SLIPS = 0.04


def guess_all(course: "Course", code: str, at: datetime) -> None:
    """The pair, the coordinator and the participant guess, by dice of their own and what the body showed."""
    for procedure in guess_procedures(course.definition, code):
        guessing = [course.coordinator] if procedure.role == "coordinator" else course.therapists
        for place, person in enumerate(guessing):
            dice = random.Random(f"{procedure.code} {course.plan.number} {code} {place} {course.kind}")
            with course.acting(person):
                rating.record_guess(
                    course.visit_named(code), procedure, **_guess(course, procedure, dice), by=person,
                    at=at + timedelta(hours=1),
                )  # fmt: skip
    asked = participant_guess(course.definition, code)
    if asked is not None:
        dice = random.Random(f"{asked.code} {course.plan.number} {code} {course.kind}")
        with course.acting(course.coordinator):
            rating.record_guess_on_tablet(
                course.visit_named(code), asked, **_guess(course, asked, dice), by=course.coordinator, at=at
            )


def maybe_slip(course: "Course", code: str, at: datetime) -> None:
    """Now and then somebody learns what the blind should hide, and tells it."""
    dice = random.Random(f"slip {course.plan.number} {code}")
    if dice.random() > SLIPS:
        return
    therapist = course.therapists[0]
    with course.acting(therapist):
        rating.report_incident(
            course.participant,
            whose="therapist",
            how="The participant told it without being asked",
            kind="allocation",
            text="",
            happened_at=at,
            submission_id=UUID(int=dice.getrandbits(128), version=4),
            by=therapist,
            at=at + timedelta(hours=1),
        )


def _guess(course: "Course", procedure: Procedure, dice: random.Random) -> dict[str, Any]:
    return {
        "guess": dice.choice([option for option, _ in guess_choices(course.definition, procedure)]),
        "certainty": dice.choice([each for each, _ in certainty_choices(course.definition, procedure)]),
        "basis": dice.choice(["How the day went", "What was told afterwards", "No clear sign"]),
        "submission_id": UUID(int=dice.getrandbits(128), version=4),
    }
