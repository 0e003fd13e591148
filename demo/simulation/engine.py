"""Plays courses in the order of time, until a moment."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import datetime

from core.contributions import recorded_at

Course = Iterator[datetime]


def play(courses: Sequence[Course], *, until: datetime) -> None:
    """Plays the courses to their end, or to `until`; steps of the same moment go in the order of the courses.

    A course yields the moment of its next step and is resumed with that moment as the time of recording.
    """
    waiting: list[tuple[datetime, int]] = []
    for index, course in enumerate(courses):
        _wait(waiting, index, course, until=until)
    while waiting:
        moment, index = heapq.heappop(waiting)
        with recorded_at(moment):
            _wait(waiting, index, courses[index], until=until)


def _wait(waiting: list[tuple[datetime, int]], index: int, course: Course, *, until: datetime) -> None:
    moment = next(course, None)
    if moment is not None and moment <= until:
        heapq.heappush(waiting, (moment, index))
