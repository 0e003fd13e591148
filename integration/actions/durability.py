"""Attempts to reach somebody about a visit, the steps by which one is found, and what else happened to the outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person
from integration import durability
from integration.events import ContactRecorded
from integration.models import FollowUpContact, IntercurrentEvent
from integration.queries import PHONE, UPCOMING
from patients.queries import definition_for

if TYPE_CHECKING:
    from patients.models import Participant, Visit


@dataclass(frozen=True)
class Happened:
    """What happened in between: its kind by the protocol's code, what it was, and when, as far as that is known.

    `began_on` and `ended_on` are partial dates (ISO 8601); `ended_on` is empty while it goes on or is not known.
    """

    kind: str
    what: str
    began_on: str
    ended_on: str = ""
    source: str = "participant"


def record_attempt(
    visit: "Visit",
    *,
    channel: str,
    reached: bool,
    submission_id: UUID,
    by: Person,
    at: datetime,
    step: str = "",
    agreed: str = "",
    not_reached_reason: str = "",
) -> FollowUpContact:
    """Records one attempt to reach the participant about a visit that is due, or one step of tracing.

    Raises Refused for a visit that is over, for a step that is not the proposed one, and where nobody was reached and
    no words say how it was tried. The same submission again answers the row that is there.
    """
    known = FollowUpContact.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if visit.kind == PHONE or visit.state not in UPCOMING:
        raise Refused("This visit does not wait for anybody any more.")
    if not reached and not not_reached_reason.strip():
        raise Refused("Say how you tried, and why it did not work.", field="not_reached_reason")
    if reached and not agreed.strip():
        raise Refused("Say what was agreed.", field="agreed")
    if step:
        _check_step(visit, step, at=at)
    with contribution(by=by, reason="Attempt to reach the participant recorded"):
        contact = FollowUpContact.objects.create(
            site_id=visit.site_id,
            participant=visit.participant,
            visit=visit,
            occasion="visit",
            channel=channel,
            step=step,
            attempted_at=at,
            reached=reached,
            agreed=agreed.strip() if reached else "",
            not_reached_reason="" if reached else not_reached_reason.strip(),
            submission_id=submission_id,
            recorded_by=by,
        )
        publish(ContactRecorded(contact.pk))
    return contact


def record_intercurrent(
    participant: "Participant", *, happened: Happened, submission_id: UUID, by: Person, at: datetime
) -> IntercurrentEvent:
    """Records what may change how an outcome is read, such as the study drug or other therapy after the study.

    Raises Refused for a kind that the protocol does not name, and for an end before the beginning. The same submission
    again answers the row that is there.
    """
    known = IntercurrentEvent.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    _check_happened(participant, happened)
    with contribution(by=by, reason="Intercurrent event recorded"):
        return _write(participant, happened, submission_id=submission_id, by=by)


def correct_intercurrent(
    event: IntercurrentEvent,
    *,
    happened: Happened | None,
    reason: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> IntercurrentEvent:
    """Writes a new row beside the one that was wrong, or, with nothing in its place, takes it back; for a reason.

    Raises Conflict when somebody corrected it meanwhile.
    """
    if not reason.strip():
        raise Refused("Say why, in a few words.", field="reason")
    if happened is not None:
        _check_happened(event.participant, happened)
    if IntercurrentEvent.objects.filter(replaces=event).exists():
        raise Conflict("Somebody corrected this meanwhile. Look at the list again.")
    kept = happened or Happened(event.kind, event.what, event.began_on, event.ended_on, event.source)
    with contribution(by=by, reason=reason):
        return _write(
            event.participant, kept, submission_id=submission_id, by=by, replaces=event, reason=reason.strip(),
            withdrawn=happened is None,
        )  # fmt: skip


def _write(
    participant: "Participant",
    happened: Happened,
    *,
    submission_id: UUID,
    by: Person,
    replaces: IntercurrentEvent | None = None,
    reason: str = "",
    withdrawn: bool = False,
) -> IntercurrentEvent:
    return IntercurrentEvent.objects.create(
        site_id=participant.site_id,
        participant=participant,
        kind=happened.kind,
        what=happened.what.strip(),
        began_on=happened.began_on,
        ended_on=happened.ended_on,
        source=happened.source,
        replaces=replaces,
        reason=reason,
        withdrawn=withdrawn,
        submission_id=submission_id,
        recorded_by=by,
    )


def _check_step(visit: "Visit", step: str, *, at: datetime) -> None:
    proposed = durability.next_step(visit)
    if proposed is None or proposed.step.code != step:
        raise Refused("This step is not the next one. Look at what is proposed now.", field="step")
    if at < proposed.due_at:
        raise Refused(f"This step is proposed from {proposed.due_at:%-d %b %Y} on.", field="step")


def _check_happened(participant: "Participant", happened: Happened) -> None:
    if definition_for(participant).durability.kind(happened.kind) is None:
        raise Refused("Choose one of the kinds that the protocol names.", field="kind")
    if not happened.what.strip():
        raise Refused("Say what it was.", field="what")
    if not happened.began_on:
        raise Refused("Say when it began; the year is enough.", field="began_on")
    shared = min(len(happened.began_on), len(happened.ended_on))
    if happened.ended_on and happened.ended_on[:shared] < happened.began_on[:shared]:
        raise Refused("It cannot end before it began.", field="ended_on")
