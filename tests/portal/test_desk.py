"""What is said past the site: nobody of the site reads it, in pages, rows, messages or history; its clock runs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.contributions import reading_as, recorded_at
from core.errors import Conflict, Refused
from core.models import Person
from portal import actions
from portal.models import ConfidentialReport
from reminders.models import Reminder
from tests.cast import AT, World
from tests.portal.conftest import OWN, Telephone, sent

WORDS = "Nobody believed that I was afraid"


@pytest.fixture
def report(opened: Telephone) -> ConfidentialReport:
    """What was sent from the own pages."""
    opened.browser.post(f"{OWN}line/", sent(kind="missed", words=WORDS, wants_answer="on"))
    return ConfidentialReport.objects.get()


def test_it_starts_the_protocols_clock_and_writes_to_the_desk_by_name(report: ConfidentialReport, world: World) -> None:
    told = Reminder.objects.filter(template="desk_waiting")

    assert report.acknowledge_by_at - report.sent_at == timedelta(hours=24)
    assert set(told.values_list("person_id", flat=True)) == {world.people["sofia"].pk, world.people["orla"].pk}


@pytest.mark.parametrize("username", ["ada", "ben", "tess", "theo", "cleo", "mona", "dev", "mel", "eve"])
def test_nobody_else_reads_the_row_in_the_database(report: ConfidentialReport, world: World, username: str) -> None:
    with reading_as(world.people[username]):
        assert not ConfidentialReport.objects.exists()


@pytest.mark.parametrize("username", ["sofia", "orla"])
def test_the_desk_reads_it(
    report: ConfidentialReport, world: World, client_for: Callable[[Person], Client], username: str
) -> None:
    browser = client_for(world.people[username])

    assert WORDS in browser.get(f"/confidential/{report.public_id}/").content.decode()
    assert "Read what a participant says" in browser.get("/").content.decode()


@pytest.mark.parametrize("username", ["ada", "ben"])
def test_the_sites_messages_and_history_do_not_tell_that_it_was_sent(
    report: ConfidentialReport, world: World, client_for: Callable[[Person], Client], username: str
) -> None:
    browser, code = client_for(world.people[username]), report.participant.public_id
    paths = ("/messages/", f"/participants/{code}/history/", "/", f"/participants/{code}/")

    pages = [browser.get(path, follow=True).content.decode() for path in paths]

    assert not [page for page in pages if WORDS in page or "Something to be read" in page or report.public_id in page]


def test_the_answer_is_read_by_the_participant(report: ConfidentialReport, opened: Telephone, world: World) -> None:
    before = opened.page("line/")
    actions.acknowledge_report(report, answer="I call you today.", by=world.people["orla"], at=AT)

    assert "not read yet" in before
    assert "I call you today." in opened.page("line/")
    assert not Reminder.objects.filter(template="desk_waiting", state="waiting").exists()


def test_it_is_acknowledged_once_and_in_words(report: ConfidentialReport, world: World) -> None:
    with pytest.raises(Refused, match="what is done"):
        actions.acknowledge_report(report, answer=" ", by=world.people["orla"], at=AT)
    actions.acknowledge_report(report, answer="Read.", by=world.people["orla"], at=AT)

    with pytest.raises(Conflict):
        actions.acknowledge_report(report, answer="Read too.", by=world.people["sofia"], at=AT)


def test_what_nobody_read_in_time_is_overdue(
    report: ConfidentialReport, world: World, client_for: Callable[[Person], Client]
) -> None:
    with recorded_at(AT + timedelta(hours=25)):
        page = client_for(world.people["orla"]).get("/confidential/").content.decode()

    assert "Overdue" in page and "1 overdue" in page


def test_it_is_acknowledged_from_the_page(
    report: ConfidentialReport, world: World, client_for: Callable[[Person], Client]
) -> None:
    browser, path = client_for(world.people["orla"]), f"/confidential/{report.public_id}/"

    refused: Any = browser.post(path, {"answer": ""})
    browser.post(path, {"answer": "I write to you tomorrow."})

    assert refused.status_code == 422
    with reading_as(world.people["orla"]):
        assert ConfidentialReport.objects.get().acknowledged_by == world.people["orla"]


def test_the_same_words_sent_twice_are_one(opened: Telephone) -> None:
    typed = sent(kind="concern", words=WORDS)

    for _ in range(2):
        opened.browser.post(f"{OWN}line/", typed)

    assert ConfidentialReport.objects.count() == 1
