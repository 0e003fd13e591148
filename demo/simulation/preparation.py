"""What comes before a dosing day: the last preparatory session with both signatures, and the room and the people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.clock import local_date
from core.errors import Conflict
from demo.people import PASSWORD
from demo.simulation.reviewing import index_recording
from sessions import actions as dosing
from sessions import queries as dosing_queries

if TYPE_CHECKING:
    from demo.simulation.course import Course
    from patients.models import Visit

ALLERGIES = ("None", "None", "Penicillin", "Latex")
STOP_WORDS = ("Amber", "Harbour", "Pause")
SET_UP, WHOLE_DAY = timedelta(hours=1), timedelta(hours=11)


def prepare(course: Course, code: str, at: datetime) -> None:
    """Records the preparatory session of a visit; both therapists sign."""
    first, second = course.therapists
    with course.acting(first):
        record = dosing.write_preparation(
            course.visit_named(code),
            fields=dosing.PreparationFields(
                held_at=at,
                minutes=90,
                present=frozenset({first.pk, second.pk}),
                agenda=tuple(item.code for item in course.definition.conduct.agenda_at(code)),
                safety_plan="Knows her warning signs; calls her sister first, then the number of the study.",
                touch_reviewed=True,
                touch_limits="Hand and shoulder are welcome; nothing else.",
                stop_word=course.dice.choice(STOP_WORDS),
                recording_reviewed=True,
                expectancy=course.dice.randint(4, 9),
                taper="done",
                medicines="None",
                allergies=course.dice.choice(ALLERGIES),
                note="Feels ready; slept well.",
            ),
            seen_version=0,
            by=first,
            at=at,
        )
    for therapist in (first, second):
        with course.acting(therapist):
            dosing.sign_preparation(record, password=PASSWORD, by=therapist, at=at + timedelta(hours=2))
    index_recording(course, code, at + timedelta(hours=3))


def hold_day(course: Course, visit: Visit, starts_at: datetime) -> None:
    """Holds a free room and the people of a dosing day; who is busy elsewhere stays unbooked."""
    span = {"starts_at": starts_at - SET_UP, "ends_at": starts_at + WHOLE_DAY}
    for room in dosing_queries.rooms_of(visit.site_id):
        try:
            dosing.book_room(visit, room=room, by=course.coordinator, **span)
            break
        except Conflict:
            continue
    for person in course.therapists:
        try:
            dosing.book_person(visit, person=person, duty="therapist", by=course.coordinator, **span)
        except Conflict:
            continue
    try:
        _hold_night(course, visit, starts_at)
    except Conflict:
        return


def _hold_night(course: Course, visit: Visit, starts_at: datetime) -> None:
    """Holds the attendant of the night from the end of the session to the morning."""
    zone = visit.site.zone
    morning = course.definition.booking.morning_after(local_date(starts_at, zone=zone), zone=zone)
    ends_at = starts_at + WHOLE_DAY - SET_UP
    by = course.coordinator
    dosing.book_person(visit, person=by, duty="attendant", starts_at=ends_at, ends_at=morning, by=by)
