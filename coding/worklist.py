"""What coding asks: verbatims that wait for a coder, and of a site what its words mean."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from coding.access import codings_for
from core.permissions import Permission, Viewer
from core.worklist import WEEK, Ask, WorklistItem

MOST = 20


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes the lines of a viewer's worklist that are about coding."""
    asks = []
    if viewer.may(Permission.ADVERSE_EVENT_REPORT):
        asked = codings_for(viewer, Permission.ADVERSE_EVENT_REPORT).filter(state="query", kind="event")
        reads = {"code": "participant__screening_number", "event": "source_id", "question": "question"}
        asks.append(Ask(asked.order_by("id"), reads, lambda rows: [_asked(row) for row in rows], most=MOST))
    return asks


def _asked(row: Any) -> WorklistItem:
    return WorklistItem(
        band=WEEK,
        state="query",
        state_label="Asked",
        subject=row.code,
        task="Say it in other words",
        detail=row.question,
        url=reverse("safety:adverse-event-revise", args=[row.event]),
        action_label="Revise",
    )
