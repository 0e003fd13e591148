"""The process that tells tablets of something new: who may listen, what is said, and how soon."""

import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest

from core import clock
from core.contributions import contribution, reading_as
from core.health import last_sign_of_life
from sessions.stream import CHANNEL
from tests.conftest import PROVE, size
from tests.databases import address_of, owner_cursor
from tests.journeys.stand import Stand, stand
from tests.sessions.test_stream import entry

PATIENCE_S = 20.0


@pytest.fixture
def served(own_database: str, world: Any, tmp_path: Any) -> Iterator[Stand]:
    """A session that is served, with its stream."""
    with stand(own_database, world, tmp_path) as made:
        yield made


class Ear:
    """One open line, read by a thread of its own."""

    def __init__(self, stand: Stand, client: Any = None, *, path: str = "") -> None:
        self.heard: list[tuple[float, int]] = []
        self.ended = threading.Event()
        self.opened = threading.Event()
        self.connection = http.client.HTTPConnection("127.0.0.1", stand.wires[1].target, timeout=60)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value if client else ""
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}", "Origin": stand.address}
        self.connection.request("GET", path or f"{stand.cockpit}stream/", headers=headers)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()
            assert self.opened.wait(PATIENCE_S)

    def _read(self) -> None:
        event = ""
        for raw in iter(self.answer.readline, b""):
            line = raw.decode().strip()
            if line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:"):
                self.opened.set()
                if event != "open":
                    self.heard.append((time.perf_counter(), int(line[5:])))
                event = ""
        self.ended.set()

    def wait_for(self, number: int) -> float:
        """Returns when a number was heard."""
        ends_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at:
            for moment, heard in list(self.heard):
                if heard >= number:
                    return moment
            time.sleep(0.001)
        raise AssertionError(f"{number} was not heard: {self.heard}")


def latest(stand: Stand) -> int:
    with reading_as(stand.day.first):
        return int(stand.day.session.stream.order_by("-sequence").values_list("sequence", flat=True)[0])


def note(stand: Stand) -> None:
    from sessions import actions

    with contribution(by=stand.day.first, reason="Arranged by the test"):
        actions.write_note(
            stand.day.session, text="Something private.", observed_at=stand.day.at, by=stand.day.first,
            submission_id=entry()["submission_id"], at=stand.day.at,
        )  # fmt: skip


def test_line_says_numbers_and_only_to_who_may_see_the_session(served, client_for, mona, cleo, eve):
    ears = [Ear(served, client_for(person)) for person in (served.day.second, mona)]
    note(served)

    for ear in ears:
        ear.wait_for(latest(served))
        assert [number for _, number in ear.heard] == [latest(served)]
        assert ear.answer.headers["Cache-Control"] == "no-store"
    assert [Ear(served, client).status for client in (client_for(cleo), client_for(eve), None)] == [404] * 3
    assert Ear(served, client_for(mona), path="/sessions/dss_23456789abcdefgh/stream/").status == 404
    assert last_sign_of_life("stream") == "ok"


def test_line_is_closed_when_the_sign_in_ends_or_the_right_is_taken(served, client_for, mona):
    therapist, monitor = client_for(served.day.second), client_for(mona)
    ears = [Ear(served, client) for client in (therapist, monitor)]

    request = HttpRequest()
    request.session = therapist.session
    logout(request)
    assert ears[0].ended.wait(PATIENCE_S) and not ears[1].ended.is_set()
    with contribution(by=served.day.first, reason="Arranged by the test"):
        mona.memberships.update(ends_at=clock.now())

    assert ears[1].ended.wait(PATIENCE_S)
    assert Ear(served, monitor).status == 404


def test_lines_close_when_the_database_is_not_heard_and_can_be_opened_again(served, client_for):
    client = client_for(served.day.first)
    ear = Ear(served, client)

    administrator = psycopg2.connect(os.environ["ADMIN_DATABASE_URL"])
    with administrator, administrator.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vigil stream'"
            " AND datname = %s",
            [served.database],
        )
    administrator.close()
    assert ear.ended.wait(PATIENCE_S)

    ends_at = time.monotonic() + PATIENCE_S
    while (again := Ear(served, client)).status != 200:
        assert again.status == 503 and time.monotonic() < ends_at
        time.sleep(0.2)
    note(served)
    again.wait_for(latest(served))


@pytest.mark.prove
def test_entry_of_one_tablet_is_told_to_the_other_within_ten_raw_notifications(served, client_for, evidence):
    """The server's part: from sending an entry until its number is on the other's line."""
    number, client = size(small=30, full=500), client_for(served.day.first)
    ear = Ear(served, client_for(served.day.second))
    place = urlsplit(served.address)
    connection = http.client.HTTPConnection(place.hostname, served.wires[0].target)
    client.get(f"{served.cockpit}entries/")
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = {"Cookie": cookies, "X-CSRFToken": client.cookies["csrftoken"].value, "Content-Type": "application/json"}
    first, told, raw = latest(served), [], []
    raw_told = _raw(served)

    for done in range(number):
        raw.append(raw_told())
        began = time.perf_counter()
        connection.request("POST", f"{served.cockpit}entries/", json.dumps(entry()), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201
        told.append(ear.wait_for(first + done + 1) - began)

    p95, raw_p95 = (statistics.quantiles(times, n=20)[-1] * 1000 for times in (told, raw))
    evidence(
        "told_to_the_other", entries=number, p95_ms=round(p95, 1), median_ms=round(statistics.median(told) * 1000, 1),
        raw_p95_ms=round(raw_p95, 2), raw_median_ms=round(statistics.median(raw) * 1000, 2),
        ratio_of_medians=round(statistics.median(told) / statistics.median(raw), 1),
    )  # fmt: skip
    # A time is held where it is proved, on a machine that does nothing else; the daily run asks that all arrive.
    assert len(told) == number
    assert p95 < 1000 or not PROVE


def _raw(stand: Stand) -> Any:
    """Returns a bare insert and notify of the same database, timed until another connection hears it."""
    with owner_cursor(stand.database) as cursor:
        cursor.execute("CREATE TABLE public.raw_entry (id bigserial PRIMARY KEY, body text)")
    writer, reader = (psycopg2.connect(address_of("OWNER_DATABASE_URL", database=stand.database)) for _ in range(2))
    reader.autocommit = True
    reader.cursor().execute("LISTEN raw_entry")

    def once() -> float:
        import select

        began = time.perf_counter()
        with writer, writer.cursor() as cursor:
            cursor.execute("INSERT INTO public.raw_entry (body) VALUES (%s) RETURNING id", ["x" * 200])
            cursor.execute("SELECT pg_notify('raw_entry', '1')")
        while not reader.notifies:
            select.select([reader], [], [], 5)
            reader.poll()
        reader.notifies.clear()
        return time.perf_counter() - began

    return once


def test_nothing_that_was_recorded_stands_on_the_channel(served):
    listener = psycopg2.connect(address_of("RUNTIME_DATABASE_URL", database=served.database))
    listener.autocommit = True
    listener.cursor().execute(f"LISTEN {CHANNEL}")

    note(served)
    listener.cursor().execute("SELECT 1")

    assert [notice.payload for notice in listener.notifies] == [
        f"{served.day.session.public_id} {latest(served)}",
    ]
    listener.close()
