"""Asks a server for one page over a few connections at once, and says how long the slowest twentieth waited."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from urllib.parse import urlsplit

from launch.product import PROCESSES

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS, START_WITHIN_S = 4, 60
APPLICATION = "config.wsgi"


@contextmanager
def served(application: str, *, port: int, environment: dict[str, str], log: Path) -> Iterator[str]:
    """Serves an application with the product's own settings of the web server, and yields its address."""
    command = PROCESSES["web"].replace(APPLICATION, application).split()
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT, env=environment, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            _wait_for(port, log)
            yield f"http://127.0.0.1:{port}"
        except AssertionError as error:
            error.add_note(log.read_text()[-2000:])
            raise
        finally:
            server.terminate()
            server.wait(timeout=20)


def seconds_of(address: str, *, requests: int, cookie: str = "") -> list[float]:
    """Returns how long each request took; raises AssertionError for an answer other than the page."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        each = requests // CONNECTIONS
        return [s for taken in pool.map(lambda _: _ask(address, each, cookie), range(CONNECTIONS)) for s in taken]


def p95(seconds: list[float]) -> float:
    """Returns the time that nineteen of twenty requests kept, in milliseconds."""
    return 1000 * quantiles(seconds, n=20)[-1]


def _ask(address: str, requests: int, cookie: str) -> list[float]:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    taken = []
    for _ in range(requests):
        began = perf_counter()
        connection.request("GET", target, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        answer.read()
        taken.append(perf_counter() - began)
        assert answer.status == 200, f"{address} answers {answer.status}"
    connection.close()
    return taken


def _wait_for(port: int, log: Path) -> None:
    ends_at = time.monotonic() + START_WITHIN_S
    while time.monotonic() < ends_at:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
