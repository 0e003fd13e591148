"""The worker and the broker are killed in the middle of sending: nothing is lost, nothing is in the outbox twice."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from core.contributions import contribution, reading_as
from core.models import Person
from reminders.models import OutboxMessage, Reminder
from tests.conftest import size
from tests.reminders import faults

MESSAGES = size(small=42, full=1000)
WORKER_KILLS, BROKER_KILLS = 3, 2
DUE_AT = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.prove
def test_nothing_is_lost_or_doubled_when_worker_and_broker_are_killed(own_database, tmp_path, evidence):
    _plan(MESSAGES)
    with (
        faults.sink(seconds_each=0.03) as sink,
        faults.valkey(tmp_path) as (broker, address),
        faults.worker(tmp_path, database=own_database, broker=address, smtp_port=sink.controller.port) as worker,
        faults.Beat(address),
    ):
        for number in range(1, WORKER_KILLS + BROKER_KILLS + 1):
            threshold = MESSAGES * number // (WORKER_KILLS + BROKER_KILLS + 1)
            faults.wait_until(lambda: sink.total >= threshold, seconds=90, meanwhile=worker.ensure_alive)  # noqa: B023
            victim = broker if number % 2 == 0 else worker
            victim.kill()
            victim.start()
        faults.wait_until(lambda: _sent() == MESSAGES, seconds=180, meanwhile=worker.ensure_alive)

    assert (worker.deaths, broker.deaths) == (WORKER_KILLS, BROKER_KILLS)
    assert _outbox_effects() == {"planned": MESSAGES, "messages": MESSAGES, "reminders with a message": MESSAGES}
    assert set(sink.arrived) == _message_ids()
    repeats = sink.total - MESSAGES
    assert repeats <= WORKER_KILLS + BROKER_KILLS
    assert max(sink.arrived.values()) <= 1 + WORKER_KILLS + BROKER_KILLS
    evidence(
        "reminders",
        due=MESSAGES,
        worker_kills=worker.deaths,
        broker_kills=broker.deaths,
        lost=0,
        duplicated_outbox_effects=0,
        mails_repeated_under_the_same_id=repeats,
    )


def test_eight_hands_at_once_put_each_reminder_into_the_outbox_once(own_database):
    _plan(200)
    barrier = threading.Barrier(8)

    def claim() -> None:
        from reminders.actions import hand_over_due

        barrier.wait()
        by = Person.objects.system("reminders")
        with reading_as(by) as moment:
            hand_over_due(by=by, at=moment)
        connection.close()

    hands = [threading.Thread(target=claim) for _ in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()

    assert _outbox_effects() == {"planned": 200, "messages": 200, "reminders with a message": 200}


def _plan(number: int) -> None:
    by = Person.objects.system("reminders")
    ada = Person.objects.get(username="ada")
    with contribution(by=by):
        site_id = ada.memberships.get().site_id
        Reminder.objects.bulk_create(
            Reminder(
                key=f"fault:{n}", template="action_today", person=ada, site_id=site_id, recorded_by=by,
                due_at=DUE_AT + timedelta(minutes=n),
            )
            for n in range(number)
        )  # fmt: skip


def _sent() -> int:
    with reading_as(Person.objects.system("reminders")):
        return OutboxMessage.objects.filter(state="sent").count()


def _message_ids() -> set[str]:
    with reading_as(Person.objects.system("reminders")):
        return set(OutboxMessage.objects.values_list("message_id", flat=True))


def _outbox_effects() -> dict[str, int]:
    with reading_as(Person.objects.system("reminders")):
        return {
            "planned": Reminder.objects.filter(state="handed_over").count(),
            "messages": OutboxMessage.objects.count(),
            "reminders with a message": OutboxMessage.objects.values("reminder_id").distinct().count(),
        }
