"""The sponsor's API through the door that a script uses."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openapi_spec_validator import validate

from core import clock
from sponsors import actions
from sponsors.actions import SCOPES
from sponsors.datasets import DATASETS, Viewpoint
from tests.stages import consented

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
STUDY = "/api/v1/studies/MAPPLIKE-01/"


def token_of(world, owner, *, scopes=tuple(SCOPES), blinding_class="functional", sites=(), made_at=None):
    return actions.make_token(
        name=f"Test {uuid4().hex[:8]}",
        scopes=scopes,
        blinding_class=blinding_class,
        site_ids=[site.pk for site in sites],
        days=90,
        trial=world.trial,
        by=owner,
        at=made_at or clock.now(),
    )


def script(secret):
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def people(world, ben, carl):
    return [consented(world, by=ben, at=AT), consented(world, by=carl, at=AT, site="B", name="Other Person")]


def test_pages_hold_everybody_once(world, dev, people):
    _, secret = token_of(world, dev)
    seen, after = [], ""
    while True:
        page = script(secret).get(f"{STUDY}visits?limit=7{after}").json()
        seen += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            break
        after = f"&after={page['next_cursor']}"

    assert len(seen) == len(set(seen)) == sum(person.visits.count() for person in people)


def test_token_of_one_site_sees_no_other(world, dev, people, site_a):
    _, secret = token_of(world, dev, sites=[site_a])

    rows = script(secret).get(f"{STUDY}participants").json()["data"]

    assert [row["screening_number"] for row in rows] == [people[0].screening_number]


def test_no_name_and_no_kit_leaves(world, dev, people):
    _, secret = token_of(world, dev)
    for name in DATASETS:
        rows = script(secret).get(f"{STUDY}{name}").json()["data"]
        for row in rows:
            assert not {part for key in row for part in key.split("_")} & {"kit", "arm", "name_of", "randomisation"}
            assert not [value for value in row.values() if "Nina" in str(value) or "Other Person" in str(value)]


@pytest.mark.parametrize(
    ("path", "scopes", "code"),
    [
        (f"{STUDY}adverse_events", ("data:read",), 403),
        (f"{STUDY}participants", ("study:read",), 403),
        ("/api/v1/studies/OTHER/participants", tuple(SCOPES), 404),
        (f"{STUDY}participants?sort=arm", tuple(SCOPES), 400),
        (f"{STUDY}participants?limit=0", tuple(SCOPES), 400),
        (f"{STUDY}participants?after=forged", tuple(SCOPES), 400),
    ],
)
def test_every_refusal_is_a_problem_that_says_what_to_do(world, dev, path, scopes, code):
    _, secret = token_of(world, dev, scopes=scopes)

    answer = script(secret).get(path)

    assert answer.status_code == code
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] and answer.json()["request_id"].startswith("req_")


def test_missing_revoked_and_expired_tokens_are_401(world, dev):
    token, secret = token_of(world, dev)
    actions.revoke_token(token, by=dev, at=clock.now())
    _, expired = token_of(world, dev, made_at=clock.now() - timedelta(days=91))

    for client in (Client(), script("tms_live_unknown"), script(secret), script(expired)):
        answer = client.get(f"{STUDY}participants")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"


def test_efficacy_token_does_not_know_that_vital_signs_exist(world, dev):
    _, secret = token_of(world, dev, blinding_class="efficacy")

    assert script(secret).get(f"{STUDY}vital_signs").status_code == 404
    assert "vital_signs" not in script(secret).get("/api/v1/me").json()["datasets"]


def test_every_column_has_a_blinding_class():
    for dataset in DATASETS.values():
        assert all(column.blinding in ("O", "F", "N") for column in dataset.columns)
        assert not [c for c in dataset.columns_for(Viewpoint("efficacy")) if c.blinding != "O"]


def test_description_is_valid_openapi():
    description = Client().get("/api/v1/openapi.json").json()

    validate(description)
    assert description["openapi"].startswith("3.1")


def test_statements_of_a_page_do_not_grow_with_rows(world, dev, ben, people):
    _, secret = token_of(world, dev)
    client = script(secret)
    client.get(f"{STUDY}adverse_events")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{STUDY}participants")
    for days in range(1, 4):
        consented(world, by=ben, at=AT + timedelta(days=days), name=f"Person {days}")
    with CaptureQueriesContext(connection) as many:
        client.get(f"{STUDY}participants")

    assert len(many) == len(few) <= 12


def test_export_is_one_job_for_one_key_and_its_files_match_the_api(world, dev, people, settings, tmp_path):
    settings.EXPORT_DIR = tmp_path
    _, secret = token_of(world, dev)
    headers = {"Idempotency-Key": str(uuid4())}
    client = script(secret)

    first = client.post(f"{STUDY}exports", {}, content_type="application/json", headers=headers)
    again = client.post(f"{STUDY}exports", {}, content_type="application/json", headers=headers)
    other = client.post(f"{STUDY}exports", {"datasets": ["visits"]}, content_type="application/json", headers=headers)
    assert (first.status_code, again.json()["id"], other.status_code) == (202, first.json()["id"], 422)

    job = actions.claim_export()
    assert job is not None
    actions.make_files(job, at=clock.now())
    state = client.get(first["Location"]).json()
    assert state["status"] == "succeeded"
    for file in state["files"]:
        content = b"".join(client.get(file["url"]).streaming_content)
        rows = client.get(f"{STUDY}{file['dataset']}?limit=1000").json()["data"]
        assert actions.hashlib.sha256(content).hexdigest() == file["sha256"]
        assert file["rows"] == len(rows) == content.decode().count("\r\n") - 1


def test_formula_in_text_is_neutralised():
    column = next(column for column in DATASETS["deviations"].columns if column.name == "category")

    class Row:
        category = "=HYPERLINK(1)"

    assert actions._cell(column, Row()) == "'=HYPERLINK(1)"


def test_page_of_exports_counts_what_can_be_asked_for(client_for, dev):
    page = client_for(dev).get("/exports/").content.decode()

    boxes = page.count('name="datasets"')
    assert boxes > 6 and f"{boxes} datasets" in page


def test_the_form_sent_again_makes_no_second_token(world, dev, client_for):
    typed = {"name": "Nightly", "scopes": ["study:read"], "blinding_class": "functional", "days": "90"}
    browser = client_for(dev)

    made = browser.post("/tokens/add/", typed)
    again = browser.post("/tokens/add/", typed)

    assert (made.status_code, again.status_code) == (200, 422)
    assert "You have a valid token of this name" in again.content.decode()


def test_an_address_that_the_api_does_not_have_is_a_problem_too(client):
    answer = client.get(f"{STUDY}nothing")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "/api/v1/docs/#problem-404"
