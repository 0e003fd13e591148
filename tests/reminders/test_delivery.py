"""Tests of delivery: each key once into the outbox, tried again after a failure, never against the recipient's will."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.contributions import contribution
from core.errors import Refused
from patients.models import ContactConsent
from reminders import actions
from reminders.actions.delivery import BACK_OFF_MINUTES
from reminders.models import OutboxMessage, Reminder
from tests.cast import AT

NOON = AT + timedelta(hours=3)


def test_what_is_due_goes_into_the_outbox_once(plan, system):
    due, later = plan("due"), plan("later", due_at=NOON + timedelta(days=1))

    first, second = system.hand_over(NOON), system.hand_over(NOON)

    assert (first, second) == (1, 0)
    assert [message.reminder_id for message in OutboxMessage.objects.all()] == [due.pk]
    later.refresh_from_db()
    assert later.state == "waiting"


def test_the_claim_is_one_statement_however_many_are_due(plan, system):
    for number in range(20):
        plan(f"many:{number}")

    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert system.hand_over(NOON) == 20

    assert sum("INSERT INTO reminders_outboxmessage" in s["sql"] for s in statements.captured_queries) == 1
    assert len(statements) <= 5


def test_a_claim_is_written_by_a_named_job_with_its_reason(plan, system):
    plan()
    system.hand_over(NOON)

    message = OutboxMessage.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor_id, reason FROM audit.history('reminders_outboxmessage', %s)", [message.pk])
        assert cursor.fetchall() == [(system.person.pk, "Reminder is due")]


def test_a_message_says_when_and_nothing_more(plan, deliver):
    plan()
    [message] = deliver(NOON)

    [letter] = mail.outbox
    assert (message.state, message.sent_at) == ("sent", NOON)
    assert letter.to == ["nina@example.org"]
    assert letter.subject == "Appointment reminder"
    assert letter.body.startswith("Dear Nina,")
    assert letter.extra_headers["Message-ID"] == message.message_id
    assert letter.from_email == "the Maple study <office@example.org>"


def test_the_body_is_kept_nowhere(plan, deliver):
    plan()
    [message] = deliver(NOON)

    assert "Nina" not in str(vars(message))


def test_contact_consent_is_asked_for_again_when_sending(plan, nina, ben, system, deliver):
    plan()
    system.hand_over(NOON)
    with contribution(by=ben):
        ContactConsent.objects.create(
            participant=nina, site_id=nina.site_id, channel="email", given=False, observed_at=NOON, recorded_by=ben
        )

    [message] = deliver(NOON)

    assert (message.state, message.failure) == ("cancelled", "Contact is not wanted")
    assert mail.outbox == []


def test_a_closed_account_gets_nothing(plan, deliver, tess, adam):
    plan(template="note_unsigned", participant_id=None, person=tess)
    with contribution(by=adam, reason="Left"):
        type(tess).objects.filter(pk=tess.pk).update(is_active=False)

    [message] = deliver(NOON)

    assert (message.state, message.failure) == ("cancelled", "The account is closed")


def test_a_failure_is_tried_again_later_and_shown_at_last(plan, monkeypatch, deliver):
    plan()
    monkeypatch.setattr("reminders.actions.delivery.EmailMessage.send", _server_is_gone)
    at, waits = NOON, []

    for _ in BACK_OFF_MINUTES:
        [message] = deliver(at)
        waits.append((message.next_attempt_at - at).total_seconds() / 60)
        assert (message.state, deliver(at)) == ("waiting", [])
        at = message.next_attempt_at
    [message] = deliver(at)

    assert tuple(waits) == BACK_OFF_MINUTES
    assert message.state == "failed"
    assert message.failure == "The mail server refused or could not be reached (SMTPServerDisconnected)"


def test_a_failed_message_is_sent_again_under_the_same_id(plan, monkeypatch, deliver, ben):
    plan()
    [message] = deliver(NOON)
    with contribution(by=ben, reason="Test"):
        OutboxMessage.objects.update(state="failed", failure="No", sent_at=None)
    mail.outbox.clear()

    actions.send_again(message, by=ben, at=NOON)
    deliver(NOON)

    assert [letter.extra_headers["Message-ID"] for letter in mail.outbox] == [message.message_id]


def test_a_sent_message_is_not_sent_again(plan, deliver, ben):
    plan()
    [message] = deliver(NOON)

    with pytest.raises(Refused, match="is sent; only a failed one"):
        actions.send_again(message, by=ben, at=NOON)


def test_a_late_worker_waits_for_the_end_of_quiet_hours(plan, deliver):
    plan()
    night = AT.replace(hour=22)

    deliver(night)

    message = OutboxMessage.objects.get()
    assert (message.state, message.next_attempt_at) == ("waiting", AT.replace(hour=9) + timedelta(days=1))
    assert deliver(message.next_attempt_at)[0].state == "sent"


def test_safety_mail_leaves_at_night(plan, deliver, ada):
    plan(template="action_today", due_at=AT.replace(hour=23), participant_id=None, person=ada)

    [message] = deliver(AT.replace(hour=23))

    assert message.state == "sent"


def test_a_text_with_a_banned_word_does_not_leave(plan, deliver, site_a, adam):
    plan()
    with contribution(by=adam, reason="A bad alias"):
        type(site_a).objects.filter(pk=site_a.pk).update(message_alias="the PTSD study")

    [message] = deliver(NOON)

    assert (message.state, mail.outbox) == ("failed", [])
    assert "ptsd" in message.failure


def test_the_demo_marks_messages_sent_and_sends_none(plan, deliver, settings):
    settings.MESSAGES_LEAVE_THE_HOUSE = False
    plan()

    [message] = deliver(NOON)

    assert (message.state, mail.outbox) == ("sent", [])


def test_no_reminder_is_handed_over_that_was_cancelled(plan, system, ben):
    plan()
    actions.cancel_reminder(key="first", reason="Done", by=ben)

    assert system.hand_over(NOON) == 0
    assert Reminder.objects.get().state == "cancelled"


def _server_is_gone(letter):
    raise SMTPServerDisconnected("Connection unexpectedly closed")
