"""People of invented names are followed through the whole product: into no dump, and after erasure onto no page."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client, override_settings
from django.urls import reverse

from core import clock
from core.errors import Refused
from core.models import Person
from demo.digest import LEFT_OUT_TABLES
from patients import actions, identity
from patients.identity import IdentityDetails, erase_identity, identity_of, read_identity
from patients.models import Identity, IdentityKey, Participant
from sponsors import actions as sponsor_actions
from sponsors.datasets import DATASETS, Viewpoint
from tests.cast import AT, PASSWORD, World
from tests.conftest import size
from tests.patients.test_vault import dump_of
from tests.reading import text_of
from tests.stages import OPTIONS, PAPER
from trials.models import ConsentForm
from trials.queries import definition_of

CANARY = IdentityDetails("Quetzal Canaryfinch", date(1979, 10, 31), "quetzal@canaryfinch.example", "+351 934 777 118")
SECRETS = ("Quetzal", "Canaryfinch", "1979-10-31", "31 Oct 1979", "934 777 118", "934777118", "+351934")
LINK = re.compile(r'href="(/[^"#]*)"')
ELSEWHERE = ("/accounts/", "/static/", "/demo/")
# What an erasure writes: that it happened, and that nothing is sent to the person any more.
CHANGED_BY_ERASURE = {"Reminder", "OutboxMessage"}


def spellings(secret: str) -> set[str]:
    """Returns the ways in which a word could stand in a dump without being seen."""
    plain = secret.encode()
    coded = {base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4].decode() for shift in range(3)}
    return {secret, secret.lower(), secret.upper(), plain.hex(), *(text for text in coded if len(text) > 5)}


def found_in(text: str) -> list[str]:
    """Returns which secrets stand in a text, in any spelling."""
    return [secret for secret in SECRETS if any(each in text for each in spellings(secret))]


@pytest.fixture
def canary(own_database: str, world: World, client_for: Any, acting: Any) -> Iterator[Participant]:
    """A person who came by the pages: as a lead, corrected, searched for, called, taken into screening, consented."""
    ben, site = world.people["ben"], world.sites["A"]
    client = client_for(ben)
    typed = {"name": CANARY.name, "born_on": str(CANARY.born_on), "email": CANARY.email, "phone": CANARY.phone}
    form = client.get(reverse("patients:lead-add")).context["form"]
    started = {name: form[name].value() for name in ("submission_id", "heard_on", "next_contact_on")}
    source = form.fields["source"].choices[0][0]
    # What is refused first, is typed and sent all the same.
    client.post(reverse("patients:lead-add"), typed | started | {"site": site.pk, "source": "nonsense"})
    client.post(reverse("patients:lead-add"), typed | started | {"site": site.pk, "source": source})
    with acting(ben):
        lead = Identity.objects.get().lead
        assert lead is not None
    client.get(reverse("overview:search"), {"q": CANARY.name})
    client.get(reverse("patients:lead-identity", args=[lead.public_id]))
    now = clock.now()
    with acting(ben):
        changed = IdentityDetails(CANARY.name, CANARY.born_on, CANARY.email, "934777118")
        actions.correct_identity(lead, changed, reason="Number was wrong", by=ben, at=now)
        answers = {question.code: question.wanted for question in definition_of(world.version).recruitment.questions}
        actions.record_prescreen(lead, answers=answers, observed_at=now, submission_id=uuid4(), by=ben, at=now)
        participant = actions.convert_lead(lead, by=ben, at=now)
        consent_form = ConsentForm.objects.filter(site=site).latest("pk")
        actions.record_consent(
            participant,
            form=consent_form,
            signed_at=now,
            options=OPTIONS,
            paper=PAPER,
            password=PASSWORD,
            by=ben,
            at=now,
        )
        actions.record_contact_consent(participant, channel="email", given=True, by=ben, at=now)
    yield participant


@pytest.mark.parametrize("left_out", [[], ["--exclude-schema=keyring"]], ids=["all of it", "all but the keys"])
def test_a_dump_names_nobody(own_database: str, canary: Participant, left_out: list[str]) -> None:
    dump = dump_of(own_database, *left_out)

    assert canary.screening_number in dump
    assert ("CREATE TABLE keyring.identity_key" in dump) is not bool(left_out)
    assert found_in(dump) == []


def test_spellings_are_found() -> None:
    for secret in SECRETS:
        hidden = base64.b64encode(f"name: {secret}, and more".encode()).decode()
        assert found_in(hidden) == [secret]
        assert secret in found_in(f"x{secret.encode().hex()}")


def test_the_keys_open_nothing_without_the_master_key(canary: Participant, world: World, acting: Any) -> None:
    other = "what somebody guesses who has the whole dump"
    with acting(world.people["ben"]):
        assert read_identity(canary, purpose="test").name == CANARY.name
    with acting(world.people["ben"]), override_settings(IDENTITY_KEY=other, PREVIOUS_IDENTITY_KEY=""):
        with pytest.raises(Refused, match="another key"):
            read_identity(canary, purpose="test")
        # Nor when the key is made to say that it was wrapped by the guess.
        with identity.contribution(by=world.people["ben"], reason="Forged by the test"):
            IdentityKey.objects.filter(identity__participant=canary).update(master=identity._label(other))
        with pytest.raises(Refused, match="another key"):
            read_identity(canary, purpose="test")


@pytest.mark.prove
def test_after_erasure_no_page_no_search_no_history_and_no_export_knows_the_person(
    canary: Participant, world: World, client_for: Any, acting: Any, tmp_path: Path
) -> None:
    ada, ben = world.people["ada"], world.people["ben"]
    knows = pages_of(client_for(ben))
    assert found_in(" ".join(knows.values())) != []
    before = coded_record()

    with acting(ada):
        held = identity_of(canary)
        assert held is not None
        erase_identity(held, reason="Asked for it", password=PASSWORD, by=ada, at=AT)

    assert coded_record() == before
    for username in ("ada", "ben", "tess", "dev", "mona", "sofia", "mel", "adam", "phil"):
        pages = pages_of(client_for(world.people[username]))
        assert {address: found for address, page in pages.items() if (found := found_in(page))} == {}, username
        assert username in ("adam", "phil") or len(pages) > 20
    for name, content in exported(world, folder=tmp_path).items():
        assert (name, found_in(content)) == (name, [])


def pages_of(client: Client, *, most: int = size(small=60, full=400)) -> dict[str, str]:
    """Returns every page that is reached by links, those about identities, and searches for what is secret."""
    waiting = ["/", "/leads/?state=all", "/search/?q=Quetzal", "/search/?q=934777118", "/participants/", "/messages/"]
    pages: dict[str, str] = {}
    while waiting and len(pages) < most:
        address = waiting.pop(0)
        if address in pages or address.startswith(ELSEWHERE):
            continue
        answer = client.get(address)
        typed = parse_qs(urlsplit(address).query).get("q", [""])[0]
        # A page of search repeats what its reader typed; nothing else that is secret may be there.
        pages[address] = text_of(answer).replace(typed, "") if typed else text_of(answer)
        waiting += [link.replace("&amp;", "&") for link in LINK.findall(pages[address])]
    return pages


def exported(world: World, *, folder: Path) -> dict[str, str]:
    """Returns every file of an export of everything, free text included."""
    dev = world.people["dev"]
    viewpoint = Viewpoint("functional", notes=True)
    with override_settings(EXPORT_DIR=folder), identity.contribution(by=dev, reason="Arranged by the test"):
        job = sponsor_actions.create_export(
            datasets=list(DATASETS), viewpoint=viewpoint, trial=world.trial, idempotency_key="canaries", by=dev
        )
        claimed = sponsor_actions.claim_export()
        assert claimed is not None and claimed.pk == job.pk
        sponsor_actions.make_files(claimed, at=AT)
    files = {str(path): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert len(files) >= len(DATASETS)
    return files


def _as_text(value: object) -> str:
    return bytes(value).hex() if isinstance(value, memoryview) else str(value)


def coded_record() -> list[str]:
    """Returns every row that is kept of the trial but identities and messages."""
    with identity.contribution(by=Person.objects.system("setup"), reason="Compared by the test"):
        return [
            json.dumps({"table": model.__name__, **row}, default=_as_text)
            for model in apps.get_models()
            if hasattr(model, "guard")
            and model._meta.db_table not in LEFT_OUT_TABLES
            and model.__name__ not in CHANGED_BY_ERASURE
            for row in model._default_manager.order_by("pk").values()
        ]
