"""What several rooms ask for the worklist is read in one statement, each value in its type."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Person
from core.worklist import NOW, Ask, WorklistItem, lines_of
from trials.models import ProtocolApproval, Site, Trial


def line(subject: str) -> WorklistItem:
    return WorklistItem(NOW, "due", "Due", subject, "Do", "/", "Open")


@pytest.mark.usefixtures("world")
def test_everything_asked_is_read_in_one_statement() -> None:
    sites = Ask(Site.objects.order_by("-code"), {"code": "code"}, lambda rows: [line(row.code) for row in rows])
    trials = Ask(Trial.objects.order_by("id"), {"code": "code"}, lambda rows: [line(row.code) for row in rows])

    with CaptureQueriesContext(connection) as captured:
        found = lines_of([sites, line("ready"), trials])

    assert len(captured) == 1
    assert [item.subject for item in found] == ["ready", "S02", "S01", "MAPPLIKE-01"]


@pytest.mark.usefixtures("world")
def test_most_leaves_out_what_comes_after() -> None:
    first = Ask(Site.objects.order_by("code"), {"code": "code"}, lambda rows: [line(r.code) for r in rows], most=1)

    assert [item.subject for item in lines_of([first])] == ["S01"]


@pytest.mark.usefixtures("world")
def test_times_and_dates_are_read_as_such() -> None:
    met: list[Any] = []
    reads = {"from_on": "effective_on", "noted_at": "recorded_at", "version": "protocol_version__version"}

    lines_of([Ask(ProtocolApproval.objects.order_by("id"), reads, lambda rows: met.extend(rows) or [])])

    assert met[0].from_on == date(2025, 1, 1) and met[0].version == "1.0"
    assert isinstance(met[0].noted_at, datetime) and met[0].noted_at.tzinfo is not None
    assert met[0].noted_at.astimezone(UTC) == ProtocolApproval.objects.earliest("pk").recorded_at


def test_nothing_asked_reads_nothing() -> None:
    assert lines_of([line("ready")]) == [line("ready")]


@pytest.mark.usefixtures("world")
def test_rows_of_no_site_are_no_rows(ada: Person) -> None:
    none = Ask(Site.objects.filter(pk__in=set()), {"code": "code"}, lambda rows: [line(row.code) for row in rows])

    assert lines_of([none]) == []
