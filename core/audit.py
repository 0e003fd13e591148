"""Reads the audit trail through the database's own function; nothing here can write it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from core.models import Person


@dataclass(frozen=True)
class AuditEntry:
    """One change of one row: who, when, why, and each field as (name, old, new)."""

    entry_id: int
    operation: str
    actor: str
    role: str
    reason: str
    transaction_id: str
    recorded_at: datetime
    changes: tuple[tuple[str, Any, Any], ...]


def history_of(table: str, row_id: int) -> list[AuditEntry]:
    """Returns the history of a row, oldest first; empty if the reader may not see its site."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit.history(%s, %s)", [table, row_id])
        rows = cursor.fetchall()
    names = dict(Person.objects.filter(pk__in={row[4] for row in rows}).values_list("pk", "display_name"))
    return [
        AuditEntry(
            entry_id=row[0],
            operation=row[1],
            actor=names.get(row[4], ""),
            role=row[5] or "",
            reason=row[6] or "",
            transaction_id=row[7],
            recorded_at=row[8],
            changes=_changes(_values(row[2]), _values(row[3])),
        )
        for row in rows
    ]


def log_access(kind: str, subject: str) -> None:
    """Writes that the acting person read something that is read only for a reason, such as an identity."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.log_access(%s, %s)", [kind, subject])


def _values(stored: str | None) -> dict[str, Any]:
    # Django hands jsonb of a plain cursor over as text.
    return json.loads(stored) if stored else {}


def _changes(old: dict[str, Any], new: dict[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    names = sorted(old.keys() | new.keys())
    return tuple((name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))
