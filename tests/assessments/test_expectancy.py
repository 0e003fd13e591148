"""What somebody expects of the treatment is locked before the first dose, or never."""

from datetime import timedelta

import pytest

from assessments import actions, queries
from assessments.models import Assessment
from core.contributions import contribution
from core.errors import Refused
from patients.models import Visit
from tests import stages
from tests.cast import AT


@pytest.fixture
def expecting(world, ben, ada, acting):
    with acting(ben):
        participant = stages.randomised(world, by=ben, investigator=ada, at=AT)
        visit = participant.visits.get(code="V4")
        visit = Visit.objects.select_related("participant__protocol_version", "participant__site", "site").get(
            pk=visit.pk
        )
        actions.prepare_assessments(visit, by=ben, at=AT)
        yield Assessment.objects.get(visit=visit, instrument="EXPECTANCY")


def answers_to(assessment):
    return {item.number: 7 for item in queries.items_for(assessment)}


def begin_dosing(assessment, *, by):
    visit = assessment.participant.visits.get(code="V5")
    Visit.objects.filter(pk=visit.pk).update(state="booked", booked_at=AT)
    Visit.objects.filter(pk=visit.pk).update(state="started", started_at=AT + timedelta(days=1))
    return Visit.objects.get(pk=visit.pk)


def test_it_is_locked_before_the_first_dose_and_final(expecting, ben):
    actions.enter_items(expecting, answers=answers_to(expecting), by=ben, at=AT)

    locked = actions.complete_form(Assessment.objects.get(pk=expecting.pk), by=ben, at=AT)

    assert locked.state == "locked"
    with pytest.raises(Refused):
        actions.enter_items(Assessment.objects.get(pk=expecting.pk), answers={1: 3}, by=ben, at=AT)


def test_after_the_first_dose_nothing_is_entered_and_what_was_open_is_closed(expecting, ben):
    with contribution(by=ben, reason="Test"):
        visit = begin_dosing(expecting, by=ben)

    with pytest.raises(Refused, match="can no longer be entered"):
        actions.enter_items(expecting, answers=answers_to(expecting), by=ben, at=AT + timedelta(days=2))
    actions.close_what_comes_too_late(visit, by=ben)

    assert Assessment.objects.get(pk=expecting.pk).state == "cancelled"


def test_other_questionnaires_go_on_after_the_first_dose(expecting, ben):
    other = expecting.participant.visits.get(code="V3")
    visit = Visit.objects.select_related("participant__protocol_version", "participant__site", "site").get(pk=other.pk)
    actions.prepare_assessments(visit, by=ben, at=AT)
    form = Assessment.objects.get(visit=visit, instrument="BDI2")
    with contribution(by=ben, reason="Test"):
        begin_dosing(expecting, by=ben)

    assert actions.enter_items(form, answers={1: 1}, by=ben, at=AT + timedelta(days=2))
