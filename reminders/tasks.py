"""The hand that moves: beat asks what is due, the worker sends it. What must happen stands in Postgres."""

import logging

from celery import shared_task
from django.core.mail import get_connection
from django.db import transaction
from kombu.exceptions import OperationalError

from core import clock
from core.contributions import contribution, reading_as
from core.models import Person
from reminders import queries
from reminders.actions import hand_over_due, send_next

logger = logging.getLogger("vigil.reminders")
ONE_TASK_SENDS = 200


@shared_task
def deliver_due() -> int:
    """Puts what is due into the outbox and wakes the sender; whatever the broker loses, the next round finds."""
    by = Person.objects.system("reminders")
    with contribution(by=by, reason="Reminders are due"):
        moment = clock.now()
        handed_over = hand_over_due(by=by, at=moment)
        if queries.anything_ready(at=moment):
            transaction.on_commit(_wake_sender)
    return handed_over


@shared_task
def send_outbox() -> int:
    """Sends waiting messages one by one, each in a transaction of its own, and returns how many left the queue."""
    by = Person.objects.system("reminders")
    mail = get_connection()
    done = 0
    try:
        while done < ONE_TASK_SENDS:
            with reading_as(by) as moment:
                message = send_next(mail=mail, by=by, at=moment)
            if message is None:
                return done
            done += 1
    finally:
        mail.close()
    _wake_sender()
    return done


def _wake_sender() -> None:
    try:
        send_outbox.delay()
    except OperationalError:
        logger.warning("The broker cannot be reached: the next round wakes the sender.")
