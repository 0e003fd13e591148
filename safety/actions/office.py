"""The safety office: listings kept under a name, and what is decided on records that do not agree."""

from datetime import datetime

from django.db import IntegrityError, transaction

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from safety.models import FindingDecision, SavedListing
from safety.queries import Finding


def save_listing(*, name: str, query: str, by: Person, at: datetime) -> SavedListing:
    """Keeps filters under a name for the person alone; one of the same name is replaced."""
    if not name.strip():
        raise Refused("Give the listing a name.", field="name")
    with contribution(by=by, reason=f"Listing saved: {name.strip()}"):
        same = SavedListing.objects.select_for_update().filter(person=by, name=name.strip(), removed_at__isnull=True)
        known = same.first()
        if known is None:
            return SavedListing.objects.create(person=by, name=name.strip(), query=query)
        known.query = query
        known.save(update_fields=["query"])
        return known


def forget_listing(listing: SavedListing, *, by: Person, at: datetime) -> None:
    """Takes a listing away from those that are offered."""
    with contribution(by=by, reason=f"Listing removed: {listing.name}"):
        SavedListing.objects.filter(pk=listing.pk, removed_at__isnull=True).update(removed_at=at)


def decide_finding(finding: Finding, *, decision: str, reason: str, by: Person, at: datetime) -> FindingDecision:
    """Decides that records which do not agree stay as they are, or are to be corrected, and why.

    Raises Refused without a reason or for another decision, and Conflict when the same was decided before.
    """
    if decision not in dict(FindingDecision.DECISIONS):
        raise Refused("Choose what becomes of it.", field="decision")
    if not reason.strip():
        raise Refused("Say why, in a few words.", field="reason")
    with contribution(by=by, reason=reason):
        try:
            with transaction.atomic():
                return FindingDecision.objects.create(
                    participant_id=finding.participant_id,
                    site_id=finding.site_id,
                    kind=finding.kind,
                    key=finding.key,
                    told=finding.sentence[:300],
                    decision=decision,
                    reason=reason.strip()[:300],
                    decided_at=at,
                    recorded_by=by,
                )
        except IntegrityError as error:
            raise Conflict("Somebody else decided this one first.") from error
