"""Everything that was recorded in a session, of every kind, in one statement."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import ForeignKey

from core.models import Person
from sessions.models import DosingSession, SessionEntry

Entry = TypeVar("Entry", bound=SessionEntry)


def entry_models() -> tuple[type[SessionEntry], ...]:
    """Returns every kind of entry there is."""
    return tuple(SessionEntry.__subclasses__())


@dataclass(frozen=True)
class Ledger:
    """The entries of a session, corrected and withdrawn ones included, in the order in which they were received."""

    entries: tuple[SessionEntry, ...]

    def standing(self, model: type[Entry]) -> list[Entry]:
        """Returns the entries of one kind that were neither corrected nor taken back, in order of observation."""
        return cast(list[Entry], self._standing.get(model, []))

    def all_standing(self) -> list[SessionEntry]:
        """Returns everything that stands, in the order in which it was received."""
        return [entry for entry in self.entries if self._stands(entry)]

    def chains_of(self, model: type[SessionEntry]) -> list[list[SessionEntry]]:
        """Returns every entry of one kind, each with its corrections in order, by the time of its latest version."""
        chains: dict[int, list[SessionEntry]] = {}
        of_kind: list[Any] = [entry for entry in self.entries if type(entry) is model]
        for entry in sorted(of_kind, key=lambda each: each.pk):
            chain = chains.pop(entry.amends_id, []) if entry.amends_id else []
            chains[entry.pk] = [*chain, entry]
        return sorted(chains.values(), key=lambda chain: (chain[-1].observed_at, chain[-1].pk))

    @cached_property
    def _amended(self) -> set[tuple[type[SessionEntry], int]]:
        entries: tuple[Any, ...] = self.entries
        return {(type(entry), entry.amends_id) for entry in entries if entry.amends_id}

    @cached_property
    def _standing(self) -> dict[type[SessionEntry], list[SessionEntry]]:
        found: dict[type[SessionEntry], list[SessionEntry]] = {}
        for entry in sorted(self.entries, key=lambda e: (e.observed_at, e.pk)):
            if self._stands(entry):
                found.setdefault(type(entry), []).append(entry)
        return found

    def _stands(self, entry: SessionEntry) -> bool:
        return not entry.withdrawn and (type(entry), entry.pk) not in self._amended


def ledger_of(session: DosingSession) -> Ledger:
    """Reads everything that was recorded in a session, with the names of the people in it."""
    models = {model._meta.db_table: model for model in entry_models()}
    parts = [_part(table, model) for table, model in models.items()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [session.pk] * len(parts))
        rows = cursor.fetchall()
    found = [
        _entry(models[kind], json.loads(text, parse_float=Decimal), session, *people) for kind, text, *people in rows
    ]
    return Ledger(tuple(sorted(found, key=lambda entry: (entry.recorded_at, entry.pk))))


def _part(table: str, model: type[SessionEntry]) -> str:
    # Names of tables and columns are the models' own; the session alone is a value.
    other = _other_person(model)
    return (
        f"SELECT '{table}', to_jsonb(e)::text, w.display_name, w.public_id, o.display_name, o.public_id"
        f' FROM "{table}" e JOIN core_person w ON w.id = e.recorded_by_id'
        f" LEFT JOIN core_person o ON o.id = {f'e.{other.column}' if other else 'NULL'} WHERE e.session_id = %s"
    )


def _other_person(model: type[SessionEntry]) -> Any:
    """Returns the field that names somebody besides the person who recorded, if the kind has one."""
    return next(
        (
            field
            for field in model._meta.concrete_fields
            if isinstance(field, ForeignKey) and field.related_model is Person and field.name != "recorded_by"
        ),
        None,
    )


def _entry(
    model: type[SessionEntry],
    content: dict[str, Any],
    session: DosingSession,
    writer: str,
    writer_id: str,
    other: str | None,
    other_id: str | None,
) -> SessionEntry:
    fields: Any = model._meta.concrete_fields
    entry = model(**{field.attname: field.to_python(content[field.column]) for field in fields})
    entry._state.adding, entry._state.db = False, connection.alias
    entry.session = session
    entry.recorded_by = Person(pk=entry.recorded_by_id, display_name=writer, public_id=writer_id)
    named = _other_person(model)
    if named is not None and other is not None and other_id is not None:
        setattr(entry, named.name, Person(pk=getattr(entry, named.attname), display_name=other, public_id=other_id))
    return entry
