"""What participants and raters answer: questionnaires, independent ratings, second ratings."""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from assessments import actions as rating
from assessments.form_versions import definition_asked
from assessments.instruments import INDEPENDENT, SECOND, items_of
from assessments.models import Assessment
from assessments.queries import answers_for
from core.contributions import reading_as
from demo.people import PASSWORD
from demo.simulation import bodies
from patients import actions as patients
from patients.models import Visit
from protocol.scoring import closed_items

if TYPE_CHECKING:
    from demo.simulation.course import Course

# Every so many participants one answer was misread on the paper form; of second ratings so many lie a point apart.
MISREADS, MISREAD, APART = 4, "DES2", 0.2


def answer_questionnaires(course: "Course", visit: Visit, at: datetime) -> None:
    waiting = Assessment.objects.filter(visit=visit, state="ready")
    forms = waiting.exclude(respondent=INDEPENDENT).select_related("protocol_version", "form_version").order_by("id")
    for form in forms:
        definition = definition_asked(form)
        # A form that is published later must not change what is drawn for everything else.
        of_its_own = form.form_version_id is not None
        dice = random.Random(f"{form.instrument} {course.plan.number} {visit.code}") if of_its_own else course.dice
        answers = {item.number: bodies.answered(item, dice) for item in items_of(definition, form.instrument)}
        closed = closed_items(definition.instruments[form.instrument], answers)
        checks = definition.edit_checks.get(form.instrument, ())
        kept = rating.enter_and_complete(
            form, answers={number: answer for number, answer in answers.items() if number not in closed},
            seen_digest="", missing_reason="", confirmations={check.code: "Asked again" for check in checks},
            by=course.coordinator, at=at,
        )  # fmt: skip
        if course.plan.number % MISREADS == 0 and form.instrument == MISREAD:
            _correct(course, kept, answers, at)


def _correct(course: "Course", form: Assessment, answers: Mapping[int, Any], at: datetime) -> None:
    """Somebody misread the last answer on the paper, and says so under the own signature."""
    item = items_of(course.definition, form.instrument)[-1]
    other = next(value for value in item.values if value != answers[item.number])
    rating.correct_item(
        form, item=item.number, value=other, seen_version=1, reason="Misread on the paper form", password=PASSWORD,
        by=course.coordinator, at=at,
    )  # fmt: skip


def rate(course: "Course", code: str, at: datetime) -> Iterator[datetime]:
    """The rater answers by item and locks; then the site closes what is left of the visit."""
    with course.acting(course.coordinator):
        own = list(
            Assessment.objects.filter(visit__participant=course.participant, visit__code=code, rater__isnull=False)
            .select_related("rater")
            .order_by("id")
        )
    for position, assessment in enumerate(own):
        moment = at + timedelta(minutes=40 * position)
        yield moment
        assert assessment.rater is not None
        # To a rater the participant does not exist.
        with reading_as(assessment.rater):
            mine = Assessment.objects.get(pk=assessment.pk)
            rating.enter_items(mine, answers=_answers(course, mine.instrument), by=assessment.rater, at=moment)
            rating.lock_assessment(
                Assessment.objects.get(pk=mine.pk), password=PASSWORD, by=assessment.rater, at=moment,
                guess_basis="How the interview went",
            )  # fmt: skip
    moment = at + timedelta(hours=3)
    yield moment
    rate_again(course, code, moment)
    course.rated += 1
    with course.acting(course.coordinator):
        visit = course.visit_named(code)
        course.record_values(visit, moment)
        course.judge_washout(visit, moment)
        answer_questionnaires(course, visit, moment)
        visit = course.visit_named(code)
        if visit.state in ("planned", "booked"):
            patients.start_visit(visit, by=course.coordinator, at=moment)
        course.answer_risk(visit, moment)
        course.close_procedures(visit, moment)
        visit = course.visit_named(code)
        if visit.state == "started":
            patients.finish_visit(visit, by=course.coordinator, at=moment)


def rate_again(course: "Course", code: str, at: datetime) -> None:
    """Whoever was drawn for it rates the interview again from the recording, now and then a point apart."""
    with course.acting(course.coordinator):
        at_visit = Assessment.objects.filter(visit__participant=course.participant, visit__code=code)
        seconds = list(at_visit.filter(respondent=SECOND).select_related("rater").order_by("id"))
        firsts = {row.instrument: answers_for(row) for row in at_visit.filter(respondent=INDEPENDENT)}
    dice = random.Random(f"again {course.plan.number} {code}")
    for second in seconds:
        assert second.rater is not None
        items = {item.number: item for item in items_of(course.definition, second.instrument)}
        answers = {
            number: value + 1 if dice.random() < APART and value + 1 in items[number].values else value
            for number, value in sorted(firsts[second.instrument].items())
            if isinstance(value, int)
        }
        with reading_as(second.rater):
            mine = Assessment.objects.get(pk=second.pk)
            rating.enter_items(mine, answers=answers, by=second.rater, at=at)
            rating.lock_assessment(
                Assessment.objects.get(pk=second.pk), password=PASSWORD, by=second.rater, at=at,
                missing_reason="Not on the recording",
            )  # fmt: skip


def _answers(course: "Course", instrument: str) -> dict[int, Any]:
    block = course.definition.instruments[instrument]
    if "options" in block:
        return {item.number: course.dice.choice(list(item.values)) for item in items_of(course.definition, instrument)}
    if "clusters" in block:
        total = _outcomes(course)[0][min(course.rated, 4)]
        typical = tuple(int(first) + more for first, _ in block["clusters"].values() for more in (0, 1))
        answers = bodies.interview_items(
            total,
            scored=int(block.get("scored_items", block["items"])),
            highest=block["range_item"][1],
            typical=typical,
            dice=course.dice,
        )
        others = [item for item in items_of(course.definition, instrument) if item.number not in answers]
        ill = total > 15
        return answers | {item.number: (min(2, item.high) if ill else item.low) for item in others}
    if str(block.get("score", "")).startswith("mean"):
        mean = _outcomes(course)[1][min(course.rated, 4)]
        return {item.number: mean for item in items_of(course.definition, instrument)}
    return {item.number: course.dice.choice(list(item.values)) for item in items_of(course.definition, instrument)}


def _outcomes(course: "Course") -> tuple[list[int], list[int]]:
    """The person's totals at every rating: drawn anew from the same dice, so that they do not depend on when."""
    dice = random.Random(f"outcomes {course.plan.number}")
    return bodies.totals(course.profile, course.kind, dice), bodies.disabilities(course.profile, course.kind, dice)
