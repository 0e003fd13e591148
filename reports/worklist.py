"""What reports ask of the safety desk: what was rejected, what failed, and of what nobody knows whether it left."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from core.permissions import Permission, Viewer
from core.worklist import NOW, Ask, WorklistItem
from reports.models import Transmission

MOST = 20
TASKS = {
    "rejected": ("overdue", "Rejected", "Answer what was rejected"),
    "failed": ("overdue", "Failed", "Try the transmission again"),
    "doubt": ("query", "In doubt", "Find out whether the report arrived"),
}


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes the lines of a viewer's worklist that are about reports of cases."""
    if not viewer.may(Permission.SAFETY_OFFICE):
        return []
    found = Transmission.objects.filter(state__in=TASKS).order_by("id")
    reads = {
        "code": "report__event__participant__screening_number", "event": "report__event__public_id",
        "state": "state", "receiver": "receiver_name",
    }  # fmt: skip
    return [Ask(found, reads, lambda rows: [_line(row) for row in rows], most=MOST)]


def _line(row: Any) -> WorklistItem:
    state, label, task = TASKS[row.state]
    return WorklistItem(
        band=NOW,
        state=state,
        state_label=label,
        subject=row.code,
        task=task,
        detail=row.receiver,
        url=reverse("reports:case-detail", args=[row.event]),
        action_label="Open",
        weight=90,
    )
