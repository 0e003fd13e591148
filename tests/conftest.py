"""Fixtures of every test: databases under the runtime login, the cast, and signed-in clients."""

import gc
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.client import ClientHandler
from hypothesis import settings as property_settings

from core import contributions
from core.models import Person
from tests import databases
from tests.cast import CAST, World, build_world
from trials.models import ProtocolVersion, Site, Trial

PROVE = os.environ.get("VIGIL_PROVE") == "1"
# What needs no database begins while another process builds it, and no core is left alone at the end with a long file.
FIRST = ("protocol", "journeys", "blinding", "demo", "deploy", "architecture")

# The same examples at every run, so that a failure says what the change did; many more of them when proved.
property_settings.register_profile("vigil", derandomize=True, max_examples=2000 if PROVE else 40, deadline=None)
property_settings.load_profile("vigil")


def size(*, small: int, full: int) -> int:
    """Returns the size of a check: small in the daily run, full when it is proved."""
    return full if PROVE else small


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the files in the order in which they are begun."""
    last = len(FIRST)
    rooms = {room: place for place, room in enumerate(FIRST)}
    items.sort(key=lambda item: rooms.get(item.path.relative_to(databases.ROOT).parts[1], last))
    for item in items:
        names = getattr(item, "fixturenames", [])
        if "in_day_database" in names:
            # Before anything opens a transaction in the other one.
            names.remove("in_day_database")
            names.insert(0, "in_day_database")


def pytest_collection_finish() -> None:
    """Takes what was loaded by now out of the collector's rounds, which would look through all of it each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _one_chain_of_middleware() -> Iterator[None]:
    """Lets every test client use one chain, as the requests of a server do; each would read all static files anew."""
    handler = ClientHandler()
    handler.load_middleware()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "_middleware_chain", staticmethod(handler._middleware_chain))
        yield


@pytest.fixture(scope="session")
def template() -> str:
    """The migrated template database."""
    return databases.template_database()


@pytest.fixture(scope="session")
def world_template(template: str, testrun_uid: str, django_db_blocker: Any) -> str:
    """A database with the test world in it, to be copied; built once for all processes of a run."""

    def fill(name: str) -> None:
        with django_db_blocker.unblock(), databases.connected_to(name):
            build_world()

    return databases.shared_database(template, run=testrun_uid[:12], fill=fill)


@pytest.fixture(scope="session")
def django_db_setup(world_template: str, django_db_blocker: Any) -> Iterator[None]:
    """Connects the tests, as runtime and unblinded login, to a copy that is never committed to."""
    with databases.copied_database(world_template) as name, django_db_blocker.unblock():
        with databases.connected_to(name):
            yield


@pytest.fixture(scope="session")
def day_template(world_template: str, testrun_uid: str, django_db_blocker: Any) -> str:
    """A world in which a dosing day waits for its dose, to be copied; built once for all processes of a run."""
    # It needs the actions of every room, which nothing else here does.
    from tests.sessions.conftest import dosing_day

    def fill(name: str) -> None:
        with django_db_blocker.unblock(), databases.connected_to(name):
            people = {person.username: person for person in Person.objects.filter(is_system=False)}
            with contributions.contribution(by=people["ben"], reason="Arranged by the test"):
                world = _the_world()
                dosing_day(world, by=people["ben"], investigator=people["ada"], pair=("tess", "theo"), handler="phil")

    return databases.shared_database(world_template, run=f"{testrun_uid[:12]}_day", fill=fill)


@pytest.fixture(scope="session")
def day_database(day_template: str) -> Iterator[str]:
    """A copy of the world with a dosing day in it, that is never committed to."""
    with databases.copied_database(day_template) as name:
        yield name


@pytest.fixture
def in_day_database(django_db_setup: None, day_database: str, django_db_blocker: Any) -> Iterator[None]:
    """Connects a test to the database in which a dosing day waits."""
    with databases.connected_to(day_database):
        yield


@pytest.fixture(autouse=True)
def _nobody_acts() -> Iterator[None]:
    contributions.forget(None)
    yield
    contributions.forget(None)


@pytest.fixture
def own_database(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[str]:
    """A committed database of the test's own, for races, other processes and the unblinded login."""
    with_day = "in_day_database" in request.fixturenames
    template = request.getfixturevalue("day_template" if with_day else "world_template")
    with databases.copied_database(template) as name, django_db_blocker.unblock():
        with databases.connected_to(name):
            try:
                yield name
            finally:
                for alias in ("default", "unblinded"):
                    connections[alias].close()


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The trial with its sites and people, in whichever database the test uses.

    In the rolled-back transaction of `db` the test itself reads as the setup actor, who sees every site; each request
    and each contribution acts as its own person. In a database of its own a test says as whom it reads.
    """
    if "own_database" in request.fixturenames:
        yield _the_world()
        return
    request.getfixturevalue("db")
    with contributions.reading_as(Person.objects.system("setup")):
        yield _the_world()


def _the_world() -> World:
    sites = {"A": Site.objects.get(code="S01"), "B": Site.objects.get(code="S02")}
    people = {person.username: person for person in Person.objects.filter(is_system=False)}
    return World(Trial.objects.get(), ProtocolVersion.objects.get(), sites, people)


@pytest.fixture
def trial(world: World) -> Any:
    """The trial."""
    return world.trial


@pytest.fixture
def site_a(world: World) -> Any:
    """Ada's site."""
    return world.sites["A"]


@pytest.fixture
def site_b(world: World) -> Any:
    """Cleo's site."""
    return world.sites["B"]


def _cast_fixture(username: str) -> Any:
    @pytest.fixture(name=username)
    def member(world: World) -> Person:
        return world.people[username]

    member.__doc__ = f"{CAST[username][0]}." if username in CAST else "Nobody in the trial."
    return member


for _username in [*CAST, "eve"]:
    globals()[f"{_username}_fixture"] = _cast_fixture(_username)


@pytest.fixture
def client_for() -> Callable[[Person], Client]:
    """Returns a maker of browsers that are signed in as a person."""

    def sign_in(person: Person) -> Client:
        client = Client()
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in


@pytest.fixture
def acting() -> Callable[[Person], Any]:
    """Returns the context in which a test reads the database as a person."""
    return contributions.reading_as


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Returns a writer of figures: kept in docs/evidence/ when a check is proved at full size, printed otherwise."""

    def keep(name: str, **figures: Any) -> None:
        if not PROVE:
            print(f"{name}: {figures}")
            return
        head = ["git", "rev-parse", "HEAD"]
        commit = subprocess.run(head, cwd=databases.ROOT, capture_output=True, text=True, check=False).stdout.strip()
        folder = databases.ROOT / "docs" / "evidence"
        folder.mkdir(exist_ok=True)
        held = {"check": request.node.nodeid, "command": f"./run prove {name}", "commit": commit, "figures": figures}
        (folder / f"{name}.json").write_text(f"{json.dumps(held, indent=2, default=str)}\n")

    return keep
