"""The pages of messages: the exact text, written out when it is looked at, by those who may."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.contributions import contribution
from core.permissions import Viewer
from core.worklist import lines_of
from reminders.models import OutboxMessage
from reminders.queries import worklist_items
from tests.cast import AT

NOON = AT + timedelta(hours=3)


def detail(reminder):
    return reverse("reminders:message-detail", args=[reminder.public_id])


def test_the_outbox_lists_what_is_coming_and_what_was_sent(plan, deliver, ben, client_for):
    plan("sent")
    deliver(NOON)
    plan("coming", due_at=NOON + timedelta(days=1))

    text = client_for(ben).get(reverse("reminders:outbox")).content.decode()

    assert "Sent" in text and "Coming" in text and "Appointment soon" in text
    assert "nina@example.org" not in text and "Nina" not in text


@pytest.mark.parametrize("state", ["coming", "waiting", "sent", "failed", "cancelled", "nonsense"])
def test_every_filter_answers(plan, ben, client_for, state):
    plan()

    assert client_for(ben).get(reverse("reminders:outbox"), {"state": state}).status_code == 200


def test_the_preview_is_the_exact_text_and_its_reading_is_logged(plan, deliver, ben, client_for, monkeypatch):
    reminder, read = plan(), []
    deliver(NOON)
    monkeypatch.setattr("patients.identity.log_access", lambda kind, subject: read.append((kind, subject)))

    text = client_for(ben).get(detail(reminder)).content.decode()

    assert read == [("identity", f"{reminder.participant.identity.public_id}: message")]
    assert "Dear Nina," in text and "nina@example.org" in text
    assert "Appointment soon, version 1, en" in text
    assert OutboxMessage.objects.get().message_id.strip("<>") in text


def test_a_message_to_somebody_who_refused_shows_no_name(plan, nina, ben, client_for):
    from patients.actions import record_contact_consent

    reminder = plan()
    record_contact_consent(nina, channel="email", given=False, by=ben, at=AT)

    text = client_for(ben).get(detail(reminder)).content.decode()

    assert "Contact is not wanted" in text and "Nina" not in text


def test_a_failed_message_can_be_sent_again(plan, deliver, ben, client_for):
    reminder = plan()
    deliver(NOON)
    with contribution(by=ben, reason="Test"):
        OutboxMessage.objects.update(state="failed", failure="No", sent_at=None)
    assert b"Send again" in client_for(ben).get(detail(reminder)).content

    client_for(ben).post(reverse("reminders:message-send", args=[reminder.public_id]))

    assert OutboxMessage.objects.get().state == "waiting"


def test_a_failed_message_is_a_line_of_the_worklist(plan, deliver, ben, cleo):
    plan()
    deliver(NOON)
    with contribution(by=ben, reason="Test"):
        OutboxMessage.objects.update(state="failed", failure="No", sent_at=None)

    assert [item.task for item in lines_of(worklist_items(Viewer.at(ben, AT), AT))] == ["1 message could not be sent"]
    assert lines_of(worklist_items(Viewer.at(cleo, AT), AT)) == []


def test_another_sites_message_does_not_exist(plan, cleo, client_for):
    reminder = plan()

    assert client_for(cleo).get(detail(reminder)).status_code == 404
    assert client_for(cleo).post(reverse("reminders:message-send", args=[reminder.public_id])).status_code == 404


@pytest.mark.parametrize("who", ["rhea", "phil", "dev", "mona", "adam", "eve"])
def test_who_may_not_see_messages_finds_no_page(world, who, plan, client_for):
    client = client_for(world.people[who])

    assert client.get(reverse("reminders:outbox")).status_code == 404
    assert client.get(detail(plan())).status_code == 404


def test_the_outbox_spends_few_statements_however_many_rows(plan, ben, client_for):
    client = client_for(ben)
    client.get(reverse("reminders:outbox"))
    counts = []
    for round_ in range(2):
        for number in range(5):
            plan(f"{round_}:{number}")
        with CaptureQueriesContext(connection) as statements:
            client.get(reverse("reminders:outbox"))
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 12 + 8
