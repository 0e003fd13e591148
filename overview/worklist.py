"""The home worklist: every room offers its lines, sorted by consequence and time left."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.utils.module_loading import import_string

from core.permissions import Viewer
from core.worklist import NOW, WAITING, WEEK, Offered, WorklistItem, lines_of

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
# Nobody does more of a band before looking again.
BEGIN_WITH = 40
FAR_AWAY = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Band:
    """One band of the list."""

    title: str
    note: str
    items: tuple[WorklistItem, ...]

    most: int | None = None

    @property
    def shown(self) -> tuple[WorklistItem, ...]:
        """Returns the lines with which a day begins, or all of them."""
        return self.items[: self.most]

    @property
    def more(self) -> int:
        """Returns how many lines come after those shown."""
        return len(self.items) - len(self.shown)


def bands_for(viewer: Viewer, *, at: datetime, most: int | None = BEGIN_WITH) -> tuple[Band, ...]:
    """Returns the viewer's lines in three bands, the heaviest and nearest first; a band shows `most` of them."""
    offered = [each for path in PROVIDERS for each in _provider(path)(viewer, at)]
    items = [_owned(item, viewer) for item in lines_of(offered)]
    return (
        Band("Now", "what happens next depends on it", _sorted(items, NOW), most),
        Band("This week", "until the windows close", _sorted(items, WEEK), most),
        Band("Waiting on others", "ask again or wait", _sorted(items, WAITING), most),
    )


def _owned(item: WorklistItem, viewer: Viewer) -> WorklistItem:
    """Returns a line with its owner: what a room offers without naming anybody is the viewer's own."""
    if item.owner or item.band == WAITING:
        return item
    return replace(item, owner=viewer.person.display_name)


def _provider(path: str) -> Callable[[Viewer, datetime], Iterable[Offered]]:
    provider: Callable[[Viewer, datetime], Iterable[Offered]] = import_string(path)
    return provider


def _sorted(items: list[WorklistItem], band: str) -> tuple[WorklistItem, ...]:
    chosen = [item for item in items if item.band == band]
    return tuple(sorted(chosen, key=lambda item: (-item.weight, item.due_at or FAR_AWAY, item.subject, item.task)))
