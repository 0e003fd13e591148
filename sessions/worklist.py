"""This room's lines of the worklist: sessions that run, and those that come."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.questions import Question
from core.worklist import NOW, WEEK, Ask, WorklistItem, asked
from sessions.access import sessions_for
from sessions.calendar import to_cover
from sessions.models import UNDER_EFFECT, SessionState

SOON = timedelta(days=2)
LABELS = {
    SessionState.PREPARING: "Preparing",
    SessionState.DOSED: "Under way",
    SessionState.ENDING: "Ended early",
}


# The bookings of people who will be away.
TO_COVER = Question(
    lambda who, at: to_cover(who, at=at),
    {"code": "visit__participant__screening_number", "visit": "visit__name", "starts_at": "starts_at",
     "who": "person__display_name"},
)  # fmt: skip
RUNNING = Question(
    lambda who, at: sessions_for(who, Permission.SESSION_RECORD)
    .filter(state__in=[SessionState.PREPARING, *UNDER_EFFECT])
    .order_by("opened_at", "id"),
    {"code": "participant__screening_number", "session": "public_id", "number": "number", "state": "state",
     "visit": "visit__name"},
)  # fmt: skip


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes lines of the viewer's open sessions, and of the bookings of people who will be away."""
    asks = []
    if viewer.may(Permission.VISIT_MANAGE):
        asks.append(asked(TO_COVER, viewer, at, lambda rows: [_uncovered(row, at=at) for row in rows]))
    if viewer.may(Permission.SESSION_RECORD):
        asks.append(asked(RUNNING, viewer, at, partial(map, _running)))
    return asks


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
