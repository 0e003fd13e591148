"""A real server on a committed world, a real browser, and a watch over every page that the browser meets."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connections
from django.urls import resolve
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from core.contributions import contribution, reading_as
from core.models import Person
from patients.actions import RangeDetails, add_range
from tests.assessments.conftest import delegate_raters
from tests.cast import AT, PASSWORD, World
from tests.databases import ROOT, connected_to, copied_database, environment_for, owner_cursor
from tests.reminders.faults import free_port, valkey
from trials.models import ProtocolVersion, Site, Trial
from trials.queries import definition_of

AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text()
AXE_RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => JSON.stringify(found.violations))"
GRAVE = ("serious", "critical")
START_WITHIN_S, BROWSER_FLAGS = 120, ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Live:
    """A served copy of the test world, whose clock the test holds."""

    address: str
    database: str
    environment: dict[str, str]

    def hold(self, moment: datetime) -> None:
        """Holds the clock of the database at a moment."""
        with owner_cursor(self.database) as cursor:
            cursor.execute("UPDATE clock.state SET held_at = %s", [moment])


@dataclass
class Watch:
    """Sees what goes wrong on the pages, and asks axe once about every kind of page."""

    host: str
    faults: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    pages: dict[str, list[str]] = field(default_factory=dict)
    refusals_expected: int = 0

    def over(self, page: Page) -> None:
        """Begins to watch a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("request", self._request)

    @contextmanager
    def refusal(self) -> Iterator[None]:
        """Lets the browser log one refused form, which it does for every answer with status 422."""
        self.refusals_expected += 1
        yield
        assert not self.refusals_expected, "Nothing was refused."

    def look(self, page: Page) -> None:
        """Asks axe about a page of a kind that it has not seen."""
        kind = self._kind(page)
        if kind in self.pages:
            return
        session = page.context.new_cdp_session(page)
        found = _evaluate(session, AXE + ";" + AXE_RUN)
        session.detach()
        self.pages[kind] = [
            f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}"
            for one in json.loads(found)
            if one["impact"] in GRAVE
        ]

    def assert_clean(self) -> None:
        """Fails with everything that was seen."""
        unkind = {kind: violations for kind, violations in self.pages.items() if violations}
        assert (self.faults, self.foreign, unkind) == ([], [], {})

    def _kind(self, page: Page) -> str:
        parts = urlsplit(page.url)
        # One answer for each view, each procedure's form and each panel; whom it is about makes no other page.
        view = resolve(parts.path)
        panel = parts.query if parts.query.startswith("panel=") else ""
        return " ".join(filter(None, (view.view_name, view.kwargs.get("code"), panel)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        if self.refusals_expected and "status of 422" in message.text:
            self.refusals_expected -= 1
            return
        self.faults.append(f"{message.location.get('url', '')}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.foreign.append(request.url)


def _evaluate(session: Any, expression: str) -> str:
    # Through the debugger, as the pages' own content policy forbids evaluation and stays in force.
    answer = session.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in answer, answer
    return str(answer["result"]["value"])


@pytest.fixture(scope="session")
def served(world_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The product's own server and worker, for every file in turn, on a database that each file finds anew."""
    folder = tmp_path_factory.mktemp("live")
    if _files_are_stale():
        _manage("collectstatic", "--noinput", "-v0", environment=dict(os.environ))
    name, port = f"test_live_{uuid4().hex[:12]}", free_port()
    # A broker of its own: the worker of another served database would take its jobs.
    with valkey(folder) as (_, redis):
        address = f"http://127.0.0.1:{port}"
        environment = environment_for(name) | {
            "VIGIL_ENVIRONMENT": "test",
            "VIGIL_BASE_URL": address,
            # Pages ask for what is new by themselves; the stream is played with two tablets (test_tablets.py).
            "VIGIL_STREAM_URL": "",
            "VIGIL_EXPORT_DIR": str(folder / "exports"),
            "REDIS_URL": redis,
        }
        web = ["gunicorn", "config.wsgi", "--threads", "2", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
        worker = ["celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "warning"]
        with running(web, environment, folder / "web.log"), running(worker, environment, folder / "worker.log"):
            with copied_database(world_template, name=name):
                wait_for(f"{address}/accounts/login/", log=folder / "web.log")
            yield Live(address, name, environment)


@pytest.fixture(scope="module")
def live(served: Live, world_template: str, django_db_blocker: Any) -> Iterator[Live]:
    """The served copy of the test world, committed to; a file shares it."""
    with pytest.MonkeyPatch.context() as patch, copied_database(world_template, name=served.database) as name:
        # The browser's library runs a loop in this thread, which Django would take for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with django_db_blocker.unblock(), connected_to(name):
            try:
                yield served
            finally:
                _close_connections()


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    """The trial that is served, with a rater in the pool and the laboratory's ranges."""
    with reading_as(Person.objects.system("setup")):
        people = {person.username: person for person in Person.objects.filter(is_system=False)}
        sites = {"A": Site.objects.get(code="S01"), "B": Site.objects.get(code="S02")}
        found = World(Trial.objects.get(), ProtocolVersion.objects.get(), sites, people)
    with reading_as(people["ada"]), contribution(by=people["ada"], reason="Pool delegated"):
        delegate_raters(found, "rhea")
        for measure in ("alt", "ast"):
            limits = RangeDetails("Central", measure, None, Decimal(40), "U/L", AT.date())
            definition = definition_of(found.version)
            add_range(found.sites["A"], limits, definition=definition, by=people["ada"], at=AT)
    return found


@pytest.fixture
def watch(live: Live) -> Watch:
    """The watch over this journey."""
    return Watch(urlsplit(live.address).netloc)


@pytest.fixture(scope="module")
def chromium(live: Live) -> Iterator[Browser]:
    """The system's Chromium."""
    path = os.environ.get("VIGIL_CHROMIUM") or shutil.which("chromium")
    assert path, "The journey needs a Chromium; VIGIL_CHROMIUM names one."
    with sync_playwright() as playwright:
        # What is connected while a browser's loop runs is kept apart from the rest, and outlives it and its database.
        _close_connections()
        launched = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield launched
        launched.close()
        _close_connections()


def _close_connections() -> None:
    for alias in ("default", "unblinded"):
        connections[alias].close()


@pytest.fixture
def person_at_work(live: Live, watch: Watch, chromium: Browser) -> Iterator[Callable[[str], "Desk"]]:
    """Yields the desk of a person of the cast, with a browser window of the person's own."""
    desks: dict[str, Desk] = {}

    def desk_of(username: str) -> Desk:
        if username not in desks:
            context = chromium.new_context(base_url=live.address, viewport={"width": 1280, "height": 900})
            desks[username] = Desk(username, context, watch)
        return desks[username]

    yield desk_of
    for desk in desks.values():
        desk.page.context.close()


class Desk:
    """One person at the browser."""

    def __init__(self, username: str, context: BrowserContext, watch: Watch) -> None:
        self.username, self.watch = username, watch
        self.page = context.new_page()
        self.page.set_default_timeout(60_000)
        watch.over(self.page)

    def open(self, address: str) -> Page:
        """Opens a page, signing in where the house asks for it."""
        answer = self.page.goto(address)
        if "/accounts/login/" in self.page.url:
            self._sign_in()
            if address not in self.page.url:
                answer = self.page.goto(address)
        assert answer is not None and answer.status == 200, f"{self.username} {address}: {answer and answer.status}"
        self.watch.look(self.page)
        return self.page

    def press(self, name: str, *, within: str = "main", exact: bool = False) -> Page:
        """Presses a button of the page and looks at the page that follows."""
        return self._follow(self.page.locator(within).get_by_role("button", name=name, exact=exact).first)

    def follow(self, name: str, *, within: str = "main", exact: bool = False) -> Page:
        """Follows a link of the page."""
        return self._follow(self.page.locator(within).get_by_role("link", name=name, exact=exact).first)

    def send(self, form: str, values: dict[str, Any] | None = None, *, button: str = "button[type=submit]") -> Page:
        """Fills one form by the names of its fields and sends it."""
        box = self.page.locator(form).first
        for name, value in (values or {}).items():
            fill(box, name, value)
        return self._follow(box.locator(button).first)

    def refused(self, act: Callable[[], Page]) -> str:
        """Does what the house must refuse, and returns what the page says."""
        with self.watch.refusal():
            page = act()
        return page.locator("main").inner_text()

    def _follow(self, control: Any) -> Page:
        with self.page.expect_navigation():
            control.click()
        self.watch.look(self.page)
        return self.page

    def _sign_in(self) -> None:
        self.watch.look(self.page)
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password").first.fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("form.account-form button[type=submit]").click()


def fill(box: Any, name: str, value: Any) -> None:
    """Fills a field of a form by its name, whatever its kind."""
    fields = box.locator(f"[name='{name}']")
    first = fields.first
    kind = first.evaluate("field => field.tagName === 'SELECT' ? 'select' : field.type")
    if kind in ("radio", "checkbox"):
        for one in value if isinstance(value, (list, tuple)) else [value]:
            choice = first if one is True else box.locator(f"[name='{name}'][value='{one}']")
            # By the keyboard: what floats over a long panel does not stand in its way.
            if not choice.is_checked():
                choice.press("Space")
    elif kind == "select":
        first.select_option(str(value))
    else:
        first.fill(str(value))


def _manage(*command: str, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, capture_output=True)


def _files_are_stale() -> bool:
    """Returns whether a file of the pages is newer than what was collected last."""
    manifest = ROOT / "staticfiles" / "staticfiles.json"
    if not manifest.exists():
        return True
    collected_at = manifest.stat().st_mtime
    return any(path.stat().st_mtime > collected_at for path in (ROOT / "static").rglob("*"))


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """Runs a process of the product while the block lasts."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(address: str, *, log: Path) -> None:
    """Waits until an address answers; shows the log when it does not."""
    ends_at = time.monotonic() + START_WITHIN_S
    while time.monotonic() < ends_at:
        try:
            with urllib.request.urlopen(address, timeout=30):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
