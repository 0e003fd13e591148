"""No answer to a blinded person differs by arm: one trial, copied, its arms exchanged, every page compared."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from core.contributions import reading_as
from core.models import Person
from core.permissions import public
from core.roles import ROLES, Role
from demo.people import PEOPLE
from demo.simulation.plans import opened_at, plans
from demo.simulation.run import play_plans
from demo.stage import set_stage
from sponsors.actions import SCOPES, digest_of, make_token
from sponsors.datasets import DATASETS
from tests.arms import swap_arms
from tests.conftest import size
from tests.databases import connected_to, copied_database, current_database, owner_cursor
from tests.reading import text_of
from trials.queries import current_trial

UNTIL = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BLINDED = [member for member in PEOPLE if not ROLES[Role(member.role)].unblinded]
LINK = re.compile(r'href="(/[^"#]*)"')
SECRET = "tms_live_of_the_comparison"
LEFT_OUT = ("/accounts/", "/static/", "/demo/", "/exports/")


@pytest.fixture(scope="module")
def trials(template: str, django_db_blocker) -> Iterator[tuple[str, str]]:
    """Two databases of the same trial that differ in nothing but the arms."""
    with django_db_blocker.unblock(), copied_database(template) as one:
        with connected_to(one):
            stage = set_stage(seed=7, opened_at=opened_at(until=UNTIL))
            people = plans(participants=size(small=6, full=40), seed=7, until=UNTIL)
            play_plans(stage, people, seed=7, until=UNTIL)
            _make_token()
        hold(one)
        with copied_database(one) as other:
            swap_arms(other)
            yield one, other


def hold(database: str) -> None:
    """Holds the database's clock."""
    with owner_cursor(database) as cursor:
        cursor.execute("UPDATE clock.state SET held_at = %s", [UNTIL])


def _make_token() -> None:
    owner = Person.objects.get(username="dev")
    with reading_as(owner):
        token, _ = make_token(
            name="Comparison", scopes=list(SCOPES), blinding_class="functional", site_ids=[], days=300,
            trial=current_trial(), by=owner, at=UNTIL,
        )  # fmt: skip
    assert token.pk
    with owner_cursor(current_database()) as cursor:
        cursor.execute("SELECT set_config('app.actor', '1', false), set_config('app.reason', 'test', false)")
        cursor.execute("UPDATE sponsors_apitoken SET digest = %s", [digest_of(SECRET)])


@contextmanager
def browsing(database: str) -> Iterator[None]:
    """Lets test clients browse a database."""
    with connected_to(database):
        yield


def crawl(username: str, *, most: int) -> dict[str, bytes]:
    """Returns every page that a person can reach by links from the worklist, without what is new in each answer."""
    client = Client()
    client.force_login(Person.objects.get(username=username), backend=settings.AUTHENTICATION_BACKENDS[0])
    waiting, pages = ["/", "/participants/", "/sessions/"], {}
    while waiting and len(pages) < most:
        address = waiting.pop(0)
        if address in pages or address.startswith(LEFT_OUT):
            continue
        answer = client.get(address)
        text = text_of(answer)
        pages[address] = f"{answer.status_code} {text}".encode()
        waiting += [link.replace("&amp;", "&") for link in LINK.findall(text)]
    return pages


def api() -> dict[str, bytes]:
    """Returns every answer of the API to a blinded token."""
    client = Client(headers={"Authorization": f"Bearer {SECRET}"})
    paths = ["/api/v1/me", *(f"/api/v1/studies/MAPPLIKE-01/{name}?limit=1000" for name in DATASETS)]
    return {address: client.get(address).content for address in paths}


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Returns the addresses whose answers differ."""
    return sorted(address for address in one.keys() | other.keys() if one.get(address) != other.get(address))


@pytest.mark.prove
@pytest.mark.parametrize("username", ["mara", "ines", "ada", "rater1", "mona", "dev", "sofia", "mel", "adam"])
def test_every_page_of_a_blinded_person_is_identical(trials, django_db_blocker, username):
    assert username in {member.username for member in BLINDED}
    found = []
    with django_db_blocker.unblock():
        for database in trials:
            with browsing(database):
                found.append(crawl(username, most=size(small=120, full=2000)))

    assert differing(*found) == []
    assert len(found[0]) > 3
    assert any(page.startswith(b"200") for page in found[0].values())


@pytest.mark.prove
def test_every_answer_of_the_api_is_identical(trials, django_db_blocker):
    found = []
    with django_db_blocker.unblock():
        for database in trials:
            with browsing(database):
                found.append(api())

    assert differing(*found) == []
    assert b"S01-001" in b"".join(found[0].values())


@public
def leaking(request) -> HttpResponse:
    """A page that leaks on purpose: it reads the list as the owner."""
    with owner_cursor(current_database()) as cursor:
        cursor.execute("SELECT string_agg(arm, ',' ORDER BY stratum, position) FROM allocation.slot")
        return HttpResponse(cursor.fetchone()[0])


urlpatterns = [path("participants/", leaking), path("", include("config.urls"))]


def test_page_that_leaks_is_found(trials, django_db_blocker):
    found = []
    with django_db_blocker.unblock(), override_settings(ROOT_URLCONF=__name__):
        for database in trials:
            with browsing(database):
                found.append(crawl("mara", most=5))

    assert differing(*found) == ["/participants/"]
