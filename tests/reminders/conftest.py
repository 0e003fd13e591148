"""Messages to send: participants who agreed to be written to, and reminders that are due."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import get_connection

from core.models import Person
from patients import actions as patient_actions
from patients.models import Participant
from reminders.actions import hand_over_due, plan_reminder, send_next
from reminders.models import OutboxMessage, Reminder
from tests.cast import AT
from tests.stages import consented


@pytest.fixture
def nina(world: Any, ben: Person) -> Participant:
    """A participant who agreed to e-mail."""
    participant = consented(world, by=ben, at=AT)
    patient_actions.record_contact_consent(participant, channel="email", given=True, by=ben, at=AT)
    return participant


@pytest.fixture
def plan(nina: Participant, ben: Person) -> Callable[..., Reminder]:
    """Plans a message to the participant, due at noon unless said otherwise."""

    def planned(key: str = "first", *, template: str = "visit_coming", **changes: Any) -> Reminder:
        visit = nina.visits.get(code="V1")
        values = {"due_at": AT + timedelta(hours=3), "participant_id": nina.pk, "visit_id": visit.pk} | changes
        return plan_reminder(key=key, template=template, site_id=nina.site_id, by=ben, **values)

    return planned


@pytest.fixture
def deliver() -> Callable[..., list[OutboxMessage]]:
    """Hands over what is due and sends it, as beat and worker do."""

    def delivered(at: Any) -> list[OutboxMessage]:
        by = Person.objects.system("reminders")
        hand_over_due(by=by, at=at)
        sent = []
        while message := send_next(mail=get_connection(), by=by, at=at):
            sent.append(message)
        return sent

    return delivered


class Job:
    """The named actor of the jobs and what it does."""

    def __init__(self) -> None:
        self.person = Person.objects.system("reminders")

    def hand_over(self, at: Any) -> int:
        """Hands over what is due."""
        return hand_over_due(by=self.person, at=at)


@pytest.fixture
def system(world: Any) -> Job:
    """The jobs of the room."""
    return Job()
