"""Corrections of locked forms: reason, signature, what stays, what is computed again, and who may."""

import random
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from assessments import actions, queries
from assessments.courses import Course, courses_of
from assessments.models import Assessment, AssessmentScore, ItemCorrection, ItemValue
from core.contributions import reading_as
from core.errors import Conflict, Refused, WrongPassword
from core.models import Person
from core.signatures import signatures_of, standing_signatures
from patients.models import Fact, Visit
from protocol.scoring import NOT_APPLICABLE, score
from tests.assessments.conftest import booked
from tests.assessments.test_actions import NO_DIAGNOSIS, answer_all, lock, rating
from tests.cast import AT, PASSWORD
from tests.conftest import size
from trials.queries import definition_of


def correct(assessment: Assessment, item: int, value: Any, *, by: Person, **changed: Any) -> ItemCorrection:
    given = {"reason": "Misread", "password": PASSWORD, "seen_version": 1, "at": AT} | changed
    return actions.correct_item(assessment, item=item, value=value, by=by, **given)


def completed(visit: Visit, instrument: str, *, by: Person, value: int = 1) -> Assessment:
    form = rating(visit, instrument)
    answer_all(form, {}, by=by, others=value)
    return actions.complete_form(form, by=by, at=AT)


def scores_of(assessment: Assessment) -> dict[str, str]:
    return {row.name: row.value for row in queries.standing_scores([assessment]).get(assessment.pk, [])}


def test_an_item_keeps_who_when_source_and_version(baseline: Visit, ben: Person) -> None:
    form = rating(baseline, "AUDIT")

    for value in (1, 2):
        row = actions.enter_item(form, item=1, value=value, by=ben, at=AT)

    assert (row.recorded_by, row.entered_at, row.source, row.version) == (ben, AT, "site", 2)
    rated = rating(baseline)
    answer = actions.enter_item(rated, item=1, value=1, by=rated.rater, at=AT)
    assert (answer.source, answer.version) == ("interview", 1)


def test_a_correction_stands_beside_what_was_locked_and_the_scores_follow(baseline: Visit, ben: Person) -> None:
    form = completed(baseline, "AUDIT", by=ben)

    correction = correct(form, 1, 4, by=ben)

    assert (correction.version, correction.replaced, correction.value) == (2, "1", 4)
    assert ItemValue.objects.get(assessment=form, item=1).value == 1
    assert queries.answers_for(form)[1] == 4
    assert scores_of(form)["total"] == "13"
    rows = AssessmentScore.objects.filter(assessment=form, name="total").order_by("computation")
    assert [(row.value, row.computation, row.cause_id) for row in rows] == [("10", 1, None), ("13", 2, correction.pk)]


def test_a_rater_corrects_the_own_rating_and_facts_follow(baseline: Visit) -> None:
    assessment = lock(rating(baseline), NO_DIAGNOSIS)

    correct(assessment, 1, 3, by=assessment.rater)

    totals = Fact.objects.filter(participant=baseline.participant, variable="caps5_total").order_by("pk")
    assert [fact.value for fact in totals][-1] == scores_of(assessment)["total"]
    assert len(totals) == 2


def test_the_signature_of_the_old_answer_is_superseded_by_the_corrector_s(baseline: Visit) -> None:
    assessment = lock(rating(baseline), NO_DIAGNOSIS)

    correct(assessment, 1, 3, by=assessment.rater)

    assert [each.superseded_at is None for each in signatures_of(assessment)] == [False, True]
    assert len(standing_signatures(assessment)) == 1


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        pytest.param({"reason": " "}, Refused, "Say why", id="without a reason"),
        pytest.param({"password": "wrong"}, WrongPassword, "not right", id="without the password"),
        pytest.param({"seen_version": 2}, Conflict, "meanwhile", id="when somebody else did it first"),
        pytest.param({"value": 5}, Refused, "answer with 0 to 4", id="out of range"),
        pytest.param({"value": 1}, Refused, "stands", id="to what stands already"),
        pytest.param({"item": 11}, Refused, "no item", id="of an item that does not exist"),
    ],
)
def test_what_is_no_correction_changes_nothing(
    baseline: Visit, ben: Person, changed: dict[str, Any], error: type[Exception], words: str
) -> None:
    form = completed(baseline, "AUDIT", by=ben)

    with pytest.raises(error, match=words):
        correct(form, changed.pop("item", 1), changed.pop("value", 4), by=ben, **changed)

    assert not ItemCorrection.objects.filter(assessment=form).exists()
    assert scores_of(form)["total"] == "10"


def test_nobody_corrects_another_raters_rating(baseline: Visit, ben: Person) -> None:
    assessment = lock(rating(baseline), NO_DIAGNOSIS)

    with pytest.raises(Refused, match="not yours"):
        correct(assessment, 1, 3, by=ben)


def test_an_answer_the_protocol_goes_by_cannot_be_taken_back(baseline: Visit, ben: Person) -> None:
    assessment = lock(rating(baseline), NO_DIAGNOSIS)

    with pytest.raises(Refused, match="not taken back"), transaction.atomic():
        correct(assessment, 1, None, by=assessment.rater)

    form = completed(baseline, "AUDIT", by=ben)
    correct(form, 1, None, by=ben)
    assert not queries.standing_scores([form])[form.pk][0].complete


def test_the_database_takes_no_correction_before_the_lock_and_changes_none(baseline: Visit, ben: Person) -> None:
    open_one, form = rating(baseline, "DUDIT"), completed(baseline, "AUDIT", by=ben)
    correction = correct(form, 1, 4, by=ben)

    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        ItemCorrection.objects.create(
            assessment=open_one, site_id=open_one.site_id, item=1, version=2, value=1, replaced="0", reason="x",
            corrected_at=AT, recorded_by=ben,
        )  # fmt: skip
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE assessments_itemcorrection SET value = 0 WHERE id = %s", [correction.pk])


def course(visit: Visit, instrument: str) -> Course:
    rows = queries.course_rows(visit.participant).filter(instrument=instrument)
    return courses_of(rows)[0]


def test_change_response_and_remission_follow_a_correction_of_the_baseline(baseline: Visit, ben: Person) -> None:
    lock(rating(baseline), dict.fromkeys(range(1, 11), 2) | NO_DIAGNOSIS)
    second = booked(baseline.participant, "V9", by=ben)
    lock(rating(second), {1: 2, **NO_DIAGNOSIS})
    before = course(baseline, "CAPS5").at_visit("V9")

    correct(rating(baseline), 1, 0, by=rating(baseline).rater)
    for number in (2, 3, 4, 5):
        correct(rating(baseline), number, 0, by=rating(baseline).rater)

    after = course(baseline, "CAPS5").at_visit("V9")
    assert before is not None and after is not None
    assert (before.change.change, before.change.outcomes) == (-18, {"RESPONSE": True, "REMISSION": True})
    assert (after.change.change, after.change.outcomes) == (-8, {"RESPONSE": False, "REMISSION": True})
    first = course(baseline, "CAPS5").at_visit("V3")
    assert first is not None and first.recomputed and not after.recomputed


def test_the_page_corrects_and_shows_who_when_and_the_new_score(baseline: Visit, ben: Person, client_for: Any) -> None:
    form, browser = completed(baseline, "AUDIT", by=ben), client_for(ben)
    address = f"/assessments/{form.public_id}/items/1/correct/"
    refused = browser.post(address, {"value": "4", "reason": "", "password": PASSWORD, "seen_version": "1"})
    assert refused.status_code == 422 and "Say why" in refused.content.decode()

    browser.post(address, {"value": "4", "reason": "Misread", "password": PASSWORD, "seen_version": "1"})

    page = browser.get(f"/assessments/{form.public_id}/").content.decode()
    assert "corrected, was 1" in page and "Misread" in page and "Computed again" in page


def test_of_two_correctors_the_second_sees_the_first_and_keeps_what_was_typed(
    baseline: Visit, ben: Person, client_for: Any
) -> None:
    form, browser = completed(baseline, "AUDIT", by=ben), client_for(ben)
    address = f"/assessments/{form.public_id}/items/1/correct/"
    correct(form, 1, 3, by=ben)

    page = browser.post(address, {"value": "4", "reason": "Mine", "password": PASSWORD, "seen_version": "1"})

    assert page.status_code == 422 and "meanwhile" in page.content.decode() and "Mine" in page.content.decode()
    again = page.context["form"].data
    browser.post(address, {**again, "password": PASSWORD})
    assert queries.answers_for(form)[1] == 4


def test_the_raters_page_corrects_and_says_nothing_else(baseline: Visit, client_for: Any) -> None:
    assessment = lock(rating(baseline), NO_DIAGNOSIS)
    browser = client_for(assessment.rater)

    browser.post(
        f"/ratings/{assessment.public_id}/items/1/correct/",
        {"value": "3", "reason": "Misread", "password": PASSWORD, "seen_version": "1"},
    )

    page = browser.get(f"/ratings/{assessment.public_id}/").content.decode()
    assert "again after a correction" in page and baseline.participant.screening_number not in page


# --- no order and no path changes a score ---


@pytest.mark.prove
@pytest.mark.parametrize("instrument", ["CAPS5", "SDS_M", "LEC5", "BDI2", "AUDIT", "DUDIT", "DES2", "EQ5D5L"])
def test_no_order_of_answering_and_no_path_of_correction_changes_a_score(
    baseline: Visit, ben: Person, instrument: str
) -> None:
    assessment = rating(baseline, instrument)
    by, dice = assessment.rater or ben, random.Random(f"paths of {instrument}")
    items = {item.number: item for item in queries.items_for(assessment)}
    final = {number: dice.choice(allowed(item)) for number, item in items.items()}
    order = list(items) * 2
    dice.shuffle(order)
    with reading_as(by):
        for number in order[: size(small=20, full=len(order))]:
            actions.enter_item(assessment, item=number, value=dice.choice(allowed(items[number])), by=by, at=AT)
        # With its gate open every item is asked; what doubts an answer is confirmed.
        rest = {number: dice.choice(allowed(item)) for number, item in items.items()} | {1: items[1].high}
        sure = {check.code: "Asked again" for check in queries.checks_for(assessment)}
        actions.enter_items(assessment, answers=rest, by=by, at=AT)
        if assessment.rater:
            actions.lock_assessment(assessment, password=PASSWORD, by=by, at=AT)
        else:
            actions.complete_form(assessment, confirmations=sure, by=by, at=AT)
        walk(assessment, final, by=by, dice=dice, detours=size(small=3, full=30))

    block = definition_of(assessment.protocol_version).instruments[instrument]
    expected = score(block, final).values
    found = scores_of(assessment)
    assert {name: found[name] for name in expected} == {name: as_stored(value) for name, value in expected.items()}


def allowed(item: Any) -> list[Any]:
    return [*item.values, *([NOT_APPLICABLE] if item.may_not_apply else [])]


def walk(assessment: Assessment, final: dict[int, Any], *, by: Person, dice: random.Random, detours: int) -> None:
    """Corrects item after item by detours until the final answers stand."""
    items = {item.number: item for item in queries.items_for(assessment)}
    for number in [*dice.choices(list(items), k=detours), *dice.sample(list(items), k=len(items))]:
        standing, version = queries.answers_for(assessment)[number], queries.versions_of(assessment)[number]
        wanted = final[number] if dice.random() < 0.5 or detours <= 0 else dice.choice(allowed(items[number]))
        detours -= 1
        if wanted != standing:
            correct(assessment, number, wanted, seen_version=version, by=by)
    for number, value in final.items():
        if queries.answers_for(assessment)[number] != value:
            correct(assessment, number, value, seen_version=queries.versions_of(assessment)[number], by=by)


def as_stored(value: Any) -> str:
    from assessments.scores import as_text

    return as_text(value)
