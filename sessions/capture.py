"""What a device sends: an entry of any kind, or the correction of one, told from every other by its own id; taken once.

A device keeps an entry until it hears that it was taken, and sends it again when it does not hear. So the same id with
the same content is answered alike however often it comes, and the same id with another content is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core.errors import Refused
from core.form_rendering import in_words
from core.models import Person
from core.prepared import prepared
from sessions import actions, queries
from sessions.forms import EntryForm, WithdrawForm, correction_of
from sessions.kinds import KINDS, EntryKind
from sessions.models import Capture, DosingSession, SessionEntry

# Two clocks that were set to each other over a network still differ by a moment.
TOLERANCE = timedelta(seconds=60)
LARGEST_OFFSET_MS = 2**31 - 1


class Unreadable(Exception):
    """What was sent has not the shape of an entry: a fault of the program, not of a person."""


class OtherContent(Refused):
    """Another entry was taken under this id."""


class Invalid(Refused):
    """The form of the kind refuses what was typed; `errors` are pairs of field and sentence."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(errors[0][1], field=errors[0][0])
        self.errors = errors


@dataclass(frozen=True)
class Sent:
    """What a device sent, read but not judged."""

    submission_id: UUID
    kind: EntryKind
    captured_at: datetime
    observed_at: datetime | None
    values: Mapping[str, Any]
    amends: UUID | None
    withdrawn: bool
    clock_offset_ms: int
    sent_offset_ms: int
    while_locked: bool
    digest: str


def read(body: bytes, *, sent_offset_ms: str = "") -> Sent:
    """Returns what a body says; `sent_offset_ms` is how the device's clock stood when it was sent.

    Raises Unreadable for anything that no page of ours sends.
    """
    try:
        told = json.loads(body)
        return Sent(
            submission_id=UUID(told["submission_id"]),
            kind=KINDS[told["kind"]],
            captured_at=_moment(told["captured_at"]),
            observed_at=_moment(told["observed_at"]) if told.get("observed_at") else None,
            values={str(name): _well_formed(value) for name, value in told["values"].items()},
            amends=UUID(told["amends"]) if told.get("amends") else None,
            withdrawn=told.get("withdrawn") is True,
            clock_offset_ms=_offset(told["clock_offset_ms"]),
            sent_offset_ms=_offset(sent_offset_ms or told["clock_offset_ms"]),
            while_locked=told.get("while_locked") is True,
            digest=hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(str(error)) from error


def take(session: DosingSession, sent: Sent, *, by: Person, at: datetime) -> tuple[SessionEntry, bool]:
    """Returns the entry that was made of what a device sent, and whether it was made now.

    Raises Refused when the kind's form or action refuses it, and OtherContent when the id was used for another.
    """
    known = _known(session, sent)
    if known is None and queries.submitted(session, sent.kind.model, sent.submission_id) is not None:
        # Made since the question before, by the same thing on its way twice; or by another form altogether.
        known = _known(session, sent)
        if known is None:
            raise OtherContent("Another entry was recorded under this id. Record this one again.")
    if known is not None:
        return known, False
    try:
        with transaction.atomic():
            entry = _record(session, sent, by=by, at=at)
            _keep(session, sent, entry, by=by)
            return entry, True
    except IntegrityError:
        # The same entry came twice at once: the first one was taken.
        twin = _known(session, sent)
        if twin is None:
            raise
        return twin, False


@prepared
def _captures(submission_id: Any) -> QuerySet[Capture]:
    return Capture.objects.filter(submission_id=submission_id)


def _known(session: DosingSession, sent: Sent) -> SessionEntry | None:
    taken = _captures(submission_id=sent.submission_id)
    if not taken:
        return None
    [capture] = taken
    if capture.digest != sent.digest or capture.session_id != session.pk:
        raise OtherContent("Another entry was recorded under this id. Record this one again.")
    return queries.entry_of(session, sent.kind.model, capture.entry)


def _record(session: DosingSession, sent: Sent, *, by: Person, at: datetime) -> SessionEntry:
    # Nothing can be captured after it was received: what the clocks differ by is kept beside it.
    stamp = {
        "captured_at": min(sent.captured_at, at), "submission_id": sent.submission_id, "by": by, "at": at,
    }  # fmt: skip
    if sent.amends is not None:
        return _correct(session, sent, stamp, at=at)
    content = _content(sent, observed_at=sent.observed_at, at=at)
    form = sent.kind.build(session, at=at, data=content, captured_at=sent.captured_at)
    entered = _valid(form)
    return sent.kind.record(session, entered, **(form.stamp | stamp))


def _correct(session: DosingSession, sent: Sent, stamp: Mapping[str, Any], *, at: datetime) -> SessionEntry:
    assert sent.amends is not None
    entry = queries.submitted(session, sent.kind.model, sent.amends)
    if entry is None:
        raise Refused("The entry that this corrects is not in the record.")
    entry.session = session
    if sent.withdrawn:
        reason = _valid(WithdrawForm(_content(sent)))["reason"]
        return actions.withdraw_entry(entry, reason=reason, **stamp)
    content = _content(sent, observed_at=sent.observed_at, at=at)
    built = sent.kind.build(session, at=at, data=content, captured_at=sent.captured_at)
    changes = _valid(correction_of(built, entry))
    reason = changes.pop("reason")
    del changes["submission_id"]
    changes["observed_at"] = changes["observed_at"] or entry.observed_at
    return actions.amend_entry(entry, changes=changes, reason=reason, **stamp)


def _content(sent: Sent, *, observed_at: datetime | None = None, at: datetime | None = None) -> dict[str, Any]:
    if observed_at is not None and at is not None and at < observed_at <= at + TOLERANCE:
        observed_at = at
    return {**sent.values, "submission_id": str(sent.submission_id), "observed_at": observed_at}


def _valid(form: EntryForm | WithdrawForm) -> dict[str, Any]:
    if form.is_valid():
        return dict(form.cleaned_data)
    raise Invalid([(name, in_words(error)) for name, errors in form.errors.as_data().items() for error in errors])


def _keep(session: DosingSession, sent: Sent, entry: SessionEntry, *, by: Person) -> None:
    limit = queries.definition_for(session).lateness.device_clock_s
    offsets = (sent.clock_offset_ms, sent.sent_offset_ms, sent.sent_offset_ms - sent.clock_offset_ms)
    actions.keep_capture(
        session,
        submission_id=sent.submission_id,
        digest=sent.digest,
        kind=sent.kind.code,
        entry=entry.public_id,
        clock_offset_ms=sent.clock_offset_ms,
        sent_offset_ms=sent.sent_offset_ms,
        clock_drifted=limit is not None and any(abs(offset) > limit * 1000 for offset in offsets),
        while_locked=sent.while_locked,
        by=by,
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A time without its zone.")
    return moment.astimezone(UTC)


def _well_formed(value: Any) -> Any:
    """Returns a text without halves of a sign, which JSON can carry and no database keep; anything else as it is."""
    if isinstance(value, list):
        return [_well_formed(each) for each in value]
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _offset(milliseconds: Any) -> int:
    return max(-LARGEST_OFFSET_MS, min(LARGEST_OFFSET_MS, int(milliseconds)))
