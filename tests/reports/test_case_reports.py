"""Tests of reports of cases: put together from the record, judged before they are kept, never changed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from core.errors import Conflict, Refused
from reports import actions, queries
from reports.icsr.elements import MASKED, NULLIFICATION, UNKNOWN, CauseOfDeath, Null
from reports.icsr.reading import read
from reports.icsr.rules import faults_of
from reports.models import CaseReport
from reports.queries import Entered
from safety import actions as safety_actions
from tests.cast import AT
from tests.reports.conftest import CODED, MADE

LATER = AT + timedelta(days=1)


def told(report):
    return read(report.content.encode())


def test_the_report_says_what_the_record_says_and_nothing_of_the_treatment(case, made):
    report = told(made(case))

    assert report.identification.safety_report_id == f"PT-EXAMPLE-{case.participant.screening_number}-1"
    assert (report.patient.initials, report.patient.investigation_number) == (MASKED, case.participant.screening_number)
    assert (report.study.number, report.study.kind) == ("MAPPLIKE-01", "1")
    assert (report.reactions[0].verbatim, report.reactions[0].started) == ("Headache", "20260105")
    assert report.reactions[0].serious_as == frozenset("c")
    assert (report.drugs[0].name, report.drugs[0].blinded, report.drugs[0].action) == ("Blinded study drug", True, "1")
    assert [(each.source, each.result) for each in report.assessments] == [("Investigator", "possible")]
    assert report.narrative.text == "A headache at home."
    assert (report.identification.first_received, report.identification.latest_information) >= ("20260105", "20260105")
    assert faults_of(report) == ()


def test_no_word_of_the_arms_is_in_any_report(case, made, world):
    from trials.queries import definition_of

    content = made(case).content.lower()

    definition = definition_of(world.version)
    words = {arm.code.lower() for arm in definition.arms} | set(definition.case_reporting.revealing_words)
    assert [word for word in words if word in content] == []


def test_a_narrative_that_names_the_drug_is_refused_by_its_element(case, made, sofia):
    actions.keep_narrative(case, text="Placebo was given.", reason="More", seen_number=1, by=sofia, at=MADE)

    with pytest.raises(Refused) as refusal:
        made(case)

    assert refusal.value.details == ("H.1: The word “placebo” could reveal the blinded medicine.",)
    assert not CaseReport.objects.exists()


def test_every_fault_is_told_with_the_number_of_its_element(serious, made, sofia):
    event = serious(causality="", seriousness=("death",), outcome="fatal", ongoing=True)
    actions.keep_narrative(event, text="Died.", reason="Written", seen_number=0, by=sofia, at=MADE)

    with pytest.raises(Refused) as refusal:
        made(event, entered=Entered("", ""))

    elements = {detail.split(":")[0] for detail in refusal.value.details}
    assert elements == {"D.9.1", "E.i.2.1a", "E.i.2.1b", "G.k.9.i.2.r"}


def test_cause_and_history_of_a_death_are_told(serious, made, sofia):
    event = serious(seriousness=("death",), outcome="fatal")
    actions.keep_narrative(event, text="Died.", reason="Written", seen_number=0, by=sofia, at=MADE)

    report = told(
        made(event, entered=Entered("10019211", "27.1", died="2026-01", autopsy="true", cause="Heart stopped",
                                    cause_code="10007515", autopsy_cause="Torn aorta"))
    )  # fmt: skip

    assert report.patient.causes == (CauseOfDeath("Heart stopped", "10007515", "27.1"),)
    assert report.patient.autopsy_causes == (CauseOfDeath("Torn aorta"),)
    assert report.patient.history == UNKNOWN


@pytest.mark.parametrize(("died", "kept"), [("2026-01", "202601"), ("ASKU", Null("ASKU"))])
def test_a_death_has_its_date_or_the_reason(serious, made, sofia, died, kept):
    event = serious(seriousness=("death",), outcome="fatal")
    actions.keep_narrative(event, text="Died.", reason="Written", seen_number=0, by=sofia, at=MADE)

    report = told(made(event, entered=Entered("10019211", "27.1", died=died, autopsy="UNK")))

    assert (report.patient.died, report.patient.autopsy) == (kept, Null("UNK"))


def test_without_receipt_or_narrative_there_is_no_report(nina, ben, case, made):
    from dataclasses import replace

    from tests.safety.conftest import HEADACHE

    unreceived = safety_actions.report_adverse_event(
        nina, description=replace(HEADACHE, seriousness=("hospitalisation",)), site_aware_at=AT,
        submission_id=uuid4(), by=ben, at=AT,
    )  # fmt: skip
    with pytest.raises(Refused, match=r"H\.1"):
        made(unreceived)
    actions.keep_narrative(unreceived, text="x", reason="y", seen_number=0, by=ben, at=MADE)

    with pytest.raises(Refused, match=r"C\.1\.4"):
        made(unreceived)


def test_the_same_form_sent_again_answers_the_first_report(case, made):
    key = uuid4()

    assert made(case, submission_id=key).pk == made(case, submission_id=key).pk
    assert CaseReport.objects.count() == 1


def test_what_comes_after_is_a_follow_up_an_amendment_or_a_nullification(case, made, ada):
    initial, follow_up = made(case), made(case)
    amendment = made(case, amends=True, reason="The onset was wrong")
    safety_actions.nullify_event(case, reason="Reported for another person", by=ada, at=LATER)
    nullification = made(case, at=LATER)

    assert [each.kind for each in (initial, follow_up, amendment, nullification)] == [
        "initial", "follow_up", "amendment", "nullification",
    ]  # fmt: skip
    assert told(follow_up).identification.nullification == ""
    assert told(amendment).identification.nullification_reason == "The onset was wrong"
    taken_back = told(nullification).identification
    assert (taken_back.nullification, taken_back.nullification_reason) == (NULLIFICATION, "Reported for another person")
    assert taken_back.safety_report_id == initial.safety_report_id
    with pytest.raises(Refused, match="taken back already"):
        made(case, at=LATER)


def test_the_draft_tells_the_case_from_the_record(serious):
    event = serious(narrative="She lay down.", action_taken="Ibuprofen")
    draft = queries.draft_narrative(event, safety_actions.latest_revision(event))

    for words in ("Headache", "hospitalisation", "possible", "She lay down.", "What was done: Ibuprofen.", "S01",
                  "It began 5 Jan 2026"):  # fmt: skip
        assert words in draft


def test_the_narrative_is_kept_as_revisions(case, sofia, mel):
    second = actions.keep_narrative(case, text="Anew.", reason="Letter came", seen_number=1, by=mel, at=MADE)

    assert [(each.number, each.text) for each in queries.narratives_of(case)] == [
        (2, "Anew."), (1, "A headache at home."),
    ]  # fmt: skip
    assert second.recorded_by == mel
    with pytest.raises(Conflict, match="meanwhile"):
        actions.keep_narrative(case, text="Mine.", reason="x", seen_number=1, by=sofia, at=MADE)


@pytest.mark.parametrize(("text", "reason", "field"), [(" ", "x", "text"), ("x", " ", "reason")])
def test_a_narrative_says_something_and_why(case, sofia, text, reason, field):
    with pytest.raises(Refused) as refusal:
        actions.keep_narrative(case, text=text, reason=reason, seen_number=1, by=sofia, at=MADE)

    assert refusal.value.field == field


def test_the_database_refuses_to_change_a_report(case, made):
    made(case)

    with pytest.raises(DatabaseError), transaction.atomic():
        CaseReport.objects.update(content="x")


def test_medicines_on_record_are_told_as_concomitant(case, made, ben):
    from patients import actions as patient_actions

    asked = patient_actions.Asked("Participant", AT)
    details = patient_actions.MedicineDetails("sertraline", "SSRI")
    patient_actions.record_entries(case.participant, [(details, asked, uuid4())], by=ben, at=MADE)

    assert [(drug.role, drug.name) for drug in told(made(case)).drugs[1:]] == [("2", "sertraline")]
    assert CODED.code == "10019211"
