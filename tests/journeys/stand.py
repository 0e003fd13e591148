"""A session's two tablets, the network between them and the server, and the server: each can be taken away."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from core import clock, pins
from core.contributions import contribution, reading_as
from tests.databases import ROOT, environment_for, owner_cursor
from tests.reminders.faults import free_port
from tests.sessions.conftest import Day, dosing_day

PIN = "271828"
START_WITHIN_S = 60
# The stand's own corner of the Redis-protocol server, so that no other worker takes its jobs.
REDIS_DATABASE = "/12"
WEB = ["gunicorn", "config.wsgi", "--workers", "2", "--threads", "4", "--graceful-timeout", "2", "--no-control-socket"]
STREAM = ["uvicorn", "config.stream:application", "--host", "127.0.0.1", "--no-access-log"]


class Network:
    """A wire between tablets and one server, which can be cut and joined."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.is_cut = False
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Ends what is open and lets nothing new through."""
        self.is_cut = True
        for end in list(self._open):
            _close(end)

    def join(self) -> None:
        """Lets everything through again."""
        self.is_cut = False

    def close(self) -> None:
        """Takes the wire away."""
        self.cut()
        _close(self.listener)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                _close(near)
                continue
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
        except OSError:
            _close(near)
            return
        far.settimeout(None)
        self._open |= {near, far}
        back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
        back.start()
        self._pump(near, far)
        back.join()
        self._open -= {near, far}

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        _close(source)
        _close(sink)


@dataclass
class Server:
    """A process of the product that can be killed and started again."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Starts it."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.command], cwd=ROOT, env=self.environment, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """Ends it and its workers as a failing machine would."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Stand:
    """One session with its people, its servers and its wires."""

    day: Day
    database: str
    web: Server
    stream: Server
    wires: list[Network] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Returns where tablets find the pages."""
        return f"http://127.0.0.1:{self.wires[0].port}"

    @property
    def cockpit(self) -> str:
        """Returns the path of the session's page."""
        return f"/sessions/{self.day.session.public_id}/"

    def cut(self) -> None:
        """Takes the network away."""
        for wire in self.wires:
            wire.cut()

    def join(self) -> None:
        """Gives the network back."""
        for wire in self.wires:
            wire.join()

    def hold(self, moment: Any) -> None:
        """Holds the clock of the database."""
        with owner_cursor(self.database) as cursor:
            cursor.execute("UPDATE clock.state SET held_at = %s", [moment])

    def wait_until_up(self) -> None:
        """Waits until web and stream answer behind the wires."""
        _wait(f"http://127.0.0.1:{self.wires[0].target}/accounts/login/", self.web.log)
        ends_at = time.monotonic() + START_WITHIN_S
        while time.monotonic() < ends_at:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.wires[1].target), timeout=1):
                return
            time.sleep(0.1)
        raise AssertionError(self.stream.log.read_text())


@contextmanager
def stand(database: str, world: Any, folder: Path) -> Iterator[Stand]:
    """Serves a dosing day in a committed database; both therapists have a PIN."""
    people = world.people
    with contribution(by=people["ben"], reason="Arranged by the test"):
        day = dosing_day(world, by=people["ben"], investigator=people["ada"], pair=("tess", "theo"), handler="phil")
    with reading_as(people["ben"]):
        for person in (day.first, day.second):
            pins.set_pin(person, pin=PIN, at=clock.now())
    ports = [free_port(), free_port()]
    wires = [Network(port) for port in ports]
    environment = environment_for(database) | {
        "VIGIL_ENVIRONMENT": "test",
        "VIGIL_BASE_URL": f"http://127.0.0.1:{wires[0].port}",
        "VIGIL_STREAM_URL": f"http://127.0.0.1:{wires[1].port}",
        "REDIS_URL": urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=REDIS_DATABASE)),
    }
    web = Server([*WEB, "--bind", f"127.0.0.1:{ports[0]}"], environment, folder / "web.log")
    stream = Server([*STREAM, "--port", str(ports[1])], environment, folder / "stream.log")
    made = Stand(day, database, web, stream, wires)
    web.start()
    stream.start()
    try:
        made.wait_until_up()
        yield made
    finally:
        for wire in wires:
            wire.close()
        for server in (web, stream):
            server.kill()


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def _wait(address: str, log: Path) -> None:
    ends_at = time.monotonic() + START_WITHIN_S
    while time.monotonic() < ends_at:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
