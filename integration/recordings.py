"""Reads on recordings of therapy without a dose: what is indexed, who was there, and what asks for a review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from core.models import Person
from core.signatures import standing_signatures
from integration import queries
from integration.models import IntegrationNote, NoteAttendance, RecordingIndex
from patients.queries import definition_for, standing_consent
from protocol.adherence import THERAPY_VISITS
from sessions import queries as session_queries
from sessions.actions import therapists_needed

if TYPE_CHECKING:
    from patients.models import Visit

NOT_RECORDED, WITH_GAP = "none", "gap"
PREPARATORY, INTEGRATION = THERAPY_VISITS
# The consent option without which nothing is recorded.
CONSENT_OPTION = "recording"
UNWELCOME = ("unwelcome", "both")


@dataclass(frozen=True)
class Held:
    """A session of therapy as its record has it: who was there, how many should have been, and whether all signed."""

    visit: "Visit"
    pair: tuple[Person, ...]
    needed: int
    at: datetime
    signed: bool
    unwelcome_change: bool


def index_of(visit: "Visit") -> RecordingIndex | None:
    """Returns the index of a visit's recording that holds."""
    return indices_of(visit)[0] if indices_of(visit) else None


def indices_of(visit: "Visit") -> list[RecordingIndex]:
    """Returns every index of a visit's recording, the latest first."""
    found = RecordingIndex.objects.filter(visit=visit).select_related("recorded_by")
    return list(found.order_by("-number"))


def held_at(visit: "Visit") -> Held | None:
    """Returns the session of a visit as its record has it, or None where no record was begun."""
    if visit.kind == PREPARATORY:
        return _prepared(visit)
    note = queries.note_of(visit)
    if note is None:
        return None
    definition = definition_for(visit.participant)
    standing = queries.standing_of(note, needed=queries.therapists_needed(definition, visit.code))
    people = tuple(sorted(standing.present, key=lambda person: person.pk))
    signed = {signature.signer_id for signature in standing.signatures} >= {person.pk for person in people}
    unwelcome = note.change_kind in UNWELCOME
    return Held(visit, people, standing.needed, note.held_at, bool(people) and signed, unwelcome)


def facts_of(held: Held, index: RecordingIndex) -> frozenset[str]:
    """Returns what of a session may make its recording worth a review, by the words of the protocol."""
    found = {
        "first_of_pair": len(held.pair) > 1 and not _worked_before(held),
        "recording_gap": index.extent == WITH_GAP,
        "fewer_therapists": len(held.pair) < held.needed,
        "unwelcome_change": held.unwelcome_change,
    }
    return frozenset(name for name, holds in found.items() if holds)


def may_be_recorded(visit: "Visit") -> bool:
    """Returns whether the participant has consented to recordings."""
    consent = standing_consent(visit.participant)
    return consent is not None and bool(consent.options.get(CONSENT_OPTION))


def _prepared(visit: "Visit") -> Held | None:
    record = session_queries.preparation_of(visit)
    if record is None:
        return None
    rows = record.attendances.filter(present=True).select_related("person").order_by("person_id")
    people = tuple(row.person for row in rows)
    signed = {signature.signer_id for signature in standing_signatures(record)} >= {person.pk for person in people}
    needed = therapists_needed(definition_for(visit.participant), visit.code)
    return Held(visit, people, needed, record.held_at, bool(people) and signed, unwelcome_change=False)


def _worked_before(held: Held) -> bool:
    """Returns whether the same two held a session of therapy together before, with whomever."""
    earlier = IntegrationNote.objects.filter(*_with_both(held.pair[:2]), held_at__lt=held.at)
    return earlier.exists() or session_queries.prepared_together(held.pair[:2], before=held.at)


def _with_both(pair: Sequence[Person]) -> list[Exists]:
    there = NoteAttendance.objects.filter(note=OuterRef("pk"), present=True)
    return [Exists(there.filter(person=person)) for person in pair]
