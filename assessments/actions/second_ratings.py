"""Draws the interviews that another rater rates again from the recording."""

from datetime import datetime

from assessments import queries
from assessments.instruments import INDEPENDENT, SECOND, is_guess
from assessments.models import Assessment, AssessmentState
from core.contributions import contribution
from core.models import Person
from trials.queries import definition_of


def sample_for_second_rating(assessment: Assessment, *, at: datetime) -> list[Assessment]:
    """Readies a second rating once the whole interview is locked, where the draw falls on it; else nothing.

    The second rater has met the participant no more often than the protocol allows; where the pool has nobody to
    spare, there is no second rating. What is drawn is Vigil's own doing, and the first rater learns nothing of it.
    """
    definition = definition_of(assessment.protocol_version)
    rule = definition.rater_agreement
    if rule is None or assessment.respondent != INDEPENDENT:
        return []
    sampling = Person.objects.system("scoring")
    with contribution(by=sampling, reason="Drawn for a second rating"):
        parts = _parts_of(assessment)
        if any(part.state != AssessmentState.LOCKED for part in parts):
            return []
        visit = parts[0].visit
        if not queries.is_sampled(visit, share=rule.sample):
            return []
        first, most = parts[0].rater, definition.assessor_max_per_participant
        assert first is not None
        rater = queries.draw_second_rater(visit, first=first, most=most, at=at)
        if rater is None:
            return []
        code = queries.rating_code(visit, rater)
        return [
            _second_of(part, rater, code=code, by=sampling)
            for part in parts
            if not is_guess(definition, part.instrument)
        ]


def _parts_of(assessment: Assessment) -> list[Assessment]:
    parts = Assessment.objects.filter(visit_id=assessment.visit_id, respondent=INDEPENDENT)
    found = parts.exclude(state=AssessmentState.CANCELLED).select_related(
        "visit__participant__site", "protocol_version"
    )
    return list(found.order_by("id"))


def _second_of(part: Assessment, rater: Person, *, code: str, by: Person) -> Assessment:
    return Assessment.objects.create(
        site_id=part.site_id,
        participant_id=part.participant_id,
        visit_id=part.visit_id,
        instrument=part.instrument,
        respondent=SECOND,
        rater=rater,
        rating_code=code,
        protocol_version=part.protocol_version,
        recorded_by=by,
    )
