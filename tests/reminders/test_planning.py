"""Tests of planning and cancelling: once for a key, out of quiet hours, and in the same transaction as the cause."""

from datetime import timedelta

import pytest

from patients import actions as patient_actions
from reminders.actions import cancel_reminder
from reminders.catalogue import UnknownTemplate
from reminders.models import OutboxMessage, Reminder
from tests.cast import AT

NOON = AT + timedelta(hours=3)


def test_the_same_key_is_planned_once(plan):
    assert plan("one").pk == plan("one").pk


def test_a_name_without_a_text_is_refused(plan):
    with pytest.raises(UnknownTemplate, match="nothing_like_it"):
        plan(template="nothing_like_it")


def test_a_message_in_the_participants_night_leaves_the_evening_before(plan):
    reminder = plan(due_at=AT.replace(hour=23))

    assert reminder.due_at == AT.replace(hour=19, minute=30)


def test_an_urgent_message_ignores_quiet_hours(plan, ada):
    reminder = plan(template="action_today", due_at=AT.replace(hour=23), participant_id=None, visit_id=None, person=ada)

    assert reminder.due_at == AT.replace(hour=23)


def test_a_message_to_a_rater_leaves_at_no_telling_time(plan, rhea):
    due_at = AT + timedelta(hours=7)
    keys = [f"rating:{number}" for number in range(10)]
    leaves = [
        plan(key, template="task_waiting", due_at=due_at, participant_id=None, person=rhea).due_at for key in keys
    ]

    assert all(timedelta() <= due_at - moment < timedelta(hours=2) for moment in leaves)
    assert len(set(leaves)) > 5


def test_moving_a_visit_cancels_its_messages_and_plans_new_ones(nina, ben):
    visit = nina.visits.get(code="V1")
    patient_actions.book_visit(visit, starts_at=AT + timedelta(days=9), by=ben, at=AT)
    before = set(Reminder.objects.filter(visit=visit, state="waiting").values_list("pk", flat=True))

    patient_actions.move_visit(visit, starts_at=AT + timedelta(days=10), reason="Ill", by=ben, at=AT)

    assert before
    assert set(Reminder.objects.filter(pk__in=before).values_list("state", flat=True)) == {"cancelled"}
    assert Reminder.objects.filter(visit=visit, state="waiting").exclude(pk__in=before).count() == len(before)


def test_a_move_that_fails_leaves_its_messages_waiting(nina, ben, monkeypatch):
    visit = nina.visits.get(code="V1")
    patient_actions.book_visit(visit, starts_at=AT + timedelta(days=9), by=ben, at=AT)
    monkeypatch.setattr("patients.actions.visits.publish", _fails)

    with pytest.raises(RuntimeError):
        patient_actions.move_visit(visit, starts_at=AT + timedelta(days=10), reason="Ill", by=ben, at=AT)

    assert not Reminder.objects.filter(visit=visit, state="cancelled").exists()


def test_refusing_contact_calls_back_what_waits_in_the_outbox(nina, ben, plan, system):
    waiting, handed_over = plan("later", due_at=NOON + timedelta(days=3)), plan("now")
    system.hand_over(NOON)

    patient_actions.record_contact_consent(nina, channel="email", given=False, by=ben, at=NOON)

    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    message = OutboxMessage.objects.get(reminder=handed_over)
    assert (message.state, message.failure) == ("cancelled", "Contact consent refused")


@pytest.mark.parametrize("scope", ["contact", "procedures", "data"])
def test_withdrawing_consent_cancels_every_message(nina, ben, plan, scope):
    reminder = plan()

    patient_actions.withdraw_consent(nina, scope=scope, reason="Own wish", by=ben, at=AT)

    reminder.refresh_from_db()
    assert reminder.state == "cancelled"


def test_one_message_is_cancelled_by_its_key(plan, ben):
    plan("one"), plan("two")

    assert cancel_reminder(key="one", reason="Done", by=ben) == 1
    assert Reminder.objects.get(key="two").state == "waiting"


def _fails(event):
    raise RuntimeError
