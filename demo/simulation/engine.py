"""Plays courses in the order of time, until a moment."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from core.contributions import recorded_at

Course = Iterator[datetime]


def play(courses: Sequence[Course], *, until: datetime, after_each: Callable[[int], None] = lambda index: None) -> None:
    """Plays the courses to their end, or to `until`; steps of the same moment go in the order of the courses.

    A course yields the moment of its next step and is resumed with that moment as the time of recording.
    `after_each` is called with the index of every course that has come to its end or to `until`.
    """
    waiting: list[tuple[datetime, int]] = []
    for index, course in enumerate(courses):
        _wait(waiting, index, course, until=until, after_each=after_each)
    while waiting:
        moment, index = heapq.heappop(waiting)
        with recorded_at(moment):
            _wait(waiting, index, courses[index], until=until, after_each=after_each)


def _wait(
    waiting: list[tuple[datetime, int]],
    index: int,
    course: Course,
    *,
    until: datetime,
    after_each: Callable[[int], None],
) -> None:
    moment = next(course, None)
    if moment is None or moment > until:
        after_each(index)
        return
    heapq.heappush(waiting, (moment, index))
