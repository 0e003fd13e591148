"""The whole record's changes for one participant, over every room that the viewer may read."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.module_loading import import_string

from core.audit import RecordEntry, RecordPart, history_of_record
from core.permissions import Viewer
from patients.models import Participant

# Each room's own part. The pharmacy and the raters' room have none: what they know stays with them.
PARTS: tuple[str, ...] = (
    "patients.history.record_parts",
    "sessions.history.record_parts",
    "integration.history.record_parts",
    "safety.history.record_parts",
    "reminders.history.record_parts",
)
PAGE_SIZE = 50


@dataclass(frozen=True)
class HistoryPage:
    """One page of the history, newest first; `older` is where the next one begins."""

    entries: tuple[RecordEntry, ...]
    total: int
    older: int | None
    labels: tuple[str, ...]


def history_page(viewer: Viewer, participant: Participant, *, only: str, up_to: int | None) -> HistoryPage:
    """Returns a page of what changed, in all tables that the viewer may read, or in one of them."""
    readable = [part for path in PARTS for part in _parts(path)(participant) if _may_read(viewer, part, participant)]
    labels = tuple(part.label for part in readable)
    chosen = [part for part in readable if part.label == only] if only in labels else readable
    entries, total = history_of_record(chosen, up_to=up_to, most=PAGE_SIZE, zone=participant.site.zone)
    older = entries[-1].place - 1 if entries and entries[-1].place > 1 else None
    return HistoryPage(tuple(entries), total, older, labels)


def _may_read(viewer: Viewer, part: RecordPart, participant: Participant) -> bool:
    return viewer.may(part.permission, site_id=participant.site_id)


def _parts(path: str) -> Callable[[Participant], list[RecordPart]]:
    parts: Callable[[Participant], list[RecordPart]] = import_string(path)
    return parts
