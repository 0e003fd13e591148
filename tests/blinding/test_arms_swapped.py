"""No answer to a blinded person differs by arm, and none to a rater by visit.

Two ways. One trial is copied, its arms are exchanged, and every page is compared byte for byte. And one seed is played
twice, the second time with the list exchanged before anybody is randomised: every row that the application can read,
and every page, must come out the same, but for ids and times of recording, which are replaced by the order in which
they first appear. For the raters the visits of all ratings are exchanged in a copy as well.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.mail import get_connection
from django.db.models import BinaryField, Model, UUIDField
from django.http import HttpResponse, HttpResponseBase
from django.test import Client, override_settings
from django.urls import include, path

from assessments.models import Assessment
from assessments.queries import ratings_by
from core.clock import RecordedAtField
from core.contributions import contribution, reading_as
from core.identifiers import PublicIdField
from core.models import Person
from core.permissions import public
from core.roles import ROLES, Role
from demo.digest import LEFT_OUT_TABLES
from demo.people import PEOPLE
from demo.simulation.plans import opened_at, plans
from demo.simulation.run import play_plans
from demo.stage import set_stage
from reminders.actions import hand_over_due, send_next
from reminders.models import OutboxMessage
from sponsors.actions import SCOPES, digest_of, make_token
from sponsors.datasets import DATASETS
from sponsors.models import ExportJob
from sponsors.tasks import run_waiting_exports
from tests.arms import leak_into_vital_signs, swap_arms
from tests.conftest import size
from tests.databases import connected_to, copied_database, current_database, owner_cursor
from tests.reading import text_of, words_of
from tests.visits import swap_visits
from trials.queries import current_trial

UNTIL = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BLINDED = [member for member in PEOPLE if not ROLES[Role(member.role)].unblinded]
LINK = re.compile(r'href="(/[^"#]*)"')
COCKPIT = re.compile(r"/sessions/\w+/")
SECRET = "tms_live_of_the_comparison"
# Drawn at random, by design: keys, addresses of messages, the digest of what holds them, the code of a rating, and
# the id of another row.
DRAWN = frozenset({"password", "key", "message_id", "digest", "rating_code", "source_id"})
# One statement writes many of these, in whatever order the server's plan finds them; what each is about orders them.
WRITTEN_AT_ONCE = {"OutboxMessage": "reminder_id"}
DRAWN_TEXT = re.compile(
    r"\b[a-z]{3}_[a-z2-9]{16}\b|\bmsg_[0-9a-f]{20}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{12}\b"
)
LEFT_OUT = ("/accounts/", "/static/", "/demo/", "/exports/")


# What was compared and found identical, gathered over the tests of this file: in a copy, and in one seed played twice.
COMPARED: dict[str, dict[str, int]] = {"arms": {}, "one_seed": {}}


def keep(evidence, what: str, number: int, *, name: str = "arms") -> None:
    """Keeps how many of something were compared, each without a difference."""
    COMPARED[name][what] = number
    people = size(small=5, full=40)
    evidence(name, seed=7, until=UNTIL, participants=people, differences=0, compared=COMPARED[name])


@pytest.fixture(scope="module")
def trials(runs: tuple[str, str], django_db_blocker) -> Iterator[tuple[str, str]]:
    """Two databases of the same trial that differ in nothing but the arms."""
    with django_db_blocker.unblock(), copied_database(runs[0]) as one:
        with connected_to(one):
            _make_token()
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


def crawl(username: str, *, most: int, read: Callable[[HttpResponseBase], str] = text_of) -> dict[str, bytes]:
    """Returns every page that a person can reach by links from the worklist, without what is new in each answer."""
    client = Client()
    client.force_login(Person.objects.get(username=username), backend=settings.AUTHENTICATION_BACKENDS[0])
    waiting, pages = ["/", "/participants/", "/sessions/"], {}
    while waiting and len(pages) < most:
        address = waiting.pop(0)
        if address in pages or address.startswith(LEFT_OUT):
            continue
        answer = client.get(address)
        text = read(answer)
        pages[address] = f"{answer.status_code} {text}".encode()
        waiting += [link.replace("&amp;", "&") for link in LINK.findall(text)]
        if COCKPIT.fullmatch(address):
            # What a tablet keeps, encrypted or not: the page itself, its shell, and the entries it is told.
            waiting = [f"{address}shell/", f"{address}entries/?after=0", *waiting]
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
def test_every_page_of_a_blinded_person_is_identical(trials, django_db_blocker, username, evidence):
    assert username in {member.username for member in BLINDED}
    found = []
    with django_db_blocker.unblock():
        for database in trials:
            with browsing(database):
                found.append(crawl(username, most=size(small=45, full=2000)))

    assert differing(*found) == []
    assert len(found[0]) > 3
    assert any(page.startswith(b"200") for page in found[0].values())
    keep(evidence, f"pages of {username}, arms exchanged in a copy", len(found[0]))


# --- the visits exchanged ---


@pytest.fixture(scope="module")
def exchanged(trials, django_db_blocker) -> Iterator[str]:
    """The trial with the visits of every participant's ratings exchanged."""
    with django_db_blocker.unblock(), copied_database(trials[0]) as other:
        assert swap_visits(other) > 0
        yield other


def everything_for(username: str, *, most: int) -> dict[str, bytes]:
    """Returns every page that a rater reaches by links, and every address of the own ratings that can be guessed."""
    client = Client()
    person = Person.objects.get(username=username)
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    pages = crawl(username, most=most)
    with reading_as(person):
        own = list(ratings_by(person).values_list("public_id", flat=True))
    for public_id in own:
        for tail in ("", "?item=1", "lock/", "unblinding/", "items/1/correct/", "items/99/correct/", "visit/", "x"):
            answer = client.get(f"/ratings/{public_id}/{tail}")
            pages[f"/ratings/{public_id}/{tail}"] = f"{answer.status_code} {text_of(answer)}".encode()
        pages[f"/assessments/{public_id}/"] = client.get(f"/assessments/{public_id}/").content
    return pages


@pytest.mark.prove
@pytest.mark.parametrize("username", ["rater1", "rater2", "rater3", "rater4", "rater5", "rater6"])
def test_every_page_of_a_rater_is_identical_with_the_visits_exchanged(
    trials, exchanged, django_db_blocker, username, evidence
):
    found = []
    with django_db_blocker.unblock():
        for database in (trials[0], exchanged):
            with browsing(database):
                found.append(everything_for(username, most=size(small=30, full=2000)))

    assert differing(*found) == []
    assert len(found[0]) > 2
    keep(evidence, f"pages of {username}, visits exchanged in a copy", len(found[0]))


@pytest.mark.prove
def test_every_answer_of_the_api_is_identical(trials, django_db_blocker, evidence):
    found = []
    with django_db_blocker.unblock():
        for database in trials:
            with browsing(database):
                found.append(api())

    assert differing(*found) == []
    assert b"S01-001" in b"".join(found[0].values())
    keep(evidence, "answers of the API, arms exchanged in a copy", len(found[0]))


@pytest.mark.prove
def test_every_letter_is_identical(trials, django_db_blocker, evidence):
    """What is due leaves as mail, each with its address, subject, text and what hangs on it."""
    found = []
    with django_db_blocker.unblock():
        for database in trials:
            with connected_to(database):
                found.append(letters())

    assert found[0] == found[1]
    assert len(found[0]) > 10
    keep(evidence, "letters, arms exchanged in a copy", len(found[0]))


def letters() -> list[object]:
    """Returns every message that is due or was sent by now, written out anew as the worker writes it."""
    sender = Person.objects.system("reminders")
    hand_over_due(by=sender, at=UNTIL)
    with contribution(by=sender, reason="Compared by arm"):
        OutboxMessage.objects.update(state="waiting", sent_at=None, next_attempt_at=UNTIL)
    post = get_connection("django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    while send_next(mail=post, by=sender, at=UNTIL) is not None:
        pass
    return sorted((letter.to, letter.subject, letter.body, letter.attachments) for letter in mail.outbox)


@pytest.mark.prove
@pytest.mark.parametrize("username", ["dev", "sofia"])
def test_every_file_of_an_export_is_identical(trials, django_db_blocker, username, evidence, tmp_path):
    found = []
    with django_db_blocker.unblock():
        for number, database in enumerate(trials):
            with connected_to(database), override_settings(EXPORT_DIR=tmp_path / str(number)):
                found.append(files(username))

    assert [name for name in found[0] if found[0][name] != found[1].get(name)] == []
    assert found[0].keys() == found[1].keys() and len(found[0]) > len(DATASETS)
    keep(evidence, f"files of an export of {username}, arms exchanged in a copy", len(found[0]))


def files(username: str) -> dict[str, str]:
    """Asks for an export of everything, lets the worker make it, and returns every file as it is downloaded."""
    client = Client()
    client.force_login(Person.objects.get(username=username), backend=settings.AUTHENTICATION_BACKENDS[0])
    client.post("/exports/", {"datasets": list(DATASETS), "submission_id": str(uuid4())})
    run_waiting_exports()
    with reading_as(Person.objects.get(username=username)):
        job = ExportJob.objects.latest("pk")
    assert job.state == "succeeded", job.failure
    names = [file["name"] for file in job.files] + ["manifest.json"]
    answers = {name: client.get(f"/exports/{job.public_id}/files/{name}") for name in names}
    return {
        f"{name} {answer.status_code} {DRAWN_TEXT.sub('#', str(answer.headers))}": DRAWN_TEXT.sub(
            "#", b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
        )
        for name, answer in answers.items()
    }


# --- one seed, played twice ---


@pytest.fixture(scope="module")
def runs(template: str, django_db_blocker) -> Iterator[tuple[str, str]]:
    """Two databases in which one seed was played, with bodies that know no arm; the second list is exchanged."""
    with django_db_blocker.unblock(), copied_database(template) as one, copied_database(template) as other:
        for database in (one, other):
            with connected_to(database):
                stage = set_stage(seed=7, opened_at=opened_at(until=UNTIL))
                if database == other:
                    swap_arms(database)
                people = plans(participants=size(small=5, full=40), seed=7, until=UNTIL)
                play_plans(stage, people, seed=7, until=UNTIL, physiology_by_arm=False)
            hold(database)
        yield one, other


def records(database: str) -> list[str]:
    """Returns every row that the application can read, in the order of writing, drawn values by first appearance."""
    seen: dict[str, str] = {}
    with connected_to(database), reading_as(Person.objects.system("setup")):
        models = sorted((each for each in apps.get_models() if hasattr(each, "guard")), key=lambda each: each.__name__)
        return [
            f"{model.__name__} {_row(row, seen)}"
            for model in models
            if model._meta.db_table not in LEFT_OUT_TABLES
            for row in model._default_manager.order_by(WRITTEN_AT_ONCE.get(model.__name__, "pk")).iterator()
        ]


def _row(row: Model, seen: dict[str, str]) -> str:
    values = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.primary_key and type(row).__name__ in WRITTEN_AT_ONCE:
            continue
        drawn = isinstance(field, PublicIdField | UUIDField | RecordedAtField | BinaryField) or field.name in DRAWN
        values[field.name] = seen.setdefault(str(value), f"#{len(seen)}") if drawn and value is not None else value
    return json.dumps(values, sort_keys=True, default=str)


def by_appearance(pages: dict[str, bytes]) -> list[str]:
    """Returns pages in the order of reading, with every drawn value replaced by the order of its first appearance."""
    seen: dict[str, str] = {}
    return [
        DRAWN_TEXT.sub(lambda found: seen.setdefault(found.group(), f"#{len(seen)}"), f"{address} {page.decode()}")
        for address, page in pages.items()
    ]


@pytest.mark.prove
def test_one_seed_with_the_list_exchanged_gives_the_same_rows(runs, django_db_blocker, evidence):
    with django_db_blocker.unblock():
        one, other = (records(database) for database in runs)

    assert len(one) > 500
    assert [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]] == []
    keep(evidence, "rows, one seed played twice", len(one), name="one_seed")


@pytest.mark.prove
@pytest.mark.parametrize("username", ["mara", "mona"])
def test_one_seed_with_the_list_exchanged_gives_the_same_pages(runs, django_db_blocker, username, evidence):
    found = []
    with django_db_blocker.unblock():
        for database in runs:
            with browsing(database):
                found.append(by_appearance(crawl(username, most=size(small=35, full=2000), read=words_of)))

    one, other = found
    assert len(one) > 30
    assert [pair[0][:80] for pair in zip(one, other, strict=True) if pair[0] != pair[1]] == []
    keep(evidence, f"pages of {username}, one seed played twice", len(one), name="one_seed")


def test_row_that_leaks_is_found(runs, django_db_blocker):
    with django_db_blocker.unblock(), copied_database(runs[0]) as one, copied_database(runs[1]) as other:
        for database in (one, other):
            leak_into_vital_signs(database)
        differ = [pair for pair in zip(records(one), records(other), strict=True) if pair[0] != pair[1]]

    assert differ and all(pair[0].startswith("VitalSigns") for pair in differ)


# --- what leaks on purpose ---


@public
def leaking(request) -> HttpResponse:
    """A page that leaks on purpose: it reads the list as the owner."""
    with owner_cursor(current_database()) as cursor:
        cursor.execute("SELECT string_agg(arm, ',' ORDER BY stratum, position) FROM allocation.slot")
        return HttpResponse(cursor.fetchone()[0])


@public
def leaking_visits(request) -> HttpResponse:
    """A rater's page that leaks on purpose: it names the visit."""
    codes = Assessment.objects.filter(rater=request.user).order_by("id").values_list("visit_id", flat=True)
    return HttpResponse(",".join(map(str, codes)))


urlpatterns = [
    path("participants/", leaking),
    path("ratings/", leaking_visits),
    path("", include("config.urls")),
]


def test_page_that_leaks_is_found(trials, django_db_blocker):
    found = []
    with django_db_blocker.unblock(), override_settings(ROOT_URLCONF=__name__):
        for database in trials:
            with browsing(database):
                found.append(crawl("mara", most=5))

    assert differing(*found) == ["/participants/"]


def test_page_that_names_the_visit_is_found(trials, exchanged, django_db_blocker):
    found = []
    with django_db_blocker.unblock(), override_settings(ROOT_URLCONF=__name__):
        for database in (trials[0], exchanged):
            pages = {}
            with browsing(database):
                for number in range(1, 7):
                    pages |= {f"rater{number} {page}": text for page, text in crawl(f"rater{number}", most=12).items()}
            found.append(pages)

    assert {address.split()[1] for address in differing(*found)} == {"/ratings/"}
