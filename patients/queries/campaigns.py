"""Reads on re-consent campaigns: who must sign again by when, and who has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from patients.models import ACTIVE, Consent, ConsentWithdrawal, Participant, ParticipantStatus, ReconsentCampaign

# Whoever only made contact has signed nothing yet and signs the newest form anyway.
IN_TRIAL = tuple(status for status in ACTIVE if status != ParticipantStatus.CONTACTED)


@dataclass(frozen=True)
class CampaignLine:
    """One participant of a campaign: what was signed, when the new form was, and whether the move was made."""

    participant: Participant
    signed_version: str
    signed_at: datetime | None
    moved: bool


def campaign_lines(campaign: ReconsentCampaign) -> list[CampaignLine]:
    """Returns who must sign again, those who have not first, in one statement."""
    people = of_campaign(Participant.objects.filter(site=campaign.site), version=campaign.form_version)
    rows: Any = people.select_related("site", "protocol_version").order_by(
        F("signed_again_at").asc(nulls_first=True), "screening_number"
    )
    return [
        CampaignLine(
            row, row.signed_version, row.signed_again_at, row.protocol_version_id == campaign.protocol_version_id
        )
        for row in rows
    ]


def of_campaign(people: QuerySet[Participant], *, version: str) -> QuerySet[Participant]:
    """Returns who takes part and consented to an earlier form than the version, with when the newer one was signed."""
    mine = Consent.objects.filter(participant_id=OuterRef("pk"))
    again = mine.filter(form__version=version)
    earlier = mine.exclude(form__version=version).order_by("-signed_at", "-id")
    withdrawn = ConsentWithdrawal.objects.filter(participant_id=OuterRef("pk"), scope__in=["procedures", "data"])
    return people.filter(Exists(earlier), ~Exists(withdrawn), status__in=IN_TRIAL).annotate(
        signed_version=Subquery(earlier.values("form__version")[:1]),
        signed_again_at=Subquery(again.order_by("signed_at").values("signed_at")[:1]),
    )


def campaigns_of(site_ids: Iterable[int] | None) -> QuerySet[ReconsentCampaign]:
    """Returns the campaigns of sites, the open ones first."""
    found = ReconsentCampaign.objects.select_related("site", "protocol_version", "recorded_by")
    if site_ids is not None:
        found = found.filter(site_id__in=site_ids)
    return found.order_by(F("closed_at").desc(nulls_first=True), "sign_by", "id")


def with_counts(campaigns: QuerySet[ReconsentCampaign]) -> QuerySet[ReconsentCampaign]:
    """Returns the campaigns with how many must sign, `asked`, and how many have, `signed`."""
    mine = Consent.objects.filter(participant_id=OuterRef("pk"))
    of_version = {"form__version": OuterRef(OuterRef("form_version"))}
    withdrawn = ConsentWithdrawal.objects.filter(participant_id=OuterRef("pk"), scope__in=["procedures", "data"])
    people = Participant.objects.filter(
        Exists(mine.exclude(**of_version)), ~Exists(withdrawn), site_id=OuterRef("site_id"), status__in=IN_TRIAL
    )
    return campaigns.annotate(asked=_number(people), signed=_number(people.filter(Exists(mine.filter(**of_version)))))


def _number(people: QuerySet[Participant]) -> Coalesce:
    return Coalesce(Subquery(people.order_by().values("site_id").annotate(n=Count("pk")).values("n")), 0)


def still_open(site_ids: Iterable[int] | None) -> list[tuple[ReconsentCampaign, CampaignLine]]:
    """Returns who of an open campaign has not signed, or has signed and is not moved yet; by the day."""
    return [
        (campaign, line)
        for campaign in campaigns_of(site_ids).filter(closed_at__isnull=True)
        for line in campaign_lines(campaign)
        if line.signed_at is None or not line.moved
    ]
