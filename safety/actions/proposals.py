"""Marks that the protocol's words propose for an event: taken or refused by a person, each as a revision."""

from datetime import datetime
from typing import Any

from core.errors import Refused
from core.models import Person
from protocol.proposals import ABUSE_RELATED
from safety.actions.adverse_events import latest_revision, revise_adverse_event
from safety.models import AdverseEvent, AdverseEventRevision


def take_proposal(event: AdverseEvent, *, mark: str, by: Person, at: datetime) -> AdverseEventRevision:
    """Gives the event the mark that was proposed; a group of special interest alerts as if it had been chosen.

    Raises Refused when the mark is not proposed any more.
    """
    _check_open(event, mark)
    changes: dict[str, Any] = {"abuse_related": True} if mark == ABUSE_RELATED else {"event_group": mark}
    return revise_adverse_event(event, changes=changes, reason=f"Taken as proposed: {_words(mark)}", by=by, at=at)


def refuse_proposal(event: AdverseEvent, *, mark: str, reason: str, by: Person, at: datetime) -> AdverseEventRevision:
    """Keeps that a proposed mark does not fit, and why; it is not proposed for this event again.

    Raises Refused without a reason, and when the mark is not proposed any more.
    """
    if not reason.strip():
        raise Refused("Say why it does not fit.", field="reason")
    _check_open(event, mark)
    refused = (*latest_revision(event).refused_proposals, mark)
    return revise_adverse_event(
        event, changes={"refused_proposals": refused}, reason=f"Not {_words(mark)}: {reason}"[:300], by=by, at=at
    )


def _check_open(event: AdverseEvent, mark: str) -> None:
    if mark not in latest_revision(event).proposals:
        raise Refused("This is not proposed any more. Look at the event as it stands now.")


def _words(mark: str) -> str:
    return mark.replace("_", " ")
