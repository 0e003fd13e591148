"""What reports ask of the safety desk: what was rejected, what failed, and of what nobody knows whether it left.

Who holds the unblinded room is called when a case waits for its unblinded report; no arm stands in the line.
"""

from datetime import datetime
from typing import Any

from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.templatetags.vigil import duration
from core.worklist import NOW, Ask, Offered, WorklistItem
from pharmacy.regulators import WaitingCase
from reports import queries
from reports.models import Transmission
from safety.queries import CLOSING_SHARE, clock_label

MOST = 20
TASKS = {
    "rejected": ("overdue", "Rejected", "Answer what was rejected"),
    "failed": ("overdue", "Failed", "Try the transmission again"),
    "doubt": ("query", "In doubt", "Find out whether the report arrived"),
}


def worklist_items(viewer: Viewer, at: datetime) -> list[Offered]:
    """Returns what makes the lines of a viewer's worklist that are about reports of cases."""
    if viewer.may(Permission.REGULATOR_REPORT):
        return [_waiting(case, at) for case in queries.cases_that_wait()[:MOST]]
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
        url=address_of("reports:case-detail", row.event),
        action_label="Open",
        weight=90,
    )


def _waiting(case: WaitingCase, at: datetime) -> WorklistItem:
    state, label, left = "due", "No clock", ""
    if case.due_at is not None and case.starts_at is not None:
        left = duration(case.due_at - at)
        share = (at - case.starts_at) / (case.due_at - case.starts_at)
        state = "overdue" if case.due_at < at else "closing" if share >= CLOSING_SHARE else "due"
        label = f"Overdue {left}" if state == "overdue" else f"{left} left"
    return WorklistItem(
        band=NOW,
        state=state,
        state_label=label,
        subject="Case",
        task="Send the unblinded report" if case.is_made else "Unblind the case and report it",
        detail=f"{case.number}, {clock_label(case.clock) if case.clock else 'every clock is met'}",
        url=address_of("reports:regulator-list"),
        action_label="Open",
        due_at=case.due_at,
        left=left,
        weight=95,
    )
