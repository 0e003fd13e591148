"""The home worklist: every room offers its lines, sorted by consequence and time left."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nsmallest

from django.utils.module_loading import import_string

from core.permissions import Viewer
from core.worklist import BEGIN_WITH, NOW, WAITING, WEEK, Offered, WorklistItem, read_lines

# Each room's own reading of what must be done next.
PROVIDERS: tuple[str, ...] = (
    "trials.worklist.worklist_items",
    "patients.worklist.worklist_items",
    "assessments.queries.worklist_items",
    "pharmacy.queries.worklist_items",
    "integration.worklist.worklist_items",
    "sessions.worklist.worklist_items",
    "portal.queries.worklist_items",
    "safety.worklist.worklist_items",
    "coding.worklist.worklist_items",
    "reports.worklist.worklist_items",
    "reminders.queries.worklist_items",
)
BANDS = (
    (NOW, "Now", "what happens next depends on it"),
    (WEEK, "This week", "until the windows close"),
    (WAITING, "Waiting on others", "ask again or wait"),
)
FAR_AWAY = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Band:
    """One band of the list: the lines that are shown, and how many there are."""

    title: str
    note: str
    shown: tuple[WorklistItem, ...]
    number: int
    overdue: int

    @property
    def more(self) -> int:
        """Returns how many lines come after those shown."""
        return self.number - len(self.shown)


def bands_for(viewer: Viewer, *, at: datetime, most: int | None = BEGIN_WITH) -> tuple[Band, ...]:
    """Returns the viewer's lines in three bands, the heaviest and nearest first; a band shows `most` of them."""
    offered = [each for path in PROVIDERS for each in _provider(path)(viewer, at)]
    lines = read_lines(offered, begin_with=most)
    by_band: dict[str, list[WorklistItem]] = {NOW: [], WEEK: [], WAITING: []}
    for item in lines.read:
        by_band[item.band].append(item)
    return tuple(
        Band(
            title,
            note,
            tuple(_owned(item, viewer) for item in _first(by_band[name], most)),
            number=len(by_band[name]) + lines.counted.get(name, 0),
            overdue=sum(item.state == "overdue" for item in by_band[name]),
        )
        for name, title, note in BANDS
    )


def _owned(item: WorklistItem, viewer: Viewer) -> WorklistItem:
    """Returns a line with its owner: what a room offers without naming anybody is the viewer's own."""
    if item.owner or item.band == WAITING:
        return item
    return item._replace(owner=viewer.person.display_name)


def _first(items: list[WorklistItem], most: int | None) -> list[WorklistItem]:
    return nsmallest(len(items) if most is None else most, items, key=_consequence)


def _consequence(item: WorklistItem) -> tuple[int, datetime, str, str]:
    return -item.weight, item.due_at or FAR_AWAY, item.subject, item.task


def _provider(path: str) -> Callable[[Viewer, datetime], Iterable[Offered]]:
    provider: Callable[[Viewer, datetime], Iterable[Offered]] = import_string(path)
    return provider
