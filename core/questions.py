"""Questions to the database that hang on who asks and when, written as SQL once for the roles that ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, QuerySet
from django.db.models.functions import JSONObject

from core.permissions import Permission, Viewer
from core.prepared import Given, site_keys

# A statement, and the values of its places.
Written = tuple[str, list[Any]]


class Told(Given):
    """Stands for what is known once somebody asks; it may be a key, or a person by that key."""

    def __init__(self, of: Callable[[Viewer, datetime], Any]) -> None:
        super().__init__("")
        self.of = of

    @property
    def pk(self) -> "Told":
        """Returns the key of a person."""
        return self


class Moment(Told):
    """Stands for the moment of asking, or one that is a fixed time away from it."""

    def __add__(self, other: Any) -> "Moment":  # type: ignore[override]
        assert isinstance(other, timedelta)
        return Moment(lambda viewer, at: self.of(viewer, at) + other)

    def date(self) -> Told:
        """Returns the moment's day in UTC."""
        return Told(lambda viewer, at: self.of(viewer, at).date())


@dataclass(frozen=True)
class StandIn(Viewer):
    """Whoever has these roles: knows what they may do, and says of everything else that it will be told."""

    def site_ids(self, permission: Permission) -> Any:
        """Returns what stands for the sites at which the permission is held."""
        return Told(lambda viewer, at: site_keys(viewer.site_ids(permission)))


class Question:
    """Rows as `reads` names their values, found by what a queryset of the viewer and the moment says.

    The queryset is built once for each set of roles, with stand-ins in the places of both: it may add a time to the
    moment or ask for its date, and filter by the viewer's sites and person, but not look at them.
    """

    def __init__(
        self,
        found: Callable[[Any, Any], QuerySet[Any]],
        reads: Mapping[str, str],
        *,
        most: int | None = None,
    ) -> None:
        self._found, self._reads, self._most = found, reads, most
        self._written: dict[Any, Written] = {}

    def __call__(self, viewer: Viewer, at: datetime) -> "Posed":
        """Returns the question as this viewer puts it now."""
        return Posed(self, viewer, at)

    def written(self, viewer: Viewer, *, begin_with: int | None) -> Written:
        """Returns the statement for the viewer's roles: how many rows there are, and each row; counted if cut."""
        key = (viewer.roles, begin_with)
        if key not in self._written:
            who = StandIn(Told(lambda viewer, at: viewer.person.pk), viewer.memberships)  # type: ignore[arg-type]
            found = self._found(who, Moment(lambda viewer, at: at))
            self._written[key] = write(found, self._reads, most=self._most, begin_with=begin_with)
        return self._written[key]


@dataclass(frozen=True)
class Posed:
    """A question with who asks and when."""

    question: Question
    viewer: Viewer
    at: datetime

    def written(self, *, begin_with: int | None) -> Written:
        """Returns the statement and its values."""
        sql, params = self.question.written(self.viewer, begin_with=begin_with)
        return sql, [param.of(self.viewer, self.at) if isinstance(param, Told) else param for param in params]


def write(found: QuerySet[Any], reads: Mapping[str, str], *, most: int | None, begin_with: int | None) -> Written:
    """Returns a queryset as a statement of two columns: the number of rows, counted where they are cut, and the row."""
    rows = found.values_list(JSONObject(**{name: F(path) for name, path in reads.items()}))
    try:
        sql, params = _compiled(rows[: most if begin_with is None else begin_with])
        if begin_with is None:
            return f"SELECT 0, written.* FROM ({sql}) AS written", params
        # Counted beside the rows: counted over them, every row would be written before most of them are left out.
        count, values = _compiled(found.order_by().values_list("pk"))
    except EmptyResultSet:
        return "SELECT 0, '{}'::jsonb WHERE false", []
    return f"SELECT (SELECT count(*) FROM ({count}) AS counted), written.* FROM ({sql}) AS written", [*values, *params]


def _compiled(found: QuerySet[Any, Any]) -> Written:
    sql, params = found.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return sql, list(params)
