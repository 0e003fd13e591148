"""Holds of dosing, of one participant and of the whole trial: placed once for each cause, lifted with the reason.

The database refuses every dose past one that is open, whatever wrote it. Lifting is refused there without the signed
review of whom the protocol names, which the room of safety keeps.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from patients.models import Participant
from sessions.models import DosingHold, TrialHold

if TYPE_CHECKING:
    from trials.models import Trial


def hold_dosing(participant: Participant, *, rule: str, reason: str, by: Person, at: datetime) -> DosingHold | None:
    """Puts dosing of a participant on hold; answers nothing where the same rule holds it already."""
    try:
        with transaction.atomic(), contribution(by=by, reason=reason):
            return DosingHold.objects.create(
                participant=participant,
                site_id=participant.site_id,
                rule=rule,
                reason=reason[:300],
                placed_at=at,
                recorded_by=by,
            )
    except IntegrityError:
        return None


def hold_trial(trial: "Trial", *, rule: str, reason: str, cause: str, by: Person, at: datetime) -> TrialHold | None:
    """Puts dosing on hold at every site; answers nothing where the same cause held it before."""
    try:
        with transaction.atomic(), contribution(by=by, reason=reason):
            return TrialHold.objects.create(
                trial=trial, rule=rule, reason=reason[:300], cause=cause, placed_at=at, recorded_by=by
            )
    except IntegrityError:
        return None


def lift_hold(hold: DosingHold | TrialHold, *, reason: str, by: Person, at: datetime) -> None:
    """Lifts a hold, with the reason.

    Raises Refused without one, and Conflict when somebody else lifted it first.
    """
    if not reason.strip():
        raise Refused("Say why the hold is lifted.", field="reason")
    with contribution(by=by, reason=reason):
        rows = type(hold)._default_manager.filter(pk=hold.pk, lifted_at__isnull=True)
        if not rows.update(lifted_at=at, lifted_by=by, lift_reason=reason[:300]):
            raise Conflict("Somebody else ended this hold first.")
        hold.refresh_from_db()
