"""Twenty at once: one form is one event, one cause is one alert."""

import threading
from uuid import uuid4

import pytest
from django.db import connection

from core.contributions import reading_as
from safety import actions
from safety.models import AdverseEvent, Alert
from tests.cast import AT
from tests.safety.conftest import HEADACHE
from tests.stages import consented

HANDS = 20


@pytest.fixture
def committed(own_database, world, ben):
    """A participant in a database that other connections see."""
    with reading_as(ben):
        return consented(world, by=ben, at=AT)


def test_twenty_identical_reports_are_one_event(committed, ben):
    submission_id = uuid4()

    answers = _at_once(
        lambda: (
            actions.report_adverse_event(
                committed, description=HEADACHE, site_aware_at=AT, submission_id=submission_id, by=ben, at=AT
            ).pk
        ),
        by=ben,
    )

    with reading_as(ben):
        assert AdverseEvent.objects.count() == 1
        assert AdverseEvent.objects.get().revisions.count() == 1
    assert len(answers) == HANDS and len(set(answers)) == 1


def test_twenty_different_reports_are_numbered_without_gap(committed, ben):
    _at_once(
        lambda: (
            actions.report_adverse_event(
                committed, description=HEADACHE, site_aware_at=AT, submission_id=uuid4(), by=ben, at=AT
            ).pk
        ),
        by=ben,
    )

    with reading_as(ben):
        assert sorted(AdverseEvent.objects.values_list("number", flat=True)) == list(range(1, HANDS + 1))


def test_one_cause_seen_twenty_times_at_once_is_one_alert(committed, ben):
    answers = _at_once(
        lambda: (
            actions.raise_alert(
                committed, key="one cause", rule="R", severity="act", message="Look", raised_at=AT, by=ben
            ).pk
        ),
        by=ben,
    )

    with reading_as(ben):
        assert Alert.objects.count() == 1
    assert len(answers) == HANDS and len(set(answers)) == 1


def _at_once(act, *, by):
    barrier, answers = threading.Barrier(HANDS), []

    def run() -> None:
        try:
            barrier.wait()
            with reading_as(by):
                answers.append(act())
        finally:
            connection.close()

    hands = [threading.Thread(target=run) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    return answers
