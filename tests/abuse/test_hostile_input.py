"""What no page of ours sends: NULs, halves of signs, ten million characters, statements, templates and paths."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import Person
from patients.models import Participant
from safety.models import Deviation
from sessions.models import SessionNote
from tests.architecture.test_matrix import LISTS
from tests.cast import AT, World
from tests.reading import text_of
from tests.sessions.conftest import dosing_day
from tests.stages import consented

STATEMENTS = (
    "' OR 1=1 --", "1; DROP TABLE core_person", "-recorded_by__password", "9" * 40, "{{7*191}}", "../../etc/passwd",
)  # fmt: skip
# Every name that an address reads, and those that other programs sort, filter and expand by.
ASKED = (
    "page", "show", "state", "q", "site", "visit", "of", "upto", "zone", "zoom", "part", "session", "term", "panel",
    "after", "sort", "order", "ordering", "_sort", "filter", "fields", "expand", "limit",
)  # fmt: skip


@pytest.fixture
def deviation(world: World, ben: Person, client_for: Any) -> tuple[Client, str, dict[str, str]]:
    """A browser, the address of a form with a long text, and what is typed into it."""
    participant = consented(world, by=ben, at=AT)
    typed = {
        "category": "visit", "description": "Late", "importance": "minor", "occurred_at": "2026-01-05T09:00",
        "submission_id": str(uuid4()),
    }  # fmt: skip
    return client_for(ben), reverse("safety:deviation-record", args=[participant.public_id]), typed


def test_a_nul_in_a_text_is_told_at_its_field(deviation: Any) -> None:
    browser, page, typed = deviation

    answer = browser.post(page, typed | {"description": "Late\x00r"})

    assert answer.status_code == 422
    assert "There is a sign in this that is no text." in text_of(answer)
    assert not Deviation.objects.exists()


def test_half_a_sign_in_a_form_is_replaced_and_the_rest_kept(deviation: Any) -> None:
    browser, page, typed = deviation
    fields = "&".join(f"{name}={value}" for name, value in typed.items() if name != "description")

    answer = browser.post(
        page, f"{fields}&description=Late%ED%A0%80r", content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 302
    kept = Deviation.objects.get().description
    assert kept.startswith("Late") and kept.endswith("r") and "\ufffd" in kept


def test_ten_million_characters_are_refused_in_a_sentence_and_nothing_is_saved(deviation: Any) -> None:
    browser, page, typed = deviation

    answer = browser.post(page, typed | {"description": "x" * 10_000_000})

    assert answer.status_code == 413
    assert "This is too large to be sent" in text_of(answer) and "kept in this browser" in text_of(answer)
    assert not Deviation.objects.exists()


def test_a_text_longer_than_its_field_comes_back_whole_with_how_much_is_too_much(deviation: Any) -> None:
    browser, page, typed = deviation

    answer = browser.post(page, typed | {"description": "y" * 20_001})

    assert answer.status_code == 422
    assert "This is too long by 1: at most 20,000 characters fit." in text_of(answer)
    assert "y" * 20_001 in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "status"), [("Calm\x00", 422), ("Calm \ud83d now", 201), ("z" * 20_001, 422), ("z" * 3_000_000, 413)],
    ids=["NUL", "half a sign", "too long", "larger than a body"],
)  # fmt: skip
def test_a_device_is_answered_in_a_sentence_whatever_it_sends(
    world: World, ada: Person, ben: Person, client_for: Any, text: str, status: int
) -> None:
    day = dosing_day(world, by=ben, investigator=ada, pair=("tess", "theo"), handler="phil")
    now = day.at.isoformat()
    entry = {
        "submission_id": str(uuid4()), "kind": "note", "captured_at": now, "observed_at": now, "clock_offset_ms": 0,
        "values": {"text": text},
    }  # fmt: skip
    address = reverse("sessions:entry-stream", args=[day.session.public_id])

    answer = client_for(day.first).post(address, json.dumps(entry), content_type="application/json")

    assert answer.status_code == status
    assert SessionNote.objects.count() == (1 if status == 201 else 0)


@pytest.mark.parametrize("address", ["/participants/par_%00/", "/?site=%00", "/participants/?q=a%00b", "/api/v1/%00"])
def test_a_nul_in_an_address_is_refused_in_a_sentence(world: World, ben: Person, client_for: Any, address: str) -> None:
    answer = client_for(ben).get(address)

    assert answer.status_code == 400
    assert "cannot be understood" in answer.content.decode()
    assert Client().get(address).status_code == 400


@pytest.mark.parametrize("text", STATEMENTS)
def test_statements_templates_and_paths_in_an_address_stay_words(
    world: World, ben: Person, client_for: Any, text: str
) -> None:
    consented(world, by=ben, at=AT)
    browser, people = client_for(ben), Person.objects.count()

    answers = {name: browser.get(reverse(name), dict.fromkeys(ASKED, text)) for name in sorted(LISTS)}

    assert {name: each.status_code for name, each in answers.items() if each.status_code >= 500} == {}
    assert not [name for name, each in answers.items() if "1337" in text_of(each) or "root:" in text_of(each)]
    assert Person.objects.count() == people and Participant.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["../../config/settings.py", "..%2f..%2fmanage.py", "/etc/passwd", "visits.csv/../../x"]
)
def test_no_name_of_a_file_leads_out_of_its_folder(world: World, dev: Person, client_for: Any, name: str) -> None:
    page = reverse("sponsors:export-file", args=["exp_none", "visits.csv"])
    browser = client_for(dev)

    assert browser.get(page.replace("visits.csv", name)).status_code == 404
    assert browser.get(f"/static/{name}").status_code == 404


def test_a_file_of_a_form_that_carries_code_is_refused(world: World, ada: Person, client_for: Any) -> None:
    page = reverse("trials:consent-form-load")
    carried = SimpleUploadedFile("form.yaml", b"form: !!python/object/apply:os.mkdir [/tmp/vigil-was-here]\n")

    answer = client_for(ada).post(page, {"document": carried, "file": carried, "site": world.sites["A"].pk})

    assert answer.status_code == 422
    assert not Path("/tmp/vigil-was-here").exists()
