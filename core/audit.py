"""Reads the audit trail through the database's own function; nothing here can write it."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet, Value

from core.models import Person
from core.permissions import Permission


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


@dataclass(frozen=True)
class RecordPart:
    """One table of somebody's record: its name for people, its rows, who may read it, and what is never shown of it.

    `named_by` is the column by which a person tells its rows apart.
    """

    label: str
    rows: QuerySet[Any]
    permission: Permission
    named_by: str = ""
    hidden: frozenset[str] = frozenset()

    @property
    def table(self) -> str:
        """Returns the table's name."""
        return str(self.rows.model._meta.db_table)

    def word_of(self, column: str, value: Any) -> Any:
        """Returns a choice in the words in which pages offer it, and anything else as it was typed."""
        return self._choices.get(column, {}).get(value, value) if isinstance(value, str) else value

    @cached_property
    def _choices(self) -> dict[str, dict[Any, Any]]:
        fields = self.rows.model._meta.concrete_fields
        return {field.attname: dict(field.flatchoices) for field in fields if field.choices}


@dataclass(frozen=True)
class RecordEntry:
    """One change in somebody's record; `place` counts from the oldest entry, which never moves."""

    place: int
    part: RecordPart
    subject: str
    operation: str
    actor: str
    role: str
    reason: str
    recorded_at: datetime
    changes: tuple[tuple[str, str, str], ...]


def history_of_record(
    parts: Sequence[RecordPart], *, up_to: int | None, most: int, zone: str
) -> tuple[list[RecordEntry], int]:
    """Returns a page of the history of all rows of the parts, newest first, and how many entries there are."""
    if not parts:
        return [], 0
    by_table = {part.table: part for part in parts}
    named = [part.rows.order_by().annotate(of_table=Value(part.table)).values_list("of_table", "pk") for part in parts]
    keys = list(named[0].union(*named[1:], all=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM audit.history_of_rows(%s, %s, %s, %s)",
            [[table for table, _ in keys], [row for _, row in keys], up_to, most],
        )
        rows = cursor.fetchall()
    names = dict(Person.objects.filter(pk__in={row[6] for row in rows}).values_list("pk", "display_name"))
    entries = [
        RecordEntry(
            place=row[0],
            part=by_table[row[2]],
            subject=str((_values(row[5]) or _values(row[4])).get(by_table[row[2]].named_by, "")).replace("_", " "),
            operation=row[3],
            actor=names.get(row[6], ""),
            role=", ".join(role.replace("_", " ") for role in (row[7] or "").split(",")),
            reason=row[8] or "",
            recorded_at=row[9],
            changes=_shown(_changes(_values(row[4]), _values(row[5])), by_table[row[2]], ZoneInfo(zone)),
        )
        for row in rows
    ]
    return entries, rows[0][1] if rows else 0


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


# What every row has, and says nothing to a reader.
NOISE = frozenset({"id", "public_id", "recorded_at", "submission_id", "key"})
LONGEST = 160
MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
DAY = re.compile(r"^\d{4}-\d\d-\d\d$")


def _shown(
    changes: Iterable[tuple[str, Any, Any]], part: RecordPart, zone: ZoneInfo
) -> tuple[tuple[str, str, str], ...]:
    shown = (
        (name.replace("_", " "), _text(part.word_of(name, old), zone), _text(part.word_of(name, new), zone))
        for name, old, new in changes
        # Keys of other rows are numbers of the house.
        if name not in NOISE | part.hidden | {part.named_by} and not name.endswith("_id")
    )
    return tuple((name, old, new) for name, old, new in shown if old != new)


def _text(value: Any, zone: ZoneInfo) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(item, zone)}" for name, item in value.items())[:LONGEST]
    if isinstance(value, list):
        return ", ".join(_text(item, zone) for item in value)[:LONGEST]
    text = str(value)
    if MOMENT.match(text):
        local = datetime.fromisoformat(text).astimezone(zone)
        return f"{local:%-d %b %Y, %H:%M} {local.tzname()}"
    return f"{date.fromisoformat(text):%-d %b %Y}" if DAY.match(text) else text[:LONGEST]
