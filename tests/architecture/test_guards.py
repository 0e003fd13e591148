"""Every table of ours is locked in the database as its model says, or stands here among the few that hold nothing."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from core.guard import Guard

# Tables of libraries hold how somebody signed in and what waits in a queue, never a regulated record.
OURS = {
    "core", "trials", "patients", "assessments", "pharmacy", "dosing", "integration", "portal", "safety", "coding",
    "reports", "reminders", "sponsors", "overview", "demo",
}  # fmt: skip
# A sign of life of a process, and how far the loading of the demo trial is.
UNGUARDED = {"core_heartbeat", "demo_demoload"}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS]
EVENTS = ("insert", "update", "delete")


def plain_name(model: Any) -> str:
    """Returns the table's name without the schema that some models write before it."""
    return str(model._meta.db_table).replace('"', "").split(".")[-1]


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Returns what the runtime login reads."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def triggers_of(table: str) -> dict[str, str]:
    """Returns the triggers of a table, each with the letter that says when it fires; A is always."""
    found = rows(
        "SELECT t.tgname, t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE c.relname = %s AND NOT t.tgisinternal",
        table,
    )
    return dict(found)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_table_is_guarded_as_its_model_says(db: None, model: Any) -> None:
    table = plain_name(model)
    if table in UNGUARDED:
        return
    guard: Guard = model.guard
    triggers = triggers_of(table)
    for name in (*(f"{table}_audit_{event}" for event in EVENTS), f"{table}_no_truncate"):
        assert triggers.get(name) == "A", name
    forced = rows(
        "SELECT relrowsecurity AND relforcerowsecurity, has_table_privilege('vigil_runtime', oid, 'DELETE, TRUNCATE'),"
        " has_table_privilege('vigil_runtime', oid, 'UPDATE') FROM pg_class WHERE relname = %s AND relkind = 'r'",
        table,
    )
    assert forced == [(guard.site is not None or bool(guard.also), False, not guard.append_only)]


def test_every_column_that_names_a_site_is_under_row_security(db: None) -> None:
    """Whoever is asked by column and not by model finds no table that was forgotten."""
    open_tables = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id'"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('public', 'vault', 'keyring') AND c.relkind = 'r' AND NOT c.relforcerowsecurity"
        " ORDER BY 1"
    )

    # Who works where must be known before it is known what somebody sees.
    assert open_tables == [("core_membership",)]


def test_no_policy_is_open_to_everybody(db: None) -> None:
    found = rows("SELECT tablename, policyname FROM pg_policies WHERE qual = 'true' OR with_check = 'true'")

    assert found == []


def test_runtime_owns_nothing(db: None) -> None:
    owned = rows(
        "SELECT relname FROM pg_class WHERE relowner IN ('vigil_runtime'::regrole, 'vigil_unblinded'::regrole)"
    )

    assert owned == []
