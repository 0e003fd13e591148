"""The register of inadvertent unblindings: told by whoever it happened to or saw it, assessed by the blinded desk."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from assessments.models import Assessment, IncidentAssessment, UnblindingIncident
from core.contributions import contribution
from core.errors import Refused
from core.models import Person

if TYPE_CHECKING:
    from patients.models import Participant


def report_unblinding(
    assessment: Assessment, *, kind: str, text: str, submission_id: UUID, by: Person, at: datetime
) -> UnblindingIncident:
    """Keeps that the rater learned something a rater should not know; no site role sees it.

    The same submission again answers the row that is there. Raises Refused when it is somebody else's assessment.
    """
    known = UnblindingIncident.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if assessment.rater_id != by.pk:
        raise Refused("This assessment is not yours.")
    _check_words(kind, text)
    with contribution(by=by, reason="A slip of blinding was told"):
        return UnblindingIncident.objects.create(
            site_id=assessment.site_id, assessment=assessment, participant_id=assessment.participant_id, whose="rater",
            how="During the assessment", kind=kind, text=text, observed_at=at, submission_id=submission_id,
            recorded_by=by,
        )  # fmt: skip


def report_incident(
    participant: "Participant",
    *,
    whose: str,
    how: str,
    kind: str,
    text: str,
    happened_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> UnblindingIncident:
    """Keeps that somebody learned what the blind should hide: who, when, how and what; the teller alone reads it again.

    The same submission again answers the row that is there. Raises Refused for a time to come.
    """
    known = UnblindingIncident.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if happened_at > at:
        raise Refused("This time has not come yet.", field="happened_at")
    _check_words(kind, text)
    with contribution(by=by, reason="An inadvertent unblinding was told"):
        return UnblindingIncident.objects.create(
            site_id=participant.site_id, participant=participant, whose=whose, how=how, kind=kind, text=text,
            observed_at=happened_at, submission_id=submission_id, recorded_by=by,
        )  # fmt: skip


def assess_incident(
    incident: UnblindingIncident, *, consequence: str, note: str, by: Person, at: datetime
) -> IncidentAssessment:
    """Keeps what follows from an incident, once and for good. Raises Refused when it was assessed before."""
    if IncidentAssessment.objects.filter(incident=incident).exists():
        raise Refused("This incident is assessed already.")
    if incident.recorded_by_id == by.pk:
        raise Refused("Somebody else assesses what you told.")
    with contribution(by=by, reason="Inadvertent unblinding assessed"):
        return IncidentAssessment.objects.create(
            site_id=incident.site_id, incident=incident, consequence=consequence, note=note.strip(), assessed_at=at,
            recorded_by=by,
        )  # fmt: skip


def _check_words(kind: str, text: str) -> None:
    if kind == "other" and not text.strip():
        raise Refused("Say in a few words what you learned.", field="text")
