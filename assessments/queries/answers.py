"""Reads on what was answered: the answers that stand, their scores, the wording and the edit checks."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, F, Max, Q, QuerySet, Value, When

from assessments.form_versions import definition_asked
from assessments.instruments import (
    INDEPENDENT,
    PARTICIPANT,
    RATED,
    SECOND,
    Item,
    items_of,
)
from assessments.models import (
    Assessment,
    AssessmentScore,
    AssessmentState,
    FormVersion,
    ItemCorrection,
    ItemText,
    ItemValue,
)
from assessments.scores import Scored, answer_of, judge_answers, missing_items
from patients.queries import latest_texts
from protocol.edit_checks import EditCheck, fired, name_of
from protocol.scoring import Answer, Items, closed_items, main_value
from trials.queries import placements_under, protocol_versions

if TYPE_CHECKING:
    from patients.models import Participant

ENGLISH = "en"
UNANSWERED = (AssessmentState.READY, AssessmentState.STARTED)


def answers_for(assessment: Assessment) -> dict[int, Answer]:
    """Returns the answers that stand by item, as the scoring reads them."""
    return answers_by_assessment([assessment]).get(assessment.pk, {})


def answers_by_assessment(assessments: Iterable[Assessment]) -> dict[int, dict[int, Answer]]:
    """Returns the answers of several assessments at once, by assessment and item; the latest correction stands."""
    wanted = list(assessments)
    rows: dict[int, dict[int, Answer]] = {}
    found = list(_answers(ItemValue.objects.filter(assessment__in=wanted)))
    if any(assessment.state == AssessmentState.LOCKED for assessment in wanted):
        found += _answers(ItemCorrection.objects.filter(assessment__in=wanted).order_by("version"))
    for key, item, *stored in found:
        rows.setdefault(key, {})[item] = answer_of(*stored)
    return rows


def _answers(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    return rows.values_list("assessment_id", "item", "value", "not_applicable", "text", "not_done_reason")


def versions_of(assessment: Assessment) -> dict[int, int]:
    """Returns how often each item of a form was answered, corrections included."""
    found = dict(assessment.items.values_list("item", "version"))
    return found | dict(assessment.corrections.order_by("version").values_list("item", "version"))


def corrections_of(assessment: Assessment) -> list[ItemCorrection]:
    """Returns the corrections of a form, the latest first."""
    return list(assessment.corrections.select_related("recorded_by").order_by("-corrected_at", "-id"))


def computations_of(assessment: Assessment) -> int:
    """Returns how often a form was scored."""
    return assessment.scores.aggregate(most=Max("computation"))["most"] or 0


def standing_scores(assessments: Iterable[Assessment]) -> dict[int, list[AssessmentScore]]:
    """Returns what several forms come to now, by form; what was computed before a correction is left out."""
    found: dict[int, list[AssessmentScore]] = {}
    rows = AssessmentScore.objects.filter(assessment__in=list(assessments)).select_related("cause")
    for row in rows.order_by("computation", "id"):
        standing = found.setdefault(row.assessment_id, [])
        if standing and standing[0].computation < row.computation:
            standing.clear()
        standing.append(row)
    return found


def items_for(assessment: Assessment) -> tuple[Item, ...]:
    """Returns the items that the assessment asks, from the protocol version it belongs to."""
    return items_of(definition_asked(assessment), assessment.instrument)


def worded_items(assessment: Assessment) -> tuple[Item, ...]:
    """Returns the items with the licensee's wording where some was entered, in the participant's own language."""
    language = assessment.participant.language if assessment.respondent not in RATED else ENGLISH
    texts = texts_of(assessment.instrument, language=language)
    return tuple(
        replace(item, text=texts[item.number].text) if item.number in texts and texts[item.number].text else item
        for item in items_for(assessment)
    )


def texts_of(instrument: str, *, language: str) -> dict[int, ItemText]:
    """Returns the wording that was entered for an instrument in a language, by item, the latest version of each."""
    found = ItemText.objects.filter(instrument=instrument, language=language).select_related("recorded_by")
    return {row.item: row for row in found.order_by("version")}


def worded_instruments() -> dict[str, int]:
    """Returns how many items of each instrument have a wording that was entered."""
    found = ItemText.objects.values_list("instrument").annotate(items=Count("item", distinct=True))
    return dict(found.order_by("instrument"))


def checks_for(assessment: Assessment) -> tuple[EditCheck, ...]:
    """Returns the edit checks of a form."""
    return definition_asked(assessment).edit_checks.get(assessment.instrument, ())


def fired_checks(assessment: Assessment, answers: Items) -> tuple[EditCheck, ...]:
    """Returns the edit checks that say that something is wrong, across the forms of the visit where they read them."""
    checks = checks_for(assessment)
    if not checks:
        return ()
    definition = definition_asked(assessment)
    others = _values_at(assessment) if any(check.reads_other_forms for check in checks) else {}
    return fired(checks, answers, others=others, instrument=definition.instruments[assessment.instrument])


def unasked_answers(assessment: Assessment) -> list[int]:
    """Returns the items that were answered although the item that opens them was answered with nought or no."""
    known = answers_for(assessment)
    block = definition_asked(assessment).instruments[assessment.instrument]
    return sorted(number for number in closed_items(block, known) if known.get(number) is not None)


def _values_at(assessment: Assessment) -> dict[str, Decimal]:
    """Returns the main values of the other forms of the visit that the site may read; ratings are none of them."""
    siblings = Assessment.objects.filter(visit_id=assessment.visit_id, state=AssessmentState.LOCKED)
    rows = {row.pk: row for row in siblings.exclude(pk=assessment.pk).exclude(respondent__in=RATED)}
    blocks = definition_asked(assessment).instruments
    return {
        name_of(rows[key].instrument, score.name): Decimal(score.value)
        for key, scores in standing_scores(rows.values()).items()
        for score in scores
        if score.complete and score.name == main_value(blocks[rows[key].instrument])
    }


def missing_in(assessment: Assessment, answers: Items) -> tuple[int, ...]:
    """Returns the numbers of the items that have no answer yet."""
    return missing_items(definition_asked(assessment), assessment.instrument, answers)


def scored(assessment: Assessment) -> Scored:
    """Returns what the answers come to now."""
    definition = definition_asked(assessment)
    known = latest_texts(assessment.participant)
    return judge_answers(definition, assessment.instrument, answers_for(assessment), sex=known.get("sex_at_birth"))


def course_rows(participant: "Participant") -> QuerySet[Assessment]:
    """Returns the assessments of a participant with what a course reads of them."""
    found = Assessment.objects.filter(participant=participant).exclude(respondent=SECOND)
    return found.select_related("visit", "site", "protocol_version", "form_version")


def all_assessments() -> QuerySet[Assessment]:
    """Returns every assessment the actor may see, with what a dataset reads of it; second ratings are none of them."""
    found = Assessment.objects.exclude(respondent=SECOND).annotate(open_reason=_open_reason())
    return found.select_related("site", "participant", "visit", "protocol_version")


def incomplete_assessments() -> QuerySet[Assessment]:
    """Returns the assessments that were locked with items missing, cancelled, or whose visit did not take place.

    That a rating lacks items is known once it is released.
    """
    lacking = Q(state=AssessmentState.LOCKED) & ~Q(open_reason="")
    never = Q(state__in=UNANSWERED, visit__state__in=("missed", "cancelled"))
    found = all_assessments().filter(lacking | never | Q(state=AssessmentState.CANCELLED))
    return found.select_related("participant__protocol_version")


def _open_reason() -> Case:
    withheld = Q(respondent__in=RATED) & ~Q(respondent=INDEPENDENT, participant__rating_release__isnull=False)
    return Case(When(withheld, then=Value("")), default=F("missing_reason"))


def open_scores() -> QuerySet[AssessmentScore]:
    """Returns the scores that may leave: of what participants and sites answered, and of raters once released.

    Every computation is a row; the one with the highest number stands.
    """
    return _open(AssessmentScore.objects.all())


def open_items() -> QuerySet[ItemValue]:
    """Returns the answers, as they were when their form was locked, that may leave; see open_scores."""
    return _open(ItemValue.objects.filter(assessment__state=AssessmentState.LOCKED))


def open_corrections() -> QuerySet[ItemCorrection]:
    """Returns the corrections that may leave; see open_scores."""
    return _open(ItemCorrection.objects.all())


def _open(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    released = Q(assessment__respondent=INDEPENDENT, assessment__participant__rating_release__isnull=False)
    found = rows.filter(~Q(assessment__respondent__in=RATED) | released)
    return found.select_related("site", "assessment__participant", "assessment__visit")


def open_forms_of(participant: "Participant") -> list[Assessment]:
    """Returns the questionnaires that wait for a participant's own answers, those of the earliest visit first."""
    found = Assessment.objects.filter(
        participant=participant, respondent=PARTICIPANT, state__in=(AssessmentState.READY, AssessmentState.STARTED)
    )
    # What belongs to a visit that has not been booked is not asked for yet.
    ready = found.filter(Q(visit__booked_at__isnull=False) | Q(visit__started_at__isnull=False))
    return list(ready.select_related("protocol_version", "form_version", "visit").order_by("visit__order", "id"))


def forms_described() -> list[dict[str, Any]]:
    """Returns what every published version of the trial's own forms asks, for whoever reads their answers outside.

    Each with code and number of the version, the protocol version that it belongs to, its items and checks as
    published; a form beside the protocol's file says the visits at which it is placed now.
    """
    found = FormVersion.objects.select_related("protocol_version")
    places = {version.pk: placements_under(version) for version in protocol_versions()}
    return [
        {
            "code": form.code,
            "number": form.number,
            "protocol_version": form.protocol_version.version,
            "published_at": form.published_at.isoformat(),
            **form.content,
            **({"visits": list(place.visits)} if (place := places[form.protocol_version_id].get(form.code)) else {}),
        }
        for form in found.order_by("protocol_version_id", "code", "number")
    ]


def own_form(participant: "Participant", public_id: str) -> Assessment | None:
    """Returns one questionnaire that the participant answers, whatever its state; nobody else's."""
    found = Assessment.objects.filter(participant=participant, respondent=PARTICIPANT, public_id=public_id)
    whole = found.exclude(state=AssessmentState.CANCELLED)
    return whole.select_related("protocol_version", "form_version", "visit", "participant__site").first()
