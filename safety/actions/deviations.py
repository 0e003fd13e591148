"""Deviations: proposed by a rule or recorded by hand, decided by a person with a reason."""

from datetime import datetime
from uuid import uuid4

from django.db import IntegrityError, transaction

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person
from patients.models import Participant, Visit
from safety.actions.quality import start_ethics_clock
from safety.events import DeviationProposed
from safety.models import Deviation


def propose_deviation(
    participant: Participant,
    *,
    key: str,
    category: str,
    description: str,
    importance: str,
    occurred_at: datetime,
    by: Person,
    visit: Visit | None = None,
) -> Deviation:
    """Proposes a deviation once per cause, for a person to accept or refuse."""
    known = Deviation.objects.filter(key=key).first()
    if known is not None:
        return known
    try:
        with transaction.atomic(), contribution(by=by, reason=f"Deviation proposed: {category}"):
            deviation = Deviation.objects.create(
                participant=participant,
                site_id=participant.site_id,
                visit=visit,
                key=key,
                category=category,
                description=description,
                source="proposed",
                importance=importance,
                occurred_at=occurred_at,
                recorded_by=by,
            )
            publish(DeviationProposed(deviation.pk))
    except IntegrityError:
        return Deviation.objects.get(key=key)
    return deviation


def record_deviation(
    participant: Participant,
    *,
    category: str,
    description: str,
    importance: str,
    occurred_at: datetime,
    by: Person,
    at: datetime,
    visit: Visit | None = None,
    submission_id: object = None,
) -> Deviation:
    """Records a deviation by hand; it still waits for the investigator's decision."""
    if not category.strip() or not description.strip():
        raise Refused(
            "Say what departed from the protocol.", field="category" if not category.strip() else "description"
        )
    if occurred_at > at:
        raise Refused("It cannot have happened in the future.", field="occurred_at")
    key = f"recorded:{submission_id or uuid4()}"
    known = Deviation.objects.filter(key=key).first()
    if known is not None:
        return known
    with contribution(by=by, reason=f"Deviation recorded: {category}"):
        return Deviation.objects.create(
            participant=participant,
            site_id=participant.site_id,
            visit=visit,
            key=key,
            category=category,
            description=description,
            source="recorded",
            importance=importance,
            occurred_at=occurred_at,
            recorded_by=by,
        )


def accept_deviation(deviation: Deviation, *, importance: str, reason: str, by: Person, at: datetime) -> Deviation:
    """Decides that a candidate is a deviation, how important, and why."""
    return _decide(deviation, state="accepted", importance=importance, reason=reason, by=by, at=at)


def refuse_deviation(deviation: Deviation, *, reason: str, by: Person, at: datetime) -> Deviation:
    """Decides that a candidate is no deviation, and why."""
    return _decide(deviation, state="refused", importance=deviation.importance, reason=reason, by=by, at=at)


def _decide(deviation: Deviation, *, state: str, importance: str, reason: str, by: Person, at: datetime) -> Deviation:
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    if importance not in dict(Deviation.IMPORTANCE):
        raise Refused("Choose minor or important.", field="importance")
    with contribution(by=by, reason=reason):
        locked = Deviation.objects.select_for_update(of=("self",)).get(pk=deviation.pk)
        if locked.state != "candidate":
            raise Conflict("Somebody else decided this deviation first.")
        locked.state, locked.importance = state, importance
        locked.decided_at, locked.decided_by, locked.decision_reason = at, by, reason[:300]
        locked.save(update_fields=["state", "importance", "decided_at", "decided_by", "decision_reason"])
        if state == "accepted" and importance == "important":
            start_ethics_clock(deviation, by=by, at=at)
    return locked
