"""What this room does when something is announced."""

from assessments import actions
from assessments.models import Assessment
from core.contributions import current
from core.models import Person
from patients.events import VisitBooked, VisitCancelled, VisitMissed, VisitStarted
from patients.queries import visit_by_id


def prepare_for_visit(event: VisitBooked | VisitStarted) -> None:
    """Makes the visit's ratings and questionnaires ready, under the name of whoever booked or started it."""
    visit = visit_by_id(event.visit_id)
    at = visit.started_at or visit.booked_at
    assert at is not None
    actions.prepare_assessments(visit, by=_actor(), at=at)
    if visit.started_at is not None:
        actions.close_what_comes_too_late(visit, by=_actor())


def cancel_for_visit(event: VisitMissed | VisitCancelled) -> None:
    """Cancels the open assessments of a visit that did not or will not take place."""
    if Assessment.objects.filter(visit_id=event.visit_id).exists():
        actions.cancel_assessments(visit_by_id(event.visit_id), reason="The visit did not take place", by=_actor())


def _actor() -> Person:
    under_way = current()
    assert under_way is not None
    return Person.objects.get(pk=under_way.actor_id)
