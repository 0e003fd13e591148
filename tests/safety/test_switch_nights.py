"""Reporting clocks in the nights in which clocks on walls change, with the machine's own time moved there.

Only when proved: libfaketime gives a PostgreSQL of its own, and then the process of the web, the time of such a night.
It is Debian's package `faketime`; nothing of it is part of Vigil, whose licence it does not share.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from django.db import connection

from protocol.definition import load
from protocol.escalation import ladder
from protocol.reporting import Moments, clocks_due
from tests.cast import PROTOCOL_FILE
from tests.conftest import PROVE
from tests.databases import ROOT

# The moment of the change, and what a clock on the wall shows a second before and at it.
NIGHTS = [
    pytest.param("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC), ("01:59", "03:00"), id="Berlin, spring"),
    pytest.param("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC), ("02:59", "02:00"), id="Berlin, autumn"),
    pytest.param("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC), ("01:59", "03:00"), id="New York, spring"),
    pytest.param("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC), ("01:59", "01:00"), id="New York, autumn"),
]
EARLIER = timedelta(seconds=15)
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
MISSING = "Needs libfaketime: apt-get install faketime (Debian). Nothing else of the proofs does."
FATAL = {"serious": True, "related": True, "unexpected": True, "fatal": True, "life_threatening": False}
# Elapsed hours, and the last second of the day so many calendar days on, as the database reckons them at its own now.
RECKON = """
SELECT %(at)s::timestamptz + make_interval(hours => 24),
  (date_trunc('day', %(at)s::timestamptz AT TIME ZONE %(zone)s) + (%(days)s + 1) * interval '1 day'
   - interval '1 second') AT TIME ZONE %(zone)s
"""
WALL = "SELECT now(), to_char(now() AT TIME ZONE %s, 'HH24:MI')"


@pytest.fixture
def library() -> Path:
    """The library that moves time; a machine without it fails loudly: a proof that is skipped proves nothing."""
    if not LIBRARIES:
        pytest.fail(MISSING)
    return LIBRARIES[0]


def moved(library: Path, moment: datetime) -> dict[str, str]:
    """Returns an environment in which a process believes that it starts at a moment."""
    return {
        "LD_PRELOAD": str(library), "FAKETIME": f"@{moment:%Y-%m-%d %H:%M:%S}", "TZ": "UTC",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip


@contextmanager
def server(library: Path, moment: datetime) -> Iterator[Any]:
    """Runs a PostgreSQL whose clock starts at a moment, and yields a connection to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        binaries = Path(os.readlink(f"/proc/{cursor.fetchone()[0]}/exe")).parent
    as_root = os.geteuid() == 0
    user = {"user": "nobody"} if as_root else {}
    # Below a folder that an unprivileged user may enter.
    home = Path("/var/tmp") / f"switch-night-{os.getpid()}-{time.monotonic_ns()}"
    home.mkdir(mode=0o700)
    if as_root:
        shutil.chown(home, "nobody")
    plain = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(binaries.parent / "lib"), "TZ": "UTC", "LC_ALL": "C"}
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    make = [str(binaries / "initdb"), "-D", str(home / "data"), "-A", "trust", "-U", "postgres", "-N"]
    subprocess.run(make, env=plain, check=True, capture_output=True, cwd="/", **user)
    command = [str(binaries / "postgres"), "-D", str(home / "data"), "-p", str(port), "-k", "", "-c", "timezone=UTC"]
    running = subprocess.Popen(
        command,
        env=plain | moved(library, moment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **user,
    )
    try:
        yield _connected(port)
    finally:
        # For PostgreSQL this means: end the connections, then stop.
        running.send_signal(signal.SIGINT)
        running.wait(timeout=30)
        shutil.rmtree(home)


def _connected(port: int) -> Any:
    until = time.monotonic() + 30
    while True:
        try:
            found = psycopg2.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres")
            # Each statement has a now of its own.
            found.autocommit = True
            return found
        except psycopg2.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def asked(database: Any, statement: str, values: Any) -> Any:
    """Returns the one row that a statement gives."""
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


if PROVE:

    @pytest.mark.prove
    @pytest.mark.parametrize(("zone", "change", "walls"), NIGHTS)
    def test_clocks_that_start_on_either_side_of_the_change_end_where_the_database_ends_them(
        db, library, zone, change, walls
    ):
        definition = load(PROTOCOL_FILE.read_text())
        lengths = {clock.rule: clock for clock in definition.clocks}
        seen = []
        with server(library, change - EARLIER) as database:
            started, before = time.monotonic(), asked(database, WALL, [zone])
            while not seen or seen[-1][0] < change:
                seen.append(asked(database, WALL, [zone]))
                time.sleep(0.2)
            elapsed, after = time.monotonic() - started, seen[-1]

            # The server lived through the change: an hour on the wall, and no second more than passed.
            assert (before[1], after[1]) == walls
            assert abs((after[0] - before[0]).total_seconds() - elapsed) < 1
            for at in (before[0], after[0]):
                moments = Moments(site_aware_at=at, sponsor_received_at=at, sponsor_determined_at=at)
                deadlines = clocks_due(definition, FATAL, moments=moments, sponsor_zone=zone)
                assert len(deadlines) == 5
                for deadline in deadlines:
                    days = lengths[deadline.rule].calendar_days
                    told = asked(database, RECKON, {"at": at, "zone": zone, "days": days or 0})
                    assert deadline.due_at == (told[1] if days else told[0]), deadline.rule
                    rungs = [
                        rung.due_at for rung in ladder(definition.escalation, starts_at=at, due_at=deadline.due_at)
                    ]
                    assert rungs == sorted(rungs) and at <= rungs[0] and rungs[-1] == deadline.due_at
                assert (
                    after[0].astimezone(ZoneInfo(zone)).utcoffset() != before[0].astimezone(ZoneInfo(zone)).utcoffset()
                )

    @pytest.mark.prove
    @pytest.mark.parametrize(("zone", "change", "walls"), NIGHTS)
    def test_the_process_of_the_web_may_be_in_that_night_and_the_clocks_stay_the_databases(
        library, zone, change, walls
    ):
        """The clocks' own tests, in a child process whose time passes the change; the database is where it was."""
        files = ["tests/safety/test_clocks.py", "tests/safety/test_ladders.py"]
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *files],
            cwd=ROOT,
            env=os.environ | moved(library, change - EARLIER) | {"TZ": zone, "VIGIL_PROVE": ""},
            capture_output=True,
            text=True,
            check=False,
        )

        assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
        print(zone, walls, run.stdout.strip().splitlines()[-1])
