"""Databases of the tests: one template, migrated as owner; every committed test gets a copy of its own."""

import hashlib
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from django.conf import settings
from django.db import connections

from pharmacy.sealing import expanded, mixed, own_key

ROOT = Path(__file__).resolve().parent.parent
ADDRESSES = ("OWNER_DATABASE_URL", "RUNTIME_DATABASE_URL", "UNBLINDED_DATABASE_URL")


def address_of(name: str, *, database: str) -> str:
    """Returns one login's address for another database of the same server."""
    return urlunsplit(urlsplit(os.environ[name])._replace(path=f"/{database}"))


def environment_for(database: str) -> dict[str, str]:
    """Returns the variables under which a process works on that database."""
    return {**os.environ, **{name: address_of(name, database=database) for name in ADDRESSES}}


def template_database() -> str:
    """Returns the name of the migrated template, made once for each state of the migrations."""
    name = f"test_vigil_{_schema_digest()}"
    with _administrator() as cursor:
        # Two test processes that start at once must not both build it.
        cursor.execute("SELECT pg_advisory_lock(hashtext('vigil template'))")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [f"{name}_ready"])
        if not cursor.fetchone():
            _build_template(cursor, name)
    return f"{name}_ready"


def shared_database(template: str, *, run: str, fill: Callable[[str], None]) -> str:
    """Returns a filled copy of a template that the processes of one run share: the first fills it, the others wait.

    It goes with the servers of the run.
    """
    name = f"test_world_{run}"
    with _administrator() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            with copied_database(template) as copy:
                fill(copy)
                cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copy}" OWNER vigil_owner STRATEGY file_copy')
    return name


@contextmanager
def copied_database(template: str, *, name: str = "") -> Iterator[str]:
    """Makes a database of its own from a template, under a name if one is given, and removes it afterwards."""
    name = name or f"test_copy_{uuid.uuid4().hex[:12]}"
    with _administrator() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER vigil_owner STRATEGY file_copy')
        cursor.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        for login in ("vigil_owner", "vigil_runtime", "vigil_unblinded"):
            cursor.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {login}')
    try:
        yield name
    finally:
        with _administrator() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def connected_to(database: str) -> Iterator[None]:
    """Points Django's connections at a database, and back afterwards."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "unblinded")}
    try:
        _point_at(dict.fromkeys(before, database))
        yield
    finally:
        _point_at(before)


@contextmanager
def owner_cursor(database: str) -> Iterator[psycopg2.extensions.cursor]:
    """Opens a cursor of the owner, who migrates and may read what the runtime may not; the allocation is open to it."""
    options = f"-c app.allocation_key={lent_key()}"
    connection = psycopg2.connect(address_of("OWNER_DATABASE_URL", database=database), options=options)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def lent_key(setting: str | None = None) -> str:
    """Returns the key of the allocation as the database holds it while it is lent: four pads (RFC 2104), in hex."""
    padded = [key.ljust(64, b"\0") for key in expanded(own_key(setting))]
    return b"".join(mixed(key, bytes([pad]) * 64) for key in padded for pad in (0x36, 0x5C)).hex()


def current_database() -> str:
    """Returns the name of the database that the tests are connected to."""
    return str(connections["default"].settings_dict["NAME"])


def _point_at(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


@contextmanager
def _administrator() -> Iterator[psycopg2.extensions.cursor]:
    connection = psycopg2.connect(os.environ["ADMIN_DATABASE_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _schema_digest() -> str:
    digest = hashlib.sha256()
    sources = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("core/*.py"), ROOT / "config" / "settings.py"]
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _build_template(cursor: psycopg2.extensions.cursor, name: str) -> None:
    cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    environment = {**environment_for(name), "VIGIL_ENVIRONMENT": "test"}
    build = [sys.executable, "manage.py", "build_database"]
    subprocess.run(build, cwd=ROOT, env=environment, check=True, capture_output=True)
    cursor.execute(f'ALTER DATABASE "{name}" RENAME TO "{name}_ready"')
