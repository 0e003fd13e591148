"""A dosing session through its actions: gate, doses, vital signs, discharge."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from core.errors import Conflict, Refused, WrongPassword
from core.signatures import signatures_of
from safety.models import Alert
from sessions import actions
from sessions.models import DoseRecord, VitalSigns
from tests.cast import PASSWORD
from tests.sessions.conftest import give_back


def test_gate_refuses_while_vital_signs_are_unknown(day):
    gate = actions.judge_gate(day.session, at=day.at)

    assert not gate.open
    assert any("not known yet" in obstacle.sentence for obstacle in gate.obstacles)
    with pytest.raises(Refused) as refusal:
        day.give()
    assert refusal.value.details
    assert not DoseRecord.objects.exists()


def test_gate_opens_when_every_condition_is_true(day):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)

    dose = day.give()

    assert dose.decision == "given"
    assert day.session.state == "dosed"
    assert "mg" not in dose.label
    assert day.session.visit.participant.visits.get(code="V5").state == "started"


@pytest.mark.parametrize(("systolic", "diastolic", "opens"), [(150, 95, True), (151, 95, False), (150, 96, False)])
def test_gate_at_and_above_the_pressure_limits(day, systolic, diastolic, opens):
    day.vitals(systolic, diastolic, temperature_c=Decimal("36.8"), minute=-10)

    assert actions.judge_gate(day.session, at=day.at).open is opens


def test_wrong_kit_is_refused(day):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)

    with pytest.raises(Refused, match="not the kit"):
        day.give(kit_number="K00000")


def test_one_person_in_the_room_is_not_enough(day):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    actions.leave_room(
        day.session, person=day.second, observed_at=day.at, submission_id=uuid4(), by=day.second, at=day.at
    )

    with pytest.raises(Refused, match="not in the room"):
        day.give()


def test_set_past_the_limits_raises_one_alert_with_its_instruction(day):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()

    vitals = day.vitals(172, 98, minute=60, temperature_c=Decimal("37.0"))

    assert vitals.severity == "watch"
    alert = Alert.objects.get()
    assert alert.rule == "intensify_when"
    assert alert.instruction


def test_pressure_of_1200_is_refused_and_260_is_kept(day):
    with pytest.raises(Refused, match="cannot be right") as refusal:
        day.vitals(1200, 80)
    assert refusal.value.field == "systolic_mmhg"

    assert day.vitals(260, 118).severity == "act"


@pytest.mark.parametrize(("minute", "given"), [(89, False), (90, True), (120, True), (121, False)])
def test_supplemental_dose_is_given_inside_its_window_only(day, minute, given):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    day.vitals(minute=80, temperature_c=Decimal("37.0"))

    if given:
        assert day.decide("given", minute=minute).decision == "given"
    else:
        with pytest.raises(Refused) as refusal:
            day.decide("given", minute=minute)
        assert any(detail.startswith("WS6") for detail in refusal.value.details)


def test_not_giving_needs_a_reason_and_there_is_one_decision(day):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()

    with pytest.raises(Refused, match="why"):
        day.decide("withheld", minute=95)
    day.decide("declined", minute=95, reason="Does not wish it")
    with pytest.raises(Conflict):
        day.decide("declined", minute=96, reason="Again")


def test_same_submission_twice_is_one_set(day):
    twin = uuid4()
    for _ in range(2):
        actions.record_vitals(
            day.session, systolic_mmhg=120, diastolic_mmhg=80, observed_at=day.at, submission_id=twin,
            by=day.second, at=day.at,
        )  # fmt: skip

    assert VitalSigns.objects.filter(submission_id=twin).count() == 1


def test_correction_stands_beside_the_old_row(day):
    first = day.vitals()

    with pytest.raises(Refused, match="why"):
        actions.amend_entry(first, changes={}, reason="", submission_id=uuid4(), by=day.first, at=day.at)
    corrected = actions.amend_entry(
        first, changes={"systolic_mmhg": 134}, reason="Slip", submission_id=uuid4(), by=day.first, at=day.at
    )

    assert (corrected.systolic_mmhg, corrected.amends_id) == (134, first.pk)
    with pytest.raises(Conflict):
        actions.amend_entry(first, changes={}, reason="Again", submission_id=uuid4(), by=day.first, at=day.at)


def test_session_closes_only_when_everything_is_complete_and_by_signature(day, world):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.rate(3, minute=-5)
    day.give()
    day.decide("declined", minute=95, reason="Does not wish it", agrees=False)
    day.vitals(minute=475, temperature_c=Decimal("36.9"))
    day.rate(2, minute=475)
    moment = day.at + timedelta(minutes=480)
    assert day.check_discharge(minute=479).ready is False

    with pytest.raises(Refused) as refusal:
        actions.close_session(day.session, password=PASSWORD, by=day.first, at=moment)
    assert [detail.split(":")[0] for detail in refusal.value.details] == [
        "Ready for discharge, agreed by both", "Effects asked at their times", "Recording attested",
        "Handed over to the attendant of the night", "Unused bottle back in the pharmacy, witnessed",
    ]  # fmt: skip

    assert day.check_discharge(minute=480).ready is True
    day.complete(minute=480)
    give_back(day, handler=world.people["phil"], witness=day.second)
    with pytest.raises(WrongPassword):
        actions.close_session(day.session, password="not it", by=day.first, at=moment)
    closed = actions.close_session(day.session, password=PASSWORD, by=day.first, at=moment)
    assert (closed.state, len(signatures_of(closed))) == ("closed", 1)


def test_no_dose_before_consent_or_outside_treatment(world, ben, tess):
    from tests.sessions.conftest import AT
    from tests.stages import consented

    participant = consented(world, by=ben, at=AT)
    with pytest.raises(Refused, match="V4"):
        actions.open_session(participant.visits.get(code="V5"), by=tess, at=AT)
