"""Mentions: found by the sweep of notes and calls, each decided once by a person, as an event or with the reason.

The sweep reads a text once in each version. A sentence that was asked about is not asked about again.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from integration import queries as integration_queries
from integration.queries import WrittenText
from patients.models import Participant
from protocol.definition import Sweep
from protocol.sweep import STRONGEST, changes_told, mentions_in
from protocol.sweep import Mention as Found
from safety.models import AdverseEvent, Mention, SweptText
from sessions import queries as session_queries
from trials.queries import current_trial, definition_of, latest_version

Row = TypeVar("Row", bound=Model)
SESSION_NOTE, NOTE, CONTACT, ANSWER = "session_note", "note", "contact", "answer"
WAITING, EVENT, NONE = "waiting", "event", "none"


@dataclass(frozen=True)
class _Reading:
    kind: str
    text: WrittenText


def sweep_texts(*, by: Person, at: datetime, most: int) -> int:
    """Reads the notes and calls that were not read yet in this version, and returns how many it read."""
    sweep = definition_of(latest_version(current_trial())).sweep
    with contribution(by=by, reason="Sweep of notes and calls"):
        readings = list(_unread(sweep, at=at, most=most))
        for reading in readings:
            _read(sweep, reading, by=by)
    return len(readings)


def ask_whether_event(
    participant: Participant, *, key: str, sentence: str, rule: str, told_at: datetime, by: Person
) -> Mention:
    """Asks whether an answer to a questionnaire tells an event; the same one, named by its key, is asked about once."""
    known = Mention.objects.filter(key=key).first()
    if known is not None:
        return known
    with contribution(by=by, reason="An answer may tell an event"):
        return Mention.objects.create(
            participant=participant,
            site_id=participant.site_id,
            kind=ANSWER,
            text_id=key[:40],
            key=key,
            sentence=sentence,
            rules=[rule],
            strength=STRONGEST,
            told_at=told_at,
            recorded_by=by,
        )


def report_mention(mention: Mention, *, event: AdverseEvent, by: Person, at: datetime) -> Mention:
    """Decides that a mention tells an event that is on record.

    Raises Refused for an event of somebody else, and Conflict when it was decided before.
    """
    if event.participant_id != mention.participant_id:
        raise Refused("Choose an event of the same participant.", field="event")
    return _decide(mention, by=by, at=at, state=EVENT, event=event, reason=f"Reported as {event}")


def dismiss_mention(mention: Mention, *, reason: str, by: Person, at: datetime) -> Mention:
    """Decides that a mention tells no event, and why.

    Raises Refused without a reason, and Conflict when it was decided before.
    """
    if not reason.strip():
        raise Refused("Say why it is no event.", field="reason")
    return _decide(mention, by=by, at=at, state=NONE, event=None, reason=reason)


def _decide(
    mention: Mention, *, by: Person, at: datetime, state: str, event: AdverseEvent | None, reason: str
) -> Mention:
    with contribution(by=by, reason=reason):
        locked = Mention.objects.select_for_update(of=("self",)).get(pk=mention.pk)
        if locked.state != WAITING:
            raise Conflict("Somebody else decided this one first.")
        locked.state, locked.event, locked.decided_at, locked.decided_by = state, event, at, by
        locked.decision_reason = reason.strip()[:300]
        locked.save(update_fields=["state", "event", "decided_at", "decided_by", "decision_reason"])
    return locked


def _unread(sweep: Sweep, *, at: datetime, most: int) -> Iterator[_Reading]:
    settled = at - timedelta(hours=sweep.note_settles_hours)
    notes = _without_swept(integration_queries.written_notes(settled_before=settled), NOTE, version="version")
    yield from (_Reading(NOTE, integration_queries.text_of_note(note)) for note in notes[:most])
    contacts = _without_swept(integration_queries.reached_contacts(), CONTACT)
    yield from (_Reading(CONTACT, integration_queries.text_of_contact(contact)) for contact in contacts[:most])
    for note in _without_swept(session_queries.standing_notes(), SESSION_NOTE)[:most]:
        text = WrittenText(
            note.public_id, 1, note.session.participant_id, note.site_id, note.observed_at, asked="", free=note.text
        )
        yield _Reading(SESSION_NOTE, text)


def _without_swept(texts: "QuerySet[Row]", kind: str, *, version: str = "") -> "QuerySet[Row]":
    swept = SweptText.objects.filter(kind=kind, text_id=OuterRef("public_id"))
    if version:
        swept = swept.filter(version=OuterRef(version))
    return texts.filter(~Exists(swept))


def _read(sweep: Sweep, reading: _Reading, *, by: Person) -> None:
    text = reading.text
    found = {mention.sentence: mention for mention in _found(sweep, text)}
    keys = {_key(reading, sentence): mention for sentence, mention in found.items()}
    known = set(Mention.objects.filter(key__in=keys).values_list("key", flat=True))
    for key, mention in keys.items():
        if key not in known:
            Mention.objects.create(
                participant_id=text.participant_id,
                site_id=text.site_id,
                kind=reading.kind,
                text_id=text.public_id,
                key=key,
                sentence=mention.sentence,
                words=[word[:60] for word in mention.words],
                rules=list(mention.rules),
                strength=mention.strength,
                told_at=text.told_at,
                recorded_by=by,
            )
    SweptText.objects.create(
        site_id=text.site_id, kind=reading.kind, text_id=text.public_id, version=text.version, mentions=len(found),
        recorded_by=by,
    )  # fmt: skip


def _found(sweep: Sweep, text: WrittenText) -> Iterable[Found]:
    yield from changes_told(sweep, text.asked)
    yield from mentions_in(sweep, text.free)


def _key(reading: _Reading, sentence: str) -> str:
    digest = hashlib.sha256(sentence.casefold().encode()).hexdigest()[:32]
    return f"{reading.kind}:{reading.text.public_id}:{digest}"
