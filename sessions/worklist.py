"""This room's lines of the worklist: sessions that run, and those that come."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from core.permissions import Permission, Viewer
from core.worklist import NOW, Ask, WorklistItem
from sessions.access import sessions_for
from sessions.models import UNDER_EFFECT, SessionState

LABELS = {
    SessionState.PREPARING: "Preparing",
    SessionState.DOSED: "Under way",
    SessionState.ENDING: "Ended early",
}


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes lines of the open sessions of the viewer's sites; nothing stands above them."""
    if not viewer.may(Permission.SESSION_RECORD):
        return []
    running = sessions_for(viewer, Permission.SESSION_RECORD).filter(state__in=[SessionState.PREPARING, *UNDER_EFFECT])
    reads = {"code": "participant__screening_number", "session": "public_id", "number": "number", "state": "state",
             "visit": "visit__name"}  # fmt: skip
    return [Ask(running.order_by("opened_at"), reads, lambda rows: [_running(row) for row in rows])]


def _running(row: Any) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="started",
        state_label=LABELS[row.state],
        subject=row.code,
        task=row.visit,
        detail=f"session {row.number}",
        url=reverse("sessions:session-detail", args=[row.session]),
        action_label="Open",
        weight=90,
    )
