"""This room's lines of the worklist: sessions that run, and those that come."""

from datetime import datetime

from django.urls import reverse

from core.permissions import Permission, Viewer
from core.worklist import NOW, WorklistItem
from sessions.access import sessions_for
from sessions.models import UNDER_EFFECT, SessionState

LABELS = {
    SessionState.PREPARING: "Preparing",
    SessionState.DOSED: "Under way",
    SessionState.ENDING: "Ended early",
}


def worklist_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    """Returns the open sessions of the viewer's sites; nothing stands above them."""
    if not viewer.may(Permission.SESSION_RECORD):
        return []
    running = sessions_for(viewer, Permission.SESSION_RECORD).filter(state__in=[SessionState.PREPARING, *UNDER_EFFECT])
    return [
        WorklistItem(
            band=NOW,
            state="started",
            state_label=LABELS[session.state],
            subject=session.participant.screening_number,
            task=session.visit.name,
            detail=f"session {session.number}",
            url=reverse("sessions:session-detail", args=[session.public_id]),
            action_label="Open",
            weight=90,
        )
        for session in running.order_by("opened_at")
    ]
