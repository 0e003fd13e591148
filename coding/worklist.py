"""What coding asks: verbatims that wait for a coder, and of a site what its words mean."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from coding.access import codings_for
from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.worklist import WEEK, Ask, WorklistItem
from patients.queries import all_history, all_medicines

MOST = 20
EVENT = "aev_"
READS = {"code": "participant__screening_number", "source": "source_id", "question": "question"}


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes the lines of a viewer's worklist that are about coding."""
    asks = []
    if viewer.may(Permission.ADVERSE_EVENT_REPORT):
        asks.append(_ask(viewer, Permission.ADVERSE_EVENT_REPORT, Q(source_id__startswith=EVENT)))
    if viewer.may(Permission.SCREENING_RECORD):
        # Of an entry that was replaced nobody is asked any more.
        conditions, medicines = (found.values("public_id") for found in (all_history(), all_medicines()))
        standing = Q(source_id__in=conditions) | Q(source_id__in=medicines)
        asks.append(_ask(viewer, Permission.SCREENING_RECORD, standing))
    return asks


def _ask(viewer: Viewer, permission: Permission, about: Q) -> Ask:
    asked = codings_for(viewer, permission).filter(about, state="query").order_by("id")
    return Ask(asked, READS, lambda rows: [_asked(row) for row in rows], most=MOST)


def _asked(row: Any) -> WorklistItem:
    page = "safety:adverse-event-revise" if row.source.startswith(EVENT) else "patients:entry-change"
    return WorklistItem(
        band=WEEK,
        state="query",
        state_label="Asked",
        subject=row.code,
        task="Say it in other words",
        detail=row.question,
        url=address_of(page, row.source),
        action_label="Revise",
    )
