"""Ladders of reporting clocks while everything that climbs and tells of them is killed: nothing is missed.

The clock of the database runs many times as fast as the wall's, which only a demo or test database can do. At full
size an hour of the wall is sixty of the trial, with 200 running clocks, and worker, beat, broker and web are killed at
moments drawn from a printed seed; the mail server is away for a while, and what is due then goes to the telephone list.
"""

import os
import random
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from core.contributions import reading_as
from core.models import Person
from reminders.models import OutboxMessage, Reminder
from safety.actions import EventDescription, report_adverse_event
from safety.models import ClockStep
from tests.cast import AT, World
from tests.conftest import PROVE, size
from tests.databases import environment_for, owner_cursor
from tests.reminders import faults
from tests.stages import consented

SEED = int(os.environ.get("VIGIL_SEED", "20261128"))
WALL_S = size(small=12, full=3600)
FOLD = size(small=7500, full=60)
CLOCKS, PEOPLE = size(small=12, full=200), size(small=2, full=10)
# How many times each is killed; the web server only where there is time to see it come back.
KILLS = {"worker": size(small=1, full=12), "broker": size(small=1, full=8), "beat": size(small=0, full=8)}
KILLS |= {"web": size(small=0, full=8)}
# The share of the run in which no mail leaves.
AWAY_FROM, AWAY_UNTIL = 0.1, 0.25
SERIOUS = EventDescription(
    term="Fall", started_on="2026-01-05", severity="severe", valence="unwelcome", seriousness=("hospitalisation",)
)
TASKS = ("reminders.tasks.deliver_due", "safety.tasks.climb_ladders")


@dataclass
class FastClock:
    """Moves the clock of a database on, many times as fast as the wall's."""

    database: str
    begins_at: datetime
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator["FastClock"]:
        """Lets it run while the block lasts."""
        self.started = time.monotonic()
        hand = threading.Thread(target=self._run, daemon=True)
        hand.start()
        try:
            yield self
        finally:
            self.over.set()
            hand.join()

    def now(self) -> datetime:
        """Returns the moment of the trial."""
        return self.begins_at + timedelta(seconds=(time.monotonic() - self.started) * FOLD)

    def _run(self) -> None:
        with owner_cursor(self.database) as cursor:
            while not self.over.wait(0.25):
                cursor.execute("UPDATE clock.state SET held_at = %s", [self.now()])


@pytest.fixture
def people(own_database: str, world: World) -> list[Any]:
    """Participants of site A who consented."""
    ben = world.people["ben"]
    with reading_as(ben):
        return [consented(world, by=ben, at=AT, name=f"Sample {'ABCDEFGHIJ'[number]}") for number in range(PEOPLE)]


@pytest.mark.prove
def test_no_step_is_missed_and_no_letter_doubled_while_everything_is_killed(
    own_database: str, world: World, people: list[Any], client_for: Any, tmp_path: Path, evidence: Any
) -> None:
    print(f"seed {SEED}")
    draw, begins_at = random.Random(SEED), AT + timedelta(days=3)
    for number in range(CLOCKS):
        aware_at = begins_at - timedelta(minutes=draw.randrange(22 * 60))
        report(people[number % PEOPLE], world, aware_at=aware_at)
    blows = sorted((draw.uniform(0.05, 0.85) * WALL_S, name) for name, count in KILLS.items() for _ in range(count))

    with ExitStack() as stack, FastClock(own_database, begins_at).running() as clock:
        house = House(stack, own_database, tmp_path)
        house.play(blows, seconds=WALL_S)
        last = clock.now()
        # What was due within the hour may leave a little later, as after any fault.
        faults.wait_until(lambda: untaken(last) == 0 and waiting() == 0, seconds=180, meanwhile=house.keep_alive)
        shown = client_for(world.people["sofia"]).get(reverse("safety:board")).content.decode()

    with reading_as(Person.objects.system("safety")):
        due = list(ClockStep.objects.filter(due_at__lte=last).select_related("clock"))
        letters = list(Reminder.objects.filter(template="action_today").select_related("message"))
        called = {step.clock.public_id for step in ClockStep.objects.select_related("clock") if step.calls}
    sent = {each.message.message_id for each in letters if each.message.state == "sent"}
    given_up = [each for each in letters if each.message.state == "failed"]
    kills = sum(house.deaths().values())
    repeats = house.sink.total - len(house.sink.arrived)
    assert [step.code for step in due if step.taken_at is None] == []
    assert [step.code for step in due if not (step.told or step.calls or step.left_out)] == []
    assert len({step.clock_id for step in due}) == CLOCKS
    assert sent == set(house.sink.arrived) and len(sent) + len(given_up) == len(letters)
    # What the mail server refused for good is told by telephone: the clock stands on the list.
    assert {each.key.split(":")[1] for each in given_up} <= called
    # The mail server going away may cut one letter off as a kill does.
    assert repeats <= kills + 1 and max(house.sink.arrived.values()) <= 1 + kills
    away = [step for step in due if step.mail_failed]
    assert away and all(step.calls for step in away) and "To be telephoned" in shown
    evidence(
        "escalation",
        seed=SEED,
        wall_s=WALL_S,
        fold=FOLD,
        clocks=CLOCKS,
        steps_due=len(due),
        missed=0,
        late=sum(step.late for step in due),
        letters=len(sent),
        given_up_and_telephoned=len(given_up),
        repeated_under_the_same_id=repeats,
        kills=house.deaths(),
        steps_whose_mail_had_failed=len(away),
        web={"answered": house.answered, "down": house.unanswered},
    )


def report(participant: Any, world: World, *, aware_at: datetime) -> None:
    """Reports a serious event, whose clock starts with the awareness."""
    ben = world.people["ben"]
    with reading_as(ben):
        report_adverse_event(
            participant, description=SERIOUS, site_aware_at=aware_at, submission_id=uuid4(), by=ben, at=aware_at
        )


def untaken(until: datetime) -> int:
    """Returns how many steps that were due by then nobody has taken."""
    with reading_as(Person.objects.system("safety")):
        return ClockStep.objects.filter(due_at__lte=until, taken_at__isnull=True).count()


def waiting() -> int:
    """Returns how many messages have not left."""
    with reading_as(Person.objects.system("reminders")):
        return (
            Reminder.objects.filter(template="action_today", state="waiting").count()
            + OutboxMessage.objects.filter(state="waiting").count()
        )


class House:
    """Every process that escalation needs, each of which can be killed and is started again."""

    def __init__(self, stack: ExitStack, database: str, folder: Path) -> None:
        self.sink = stack.enter_context(faults.sink(seconds_each=0.0))
        broker, address = stack.enter_context(faults.valkey(folder))
        smtp_port = self.sink.controller.port
        worker = stack.enter_context(faults.worker(folder, database=database, broker=address, smtp_port=smtp_port))
        self.processes = {"broker": broker, "worker": worker}
        self.answered = self.unanswered = 0
        self.address = ""
        if not PROVE:
            stack.enter_context(faults.Beat(address, TASKS))
            return
        environment = environment_for(database) | {"VIGIL_ENVIRONMENT": "test", "REDIS_URL": address}
        port = faults.free_port()
        self.address = f"http://127.0.0.1:{port}/accounts/login/"
        commands = {
            "beat": ["celery", "-A", "config", "beat", "-l", "WARNING", "-s", str(folder / "beat"), "--pidfile="],
            "web": ["gunicorn", "config.wsgi", "--no-control-socket", "--bind", f"127.0.0.1:{port}"],
        }
        for name, command in commands.items():
            process = faults.Killable([sys.executable, "-m", *command], folder=folder, environment=environment)
            stack.callback(process.stop)
            self.processes[name] = process

    def play(self, blows: list[tuple[float, str]], *, seconds: float) -> None:
        """Lets the run go on for so long, kills at the moments given, and takes the mail server away for a while."""
        started, away = time.monotonic(), False
        while (passed := time.monotonic() - started) < seconds:
            if away != (AWAY_FROM <= passed / seconds < AWAY_UNTIL):
                away = not away
                self.sink.refuse(away)
            while blows and blows[0][0] <= passed:
                victim = self.processes[blows.pop(0)[1]]
                victim.kill()
                victim.start()
            self.keep_alive()
            time.sleep(size(small=0.2, full=2))
        self.sink.refuse(False)

    def keep_alive(self) -> None:
        """Starts again what gave up by itself, as the supervisor does, and asks the pages for an answer."""
        for process in self.processes.values():
            process.ensure_alive()
        if self.address:
            try:
                with urllib.request.urlopen(self.address, timeout=5):
                    self.answered += 1
            except OSError:
                self.unanswered += 1

    def deaths(self) -> dict[str, int]:
        """Returns how often each was killed."""
        return {name: process.deaths for name, process in self.processes.items()}
