"""Reads that Django writes as SQL once, and that are told what differs when they are made.

Building and compiling a queryset costs several times as much as the database takes to answer it. What nearly every page
reads, with nothing but a key or a moment that differs, is therefore written once in each process.
"""

from collections.abc import Callable, Iterable
from copy import copy
from functools import cached_property
from inspect import signature
from typing import Any, ClassVar, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import ModelIterable
from psycopg2.extensions import AsIs

R = TypeVar("R")


class Given(Expression):
    """Stands in a queryset for a value that is told when the statement is run."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Returns the place of the value, which is known by this expression until it is told."""
        return "%s", [self]


class Prepared(Generic[R]):
    """A queryset by the names of what is told: called with the values, it returns the rows in one statement."""

    def __init__(self, build: Callable[..., QuerySet[Any, R]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    def __call__(self, **values: Any) -> list[R]:
        """Returns the rows; raises KeyError for a value that is missing."""
        written, sql, params = self._statement
        bound = [values[param.name] if isinstance(param, Given) else param for param in params]
        compiler = copy(written)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.as_sql = lambda: (sql, bound)
        if self._found.query.values_select:
            return list(compiler.results_iter(tuple_expected=True))
        return list(ModelIterable(_Written(self._found.model, compiler)))  # type: ignore[arg-type]

    @cached_property
    def _found(self) -> QuerySet[Any, R]:
        return self._build(**{name: Given(name) for name in signature(self._build).parameters})

    @cached_property
    def _statement(self) -> tuple[Any, str, tuple[Any, ...]]:
        compiler = self._found.query.get_compiler(DEFAULT_DB_ALIAS)
        return compiler, *compiler.as_sql()


def prepared(build: Callable[..., QuerySet[Any, R]]) -> Prepared[R]:
    """Makes a function that builds a queryset of what it is given into a read that is written once."""
    return Prepared(build)


def several(numbers: Iterable[int]) -> AsIs:
    """Returns keys as they stand behind `__in`; none at all find nothing."""
    return AsIs(", ".join(str(int(number)) for number in numbers) or "NULL")


def site_keys(ids: Iterable[int] | None) -> AsIs:
    """Returns the keys of sites as they stand behind `__in`; None is every site."""
    return AsIs("SELECT id FROM trials_site") if ids is None else several(ids)


class _Written:
    """What Django asks of a queryset while it makes objects of the rows, once the statement is written."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: ClassVar[dict[Any, Any]] = {}

    def __init__(self, model: type[Model], compiler: Any) -> None:
        self.model, self.query, self._compiler = model, self, compiler

    def get_compiler(self, using: str) -> Any:
        """Returns the compiler that has the statement already."""
        return self._compiler
