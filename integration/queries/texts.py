"""What was written in notes and calls, as a sweep of free text reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.models import Signature
from integration.models import FollowUpContact, IntegrationNote

if TYPE_CHECKING:
    from patients.models import Visit

NOTE_TABLE = IntegrationNote._meta.db_table


@dataclass(frozen=True)
class WrittenText:
    """What was written about a visit, as a sweep of free text reads it.

    `asked` answers the question after any change; `free` is everything else in own words.
    """

    public_id: str
    version: int
    participant_id: int
    site_id: int
    told_at: datetime
    asked: str
    free: str


NOTE_TEXTS = ("sleep", "substances", "medicines", "body", "relationships", "meaning", "practices", "free_text")


def written_notes(*, settled_before: datetime) -> QuerySet[IntegrationNote]:
    """Returns the notes that are signed, or were held before a moment; what is still being written is not read."""
    signed = Signature.objects.filter(record_table=NOTE_TABLE, record_id=OuterRef("pk"), superseded_at__isnull=True)
    return IntegrationNote.objects.filter(Q(held_at__lte=settled_before) | Exists(signed)).order_by("id")


def reached_contacts() -> QuerySet[FollowUpContact]:
    """Returns the calls in which the participant was reached."""
    return FollowUpContact.objects.filter(reached=True).order_by("id")


def text_of_note(note: IntegrationNote) -> WrittenText:
    """Returns what a note says in own words."""
    free = "\n".join(text for name in NOTE_TEXTS if (text := str(getattr(note, name))))
    return WrittenText(
        note.public_id, note.version, note.participant_id, note.site_id, note.held_at, note.changes_in_feeling, free
    )


def text_of_contact(contact: FollowUpContact) -> WrittenText:
    """Returns what was told in a call in own words."""
    free = "\n".join(text for text in (contact.wellbeing, contact.medicines) if text)
    return WrittenText(
        contact.public_id, 1, contact.participant_id, contact.site_id, contact.attempted_at,
        contact.changes_in_feeling, free,
    )  # fmt: skip


def visit_of_text(public_id: str) -> "Visit | None":
    """Returns the visit about which a note or a call was written."""
    note = IntegrationNote.objects.filter(public_id=public_id).select_related("visit").first()
    if note is not None:
        return note.visit
    contact = FollowUpContact.objects.filter(public_id=public_id).select_related("visit").first()
    return contact.visit if contact else None
