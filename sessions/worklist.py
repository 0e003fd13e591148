"""This room's lines of the worklist: sessions that run, and those that come."""

from datetime import datetime, timedelta
from typing import Any

from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.worklist import NOW, WEEK, Ask, WorklistItem
from sessions.access import sessions_for
from sessions.calendar import to_cover
from sessions.models import UNDER_EFFECT, SessionState

SOON = timedelta(days=2)
LABELS = {
    SessionState.PREPARING: "Preparing",
    SessionState.DOSED: "Under way",
    SessionState.ENDING: "Ended early",
}


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes lines of the viewer's open sessions, and of the bookings of people who will be away."""
    asks = [_ask_for_cover(viewer, at=at)] if viewer.may(Permission.VISIT_MANAGE) else []
    if not viewer.may(Permission.SESSION_RECORD):
        return asks
    running = sessions_for(viewer, Permission.SESSION_RECORD).filter(state__in=[SessionState.PREPARING, *UNDER_EFFECT])
    reads = {"code": "participant__screening_number", "session": "public_id", "number": "number", "state": "state",
             "visit": "visit__name"}  # fmt: skip
    return [*asks, Ask(running.order_by("opened_at", "id"), reads, lambda rows: [_running(row) for row in rows])]


def _ask_for_cover(viewer: Viewer, *, at: datetime) -> Ask:
    """Asks for the bookings of people who will be away."""
    reads = {"code": "visit__participant__screening_number", "visit": "visit__name", "starts_at": "starts_at",
             "who": "person__display_name"}  # fmt: skip
    return Ask(to_cover(viewer, at=at), reads, lambda rows: [_uncovered(row, at=at) for row in rows])


def _uncovered(row: Any, *, at: datetime) -> WorklistItem:
    return WorklistItem(
        band=NOW if row.starts_at - at < SOON else WEEK,
        state="closing",
        state_label="Away",
        subject=row.code,
        task=f"Cover for {row.who}",
        detail=row.visit,
        url=address_of("sessions:cover-list"),
        action_label="Cover",
        due_at=row.starts_at,
        weight=60,
    )


def _running(row: Any) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="started",
        state_label=LABELS[row.state],
        subject=row.code,
        task=row.visit,
        detail=f"session {row.number}",
        url=address_of("sessions:session-detail", row.session),
        action_label="Open",
        weight=90,
    )
