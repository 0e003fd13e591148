"""The locks of a table, as SQL that migrations run: audit, row security, immutability, state transitions.

One generator, so that no table is guarded in its own way. The runtime login owns nothing: it can neither lift a lock
nor read what the locks write.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import migrations

IDENTIFIER = re.compile(r"^[a-z_][a-z0-9_]*$")


@dataclass(frozen=True)
class Guard:
    """How a regulated table is locked.

    `site` names the column that says whose site a row is (None: not bound to a site). `also` is one more SQL condition
    that opens a row. `append_only` takes UPDATE from the runtime. `parent` is (table, column) of the record whose
    signature a change of this row supersedes.
    """

    site: str | None = "site_id"
    site_may_be_null: bool = False
    also: str = ""
    append_only: bool = False
    parent: tuple[str, str] | None = None


def guard_table(
    table: str,
    *,
    schema: str = "public",
    site: str | None = "site_id",
    site_may_be_null: bool = False,
    also: str = "",
    append_only: bool = False,
    parent: tuple[str, str] | None = None,
    stamped: bool = False,
    recorder: str = "audit.record",
) -> migrations.RunSQL:
    """Returns the migration step that audits, isolates and freezes a table.

    `stamped` makes the database set `recorded_at` once, whatever a writer sends then or later. `recorder` is the
    function that writes the audit, for a table whose values must not stand there.
    """
    for name in (table, schema, *(parent or ())):
        _check_identifier(name)
    target = f'"{schema}"."{table}"'
    statements: list[Any] = [
        *_audit_statements(target, table, parent, recorder=recorder),
        *_right_statements(target, append_only=append_only),
        *(_stamp_statements(target, table) if stamped else []),
        *_row_security_statements(target, table, site=site, site_may_be_null=site_may_be_null, also=also),
    ]
    return migrations.RunSQL(statements, reverse_sql=_removal_statements(target, table))


def audit_table(table: str, *, schema: str) -> migrations.RunSQL:
    """Returns the migration step that audits a table on which no login but the owner has a right."""
    for name in (table, schema):
        _check_identifier(name)
    target = f'"{schema}"."{table}"'
    triggers = [f"{table}_audit_{event}" for event in ("insert", "update", "delete")]
    return migrations.RunSQL(
        _audit_statements(target, table, None),
        reverse_sql=[f"DROP TRIGGER IF EXISTS {name} ON {target};" for name in (*triggers, f"{table}_no_truncate")],
    )


def guard_transitions(
    table: str, *, column: str, initial: Iterable[str], allowed: Iterable[tuple[str, str]]
) -> migrations.RunSQL:
    """Returns the migration step after which the database refuses any other change of state."""
    body = _transition_function(table, column=column, initial=initial, allowed=allowed)
    trigger = f"{table}_{column}_transition"
    function = f'"public"."{trigger}"'
    return migrations.RunSQL(
        [
            body,
            f'CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON "public"."{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION {function}();",
            f'ALTER TABLE "public"."{table}" ENABLE ALWAYS TRIGGER {trigger};',
        ],
        reverse_sql=[f'DROP TRIGGER {trigger} ON "public"."{table}";', f"DROP FUNCTION {function}();"],
    )


def _transition_function(table: str, *, column: str, initial: Iterable[str], allowed: Iterable[tuple[str, str]]) -> str:
    _check_identifier(table)
    _check_identifier(column)
    pairs = ", ".join(f"('{source}', '{target}')" for source, target in allowed)
    first = ", ".join(f"'{state}'" for state in initial)
    return f"""
    CREATE FUNCTION "public"."{table}_{column}_transition"() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.{column} NOT IN ({first}) THEN
          RAISE EXCEPTION 'A new row of {table} cannot begin as %', NEW.{column} USING ERRCODE = 'check_violation';
        END IF;
      ELSIF NEW.{column} IS DISTINCT FROM OLD.{column}
            AND NOT EXISTS (SELECT 1 FROM (VALUES {pairs}) AS allowed(source, target)
                            WHERE source = OLD.{column} AND target = NEW.{column}) THEN
        RAISE EXCEPTION '{table} cannot go from % to %', OLD.{column}, NEW.{column} USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $body$;"""


def grant_function(signature: str, *, login: str) -> migrations.RunSQL:
    """Returns the migration step that lets one login call one function and nobody else."""
    return migrations.RunSQL(
        [f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;", f'GRANT EXECUTE ON FUNCTION {signature} TO "{login}";'],
        reverse_sql=[f'REVOKE ALL ON FUNCTION {signature} FROM "{login}";'],
    )


def _audit_statements(
    target: str, table: str, parent: tuple[str, str] | None, *, recorder: str = "audit.record"
) -> list[Any]:
    arguments = f"'{parent[0]}', '{parent[1]}'" if parent else ""
    events = {
        "insert": "REFERENCING NEW TABLE AS new_rows",
        "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "REFERENCING OLD TABLE AS old_rows",
    }
    statements = []
    for event, transition in events.items():
        name = f"{table}_audit_{event}"
        statements.append(
            f"CREATE TRIGGER {name} AFTER {event.upper()} ON {target} {transition} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {recorder}({arguments});"
        )
        statements.append(f"ALTER TABLE {target} ENABLE ALWAYS TRIGGER {name};")
    statements.append(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {target} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();"
    )
    statements.append(f"ALTER TABLE {target} ENABLE ALWAYS TRIGGER {table}_no_truncate;")
    return statements


def _right_statements(target: str, *, append_only: bool) -> list[Any]:
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE"
    login = settings.RUNTIME_LOGIN
    return [f'REVOKE ALL ON {target} FROM "{login}";', f'GRANT {rights} ON {target} TO "{login}";']


def _stamp_statements(target: str, table: str) -> list[Any]:
    return [
        f"CREATE TRIGGER {table}_stamp BEFORE INSERT OR UPDATE ON {target} "
        "FOR EACH ROW EXECUTE FUNCTION clock.stamp();",
        f"ALTER TABLE {target} ENABLE ALWAYS TRIGGER {table}_stamp;",
    ]


def _row_security_statements(
    target: str, table: str, *, site: str | None, site_may_be_null: bool, also: str
) -> list[Any]:
    if site is None and not also:
        return []
    conditions = [f"{site} = ANY ((SELECT audit.visible_sites())::bigint[])"] if site else []
    if site_may_be_null:
        conditions.append(f"{site} IS NULL")
    if also:
        conditions.append(f"({also})")
    condition = " OR ".join(conditions)
    return [
        f"ALTER TABLE {target} ENABLE ROW LEVEL SECURITY;",
        f"ALTER TABLE {target} FORCE ROW LEVEL SECURITY;",
        f"CREATE POLICY {table}_site ON {target} USING ({condition}) WITH CHECK ({condition});",
        # FORCE binds the owner too; a migration that repairs data says so first, with actor and reason.
        f"CREATE POLICY {table}_maintenance ON {target} TO CURRENT_USER "
        f"USING (current_setting('app.maintenance', true) = 'on') "
        f"WITH CHECK (current_setting('app.maintenance', true) = 'on');",
    ]


def _removal_statements(target: str, table: str) -> list[Any]:
    triggers = [f"{table}_audit_{event}" for event in ("insert", "update", "delete")]
    triggers += [f"{table}_no_truncate", f"{table}_stamp"]
    return [
        f"ALTER TABLE {target} DISABLE ROW LEVEL SECURITY;",
        f"DROP POLICY IF EXISTS {table}_site ON {target};",
        f"DROP POLICY IF EXISTS {table}_maintenance ON {target};",
        *(f"DROP TRIGGER IF EXISTS {trigger} ON {target};" for trigger in triggers),
    ]


def _check_identifier(name: str) -> None:
    if not IDENTIFIER.match(name):
        raise ValueError(f"{name!r} is not a plain SQL identifier.")
