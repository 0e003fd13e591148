"""Creates the three logins and the database; run once, by somebody who may create roles."""

import psycopg2
from django.core.management.base import BaseCommand, CommandError
from psycopg2 import sql

from config.environment import database, read

LOGINS = ("OWNER_DATABASE_URL", "RUNTIME_DATABASE_URL", "UNBLINDED_DATABASE_URL")


class Command(BaseCommand):
    """Creates owner, runtime and unblinded login with least rights, and the owner's database."""

    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        """Creates what is missing; existing logins get the passwords of the addresses."""
        admin = read("ADMIN_DATABASE_URL")
        addresses = {name: read(name) for name in LOGINS}
        missing = [name for name, address in {"ADMIN_DATABASE_URL": admin, **addresses}.items() if not address]
        if missing:
            raise CommandError(f"Set {', '.join(missing)} first.")
        logins = {name: database(address) for name, address in addresses.items()}
        name = logins["OWNER_DATABASE_URL"]["NAME"]
        connection = psycopg2.connect(admin)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for login in logins.values():
                self._create_login(cursor, user=login["USER"], password=login["PASSWORD"])
            self._create_database(cursor, name=name, owner=logins["OWNER_DATABASE_URL"]["USER"])
            for login in logins.values():
                grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
                cursor.execute(grant.format(sql.Identifier(name), sql.Identifier(login["USER"])))
        connection.close()
        self.stdout.write(f"The logins and the database {name} are ready.")

    def _create_login(self, cursor: psycopg2.extensions.cursor, *, user: str, password: str) -> None:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [user])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        statement = sql.SQL(
            f"{verb} ROLE {{}} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD {{}}"
        )
        cursor.execute(statement.format(sql.Identifier(user), sql.Literal(password)))

    def _create_database(self, cursor: psycopg2.extensions.cursor, *, name: str, owner: str) -> None:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return
        # An administrator who is no superuser must be a member of the owner to give it a database.
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
