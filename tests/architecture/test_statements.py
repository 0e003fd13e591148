"""What a page costs the database: every page has its line, few statements, and no more for more rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse

from core.models import Person
from core.permissions import signed_in
from tests.architecture.test_matrix import HANDWRITTEN, LISTS
from tests.furnished import furnished, more_of_everything

MOST_OF_THE_FRAME = 4
# Lists and the screening page stand beside ten thousand rows; a page about one record may ask more of it.
MOST_OF_A_LIST, MOST_OF_A_RECORD = 8, 12
LONG = {*LISTS, "patients:screening"}
# Opening, closing and giving back a transaction within the test's own; and once a minute, that somebody is still there.
BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK", 'UPDATE "django_session"')
NO_PAGE = {"sponsors:export-file", "patients:signing-detail", "patients:participant-move"}


@signed_in
def bare(request: HttpRequest) -> HttpResponse:
    """A page that shows nothing but the frame."""
    return render(request, "base.html")


urlpatterns = [path("bare/", bare), path("", include("config.urls"))]


def statements_of(browser: Client, address: str, *, seen: bool = False) -> int:
    """Returns how many statements a page takes that was `seen` before, bookkeeping left out."""
    if not seen:
        browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(address)
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    return sum(not query["sql"].startswith(BOOKKEEPING) for query in captured)


def most_of(name: str) -> int:
    """Returns how many statements a page may take beyond the frame."""
    return MOST_OF_A_LIST if name in LONG else MOST_OF_A_RECORD


def frame_of(browser: Client) -> int:
    """Returns what the frame alone takes."""
    with override_settings(ROOT_URLCONF=__name__):
        return statements_of(browser, "/bare/")


def test_the_frame_takes_four_statements(world: Any, client_for: Callable[[Person], Client], ada: Person) -> None:
    # The test's own reader is given back at the end, which no request outside a test does.
    assert frame_of(client_for(ada)) - 1 <= MOST_OF_THE_FRAME


@pytest.mark.django_db(databases=["default", "unblinded"])
def test_every_page_takes_few_statements_and_no_more_for_more_rows(
    world: Any, client_for: Callable[[Person], Client], tmp_path: Path
) -> None:
    browsers = {username: client_for(person) for username, person in world.people.items()}
    frames = {username: frame_of(browser) for username, browser in browsers.items() if username != "eve"}

    def measured(*, seen: bool) -> dict[tuple[str, str], int]:
        return {
            (name, username): statements_of(browsers[username], addresses[name], seen=seen) - frames[username]
            for name, expected in HANDWRITTEN.items()
            if name not in NO_PAGE
            for username in sorted({min(expected), max(expected)})
        }

    with furnished(world, folder=tmp_path) as trial:
        addresses = {name: reverse(name) for name in LISTS} | {name: trial.address(name) for name in trial.pages}
        few = measured(seen=False)
        more_of_everything(trial, world)
        many = measured(seen=True)

    assert {page: count for page, count in many.items() if count > most_of(page[0])} == {}
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page]} == {}
