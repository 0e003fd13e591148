"""The tablets of WebKit, which most of the world's tablets are made of; only when proved, as it needs its own driver.

The driver's browser keeps its data in memory alone, so that a killed one has nothing to come back to: the kill is
played in Chromium (test_tablets.py), everything else here.
"""

import time
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from tests.cast import PASSWORD
from tests.conftest import PROVE
from tests.journeys.stand import Stand
from tests.journeys.test_tablets import asked, notes_of, tablets  # noqa: F401  (the stand is a fixture)
from tests.journeys.webkit import WebKit, webkit

ENTRIES = 20


class Tablet:
    """One therapist's window."""

    def __init__(self, window: WebKit, stand: Stand, username: str) -> None:
        self.window, self.stand, self.username = window, stand, username

    def sign_in(self) -> None:
        """Signs in and opens the cockpit, until it is kept for when the server is away."""
        self.window.do("POST", "/url", {"url": f"{self.stand.address}/accounts/login/?next={self.stand.cockpit}"})
        self.window.fill("input[name=login]", self.username)
        self.window.fill("input[name=password]", PASSWORD)
        self.window.press("form.account-form button[type=submit]")
        self.window.find("main[data-kept]")

    def note(self, text: str) -> None:
        """Records a note, as a hand does."""
        self.window.press("a[href='?panel=note']")
        self.window.fill("form[data-capture] textarea[name=text]", text)
        self.window.press("form[data-capture] button[type=submit]")
        self.window.until(lambda: self.window.run("return document.querySelector('form[data-capture]') === null"))

    def wait_for_waiting(self, number: int) -> None:
        """Waits until the page says how many entries are kept on this tablet."""
        self.window.find(f"[data-sync][data-waiting='{number}']")
        words = self.window.run("return document.querySelector('[data-sync]').innerText")
        assert number == 0 or f"{number} entr" in words, words


if PROVE:

    @pytest.mark.prove
    def test_webkit_without_network_loses_and_doubles_nothing(tablets: Stand, tmp_path: Any, evidence: Any) -> None:
        with ExitStack() as stack:
            pair = []
            for name in ("tess", "theo"):
                pair.append(Tablet(stack.enter_context(webkit(tmp_path / name)), tablets, name))
                pair[-1].sign_in()
            began = asked(tablets, clock.now)
            tablets.cut()
            for number in range(ENTRIES):
                for tablet in pair:
                    tablet.note(f"{tablet.username} {number}")
                    tablet.wait_for_waiting(number + 1)
                if number == ENTRIES // 2:
                    pair[0].window.do("POST", "/refresh")
                    pair[0].wait_for_waiting(number + 1)
            cut_for = time.monotonic()
            tablets.join()
            for tablet in pair:
                tablet.wait_for_waiting(0)
            joined_after = time.monotonic() - cut_for
            version = pair[0].window.run("return navigator.userAgent")
            ended = asked(tablets, clock.now)

        notes = notes_of(tablets)
        for name in ("tess", "theo"):
            own = [note for note in notes if note.text.startswith(name)]
            assert [note.text for note in own] == [f"{name} {number}" for number in range(ENTRIES)]
            assert [note.observed_at for note in own] == sorted(note.observed_at for note in own)
            assert all(began - timedelta(seconds=2) <= note.observed_at <= ended for note in own)
        evidence(
            "webkit", browser=version, entries=2 * ENTRIES, lost=0, doubled=0, reloads=1,
            seconds_until_all_were_taken=round(joined_after, 1),
        )  # fmt: skip
