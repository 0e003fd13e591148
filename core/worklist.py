"""One line of somebody's worklist; every room offers its own."""

from dataclasses import dataclass
from datetime import date, datetime

NOW, WEEK, WAITING = "now", "week", "waiting"


@dataclass(frozen=True)
class Window:
    """The window of a visit as it is drawn: earliest, target, latest, and the booked day."""

    earliest_on: date
    target_on: date
    latest_on: date
    booked_on: date | None = None


@dataclass(frozen=True)
class WorklistItem:
    """What must be done next, by whom, until when, and what happens otherwise.

    `state` is a status shape of the design (due, closing, overdue, started, signed, query); `weight` sorts by
    consequence, the heaviest first.
    """

    band: str
    state: str
    state_label: str
    subject: str
    task: str
    url: str
    action_label: str
    detail: str = ""
    due_at: datetime | None = None
    left: str = ""
    window: Window | None = None
    owner: str = ""
    weight: int = 0
