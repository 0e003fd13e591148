"""Reads on ratings and the pool of raters: whose they are, who is drawn, and what a site sees of them."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, QuerySet

from assessments.instruments import (
    INDEPENDENT,
    RATED,
    SECOND,
    takes_independent_rater,
)
from assessments.models import (
    Assessment,
    AssessmentState,
    RatingRelease,
)
from assessments.queries.answers import course_rows
from core.clock import local_date
from core.identifiers import ALPHABET
from core.models import Person
from core.permissions import Permission, Viewer, people_with
from core.roles import Role
from patients.queries import definition_for
from trials.queries import people_with_duty

if TYPE_CHECKING:
    from patients.models import Participant, Visit

OPEN = (AssessmentState.READY, AssessmentState.STARTED)
CODE_LENGTH = 6


@dataclass(frozen=True)
class Rating:
    """One interview as its rater sees it: a code, a state, and the parts in the order in which they are answered."""

    code: str
    parts: tuple[Assessment, ...]

    @property
    def state(self) -> AssessmentState:
        """Returns ready, started or locked for the whole interview."""
        states = {part.state for part in self.parts}
        if states == {AssessmentState.LOCKED}:
            return AssessmentState.LOCKED
        return AssessmentState.READY if states == {AssessmentState.READY} else AssessmentState.STARTED

    @property
    def current(self) -> Assessment:
        """Returns the part to go on with: the first that is not locked, else the first."""
        return next((part for part in self.parts if part.state != AssessmentState.LOCKED), self.parts[0])


def ratings_of(rater: Person) -> list[Rating]:
    """Returns a rater's interviews in an order that is always the same and has nothing to do with time."""
    found: dict[str, list[Assessment]] = {}
    for part in ratings_by(rater):
        found.setdefault(part.rating_code, []).append(part)
    return [Rating(code, tuple(parts)) for code, parts in sorted(found.items())]


def rating_with(assessment: Assessment) -> Rating:
    """Returns the interview to which an assessment of an independent rater belongs."""
    parts = [part for part in ratings_by(assessment.rater) if part.rating_code == assessment.rating_code]
    return Rating(assessment.rating_code, tuple(parts))


def ratings_by(rater: Person | None) -> QuerySet[Assessment]:
    """Returns the assessments of a rater that were not cancelled, parts in the order in which they were made."""
    found = Assessment.objects.filter(rater=rater, respondent__in=RATED).exclude(state=AssessmentState.CANCELLED)
    return found.select_related("protocol_version", "rater").order_by("id")


def rater_of_visit(visit: "Visit") -> Person | None:
    """Returns the rater who was drawn for a visit's interview, if one was."""
    found = Assessment.objects.filter(visit=visit, respondent=INDEPENDENT, rater__isnull=False)
    found = found.exclude(state=AssessmentState.CANCELLED).select_related("rater").order_by("id")
    first = found.first()
    return first.rater if first else None


def draw_rater(participant: "Participant", *, visit: "Visit", most: int, at: datetime) -> Person | None:
    """Returns a rater of the pool who may still meet the participant, or None.

    The draw is a keyed hash: nobody can foresee it without the installation's key, and a trial played again from the
    same start draws the same.
    """
    free = free_raters(participant, visit=visit, most=most, at=at)
    return _drawn(list(free), occasion=f"{participant.screening_number}:{visit.code}")


def draw_second_rater(visit: "Visit", *, first: Person, most: int, at: datetime) -> Person | None:
    """Returns a rater who rates an interview again, or None.

    It is somebody else than the first rater, and nobody whom a later interview of the participant would then miss.
    """
    participant = visit.participant
    free = free_raters(participant, visit=visit, most=most, at=at)
    to_come = participant.visits.filter(code__in=rated_visits(participant), state__in=("planned", "booked"))
    waiting = to_come.exclude(assessments__respondent=INDEPENDENT, assessments__rater__isnull=False)
    if sum(free.values()) <= waiting.count():
        return None
    others = [rater for rater in free if rater != first]
    return _drawn(others, occasion=f"{participant.screening_number}:{visit.code}:again")


def free_raters(participant: "Participant", *, visit: "Visit", most: int, at: datetime) -> dict[Person, int]:
    """Returns the raters who may still meet the participant, each with how often."""
    met = dict(
        Assessment.objects.filter(participant=participant, respondent__in=RATED, rater__isnull=False)
        .exclude(state=AssessmentState.CANCELLED)
        .values_list("rater_id")
        .annotate(visits=Count("visit_id", distinct=True))
    )
    on = local_date(visit.booked_at or at, zone=participant.site.zone)
    pool = people_with_duty(INDEPENDENT, site_id=participant.site_id, on=on).filter(
        pk__in=[rater.pk for rater in people_with(Role.INDEPENDENT_RATER, site_id=participant.site_id, moment=at)]
    )
    left = {rater: most - met.get(rater.pk, 0) for rater in pool}
    return {rater: times for rater, times in left.items() if times > 0}


def _drawn(free: list[Person], *, occasion: str) -> Person | None:
    return min(free, key=lambda rater: _keyed(f"draw:{occasion}:{rater.username}"), default=None)


def rated_visits(participant: "Participant") -> frozenset[str]:
    """Returns the visits of the protocol that take a rater of the pool."""
    definition = definition_for(participant)
    return frozenset(visit.code for visit in definition.visits if takes_independent_rater(definition, visit.code))


def release_of(participant: "Participant") -> RatingRelease | None:
    """Returns when the ratings of a participant were opened to the site, if they were."""
    return RatingRelease.objects.filter(participant=participant).select_related("recorded_by").first()


def interviews_to_come(participant: "Participant") -> list[str]:
    """Returns the codes of the visits whose interview is still to be held or to be locked."""
    ahead = participant.visits.filter(code__in=rated_visits(participant), state__in=("planned", "booked"))
    unlocked = Assessment.objects.filter(participant=participant, respondent=INDEPENDENT, state__in=OPEN)
    return sorted({*ahead.values_list("code", flat=True), *unlocked.values_list("visit__code", flat=True)})


def open_rows(participant: "Participant", *, viewer: Viewer, is_released: bool) -> QuerySet[Assessment]:
    """Returns the assessments whose values the viewer may see: those of raters only once they are released."""
    found = course_rows(participant)
    if is_released and viewer.may(Permission.RATING_READ):
        return found
    return found.exclude(respondent__in=RATED)


def statuses_of(participants: Iterable["Participant"]) -> QuerySet[Assessment]:
    """Returns the assessments of participants, whoever rates them: how far they are, and nothing of their values."""
    found = Assessment.objects.filter(participant__in=list(participants)).exclude(respondent=SECOND)
    return found.only("visit_id", "participant_id", "state", "missing_reason", "respondent")


def is_sampled(visit: "Visit", *, share: Decimal) -> bool:
    """Returns whether an interview is among those that are rated again; a keyed draw, which nobody can foresee."""
    drawn = int.from_bytes(_keyed(f"again:{visit.participant.screening_number}:{visit.code}")[:8], "big")
    return Decimal(drawn) < share * 2**64


def rating_code(visit: "Visit", rater: Person) -> str:
    """Returns the code under which the rater knows the interview; it says nothing of whom or when."""
    mark = _keyed(f"code:{visit.participant.screening_number}:{visit.code}:{rater.username}")
    letters = [ALPHABET[byte % len(ALPHABET)] for byte in mark[:CODE_LENGTH]]
    return f"{''.join(letters[:3])}-{''.join(letters[3:])}".upper()


def _keyed(text: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).digest()


def unrated_instruments(visit: "Visit") -> list[str]:
    """Returns the instruments of a visit that wait for a rater."""
    waiting = Assessment.objects.filter(visit=visit, respondent=INDEPENDENT, rater__isnull=True, state__in=OPEN)
    return list(waiting.order_by("id").values_list("instrument", flat=True))


def site_assessments(viewer: Viewer, permission: Permission) -> QuerySet[Assessment]:
    """Returns the assessments of the viewer's sites: their status; items and scores are for nobody there.

    Second ratings are the sponsor's and no business of a site.
    """
    ids = viewer.site_ids(permission)
    found = Assessment.objects.exclude(state=AssessmentState.CANCELLED).exclude(respondent=SECOND)
    found = found.select_related("participant", "visit", "rater", "protocol_version", "form_version", "site")
    return found if ids is None else found.filter(site_id__in=ids)
