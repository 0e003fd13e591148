"""The home worklist: every room offers its lines, sorted by consequence and time left."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.utils.module_loading import import_string

from core.permissions import Viewer
from core.worklist import NOW, WAITING, WEEK, WorklistItem

# Each room's own reading of what must be done next.
PROVIDERS: tuple[str, ...] = (
    "trials.worklist.worklist_items",
    "patients.worklist.worklist_items",
    "assessments.queries.worklist_items",
    "pharmacy.queries.worklist_items",
    "integration.queries.worklist_items",
    "sessions.worklist.worklist_items",
    "safety.worklist.worklist_items",
    "reminders.queries.worklist_items",
)
FAR_AWAY = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Band:
    """One band of the list."""

    title: str
    note: str
    items: tuple[WorklistItem, ...]


def bands_for(viewer: Viewer, *, at: datetime) -> tuple[Band, ...]:
    """Returns the viewer's lines in three bands, the heaviest and nearest first."""
    items = [_owned(item, viewer) for path in PROVIDERS for item in _provider(path)(viewer, at)]
    return (
        Band("Now", "what happens next depends on it", _sorted(items, NOW)),
        Band("This week", "until the windows close", _sorted(items, WEEK)),
        Band("Waiting on others", "ask again or wait", _sorted(items, WAITING)),
    )


def _owned(item: WorklistItem, viewer: Viewer) -> WorklistItem:
    """Returns a line with its owner: what a room offers without naming anybody is the viewer's own."""
    if item.owner or item.band == WAITING:
        return item
    return replace(item, owner=viewer.person.display_name)


def _provider(path: str) -> Callable[[Viewer, datetime], list[WorklistItem]]:
    provider: Callable[[Viewer, datetime], list[WorklistItem]] = import_string(path)
    return provider


def _sorted(items: list[WorklistItem], band: str) -> tuple[WorklistItem, ...]:
    chosen = [item for item in items if item.band == band]
    return tuple(sorted(chosen, key=lambda item: (-item.weight, item.due_at or FAR_AWAY, item.subject, item.task)))
