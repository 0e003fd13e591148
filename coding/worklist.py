"""What coding asks: verbatims that wait for a coder, and of a site what its words mean."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from coding.access import codings_for
from coding.models import Coding
from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.questions import Question
from core.worklist import WEEK, Ask, WorklistItem, asked
from patients.queries import all_history, all_medicines

MOST = 20
EVENT = "aev_"
READS = {"code": "participant__screening_number", "source": "source_id", "question": "question"}


def _of_events(who: Any, at: Any) -> QuerySet[Coding]:
    found = codings_for(who, Permission.ADVERSE_EVENT_REPORT).filter(source_id__startswith=EVENT, state="query")
    return found.order_by("id")


def _of_screening(who: Any, at: Any) -> QuerySet[Coding]:
    # Of an entry that was replaced nobody is asked any more.
    conditions, medicines = (found.values("public_id") for found in (all_history(), all_medicines()))
    standing = Q(source_id__in=conditions) | Q(source_id__in=medicines)
    return codings_for(who, Permission.SCREENING_RECORD).filter(standing, state="query").order_by("id")


OF_EVENTS = Question(_of_events, READS, most=MOST)
OF_SCREENING = Question(_of_screening, READS, most=MOST)


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes the lines of a viewer's worklist that are about coding."""
    asks = []
    if viewer.may(Permission.ADVERSE_EVENT_REPORT):
        asks.append(asked(OF_EVENTS, viewer, at, partial(map, _asked)))
    if viewer.may(Permission.SCREENING_RECORD):
        asks.append(asked(OF_SCREENING, viewer, at, partial(map, _asked)))
    return asks


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
