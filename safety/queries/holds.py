"""Holds of dosing as a page shows them: what holds, since when, and who ended it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from core.models import Person, Signature
from safety.models import HoldReview
from sessions.models import DosingHold, TrialHold

WHOLE_TRIAL = "Trial"


@dataclass(frozen=True)
class HoldLine:
    """One hold in a list."""

    subject: str
    rule: str
    reason: str
    placed_at: datetime
    placed_by: Person
    lifted_at: datetime | None
    lifted_by: Person | None
    zone: str
    url: str

    @property
    def rule_words(self) -> str:
        """Returns the rule's id, or that somebody placed it by hand."""
        return rule_words(self.rule)


@dataclass(frozen=True)
class SignedReview:
    """A review with its signatures."""

    review: HoldReview
    signatures: tuple[Signature, ...]


def rule_words(rule: str) -> str:
    """Returns a rule's id, or that somebody placed the hold by hand."""
    return rule.replace("_", " ").capitalize() if rule.islower() else rule


def line_of_hold(hold: DosingHold) -> HoldLine:
    """Returns the line of a participant's hold."""
    url = reverse("safety:hold-detail", args=[hold.participant.public_id, hold.rule])
    return HoldLine(
        hold.participant.screening_number, hold.rule, hold.reason, hold.placed_at, hold.recorded_by, hold.lifted_at,
        hold.lifted_by, hold.site.zone, url,
    )  # fmt: skip


def line_of_trial_hold(hold: TrialHold) -> HoldLine:
    """Returns the line of a hold of the whole trial."""
    url = reverse("safety:trial-hold-detail", args=[hold.public_id])
    return HoldLine(
        WHOLE_TRIAL, hold.rule, hold.reason, hold.placed_at, hold.recorded_by, hold.lifted_at, hold.lifted_by,
        hold.trial.sponsor_zone, url,
    )  # fmt: skip


def line_of(hold: DosingHold | TrialHold) -> HoldLine:
    """Returns the line of a hold of either kind."""
    return line_of_trial_hold(hold) if isinstance(hold, TrialHold) else line_of_hold(hold)


def reviews_of(hold: DosingHold | TrialHold) -> list[SignedReview]:
    """Returns the reviews of a hold with their signatures, the latest first; in two statements."""
    reviews = list(hold.reviews.select_related("recorded_by").order_by("-id"))
    return [SignedReview(review, tuple(found)) for review, found in _with_signatures(reviews)]


def _with_signatures(reviews: list[HoldReview]) -> Iterable[tuple[HoldReview, list[Signature]]]:
    table = HoldReview._meta.db_table
    rows = Signature.objects.filter(record_table=table, record_id__in=[review.pk for review in reviews])
    by_review: dict[int, list[Signature]] = {}
    for signature in rows.select_related("signer").order_by("id"):
        by_review.setdefault(signature.record_id, []).append(signature)
    return [(review, by_review.get(review.pk, [])) for review in reviews]
