"""The draft of an integration note: what was typed is there again after the server or the browser was killed."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from core.contributions import contribution, reading_as
from integration.models import IntegrationNote
from patients.models import Visit
from tests.assessments.conftest import consented_participant
from tests.cast import PASSWORD
from tests.databases import environment_for, owner_cursor
from tests.integration.conftest import NEXT_DAY, start_dosing_visit, visit_of
from tests.journeys.conftest import BROWSER_FLAGS, _files_are_stale, _manage
from tests.journeys.stand import WEB, Server, _wait
from tests.reminders.faults import free_port

SAVED_WITHIN_MS = 20_000


@pytest.fixture
def visit(own_database: str, world: Any, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """An integration session of today, in a committed database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    ben = world.people["ben"]
    with reading_as(ben), contribution(by=ben, reason="Arranged by the test"):
        participant = consented_participant(world, by=ben)
        start_dosing_visit(participant, by=ben, at=NEXT_DAY)
        found = visit_of(participant, "V6")
    with owner_cursor(own_database) as cursor:
        cursor.execute("UPDATE clock.state SET held_at = %s", [NEXT_DAY])
    return found


@pytest.fixture
def server(own_database: str, tmp_path: Path) -> Iterator[Server]:
    """The product's own server, which can be killed."""
    if _files_are_stale():
        _manage("collectstatic", "--noinput", "-v0", environment=dict(os.environ))
    port = free_port()
    environment = environment_for(own_database) | {
        "VIGIL_ENVIRONMENT": "test",
        "VIGIL_BASE_URL": f"http://127.0.0.1:{port}",
        "VIGIL_STREAM_URL": "",
    }
    made = Server([*WEB, "--bind", f"127.0.0.1:{port}"], environment, tmp_path / "web.log")
    _start(made)
    yield made
    made.kill()


@pytest.fixture
def playwright() -> Iterator[Playwright]:
    """The browser's driver."""
    with sync_playwright() as driver:
        yield driver


def test_a_draft_survives_a_killed_server_and_a_killed_browser(
    server: Server, visit: Visit, playwright: Playwright, world: Any, tmp_path: Path
) -> None:
    page = _note_of(visit, _browser(playwright, tmp_path / "first"), server)

    page.locator("[name=sleep]").fill("Typed before the server died")
    _wait_for_state(page, "Saved")
    server.kill()
    page.locator("[name=meaning]").fill("Typed while it was away")
    _wait_for_state(page, "cannot be reached")
    _start(server)
    _wait_for_state(page, "Saved")
    _kill(tmp_path / "first")
    again = _note_of(visit, _browser(playwright, tmp_path / "second"), server)

    kept = {name: again.locator(f"[name={name}]").input_value() for name in ("sleep", "meaning")}
    assert kept == {"sleep": "Typed before the server died", "meaning": "Typed while it was away"}
    with reading_as(world.people["tess"]):
        assert IntegrationNote.objects.filter(visit=visit).count() == 1


def _start(server: Server) -> None:
    server.start()
    _wait(f"{server.environment['VIGIL_BASE_URL']}/accounts/login/", server.log)


def _browser(playwright: Playwright, profile: Path) -> BrowserContext:
    path = os.environ.get("VIGIL_CHROMIUM") or shutil.which("chromium")
    return playwright.chromium.launch_persistent_context(str(profile), executable_path=path, args=BROWSER_FLAGS)


def _kill(profile: Path) -> None:
    """Ends the browser as a crash does, with all that its memory held."""
    told = subprocess.run(["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=True)
    for pid in told.stdout.split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def _note_of(visit: Visit, browser: BrowserContext, server: Server) -> Page:
    page = browser.new_page()
    page.goto(f"{server.environment['VIGIL_BASE_URL']}/accounts/login/?next=/visits/{visit.public_id}/note/")
    page.get_by_label("Username").fill("tess")
    page.get_by_label("Password").first.fill(PASSWORD)
    with page.expect_navigation():
        page.locator("form.account-form button[type=submit]").click()
    return page


def _wait_for_state(page: Page, words: str) -> None:
    page.locator("[data-save-state]", has_text=words).wait_for(timeout=SAVED_WITHIN_MS)
