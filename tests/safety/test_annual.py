"""Tests of annual reports: opened by the calendar once, called for by the ladder, closed with date and reference."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from core.contributions import reading_as
from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import Viewer
from core.worklist import lines_of
from reminders.models import Reminder
from safety import actions, queries
from safety.models import AnnualReport, AnnualStep
from safety.tasks import watch_annual_reports
from safety.worklist import worklist_items
from tests.reading import text_of
from trials.queries import first_approved_on


@pytest.fixture
def system(world):
    return Person.objects.system("safety")


@pytest.fixture
def year(world):
    """The anniversary of the trial's first approval."""
    with reading_as(Person.objects.system("safety")):
        first = first_approved_on(world.trial)
    return first.replace(year=first.year + 1)


@pytest.fixture
def opened(system, year, sofia):
    """The report for the first year, opened on a day after its anniversary, and its ladder climbed."""

    def on(days):
        at = datetime(year.year, year.month, year.day, 12, tzinfo=UTC) + timedelta(days)
        actions.open_annual_reports(by=system, at=at)
        actions.climb_annual(by=system, at=at, most=50)
        return AnnualReport.objects.get(), at

    return on


def test_a_year_opens_its_report_once_and_due_at_the_end_of_the_sponsors_day(opened, year, world):
    report, _at = opened(1)
    opened(2)

    assert (report.rule, report.ends_on, report.zone) == ("annual_report", year, world.trial.sponsor_zone)
    due_on = report.due_at.astimezone(ZoneInfo(report.zone))
    assert (due_on.date(), f"{due_on:%H:%M:%S}") == (year + timedelta(days=60), "23:59:59")
    # By now every step is due; the year is not opened again.
    assert watch_annual_reports() >= 4 and AnnualReport.objects.filter(ends_on=year).count() == 1


def test_the_watch_opens_it_where_nobody_is_signed_in(own_database, world, year):
    watch_annual_reports()

    with reading_as(Person.objects.system("safety")):
        assert AnnualReport.objects.filter(ends_on=year).count() == 1


def test_the_ladder_tells_the_sponsor_until_somebody_takes_it_by_name(opened, sofia):
    report, at = opened(1)
    told = Reminder.objects.filter(key__contains=report.public_id).values_list("person__username", flat=True)
    assert set(told) == {"sofia"}

    with pytest.raises(Refused, match="what happens now"):
        actions.take_annual_report(report, note=" ", by=sofia, at=at)
    assert actions.take_annual_report(report, note="Written this week", by=sofia, at=at) == 1
    with pytest.raises(Conflict):
        actions.take_annual_report(report, note="Again", by=sofia, at=at)

    opened(61)
    steps = {step.code: step for step in AnnualStep.objects.all()}
    assert [steps[code].left_out != "" for code in ("E2", "E3", "E4")] == [True, True, True]
    # The last step comes in spite of a name, and asks for a telephone.
    assert (steps["E5"].left_out, steps["E5"].calls) == ("", True)


def test_what_is_late_or_in_the_future_or_without_a_number_is_refused(opened, sofia, year):
    report, at = opened(90)
    told = {"reported_on": year + timedelta(days=70), "reference": "DSUR-1", "note": "", "by": sofia, "at": at}

    for changed, field in [
        ({}, "note"),
        ({"reported_on": year + timedelta(days=91)}, "reported_on"),
        ({"reported_on": year - timedelta(days=1)}, "reported_on"),
        ({"reference": " "}, "reference"),
    ]:
        with pytest.raises(Refused) as refused:
            actions.record_annual_report(report, **told | changed)
        assert refused.value.field == field

    actions.record_annual_report(report, **told | {"note": "The figures came late"})
    with pytest.raises(Conflict):
        actions.record_annual_report(report, **told | {"note": "Twice"})
    report.refresh_from_db()
    assert queries.annual_line(report, at=at).words == "Sent late"


def test_the_desk_sees_it_on_board_and_worklist_and_closes_it(opened, sofia, ben, year, client_for):
    report, at = opened(61)
    lines = lines_of(worklist_items(Viewer.at(sofia, at), at))
    page = reverse("safety:annual-report-detail", args=[report.public_id])
    client = client_for(sofia)

    assert any(line.url == page and line.state == "overdue" for line in lines)
    board, of_site = (text_of(client_for(person).get(reverse("safety:board"))) for person in (sofia, ben))
    assert f"Annual report {year.year}" in board and f"Annual report {year.year}" in of_site
    assert page not in client_for(ben).get(reverse("safety:board")).content.decode()
    assert "to be telephoned" in board and "Sofia Reyes" in text_of(client.get(page))
    assert client.post(f"{page}record/", {"sent-reference": "x"}).status_code == 422
    assert client.post(f"{page}take/", {}).status_code == 422
    client.post(f"{page}take/", {"take-note": "On it"})
    sent = {"sent-reported_on": year.isoformat(), "sent-reference": "DSUR-1"}
    assert client.post(f"{page}record/", sent).status_code == 302
    assert "DSUR-1" in text_of(client.get(page))


def test_a_report_sent_in_time_is_complete_and_its_ladder_ends(opened, sofia, year, system):
    report, at = opened(10)

    actions.record_annual_report(
        report, reported_on=year + timedelta(days=9), reference="DSUR-1", note="", by=sofia, at=at
    )
    opened(61)

    report.refresh_from_db()
    assert queries.annual_line(report, at=at).words == "Sent"
    assert {step.left_out for step in AnnualStep.objects.exclude(code="E1")} == {"The clock no longer runs"}
