"""Reads on the own pages: who stays in them, what waits there, and what was said past a site."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet

from assessments.queries import answers_by_assessment, open_forms_of, own_form
from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.worklist import NOW, Ask, Offered, WorklistItem
from integration.adherence import boundary_reviewed_ids
from patients.queries import booked_from, definition_for
from portal.models import ConfidentialReport, DiaryEntry, FailedOpening, OwnAccess, OwnLink, OwnStay
from sessions.privilege import touched_sessions

if TYPE_CHECKING:
    from assessments.models import Assessment
    from patients.models import Participant, Visit

# A stay ends by itself: after this long without a page, and after this long at all.
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=4)
MOST_FAILURES, FAILURES_COUNT_FOR = 10, timedelta(minutes=10)
DIARY_SHOWN = 10


@dataclass(frozen=True)
class BoundaryRow:
    """A session of which touch, a stop word or a report asks for a look from outside, and whether somebody looked."""

    session: "Any"
    reports: int
    reviewed: bool


def boundary_rows(viewer: Viewer) -> list[BoundaryRow]:
    """Returns the sessions to be looked at and those that were; three statements."""
    counts: dict[int, int] = {}
    for participant_id in reports_for(viewer).filter(kind="boundary").values_list("participant_id", flat=True):
        counts[participant_id] = counts.get(participant_id, 0) + 1
    seen, rows = boundary_reviewed_ids(), []
    for session in touched_sessions(viewer):
        reports = counts.get(session.participant_id, 0)
        if session.stop_words or session.stopped or session.outside or reports or session.pk in seen:
            rows.append(BoundaryRow(session, reports, session.pk in seen))
    return rows


def reports_about(viewer: Viewer, participant: "Participant") -> list[ConfidentialReport]:
    """Returns what a participant said past the site about boundaries, where the viewer may read it."""
    return list(reports_for(viewer).filter(participant_id=participant.pk, kind="boundary").order_by("-sent_at"))


def digest_of(secret: str) -> str:
    """Returns the digest under which a key, or where an attempt came from, is kept."""
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()


def stay_with(key: str, *, at: datetime) -> OwnStay | None:
    """Returns the stay that the browser's key opens, if it has not ended."""
    found = OwnStay.objects.select_related("participant__site", "participant__protocol_version").filter(
        key_digest=digest_of(key), ended_at__isnull=True, seen_at__gt=at - IDLE, began_at__gt=at - LONGEST
    )
    return found.first() if key else None


def must_wait(source: str, *, at: datetime) -> bool:
    """Returns whether so many attempts failed from one place that the next ones wait."""
    recent = FailedOpening.objects.filter(source_digest=digest_of(source), tried_at__gt=at - FAILURES_COUNT_FOR)
    return recent.count() >= MOST_FAILURES


def access_of(participant: "Participant") -> OwnAccess | None:
    """Returns the participant's code, if one was made."""
    return OwnAccess.objects.filter(participant=participant).first()


def links_of(participant: "Participant") -> list[OwnLink]:
    """Returns the links of a participant, the newest first."""
    return list(OwnLink.objects.filter(participant=participant).select_related("recorded_by").order_by("-id")[:20])


def forms_of(participant: "Participant") -> list["Assessment"]:
    """Returns the questionnaires that wait for the participant."""
    return open_forms_of(participant)


def answered_in(forms: list["Assessment"]) -> dict[int, int]:
    """Returns how many items have an answer, by questionnaire."""
    counts = answers_by_assessment(forms)
    return {key: sum(value is not None for value in answers.values()) for key, answers in counts.items()}


def state_of_link(link: OwnLink, *, at: datetime) -> tuple[str, str]:
    """Returns the shape and the word of a link's state."""
    if link.used_at is not None:
        return "complete", "Used"
    return ("notdone", "Ended") if at >= link.ends_at else ("waiting", "Waits")


def form_of(participant: "Participant", public_id: str) -> "Assessment | None":
    """Returns one questionnaire of the participant's own, whatever its state."""
    return own_form(participant, public_id)


def appointments_of(participant: "Participant", *, at: datetime) -> list["Visit"]:
    """Returns the visits that are booked from now on, the next first."""
    return booked_from(participant, at=at)


def diary_of(participant: "Participant") -> list[DiaryEntry]:
    """Returns the latest pages of the diary."""
    return list(DiaryEntry.objects.filter(participant=participant).order_by("-about_on", "-id")[:DIARY_SHOWN])


def preparation_of(participant: "Participant", *, language: str) -> tuple[str, ...]:
    """Returns what the protocol tells a participant to prepare, in a language or in English."""
    sheets = definition_for(participant).aftercare.own_pages.preparation
    return sheets.get(language) or sheets.get("en") or ()


def reports_by(participant: "Participant") -> list[ConfidentialReport]:
    """Returns what the participant said past the site, the newest first."""
    return list(ConfidentialReport.objects.filter(participant=participant).order_by("-sent_at", "-id"))


def reports_for(viewer: Viewer) -> QuerySet[ConfidentialReport]:
    """Returns what was said past the sites, for the desk that reads it; for others nothing."""
    found = ConfidentialReport.objects.select_related("acknowledged_by")
    return found if viewer.may(Permission.CONFIDENTIAL_READ) else found.none()


def worklist_items(viewer: Viewer, at: datetime) -> list[Offered]:
    """Returns the lines of what was said past a site and nobody has read."""
    if not viewer.may(Permission.CONFIDENTIAL_READ):
        return []
    waiting = reports_for(viewer).filter(acknowledged_at__isnull=True).order_by("acknowledge_by_at", "id")
    reads = {
        "public_id": "public_id",
        "code": "participant_code",
        "sent_at": "sent_at",
        "acknowledge_by_at": "acknowledge_by_at",
    }
    return [Ask(waiting, reads, lambda rows: [_line(row, at=at) for row in rows])]


def _line(row: "object", *, at: datetime) -> WorklistItem:
    due_at = row.acknowledge_by_at  # type: ignore[attr-defined]
    late = at > due_at
    return WorklistItem(
        band=NOW,
        state="overdue" if late else "due",
        state_label="Overdue" if late else "Due",
        subject=row.code,  # type: ignore[attr-defined]
        task="Read what a participant says",
        detail="sent past the site",
        url=address_of("portal:confidential-detail", row.public_id),  # type: ignore[attr-defined]
        action_label="Read",
        due_at=due_at,
        weight=85 if late else 75,
    )
