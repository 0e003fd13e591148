"""Day 0 corrected, and events nullified: both as revisions that say why, with every clock reckoned anew."""

from datetime import datetime

from core.errors import Refused
from core.models import Person
from safety.actions.adverse_events import latest_revision, moments_of, revise_adverse_event
from safety.models import AdverseEvent, AdverseEventRevision


def correct_day_zero(
    event: AdverseEvent, *, aware_at: datetime, reason: str, by: Person, at: datetime
) -> AdverseEventRevision:
    """Corrects when the site became aware; what was told before stays on record.

    Raises Refused in the future, after the sponsor's receipt, and where nothing would change.
    """
    moments = moments_of(event)
    if aware_at > at:
        raise Refused("The site cannot have become aware in the future.", field="aware_at")
    if moments.sponsor_received_at is not None and aware_at > moments.sponsor_received_at:
        raise Refused("The sponsor received the event before that.", field="aware_at")
    if aware_at == moments.site_aware_at:
        raise Refused("Day 0 is that moment already.", field="aware_at")
    return revise_adverse_event(event, changes={"aware_at": aware_at}, reason=reason, by=by, at=at)


def nullify_event(event: AdverseEvent, *, reason: str, by: Person, at: datetime) -> AdverseEventRevision:
    """Keeps that an event was reported by mistake: it stays on record, and its clocks and rules no longer count it.

    Raises Refused without a reason, and when it is nullified already.
    """
    if latest_revision(event).nullified:
        raise Refused("This event is nullified already.")
    return revise_adverse_event(event, changes={"nullified": True}, reason=reason, by=by, at=at)


def restore_event(event: AdverseEvent, *, reason: str, by: Person, at: datetime) -> AdverseEventRevision:
    """Takes a nullification back; clocks run again from their first start.

    Raises Refused without a reason, and when the event is not nullified.
    """
    if not latest_revision(event).nullified:
        raise Refused("This event counts already.")
    return revise_adverse_event(event, changes={"nullified": False}, reason=reason, by=by, at=at)
