"""What a dataset is made of: columns with a blinding class, rows, and who looks.

Classes: O is open to every blinded viewer; F is functionally unblinding (vital signs, session facts) and leaves only
with a token of that class; N is free text and leaves only with the scope for notes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from patients.queries import excluded_from_exports

OPEN, FUNCTIONAL, NOTES = "O", "F", "N"
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Viewpoint:
    """Who looks: the blinding class of the token, whether notes may leave, and the sites (None: all of the owner's)."""

    blinding_class: str
    notes: bool = False
    site_ids: tuple[int, ...] | None = None

    def sees(self, column_class: str) -> bool:
        """Returns whether a column of a class leaves to this viewer."""
        if column_class == NOTES:
            return self.notes
        return column_class == OPEN or (column_class == FUNCTIONAL and self.blinding_class == "functional")


@dataclass(frozen=True)
class Column:
    """One column: its name, its type (text, integer, number, boolean, date or datetime), its label and its class."""

    name: str
    type: str
    label: str
    blinding: str
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Dataset:
    """One dataset: its rows and columns. `functional` datasets do not exist for viewers without that class."""

    name: str
    label: str
    rows: Callable[[], "QuerySet[Any]"]
    columns: tuple[Column, ...]
    functional: bool = False
    # Where a row says whose it is; the row of a participant stays and tells that the use of data was withdrawn.
    whose: str = "participant_id"

    def is_open_to(self, viewpoint: Viewpoint) -> bool:
        """Returns whether the dataset exists for a viewer."""
        return not self.functional or viewpoint.blinding_class == "functional"

    def columns_for(self, viewpoint: Viewpoint) -> tuple[Column, ...]:
        """Returns the columns that leave to a viewer."""
        return tuple(column for column in self.columns if viewpoint.sees(column.blinding))

    def rows_for(self, viewpoint: Viewpoint) -> "QuerySet[Any]":
        """Returns the rows of the viewer's sites in the order of their keys; row security stands below.

        Whose use of data was withdrawn is left out where the protocol says so.
        """
        rows = self.rows().order_by("pk")
        if self.whose:
            rows = rows.exclude(**{f"{self.whose}__in": excluded_from_exports()})
        return rows if viewpoint.site_ids is None else rows.filter(site_id__in=viewpoint.site_ids)


def as_row(row: Model, columns: Iterable[Column]) -> dict[str, Value]:
    """Returns one row as it leaves: ISO 8601 times in UTC, plain numbers, missing as null."""
    return {column.name: plain(column.read(row)) for column in columns}


def plain(value: Any) -> Value:
    """Returns a value as JSON and CSV write it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    return str(value)


def column(name: str, type_: str, label: str, blinding: str = OPEN, path: str = "") -> Column:
    parts = (path or name).split(".")

    def read(row: Any) -> Any:
        for part in parts:
            row = getattr(row, part)
            if row is None:
                return None
        return row

    return Column(name, type_, label, blinding, read)


ID = column("id", "text", "Opaque identifier", path="public_id")
SITE = column("site", "text", "Site code", path="site.code")
PARTICIPANT = column("participant", "text", "Screening number", path="participant.screening_number")
RECORDED = column("recorded_at", "datetime", "Received by the database")
