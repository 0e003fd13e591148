"""A positive answer in a contact: case, alert and a named person within a minute; without Celery recorded and shown."""

import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from core.contributions import contribution, reading_as
from core.models import Person
from integration import actions
from integration.models import RiskScreen
from patients.models import Participant
from reminders.models import OutboxMessage, Reminder
from safety.models import Alert
from tests.assessments.conftest import consented_participant
from tests.cast import World
from tests.databases import owner_cursor
from tests.integration.conftest import DOSED_AT, answers, start_dosing_visit, visit_of
from tests.integration.test_contacts import ON_THE_DAY
from tests.reminders import faults

WITHIN_S = 60


def call_that_finds_behaviour(world: World, database: str) -> Participant:
    """Records a call in which behaviour is told, committed, by the database's clock of that day."""
    ben, tess = world.people["ben"], world.people["tess"]
    with owner_cursor(database) as cursor:
        cursor.execute("UPDATE clock.state SET held_at = %s", [ON_THE_DAY])
    with reading_as(ben), contribution(by=ben, reason="Arranged by the test"):
        participant = consented_participant(world, by=ben)
        start_dosing_visit(participant, by=ben, at=DOSED_AT)
    with reading_as(tess):
        actions.record_contact(
            visit_of(participant, "V5-PH2"), reached=True, answers=answers(preparatory=True), submission_id=uuid4(),
            by=tess, at=ON_THE_DAY,
        )  # fmt: skip
    return participant


def to_the_investigator() -> list[str]:
    """Returns the states of what is on its way to the investigator by name."""
    with reading_as(Person.objects.system("reminders")):
        found = OutboxMessage.objects.filter(reminder__person__username="ada", template="action_today")
        return list(found.values_list("state", flat=True))


@pytest.mark.prove
def test_with_celery_a_named_person_is_written_to_within_a_minute(
    own_database: str, world: World, tmp_path: Path, evidence: Callable[..., None]
) -> None:
    with (
        faults.sink(seconds_each=0) as sink,
        faults.valkey(tmp_path) as (_, address),
        faults.worker(tmp_path, database=own_database, broker=address, smtp_port=sink.controller.port),
        faults.Beat(address),
    ):
        # The worker is at work before the call, as it is every day.
        faults.wait_until(lambda: (tmp_path / "valkey").exists(), seconds=10)
        call_that_finds_behaviour(world, own_database)
        began = time.monotonic()
        faults.wait_until(lambda: set(to_the_investigator()) == {"sent"}, seconds=WITHIN_S)
        took = time.monotonic() - began

    with reading_as(world.people["ada"]):
        alert = Alert.objects.get(rule="suicidality")
    assert (alert.severity, sink.total >= 1) == ("act", True)
    evidence("named_person", seconds=round(took, 1), bar=WITHIN_S)


def test_without_celery_it_is_recorded_shown_and_waits_for_the_sender(
    own_database: str, world: World, client_for: Callable[[Person], Client]
) -> None:
    call_that_finds_behaviour(world, own_database)

    banner = client_for(world.people["ada"]).get("/alerts/banner/", follow=True).content.decode()
    with reading_as(world.people["ada"]):
        found = Reminder.objects.filter(template="action_today", person__username="ada")
        waiting = set(found.values_list("state", flat=True))
        screens = RiskScreen.objects.count()
    assert (screens, waiting) == (1, {"waiting"})
    assert "Positive answer on the suicidality scale" in banner
