"""The only clock. Clinical times are passed in as `at`; recorded times are the database's own."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.db.models import Func


class DatabaseNow(Func):
    """The database's time, which only a demo or test database may hold or simulate."""

    function = "clock.now"
    output_field = models.DateTimeField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra_context: Any) -> Any:
        """Returns the call without arguments."""
        return "clock.now()", []


class RecordedAtField(models.DateTimeField):
    """When the database received the row; set by the database whatever a writer sends."""

    db_returning = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(editable=False, db_default=DatabaseNow())
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Returns what a migration must know to build the field again."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        kwargs.pop("db_default", None)
        return name, path, args, kwargs


def now() -> datetime:
    """Returns the database's time in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock.now()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def local_date(moment: datetime, *, zone: str) -> date:
    """Returns the calendar day of `moment` in an IANA zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
