"""Many sessions at once: every entry is taken, once, while lines are open for all tablets."""

import http.client
import json
import statistics
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from core.contributions import contribution, reading_as
from sessions.models import Capture, DosingSession
from tests.conftest import size
from tests.journeys.stand import Stand, stand
from tests.sessions.test_live import Ear
from tests.sessions.test_stream import entry
from tests.stages import consented

SESSIONS = size(small=4, full=100)
ROUNDS, EVERY_S = size(small=3, full=30), size(small=2, full=20)


def sessions_of(made: Stand, world: Any) -> list[DosingSession]:
    """Returns so many open sessions, of as many participants."""
    ben, at = world.people["ben"], made.day.at
    found = [made.day.session]
    for number in range(SESSIONS - 1):
        with contribution(by=ben, reason="Arranged by the test"):
            participant = consented(world, by=ben, at=at, name=f"Sample {number}")
            visit = participant.visits.order_by("id")[0]
            found.append(
                DosingSession.objects.create(
                    participant=participant, site=participant.site, visit=visit, number=1, opened_at=at, recorded_by=ben
                )
            )
    return found


class Client(threading.Thread):
    """One tablet at the level of the protocol: an entry every so often, sent again until it is answered."""

    def __init__(self, made: Stand, session: DosingSession, browser: Any, *, first_in: float) -> None:
        super().__init__(daemon=True)
        self.made, self.place, self.first_in = made, f"/sessions/{session.public_id}/", first_in
        browser.get(f"{self.place}entries/")
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
        token = browser.cookies["csrftoken"].value
        self.headers = {"Cookie": cookies, "X-CSRFToken": token, "Content-Type": "application/json"}
        self.ear = Ear(made, browser, path=f"{self.place}stream/")
        self.sent: list[str] = []
        self.times: list[float] = []
        self.bare: list[float] = []
        self.errors: list[str] = []

    def run(self) -> None:
        """Records one entry in each round, and asks for what is new as a tablet without a line would."""
        time.sleep(self.first_in)
        for _ in range(ROUNDS):
            began = time.monotonic()
            body = entry(at=datetime.now(UTC))
            self.sent.append(body["submission_id"])
            self.times.append(self._ask("POST", f"{self.place}entries/", json.dumps(body), wanted=201))
            self.bare.append(self._ask("GET", f"{self.place}entries/?after=999999999", None, wanted=200))
            time.sleep(max(0.0, EVERY_S - (time.monotonic() - began)))

    def _ask(self, method: str, path: str, body: str | None, *, wanted: int) -> float:
        connection = http.client.HTTPConnection("127.0.0.1", self.made.wires[0].target, timeout=60)
        began = time.perf_counter()
        try:
            connection.request(method, path, body, self.headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != wanted:
                self.errors.append(f"{method} {answer.status}")
        except OSError as error:
            self.errors.append(repr(error))
        finally:
            connection.close()
        return time.perf_counter() - began


@pytest.mark.prove
def test_many_sessions_at_once_lose_nothing(own_database, world, client_for, tmp_path, evidence):
    with stand(own_database, world, tmp_path) as made:
        sessions = sessions_of(made, world)
        people = (made.day.first, made.day.second)
        clients = [
            Client(made, session, client_for(person), first_in=(2 * number + second) * EVERY_S / (2 * SESSIONS))
            for number, session in enumerate(sessions)
            for second, person in enumerate(people)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        with reading_as(made.day.first):
            taken = {str(each) for each in Capture.objects.values_list("submission_id", flat=True)}

    errors = [error for client in clients for error in client.errors]
    sent = [each for client in clients for each in client.sent]
    closed = sum(client.ear.ended.is_set() for client in clients)
    posts = statistics.quantiles([each * 1000 for client in clients for each in client.times], n=20)
    bare = statistics.quantiles([each * 1000 for client in clients for each in client.bare], n=20)
    evidence(
        "many_sessions", sessions=SESSIONS, clients=len(clients), seconds=ROUNDS * EVERY_S, entries=len(sent),
        errors=len(errors), lost=len(set(sent) - taken), lines_open=len(clients), lines_closed=closed,
        entry_ms={"median": round(posts[9], 1), "p95": round(posts[18], 1)},
        bare_view_ms={"median": round(bare[9], 1), "p95": round(bare[18], 1)},
    )  # fmt: skip
    assert (errors, set(sent) - taken) == ([], set())
