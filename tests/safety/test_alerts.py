"""Tests of alerts: once per cause, acknowledged by name in time, passed on when nobody does."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail

from core.errors import Conflict, Refused
from patients.actions import correct_fact, withdraw_consent
from patients.models import Fact
from patients.queries import definition_for
from reminders.models import Reminder
from safety import actions, queries
from safety.models import Alert
from safety.tasks import escalate_overdue
from sessions.models import DosingHold
from tests.cast import AT, PASSWORD
from tests.safety.conftest import HEADACHE
from tests.stages import facts_at


@pytest.fixture
def alert(nina, ben):
    """An alert that must be acknowledged at once."""
    return actions.raise_alert(
        nina, key="vital_signs:1", rule="WATCH", severity="act", message="Past the limit", raised_at=AT, by=ben
    )


def test_the_same_cause_raises_one_alert(alert, nina, ben):
    again = actions.raise_alert(
        nina, key="vital_signs:1", rule="WATCH", severity="act", message="Past the limit", raised_at=AT, by=ben
    )

    assert again.pk == alert.pk
    assert Alert.objects.count() == 1


@pytest.mark.parametrize("severity", ["watch", "act"])
def test_how_soon_and_what_to_do_come_from_the_protocol(nina, ben, severity):
    policy = definition_for(nina).alert_policy[severity]
    alert = actions.raise_alert(nina, key="k", rule="R", severity=severity, message="Look", raised_at=AT, by=ben)

    assert alert.acknowledge_by_at == AT + timedelta(minutes=policy.acknowledge_within_min)
    assert alert.instruction == policy.instruction


def test_an_alert_is_acknowledged_by_name_with_what_was_done(alert, tess):
    done = actions.acknowledge_alert(alert, note="Measured again", by=tess, at=AT)

    assert (done.acknowledged_by, done.acknowledged_at, done.acknowledgement) == (tess, AT, "Measured again")


def test_an_acknowledgement_says_what_was_done(alert, tess):
    with pytest.raises(Refused, match="Say what was done"):
        actions.acknowledge_alert(alert, note="  ", by=tess, at=AT)


def test_the_second_to_acknowledge_is_told(alert, tess, theo):
    actions.acknowledge_alert(alert, note="Measured again", by=tess, at=AT)

    with pytest.raises(Conflict):
        actions.acknowledge_alert(alert, note="Me too", by=theo, at=AT)


def test_alike_alerts_are_shown_as_one_and_acknowledged_together(alert, nina, ben, tess):
    def raised(key, *, rule="WATCH", severity="act", minutes):
        at = AT + timedelta(minutes=minutes)
        return actions.raise_alert(
            nina, key=key, rule=rule, severity=severity, message=f"Set {key}", raised_at=at, by=ben
        )  # fmt: skip

    again, other = raised("vital_signs:2", minutes=5), raised("touch:1", rule="TOUCH", minutes=6)
    graver, after = raised("vital_signs:3", severity="watch", minutes=7), raised("vital_signs:4", minutes=8)

    shown = {each.pk: (each.earlier, each.by_at) for each in queries.open_alerts(Alert.objects.all())}
    assert shown.keys() == {after.pk, other.pk, graver.pk}
    assert shown[after.pk] == (2, alert.acknowledge_by_at)

    # Whoever acknowledges one has not seen what came after it, also where it tells of an earlier time.
    late = raised("vital_signs:0", minutes=-5)
    actions.acknowledge_alert(again, note="Measured again", by=tess, at=AT + timedelta(minutes=9))

    acknowledged = Alert.objects.filter(acknowledged_by=tess, acknowledgement="Measured again")
    assert set(acknowledged.values_list("pk", flat=True)) == {alert.pk, again.pk}
    open_now = {each.pk: each.earlier for each in queries.open_alerts(Alert.objects.all())}
    assert open_now == {late.pk: 1, other.pk: 0, graver.pk: 0}


def test_the_load_of_a_site_is_counted(alert, nina, ben, tess):
    late = actions.raise_alert(
        nina, key="late", rule="R", severity="watch", message="Look", raised_at=AT, by=ben
    )  # fmt: skip
    actions.acknowledge_alert(alert, note="Measured again", by=tess, at=AT + timedelta(minutes=4))
    actions.acknowledge_alert(late, note="Looked", by=tess, at=late.acknowledge_by_at + timedelta(minutes=1))

    [load] = queries.alert_load(Alert.objects.all(), at=AT + timedelta(days=1))

    assert (load.raised, load.act, load.in_time, load.participants, load.in_time_percent) == (2, 1, 1, 1, 50)
    assert queries.alert_load(Alert.objects.all(), at=AT + timedelta(days=29)) == []


def test_an_alert_that_nobody_acknowledged_is_passed_to_the_investigator_once(alert, ada):
    assert (escalate_overdue(), escalate_overdue()) == (1, 0)

    alert.refresh_from_db()
    assert alert.escalated_at is not None
    [reminder] = Reminder.objects.filter(key__contains=alert.public_id)
    assert (reminder.person, reminder.template) == (ada, "action_today")


def test_acknowledging_calls_back_the_message_to_the_investigator(alert, tess):
    escalate_overdue()
    actions.acknowledge_alert(alert, note="Measured again", by=tess, at=AT)

    assert set(Reminder.objects.filter(key__contains=alert.public_id).values_list("state", flat=True)) == {"cancelled"}
    assert mail.outbox == []


def test_a_value_that_fires_a_stopping_rule_holds_dosing_and_alerts(nina, ben):
    facts_at(nina, {"pregnancy_test": "positive"}, by=ben, at=AT)

    [hold] = DosingHold.objects.filter(participant=nina)
    [alert] = Alert.objects.filter(participant=nina)
    assert (alert.rule, alert.severity) == (hold.rule, "act")


def test_another_value_does_not_raise_the_old_alert_again(nina, ben):
    facts_at(nina, {"pregnancy_test": "positive"}, by=ben, at=AT)
    facts_at(nina, {"qtcb_ms": "410", "qtcb_baseline_ms": "400"}, by=ben, at=AT + timedelta(hours=1))

    assert Alert.objects.filter(participant=nina).count() == 1


def test_the_same_rule_alerts_again_for_another_value(nina, ben):
    facts_at(nina, {"qtcb_ms": "510"}, by=ben, at=AT)
    facts_at(nina, {"qtcb_ms": "515"}, by=ben, at=AT + timedelta(days=1))

    assert Alert.objects.filter(participant=nina).count() == 2
    assert DosingHold.objects.filter(participant=nina).count() == 1


def test_a_correction_is_judged_anew(nina, ben):
    facts_at(nina, {"qtcb_ms": "410"}, by=ben, at=AT)
    correct_fact(Fact.objects.get(participant=nina, variable="qtcb_ms"), value="510", reason="Misread", by=ben, at=AT)

    assert Alert.objects.filter(participant=nina).count() == 1


def test_one_answer_that_stops_dosing_is_not_told_twice(nina, ben):
    facts_at(nina, {"cssrs_behaviour": "1", "cssrs_ideation": "5", "clinician_unsafe": "true"}, by=ben, at=AT)

    assert Alert.objects.filter(participant=nina).count() == 1


def test_one_related_life_threatening_event_asks_to_pause_the_trial_once(report, ada, ben):
    event = report(seriousness=("life_threatening",))
    assert not Alert.objects.filter(message__startswith="Trial-level").exists()

    actions.assess_causality(event, causality="probable", password=PASSWORD, by=ada, at=AT)
    actions.revise_adverse_event(event, changes={"outcome": "recovering"}, reason="Better", by=ben, at=AT)

    assert Alert.objects.filter(message__startswith="Trial-level").count() == 1


def test_events_of_one_kind_are_counted_over_all_sites(report, carol, ada, cleo, carl):
    first = report(term="Fainting", seriousness=("hospitalisation",))
    actions.assess_causality(first, causality="possible", password=PASSWORD, by=ada, at=AT)
    assert not Alert.objects.filter(message__startswith="Trial-level").exists()

    second = actions.report_adverse_event(
        carol,
        description=replace(HEADACHE, term="fainting ", seriousness=("hospitalisation",)),
        site_aware_at=AT,
        submission_id=uuid4(),
        by=carl,
        at=AT,
    )
    actions.assess_causality(second, causality="possible", password=PASSWORD, by=cleo, at=AT)

    [alert] = Alert.objects.filter(message__startswith="Trial-level")
    assert alert.participant == carol


@pytest.mark.parametrize(
    ("scope", "held"),
    [("treatment", True), ("procedures", True), ("contact", False)],
)
def test_a_withdrawal_holds_dosing_by_its_own_rule(nina, ben, scope, held):
    withdraw_consent(nina, scope=scope, reason="Own wish", by=ben, at=AT)

    assert DosingHold.objects.filter(participant=nina).exists() is held
