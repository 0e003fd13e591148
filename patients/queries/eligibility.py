"""Reads on verdicts: the signed one, and what speaks against it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.models import Signature
from core.prepared import prepared
from patients.models import EligibilityAssessment, EligibilityContradiction, Participant


def signed_assessment(participant: Participant) -> EligibilityAssessment | None:
    """Returns the newest verdict on eligibility that carries a signature."""
    return _signed_assessments(participant).order_by("-judged_at", "-id").first()


@prepared
def _newest_contradiction(participant_id: Any) -> QuerySet[EligibilityContradiction]:
    flags = EligibilityContradiction.objects.filter(participant_id=participant_id).select_related("fact")
    return flags.order_by("-raised_at", "-id")[:1]


def open_contradiction(participant: Participant) -> EligibilityContradiction | None:
    """Returns the newest value that speaks against the signed eligibility, until a newer eligible verdict is signed."""
    flags = _newest_contradiction(participant_id=participant.pk)
    if not flags:
        return None
    flag = flags[0]
    # A verdict is not signed over a value against it, so that a newer signed one has seen this value.
    newer = _signed_assessments(participant).filter(result="eligible", pk__gt=flag.assessment_id)
    return None if newer.exists() else flag


def open_contradictions(site_ids: Iterable[int] | None) -> "QuerySet[EligibilityContradiction]":
    """Returns the open contradictions of some sites, or of all, the newest of each participant."""
    found = EligibilityContradiction.objects.select_related("participant").order_by("raised_at", "id")
    if site_ids is not None:
        found = found.filter(site_id__in=site_ids)
    newer = EligibilityContradiction.objects.filter(
        Q(raised_at__gt=OuterRef("raised_at")) | Q(raised_at=OuterRef("raised_at"), pk__gt=OuterRef("pk")),
        participant_id=OuterRef("participant_id"),
    )
    signed = Signature.objects.filter(
        record_table=EligibilityAssessment._meta.db_table, superseded_at__isnull=True
    ).values("record_id")
    settled = EligibilityAssessment.objects.filter(
        participant_id=OuterRef("participant_id"), pk__gt=OuterRef("assessment_id"), pk__in=signed, result="eligible"
    )
    return found.filter(~Exists(newer), ~Exists(settled))


def contradiction_by_id(contradiction_id: int) -> EligibilityContradiction:
    """Returns the contradiction that an event names."""
    found = EligibilityContradiction.objects.select_related("participant__site", "participant__protocol_version")
    return found.select_related("recorded_by").get(pk=contradiction_id)


def _signed_assessments(participant: Participant) -> "QuerySet[EligibilityAssessment]":
    signed = Signature.objects.filter(
        record_table=EligibilityAssessment._meta.db_table, superseded_at__isnull=True
    ).values("record_id")
    found = EligibilityAssessment.objects.filter(participant=participant, pk__in=signed)
    return found.select_related("protocol_version", "participant")
