"""Drawing raters, answering item by item, locking and scoring."""

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from assessments import actions, queries
from assessments.models import Assessment, AssessmentScore, ItemValue
from core.contributions import contribution, reading_as
from core.errors import Conflict, Refused, WrongPassword
from core.models import Person
from core.signatures import content_digest, standing_signatures
from patients import actions as patient_actions
from patients.models import Fact, Participant, Visit
from reminders.models import Reminder
from tests.assessments.conftest import booked
from tests.cast import AT, PASSWORD
from trials.queries import definition_of

NO_DIAGNOSIS = {21: 0, 22: 1, 23: 0, 24: 0, 25: 0}


def rating(visit: Visit, instrument: str = "CAPS5") -> Assessment:
    return Assessment.objects.select_related("rater", "protocol_version").get(visit=visit, instrument=instrument)


def answer_all(assessment: Assessment, values: dict[int, Any], *, by: Person, others: Any = 0) -> None:
    asked = {item.number: others for item in queries.items_for(assessment)} | values
    actions.enter_items(assessment, answers=asked, by=by, at=AT)


def facts(participant: Participant) -> dict[str, str]:
    return dict(Fact.objects.filter(participant=participant).values_list("variable", "value"))


# --- preparing and drawing ---


def test_booking_a_rated_visit_makes_one_assessment_for_each_instrument_with_one_rater(baseline: Visit) -> None:
    rated = Assessment.objects.filter(visit=baseline, respondent="independent_assessor")

    assert {a.instrument for a in rated} == {"CAPS5", "SDS_M", "LEC5"}
    assert len({a.rater_id for a in rated}) == len({a.rating_code for a in rated}) == 1


def test_booking_makes_the_questionnaires_ready_for_the_site(baseline: Visit) -> None:
    forms = Assessment.objects.filter(visit=baseline, respondent="participant")

    assert {a.instrument for a in forms} == {"BDI2", "AUDIT", "DUDIT", "DES2", "EQ5D5L"}
    assert not forms.filter(rater__isnull=False).exists()


def test_booking_again_keeps_rater_and_code(baseline: Visit, ben: Person) -> None:
    before = (rating(baseline).pk, rating(baseline).rater_id, rating(baseline).rating_code)

    patient_actions.move_visit(baseline, starts_at=AT, reason="Asked for an earlier day", by=ben, at=AT)

    assert (rating(baseline).pk, rating(baseline).rater_id, rating(baseline).rating_code) == before


def test_a_rater_meets_a_participant_as_often_as_the_protocol_says(participant: Participant, ben: Person) -> None:
    visits = [booked(participant, code, by=ben) for code in ("V3", "V9")]

    assert rating(visits[0]).rater != rating(visits[1]).rater


def test_a_rating_without_anybody_free_waits_for_a_rater(participant: Participant, ben: Person) -> None:
    third = [booked(participant, code, by=ben) for code in ("V3", "V9", "V14")][2]

    assert rating(third).rater is None
    with pytest.raises(Refused, match="No rater of the pool"):
        actions.assign_rater(participant, visit=third, instrument="CAPS5", by=ben, at=AT)


def test_assigning_gives_the_visits_own_rater_to_its_other_instruments(baseline: Visit, ben: Person) -> None:
    found = actions.assign_rater(baseline.participant, visit=baseline, instrument="SDS_M", by=ben, at=AT)

    assert found.rater == rating(baseline).rater


def test_an_instrument_that_is_not_rated_here_gets_no_rater(baseline: Visit, ben: Person) -> None:
    with pytest.raises(Refused, match="not rated by an independent rater"):
        actions.assign_rater(baseline.participant, visit=baseline, instrument="BDI2", by=ben, at=AT)


def test_a_rater_whose_role_ended_is_not_drawn(participant: Participant, ben: Person, world: Any) -> None:
    with contribution(by=world.people["adam"], reason="Left the pool"):
        for name in ("rhea", "rolf"):
            world.people[name].memberships.update(ends_at=AT)

    assert rating(booked(participant, "V3", by=ben)).rater is None


def test_the_reminder_to_the_rater_names_nothing_of_the_participant(baseline: Visit) -> None:
    reminder = Reminder.objects.get(person=rating(baseline).rater)

    assert reminder.template == "task_waiting"
    assert baseline.code not in reminder.key and baseline.participant.screening_number not in reminder.key


def test_a_missed_visit_cancels_what_is_open(baseline: Visit, ben: Person) -> None:
    patient_actions.miss_visit(baseline, reason="Did not come", by=ben, at=AT)

    assert set(Assessment.objects.filter(visit=baseline).values_list("state", flat=True)) == {"cancelled"}


# --- answering ---


def test_the_first_answer_starts_the_assessment(baseline: Visit) -> None:
    assessment = rating(baseline)

    with reading_as(assessment.rater):
        actions.enter_item(assessment, item=1, value=2, by=assessment.rater, at=AT)

    assert (assessment.state, assessment.started_at) == ("started", AT)


def test_the_same_answer_twice_is_one_row_and_one_audit_entry(baseline: Visit) -> None:
    assessment = rating(baseline)

    for _ in range(2):
        row = actions.enter_item(assessment, item=1, value=2, by=assessment.rater, at=AT)

    assert ItemValue.objects.filter(assessment=assessment).count() == 1
    assert operations(row) == ["insert"]


def test_a_changed_answer_keeps_the_old_value_in_the_audit(baseline: Visit) -> None:
    assessment = rating(baseline)

    for value in (2, 4):
        row = actions.enter_item(assessment, item=3, value=value, by=assessment.rater, at=AT)

    assert operations(row) == ["insert", "update"]


@pytest.mark.parametrize(
    ("item", "value"),
    [
        pytest.param(1, 5, id="above the range"),
        pytest.param(1, -1, id="below the range"),
        pytest.param(1, True, id="a truth is not a number"),
        pytest.param(1, "not_applicable", id="this item always applies"),
        pytest.param(31, 0, id="no such item"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(baseline: Visit, item: int, value: Any) -> None:
    assessment = rating(baseline)

    with pytest.raises(Refused):
        actions.enter_item(assessment, item=item, value=value, by=assessment.rater, at=AT)
    assert not ItemValue.objects.exists()


def test_another_rater_cannot_answer(baseline: Visit, rhea: Person, rolf: Person) -> None:
    assessment = rating(baseline)
    other = rolf if assessment.rater == rhea else rhea

    with pytest.raises(Refused, match="not yours"):
        actions.enter_item(assessment, item=1, value=2, by=other, at=AT)


def test_the_coordinator_cannot_answer_for_the_rater(baseline: Visit, ben: Person) -> None:
    with pytest.raises(Refused, match="not yours"):
        actions.enter_item(rating(baseline), item=1, value=2, by=ben, at=AT)


# --- scoring vectors ---


def vectors(instrument: str) -> list[Any]:
    import yaml

    from tests.cast import PROTOCOL_FILE

    rows = yaml.safe_load(PROTOCOL_FILE.read_text())["scoring_test_vectors"]
    return [pytest.param(row, id=row["name"]) for row in rows if row["instrument"] == instrument]


def expanded(row: Any) -> dict[int, int]:
    found = dict(row.get("items", {}))
    for span, value in row.get("items_fill", {}).items():
        first, last = (int(part) for part in str(span).split("-"))
        found |= dict.fromkeys(range(first, last + 1), value)
    return found


@pytest.mark.parametrize("row", vectors("CAPS5"))
def test_the_protocols_vectors_come_out_through_answers_and_lock(baseline: Visit, row: Any) -> None:
    assessment = rating(baseline)
    with reading_as(assessment.rater):
        answer_all(assessment, expanded(row), by=assessment.rater, others=row.get("others", 0))
        actions.lock_assessment(assessment, password=PASSWORD, by=assessment.rater, at=AT)

    scores = dict(AssessmentScore.objects.filter(assessment=assessment).values_list("name", "value"))
    expected = {name: str(value).lower() for name, value in row["expect"].items()}
    assert {name: scores[name] for name in expected} == expected


@pytest.mark.parametrize("row", vectors("SDS_M"))
def test_the_mean_leaves_out_what_does_not_apply(baseline: Visit, row: Any) -> None:
    assessment = rating(baseline, "SDS_M")
    answers = {n: "not_applicable" if v is None else v for n, v in enumerate(row["items"], start=1)}
    actions.enter_items(assessment, answers=answers, by=assessment.rater, at=AT)
    actions.lock_assessment(assessment, password=PASSWORD, by=assessment.rater, at=AT)

    assert AssessmentScore.objects.get(assessment=assessment, name="mean").value == str(row["expect"]["mean"])


# --- locking ---


def lock(assessment: Assessment, values: dict[int, Any], **more: Any) -> Assessment:
    with reading_as(assessment.rater):
        answer_all(assessment, values, by=assessment.rater, **more)
        return actions.lock_assessment(
            assessment, password=PASSWORD, guess_basis="A feeling", by=assessment.rater, at=AT
        )


def test_locking_the_baseline_writes_the_protocols_variables(baseline: Visit) -> None:
    lock(rating(baseline), dict.fromkeys(range(1, 21), 2) | {22: 1, 23: 2})

    known = facts(baseline.participant)
    assert known["caps5_total"] == "40"
    assert (known["dsm5_ptsd_current"], known["caps5_baseline_locked"]) == ("true", "true")


@pytest.mark.parametrize(
    "change",
    [pytest.param({22: 0}, id="not long enough"), pytest.param({23: 1, 24: 1, 25: 1}, id="no distress or impairment")],
)
def test_the_diagnosis_needs_duration_and_distress(baseline: Visit, change: dict[int, int]) -> None:
    lock(rating(baseline), dict.fromkeys(range(1, 21), 2) | {22: 1, 23: 2} | change)

    assert facts(baseline.participant)["dsm5_ptsd_current"] == "false"


def test_a_later_rating_does_not_lock_the_baseline(participant: Participant, ben: Person) -> None:
    lock(rating(booked(participant, "V9", by=ben)), NO_DIAGNOSIS)

    assert "caps5_baseline_locked" not in facts(participant)


def test_scores_and_facts_are_vigils_own_with_the_assessment_named(baseline: Visit) -> None:
    assessment = lock(rating(baseline), NO_DIAGNOSIS)

    fact = Fact.objects.get(participant=baseline.participant, variable="caps5_total")
    assert fact.recorded_by.username == "system:scoring"
    assert AssessmentScore.objects.filter(assessment=assessment).first().recorded_by == fact.recorded_by


def test_the_lock_is_the_raters_standing_signature(baseline: Visit) -> None:
    assessment = lock(rating(baseline), NO_DIAGNOSIS)

    assert [s.signer for s in standing_signatures(Assessment.objects.get(pk=assessment.pk))] == [assessment.rater]


def test_a_wrong_password_locks_nothing(baseline: Visit) -> None:
    assessment = rating(baseline)
    answer_all(assessment, NO_DIAGNOSIS, by=assessment.rater)

    with pytest.raises(WrongPassword):
        actions.lock_assessment(assessment, password="not it", by=assessment.rater, at=AT)
    assert rating(baseline).state == "started"
    assert not AssessmentScore.objects.exists()


def test_missing_items_need_a_reason_and_stay_incomplete(baseline: Visit) -> None:
    assessment = rating(baseline)
    actions.enter_item(assessment, item=1, value=2, by=assessment.rater, at=AT)
    with pytest.raises(Refused, match="no answer"):
        actions.lock_assessment(assessment, password=PASSWORD, by=assessment.rater, at=AT)

    actions.lock_assessment(
        assessment, password=PASSWORD, missing_reason="Broke off after the first.", by=assessment.rater, at=AT
    )

    score = AssessmentScore.objects.get(assessment=assessment)
    assert (score.complete, score.value) == (False, "")
    assert "Broke off" in score.incomplete_reason and "Not answered" in score.incomplete_reason
    assert "caps5_total" not in facts(baseline.participant)


def test_an_untouched_part_is_locked_as_incomplete_only_with_a_reason(baseline: Visit) -> None:
    assessment = rating(baseline)
    with pytest.raises(Refused, match="no answer"):
        actions.lock_assessment(assessment, password=PASSWORD, by=assessment.rater, at=AT)

    actions.lock_assessment(assessment, password=PASSWORD, missing_reason="Ill", by=assessment.rater, at=AT)

    assert not AssessmentScore.objects.get(assessment=assessment).complete


def test_the_interview_is_locked_whole(baseline: Visit) -> None:
    assessment = rating(baseline)
    for instrument in ("CAPS5", "SDS_M", "LEC5"):
        answer_all(rating(baseline, instrument), {}, by=assessment.rater, others=1)

    locked = actions.lock_rating(assessment, password=PASSWORD, by=assessment.rater, at=AT)

    assert [part.state for part in locked] == ["locked"] * 3


def test_an_interview_with_a_part_missing_is_not_locked_in_part(baseline: Visit) -> None:
    assessment = rating(baseline)
    answer_all(assessment, {}, by=assessment.rater)

    with pytest.raises(Refused, match="no answer"):
        actions.lock_rating(assessment, password=PASSWORD, by=assessment.rater, at=AT)
    assert set(Assessment.objects.filter(visit=baseline).values_list("state", flat=True)) == {"ready", "started"}


def test_of_two_who_enter_a_questionnaire_the_second_is_told(baseline: Visit, ben: Person) -> None:
    form = rating(baseline, "BDI2")
    seen = content_digest(form)
    actions.enter_items(form, answers={1: 1}, by=ben, at=AT, seen_digest=seen)

    with pytest.raises(Conflict):
        actions.enter_items(form, answers={1: 2}, by=ben, at=AT, seen_digest=seen)


def test_after_the_lock_the_action_refuses_and_so_does_the_database(baseline: Visit) -> None:
    assessment = lock(rating(baseline), NO_DIAGNOSIS)

    with pytest.raises(Refused, match="can no longer change"):
        actions.enter_item(assessment, item=1, value=4, by=assessment.rater, at=AT)
    for statement in (
        "UPDATE assessments_itemvalue SET value = 4 WHERE assessment_id = %s",
        "UPDATE assessments_assessment SET missing_reason = 'x' WHERE id = %s",
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [assessment.pk])


def test_the_last_lock_of_a_visit_that_only_has_assessments_ends_it(participant: Participant, ben: Person) -> None:
    first = participant.visits.get(code="V8")
    patient_actions.miss_visit(first, reason="Not part of this test", by=ben, at=AT)
    visit = booked(participant, "V9", by=ben)
    asked = Assessment.objects.get(visit=visit, instrument="ALLIANCE")
    actions.enter_and_complete(
        asked,
        answers=dict.fromkeys(range(1, 13), 3),
        seen_digest="",
        missing_reason="",
        confirmations={},
        by=ben,
        at=AT,
    )

    for instrument in ("CAPS5", "SDS_M", "BLIND_GUESS"):
        lock(rating(visit, instrument), {})

    visit = Visit.objects.get(pk=visit.pk)
    assert (visit.state, visit.started_at) == ("done", AT)


def test_a_visit_that_may_not_start_yet_is_left_to_the_coordinator(participant: Participant, ben: Person) -> None:
    visit = booked(participant, "V9", by=ben)

    assessment = lock(rating(visit), NO_DIAGNOSIS)

    assert assessment.state == "locked"
    assert Visit.objects.get(pk=visit.pk).started_at is None


def test_a_refusal_at_the_participants_side_tells_the_rater_nothing(baseline: Visit, ben: Person) -> None:
    patient_actions.fail_screening(baseline.participant, reason="Excluded", by=ben, at=AT)
    assessment = rating(baseline)
    answer_all(assessment, NO_DIAGNOSIS, by=assessment.rater)

    with pytest.raises(Refused, match="cannot be locked now") as refusal:
        actions.lock_assessment(assessment, password=PASSWORD, by=assessment.rater, at=AT)
    assert "screen" not in refusal.value.message.lower()


# --- questionnaires ---


def test_a_questionnaire_is_entered_and_scored_by_the_site(baseline: Visit, ben: Person) -> None:
    form = rating(baseline, "BDI2")
    actions.enter_items(form, answers=dict.fromkeys(range(1, 22), 1), by=ben, at=AT)

    actions.complete_form(form, by=ben, at=AT)

    scores = dict(AssessmentScore.objects.filter(assessment=form).values_list("name", "value"))
    assert (scores["total"], scores["band"]) == ("21", "moderate")


def test_a_rating_cannot_be_closed_as_a_questionnaire(baseline: Visit, ben: Person) -> None:
    with pytest.raises(Refused, match="locked by its rater"):
        actions.complete_form(rating(baseline), by=ben, at=AT)


# --- slips of blinding ---


def test_a_slip_is_kept_once_for_one_submission(baseline: Visit) -> None:
    from uuid import uuid4

    assessment, submission = rating(baseline), uuid4()
    with reading_as(assessment.rater):
        told = [
            actions.report_unblinding(
                assessment, kind="session", text="", submission_id=submission, by=assessment.rater, at=AT
            )
            for _ in range(2)
        ]

    assert told[0] == told[1]


def test_something_else_must_be_said_in_words(baseline: Visit) -> None:
    from uuid import uuid4

    assessment = rating(baseline)
    with pytest.raises(Refused, match="few words"):
        actions.report_unblinding(assessment, kind="other", text=" ", submission_id=uuid4(), by=assessment.rater, at=AT)


def operations(row: ItemValue) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT operation FROM audit.history('assessments_itemvalue', %s)", [row.pk])
        return [operation for (operation,) in cursor.fetchall()]


def test_every_rated_instrument_of_the_protocol_has_items(baseline: Visit) -> None:
    definition = definition_of(baseline.participant.protocol_version)

    for visit in definition.visits:
        for procedure in queries_rated(definition, visit.code):
            assert procedure


def queries_rated(definition: Any, code: str) -> list[Any]:
    from assessments.instruments import instrument_code, items_of, rated_procedures

    return [items_of(definition, instrument_code(p)) for p in rated_procedures(definition, code)]
