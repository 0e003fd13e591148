"""Reads on reviews of recordings: what waits for whom, how therapists stand, and how far reviewers agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce

from assessments.agreement import correlations, weighted_kappa
from core.models import Person
from core.permissions import Permission, Viewer
from integration.models import AdherenceReview, BoundaryReview, ReviewState
from protocol.adherence import ADHERENCE_KIND, COMPETENCE_KIND, AdherenceRules, mean_of
from trials.queries import definition_of

if TYPE_CHECKING:
    from sessions.models import DosingSession

# When what was recorded took place.
HELD_AT = Coalesce("session__initial_dose_at", "visit__started_at")
STEADY, DRIFTING, TOO_FEW = "steady", "drifting", "too few"


@dataclass(frozen=True)
class TherapistLine:
    """How one therapist stands: sessions reviewed, and the means of the latest by the protocol's threshold."""

    person: Person
    sessions: int
    adherence: float | None
    competence: float | None
    breaches: int


@dataclass(frozen=True)
class ReviewerAgreement:
    """How far two reviewers of one recording agree, and whether the protocol's limits hold."""

    pairs: int
    icc: float | None
    kappa: float | None
    holds: bool | None


@dataclass(frozen=True)
class ReviewerLine:
    """One reviewer: how many reviews, and how far above the others the latest lie."""

    person: Person
    locked: int
    open: int
    difference: float | None
    drift: str


def reviews_of(reviewer: Person) -> list[AdherenceReview]:
    """Returns a reviewer's reviews by their codes, so that the order tells nothing of time."""
    found = AdherenceReview.objects.filter(reviewer=reviewer).select_related("protocol_version")
    return sorted(found, key=lambda review: (review.state != ReviewState.READY, review.code))


def review_of(reviewer: Person, public_id: str) -> AdherenceReview | None:
    """Returns one of a reviewer's own reviews."""
    return reviews_by(reviewer).filter(public_id=public_id).first()


def reviews_by(reviewer: Person) -> QuerySet[AdherenceReview]:
    """Returns a reviewer's reviews."""
    return AdherenceReview.objects.filter(reviewer=reviewer).select_related("protocol_version")


def rules_of(review: AdherenceReview) -> AdherenceRules:
    """Returns by what a review is rated: all of the protocol's items, or those of a session without a dose."""
    rules = definition_of(review.protocol_version).adherence
    return rules.of_therapy(review.visit_type) if review.visit_type else rules


def reviewers_of(review: AdherenceReview) -> set[int]:
    """Returns who reviews the same recording."""
    all_reviews = AdherenceReview.objects.exclude(reviewer=None)
    session, visit = _recording(review)
    same = all_reviews.filter(visit_id=visit) if visit is not None else all_reviews.filter(session_id=session or 0)
    return {key for key in same.values_list("reviewer_id", flat=True) if key is not None}


def waiting_reviews() -> list[AdherenceReview]:
    """Returns the reviews that nobody has yet, the oldest first."""
    found = AdherenceReview.objects.filter(reviewer__isnull=True, state=ReviewState.READY)
    return list(found.order_by("id"))


def load_of(people: Iterable[Person]) -> dict[int, int]:
    """Returns how many reviews each person has to rate."""
    rows = AdherenceReview.objects.filter(reviewer__in=list(people), state=ReviewState.READY)
    return dict(rows.values_list("reviewer_id").annotate(count=Count("id")))


def latest_ratings(person: Person, rules: AdherenceRules) -> list[dict[str, float]]:
    """Returns the ratings of a therapist's latest reviewed sessions, the newest first, averaged over the reviewers."""
    return _by_session(AdherenceReview.objects.filter(pair__contains=[person.pk], state=ReviewState.LOCKED))


def locked_for(viewer: Viewer) -> list[AdherenceReview]:
    """Returns the locked and open reviews of the sites whose therapists the viewer supervises."""
    ids = viewer.site_ids(Permission.REVIEW_VIEW)
    found = AdherenceReview.objects.select_related("reviewer")
    found = found if ids is None else found.filter(site_id__in=ids)
    return list(found.order_by(HELD_AT, "id"))


def therapist_lines(reviews: Sequence[AdherenceReview], rules: AdherenceRules) -> list[TherapistLine]:
    """Returns the therapists of reviewed sessions by name."""
    locked = [review for review in reviews if review.state == ReviewState.LOCKED]
    people = Person.objects.in_bulk({key for review in locked for key in review.pair})
    lines = []
    for person in sorted(people.values(), key=lambda each: each.display_name):
        mine = [review for review in locked if person.pk in review.pair]
        latest = _averaged(mine)[: rules.latest]
        means = {
            kind: _mean([mean for each in latest if (mean := mean_of(rules, each, kind)) is not None])
            for kind in (ADHERENCE_KIND, COMPETENCE_KIND)
        }
        sessions = len({_recording(review) for review in mine})
        breaches = sum(len(review.breaches) for review in mine)
        lines.append(TherapistLine(person, sessions, means[ADHERENCE_KIND], means[COMPETENCE_KIND], breaches))
    return lines


def agreement_of(reviews: Sequence[AdherenceReview], rules: AdherenceRules) -> ReviewerAgreement:
    """Returns the agreement of the two first reviews of each session: ICC of their means, weighted kappa of items."""
    pairs = _pairs(reviews)
    values = [(_value(one), _value(other)) for one, other in pairs]
    items = [(one.answers[code], other.answers[code]) for one, other in pairs for code in one.answers]
    icc = correlations(values).one_way if len(values) > 1 else None
    kappa, limits = weighted_kappa(items), rules.agreement
    holds = None
    if len(pairs) >= limits.least_pairs and icc is not None and kappa is not None:
        holds = icc >= limits.min_icc and kappa >= limits.min_kappa
    return ReviewerAgreement(len(pairs), icc, kappa, holds)


def reviewer_lines(reviews: Sequence[AdherenceReview], rules: AdherenceRules) -> list[ReviewerLine]:
    """Returns the reviewers by name, each with load and drift."""
    people = {review.reviewer_id: review.reviewer for review in reviews if review.reviewer is not None}
    pairs = _pairs(reviews)
    lines = []
    for person in sorted((each for each in people.values() if each), key=lambda each: each.display_name):
        mine = [review for review in reviews if review.reviewer_id == person.pk]
        differences = _differences(person, pairs)
        locked = sum(review.state == ReviewState.LOCKED for review in mine)
        far = fmean(differences) if differences else None
        lines.append(ReviewerLine(person, locked, len(mine) - locked, far, drift_of(rules, differences)))
    return lines


def drift_of(rules: AdherenceRules, differences: Sequence[float]) -> str:
    """Returns whether the latest reviews lie further to one side than the protocol lets them."""
    latest = rules.agreement.drift_ratings
    if len(differences) < latest:
        return TOO_FEW
    return DRIFTING if abs(fmean(differences[-latest:])) > rules.agreement.drift_points else STEADY


def boundary_reviewed(session: "DosingSession") -> BoundaryReview | None:
    """Returns the boundary review of a session, if somebody looked at it."""
    return BoundaryReview.objects.filter(session=session).select_related("recorded_by").first()


def boundary_reviewed_ids() -> set[int]:
    """Returns the sessions that somebody outside the pair has looked at."""
    return set(BoundaryReview.objects.values_list("session_id", flat=True))


def _by_session(found: QuerySet[AdherenceReview]) -> list[dict[str, float]]:
    return _averaged(list(found.order_by(HELD_AT, "id")))


def _recording(review: AdherenceReview) -> tuple[int | None, int | None]:
    return review.session_id, review.visit_id


def _averaged(reviews: Sequence[AdherenceReview]) -> list[dict[str, float]]:
    """Returns the ratings by session, the newest session first, averaged over its reviewers."""
    sessions: dict[Any, list[AdherenceReview]] = {}
    for review in reviews:
        sessions.setdefault(_recording(review), []).append(review)
    return [
        {code: fmean(each.answers[code] for each in rows if code in each.answers) for code in rows[0].answers}
        for rows in reversed(sessions.values())
    ]


def _pairs(reviews: Sequence[AdherenceReview]) -> list[tuple[AdherenceReview, AdherenceReview]]:
    sessions: dict[Any, list[AdherenceReview]] = {}
    for review in reviews:
        if review.state == ReviewState.LOCKED:
            sessions.setdefault(_recording(review), []).append(review)
    return [
        (rows[0], rows[1])
        for rows in sessions.values()
        if len(rows) > 1 and rows[0].answers.keys() == rows[1].answers.keys()
    ]


def _differences(person: Person, pairs: Sequence[tuple[AdherenceReview, AdherenceReview]]) -> list[float]:
    found = []
    for one, other in pairs:
        if person.pk in (one.reviewer_id, other.reviewer_id):
            mine, theirs = (one, other) if one.reviewer_id == person.pk else (other, one)
            found.append(_value(mine) - _value(theirs))
    return found


def _value(review: AdherenceReview) -> float:
    return fmean(review.answers.values())


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
