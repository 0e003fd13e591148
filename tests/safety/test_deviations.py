"""Tests of deviations: proposed once per cause, decided by a person with a reason."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.contributions import recorded_at
from core.errors import Conflict, Refused
from patients import actions as patient_actions
from patients.queries import definition_for
from safety import actions
from safety.models import Deviation
from safety.tasks import propose_deviations
from tests.cast import AT


@pytest.fixture
def candidate(nina, ben):
    """A candidate that waits for a decision."""
    return actions.record_deviation(
        nina, category="Form signed late", description="Two days later", importance="minor", occurred_at=AT,
        submission_id=uuid4(), by=ben, at=AT,
    )  # fmt: skip


def test_a_missed_window_is_proposed_at_local_midnight_and_once(nina):
    visit = nina.visits.get(code="V0")
    # The window ends at midnight in Lisbon, which is midnight in UTC in winter.
    last_minute = datetime.combine(visit.latest_on, datetime.min.time(), tzinfo=UTC) + timedelta(hours=23, minutes=59)

    with recorded_at(last_minute):
        propose_deviations()
    assert not Deviation.objects.filter(visit=visit).exists()
    with recorded_at(last_minute + timedelta(minutes=1)):
        propose_deviations(), propose_deviations()

    [deviation] = Deviation.objects.filter(visit=visit)
    assert (deviation.state, deviation.source, deviation.importance) == ("candidate", "proposed", "minor")


def test_midnight_is_the_sites_midnight(carol):
    visit = carol.visits.get(code="V0")
    next_day_utc = datetime.combine(visit.latest_on, datetime.min.time(), tzinfo=UTC) + timedelta(days=1, hours=5)

    with recorded_at(next_day_utc):
        propose_deviations()
    assert not Deviation.objects.filter(visit=visit).exists()
    with recorded_at(next_day_utc + timedelta(hours=3)):
        propose_deviations()
    assert Deviation.objects.filter(visit=visit).count() == 1


def test_a_visit_recorded_as_missed_is_the_same_cause(nina, ben):
    visit = nina.visits.get(code="V0")
    with recorded_at(datetime(2027, 6, 1, tzinfo=UTC)):
        propose_deviations()
    patient_actions.miss_visit(visit, reason="Ill", by=ben, at=AT)

    assert Deviation.objects.filter(visit=visit).count() == 1


def test_a_procedure_not_done_is_proposed_when_the_visit_ends(nina, ben):
    visit = nina.visits.get(code="V0")
    patient_actions.start_visit(visit, by=ben, at=AT)
    for procedure in visit.procedures.all():
        patient_actions.record_procedure(visit, code=procedure.code, state="done", by=ben, at=AT)
    code = visit.procedures.order_by("id").first().code
    name = definition_for(nina).procedures[code].name
    patient_actions.record_procedure(visit, code=code, state="not_done", reason="Device broken", by=ben, at=AT)
    patient_actions.finish_visit(visit, by=ben, at=AT)

    [deviation] = Deviation.objects.filter(visit=visit)
    assert name in deviation.description and "Device broken" in deviation.description


def test_the_same_form_records_one_deviation(nina, ben):
    sent = {"category": "X", "description": "Y", "importance": "minor", "occurred_at": AT, "submission_id": uuid4(),
            "by": ben, "at": AT}  # fmt: skip

    assert actions.record_deviation(nina, **sent).pk == actions.record_deviation(nina, **sent).pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"category": " "}, "category"), ({"description": ""}, "description"),
     ({"occurred_at": AT + timedelta(days=1)}, "occurred_at")],
    ids=["no category", "no description", "future"],
)  # fmt: skip
def test_a_deviation_that_says_nothing_is_refused(nina, ben, changes, field):
    values = {"category": "X", "description": "Y", "importance": "minor", "occurred_at": AT} | changes

    with pytest.raises(Refused) as refusal:
        actions.record_deviation(nina, by=ben, at=AT, **values)
    assert refusal.value.field == field


def test_a_candidate_is_accepted_with_importance_and_reason(candidate, ada):
    decided = actions.accept_deviation(candidate, importance="important", reason="Consent at risk", by=ada, at=AT)

    assert (decided.state, decided.importance, decided.decided_by) == ("accepted", "important", ada)


def test_a_candidate_is_refused_with_a_reason(candidate, ada):
    assert actions.refuse_deviation(candidate, reason="Within the rules", by=ada, at=AT).state == "refused"


def test_a_decision_needs_a_reason(candidate, ada):
    with pytest.raises(Refused, match="Say why"):
        actions.refuse_deviation(candidate, reason=" ", by=ada, at=AT)


def test_a_decision_needs_a_known_importance(candidate, ada):
    with pytest.raises(Refused, match="minor or important"):
        actions.accept_deviation(candidate, importance="", reason="Why", by=ada, at=AT)


def test_a_candidate_is_decided_once(candidate, ada):
    actions.refuse_deviation(candidate, reason="Within the rules", by=ada, at=AT)

    with pytest.raises(Conflict):
        actions.accept_deviation(candidate, importance="minor", reason="Still", by=ada, at=AT)


def test_a_window_counted_from_planned_dates_is_no_deviation_yet(nina):
    with recorded_at(datetime(2026, 2, 16, 12, tzinfo=UTC)):
        propose_deviations()

    assert not Deviation.objects.exists()


def test_nobody_who_left_misses_a_window(nina, ben):
    patient_actions.withdraw_consent(nina, scope="procedures", reason="Own wish", by=ben, at=AT)
    with recorded_at(datetime(2027, 6, 1, tzinfo=UTC)):
        propose_deviations()

    assert not Deviation.objects.exists()
