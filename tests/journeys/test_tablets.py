"""Two real tablets of one session: nothing lost and nothing doubled, whatever is taken away."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from core import clock
from core.contributions import reading_as
from sessions.models import Capture, SessionNote, StreamPosition, VitalSigns
from tests.cast import PASSWORD
from tests.conftest import size
from tests.journeys.conftest import AXE, AXE_RUN, BROWSER_FLAGS, GRAVE, _evaluate, _files_are_stale, _manage
from tests.journeys.stand import PIN, Stand, stand

ENTRIES = size(small=4, full=20)
MINUTES, COOKIES_KEPT_AFTER_S = 30, 40.0


@pytest.fixture
def tablets(own_database: str, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """The stand of this test."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    if _files_are_stale():
        _manage("collectstatic", "--noinput", "-v0", environment=dict(os.environ))
    with stand(own_database, world, tmp_path) as made:
        yield made


@pytest.fixture
def playwright() -> Iterator[Playwright]:
    """The browser's driver."""
    with sync_playwright() as driver:
        yield driver


class Tablet:
    """One therapist's browser with a profile of its own, which outlives the browser."""

    def __init__(self, playwright: Playwright, stand: Stand, profile: Path, username: str) -> None:
        self.playwright, self.stand, self.profile, self.username = playwright, stand, profile, username
        self.held_at: datetime | None = None
        self.sightings: list[int] = []

    def start(self) -> "Tablet":
        """Starts the browser on its profile."""
        path = os.environ.get("VIGIL_CHROMIUM") or shutil.which("chromium")
        self.context: BrowserContext = self.playwright.chromium.launch_persistent_context(
            str(self.profile), executable_path=path, args=BROWSER_FLAGS, base_url=self.stand.address,
            viewport={"width": 1180, "height": 820}, reduced_motion="reduce",
        )  # fmt: skip
        self.page: Page = self.context.pages[0]
        self.page.set_default_timeout(20_000)
        # A browser asks whether to leave while something is not sent; the test's hand always goes on.
        self.page.on("dialog", lambda dialog: dialog.accept())
        if self.held_at is not None:
            self.context.clock.install(time=self.held_at)
        return self

    def sign_in(self) -> "Tablet":
        """Signs in and opens the cockpit, until it is kept for when the server is away."""
        self.page.goto(f"/accounts/login/?next={self.stand.cockpit}")
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password").first.fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("form.account-form button[type=submit]").click()
        self.wait_until_kept()
        self.signed_in_at = time.monotonic()
        return self

    def wait_until_kept(self) -> None:
        """Waits until the shell is on the tablet and its worker is at work."""
        self.page.locator("main[data-kept]").wait_for()
        self.page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")

    def note(self, text: str) -> None:
        """Records a note, as a hand does."""
        self.page.locator("a[href='?panel=note']").first.click()
        self.page.locator("form[data-capture] textarea[name=text]").fill(text)
        self.page.locator("form[data-capture] button[type=submit]").click()
        self.page.locator("form[data-capture]").wait_for(state="detached")

    @property
    def waiting(self) -> int:
        """Returns how many entries the page says are kept on this tablet."""
        return int(self.page.locator("[data-sync]").get_attribute("data-waiting") or 0)

    def wait_for_waiting(self, number: int) -> None:
        """Waits until the page says so many, in words too where there are some."""
        self.page.locator(f"[data-sync][data-waiting='{number}']").wait_for(timeout=60_000)
        words = self.page.locator("[data-sync]").inner_text()
        assert number == 0 or f"{number} entr" in words, words

    def kill(self) -> None:
        """Ends the browser as a flat battery does."""
        # Not sooner after the sign-in than Chromium has written its cookies, which it does every half minute.
        time.sleep(max(0.0, self.signed_in_at + COOKIES_KEPT_AFTER_S - time.monotonic()))
        told = subprocess.run(
            ["pgrep", "-f", f"user-data-dir={self.profile}"], capture_output=True, text=True, check=False
        )
        for pid in told.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        with suppress(Exception):
            self.context.close()
        for lock in self.profile.glob("Singleton*"):
            lock.unlink()

    def open_with_pin(self) -> None:
        """Opens a locked cockpit again on the page."""
        self.page.locator("[data-lock]:not([hidden])").wait_for(timeout=60_000)
        self.page.locator("#tablet-pin").fill(PIN)
        self.page.locator("[data-open-tablet] button[type=submit]").click()
        self.page.locator("[data-lock][hidden]").wait_for(state="attached")


@contextmanager
def two_tablets(playwright: Playwright, stand: Stand, folder: Path, *, held_at: datetime | None = None) -> Any:
    """Starts both tablets, each signed in and in the cockpit."""
    pair = [Tablet(playwright, stand, folder / name, name) for name in ("tess", "theo")]
    for tablet in pair:
        tablet.held_at = held_at
        tablet.start().sign_in()
    try:
        yield pair
    finally:
        for tablet in pair:
            with suppress(Exception):
                tablet.context.close()


def notes_of(stand: Stand) -> list[SessionNote]:
    """Returns the notes of the session in the order of the stream."""

    def ask() -> list[SessionNote]:
        order = dict(StreamPosition.objects.filter(session=stand.day.session).values_list("entry", "sequence"))
        found = SessionNote.objects.filter(session=stand.day.session).select_related("recorded_by")
        return sorted(found, key=lambda note: order[note.public_id])

    return asked(stand, ask)


def asked(stand: Stand, ask: Callable[[], Any]) -> Any:
    """Returns what the database says, on a connection that is not entangled with the browser's loop."""

    def alone() -> Any:
        try:
            with reading_as(stand.day.first):
                return ask()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as hand:
        return hand.submit(alone).result()


@pytest.mark.prove
def test_half_an_hour_without_network_loses_and_doubles_nothing(tablets, playwright, tmp_path, evidence):
    began = asked(tablets, clock.now).replace(microsecond=0)
    tablets.hold(began)
    step = timedelta(minutes=MINUTES) / ENTRIES
    with two_tablets(playwright, tablets, tmp_path, held_at=began) as (tess, theo):
        tablets.cut()
        for number in range(ENTRIES):
            for tablet in (tess, theo):
                tablet.page.clock.fast_forward(int(step.total_seconds() * 1000))
                tablet.note(f"{tablet.username} {number}")
                tablet.wait_for_waiting(number + 1)
            if number == ENTRIES // 3:
                tess.page.reload()
                tess.wait_for_waiting(number + 1)
            if number == ENTRIES // 2:
                theo.kill()
                theo.held_at = began + step * (number + 1)
                theo.start().page.goto(tablets.cockpit)
                theo.wait_for_waiting(number + 1)
        tablets.hold(began + timedelta(minutes=MINUTES + 5))
        tablets.join()
        for tablet in (tess, theo):
            tablet.page.clock.fast_forward(20_000)
            tablet.wait_for_waiting(0)
        theo.page.locator("main:not([data-shell])").wait_for(timeout=60_000)

    notes = notes_of(tablets)
    told = {name: [note.text for note in notes if note.text.startswith(name)] for name in ("tess", "theo")}
    assert told == {name: [f"{name} {number}" for number in range(ENTRIES)] for name in ("tess", "theo")}
    for note in notes:
        name, number = note.text.split()
        late = note.observed_at - (began + step * (int(number) + 1))
        # The server's clock stands still here and the tablets' run: some seconds are the test's own.
        assert timedelta(seconds=-10) <= late < timedelta(seconds=60), (note.text, late)
        assert timedelta() <= note.captured_at - note.observed_at < timedelta(seconds=60)
        assert note.recorded_at >= began + timedelta(minutes=MINUTES)
        assert note.recorded_by.username == name
    evidence("half_an_hour", entries=2 * ENTRIES, minutes=MINUTES, lost=0, doubled=0, reloads=1, kills=1)


@pytest.mark.prove
def test_server_killed_again_and_again_loses_and_doubles_nothing(tablets, playwright, tmp_path, evidence):
    entries, kills = size(small=12, full=200), size(small=2, full=10)
    with two_tablets(playwright, tablets, tmp_path) as (tess, theo):
        for number in range(entries):
            tablet = (tess, theo)[number % 2]
            tablet.note(f"{tablet.username} {number}")
            if number % (entries // kills) == entries // kills // 2:
                tablets.web.kill()
            if number % (entries // kills) == entries // kills - 1:
                tablets.web.start()
                tablets.wait_until_up()
        for tablet in (tess, theo):
            tablet.page.locator("[data-sync][data-waiting='0']").wait_for(timeout=120_000)

    notes = notes_of(tablets)
    for place, name in enumerate(("tess", "theo")):
        wanted = [f"{name} {number}" for number in range(place, entries, 2)]
        assert [note.text for note in notes if note.text.startswith(name)] == wanted
    assert asked(tablets, Capture.objects.filter(session=tablets.day.session).count) == entries
    evidence("server_killed", entries=entries, kills=kills, lost=0, doubled=0)


def unkind(page: Page) -> list[str]:
    """Returns what axe holds against a page."""
    session = page.context.new_cdp_session(page)
    found = json.loads(_evaluate(session, f"{AXE};{AXE_RUN}"))
    session.detach()
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in GRAVE]


def test_tablet_says_what_it_keeps_what_was_refused_and_that_it_is_locked(tablets, playwright, tmp_path):
    """Each state of a tablet is reached as a hand reaches it, read, and asked about by axe in two themes."""
    tess = Tablet(playwright, tablets, tmp_path / "tess", "tess").start().sign_in()
    seen = {}

    def look(name: str, *, says: str) -> None:
        expect(tess.page.locator("main")).to_contain_text(says, use_inner_text=True, timeout=60_000)
        for theme in ("light", "dim"):
            tess.page.locator("html").evaluate("(root, theme) => { root.dataset.theme = theme }", theme)
            seen[f"{name}, {theme}"] = unkind(tess.page)
            if pictures := os.environ.get("VIGIL_PICTURES"):
                tess.page.screenshot(path=f"{pictures}/{name}-{theme}.png")

    tess.page.locator("a[href='?panel=distress']").first.click()
    tess.page.locator("form[data-capture] input[name=score]:not([type=hidden])").fill("99")
    tess.page.locator("form[data-capture]:has(input[name=score]:not([type=hidden])) button[type=submit]").click()
    tess.page.locator("[data-refused] li").wait_for()
    look("refused", says="Rate between")
    tablets.cut()
    tess.page.locator("a[href='?panel=vitals']").first.click()
    look("panel", says="Vital signs")
    tess.page.locator("form[data-capture] input[name=systolic_mmhg]").fill("228")
    tess.page.locator("form[data-capture] input[name=diastolic_mmhg]").fill("99")
    tess.page.locator("form[data-capture] button[type=submit]").click()
    tess.wait_for_waiting(1)
    look("offline", says="Past the act limits")
    tess.page.reload()
    tess.wait_for_waiting(1)
    look("reopened", says="As of")
    tess.context.clear_cookies(name="sessionid")
    tablets.join()
    tess.page.locator("[data-lock]:not([hidden])").wait_for(timeout=60_000)
    tess.wait_for_waiting(0)
    look("locked", says="The record is hidden")
    tess.open_with_pin()
    look("opened", says="228/99")
    tess.context.close()

    assert {name: found for name, found in seen.items() if found} == {}
    assert asked(tablets, VitalSigns.objects.filter(systolic_mmhg=228).count) == 1


def test_a_button_that_is_pressed_stays_until_the_finger_is_up(tablets, playwright, tmp_path):
    """What another tablet records draws the page anew, and never while a finger is on a button of it."""
    with two_tablets(playwright, tablets, tmp_path) as (tess, theo):
        tess.page.locator("a[href='?panel=note']").first.hover()
        button = tess.page.locator("a[href='?panel=note']").first.element_handle()
        tess.page.mouse.down()
        theo.note("Breathing calmly")
        tess.page.locator("[data-tape]", has_text="Breathing calmly").wait_for()
        tess.page.wait_for_timeout(2_500)
        assert button.evaluate("place => place.isConnected")
        tess.page.mouse.up()
        tess.page.locator("form[data-capture] textarea[name=text]").wait_for()
