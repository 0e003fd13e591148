"""Somebody without a sign-in, with somebody else's, or with one that has ended, at every door."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from core import clock
from core.models import Person
from patients.models import Participant
from sponsors import actions as sponsor_actions
from sponsors.actions import SCOPES, make_token
from sponsors.datasets import Viewpoint
from tests.architecture.test_views import CONVERTED, PUBLIC, addresses
from tests.cast import AT, PASSWORD, World
from tests.reading import text_of
from tests.stages import consented
from trials import actions as trial_actions

SIGN_IN, FORGOTTEN = reverse("account_login"), reverse("account_reset_password")
STUDY = "/api/v1/studies/MAPPLIKE-01"


def filled(path: str) -> str:
    """Returns an address with something in the place of each of its parts."""
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "x", path)
    return "/" + re.sub(
        r"<(?:(\w+):)?\w+>", lambda part: CONVERTED.get(part[1] or "str", "x"), re.sub(r"[\^$]", "", path)
    )


def test_no_address_takes_a_post_that_another_page_made_somebody_send(world: World, ben: Person) -> None:
    """Everything that changes something, signing out and signing records included, asks for the page's own token."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ben, backend=settings.AUTHENTICATION_BACKENDS[0])
    answers = {name or path: browser.post(filled(path)).status_code for name, path, _ in addresses()}
    by_token = {name for name in answers if name.startswith("sponsors:api-")} - PUBLIC

    assert {name: answers[name] for name in by_token if answers[name] != 401} == {}
    forged = {name: status for name, status in answers.items() if name not in by_token | PUBLIC and status != 403}
    assert forged == {}
    assert len(answers) > 100


def test_signing_out_is_never_done_by_a_link(world: World, ben: Person, client_for: Any) -> None:
    browser = client_for(ben)

    browser.get(reverse("account_logout"))

    assert browser.get("/").status_code == 200


def test_the_session_changes_its_key_at_sign_in_and_its_cookie_is_closed_to_scripts(world: World, ben: Person) -> None:
    browser = Client()
    browser.get(SIGN_IN)
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key

    browser.post(SIGN_IN, {"login": "ben", "password": PASSWORD})

    cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert browser.get("/").status_code == 200
    assert cookie.value != planted
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_name_that_nobody_has_is_refused_in_the_same_words(world: World) -> None:
    answers = [Client().post(SIGN_IN, {"login": name, "password": "not this one"}) for name in ("ben", "bentley")]

    known, unknown = (text_of(answer).replace("bentley", "ben") for answer in answers)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert known == unknown


def test_a_forgotten_password_says_the_same_for_an_address_that_nobody_has(world: World) -> None:
    browser = Client()
    answers = [browser.post(FORGOTTEN, {"email": f"{name}@example.org"}) for name in ("ben", "bentley")]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, answers[0]["Location"])}
    assert [letter.to for letter in mail.outbox if "password" in letter.body and letter.to == ["ben@example.org"]]


def test_letters_about_a_forgotten_password_are_few(world: World) -> None:
    for _ in range(30):
        Client().post(FORGOTTEN, {"email": "ben@example.org"})

    assert 1 <= len([letter for letter in mail.outbox if letter.to == ["ben@example.org"]]) <= 20


def test_fields_that_no_form_has_change_nothing(world: World, ben: Person, adam: Person, client_for: Any) -> None:
    """Whoever adds to a form what it does not ask for gets what the form would have given, and nothing of it."""
    wished = {
        "site_id": world.sites["B"].pk, "status": "completed", "screening_number": "S02-999", "public_id": "par_mine",
        "recorded_at": "2001-01-01", "recorded_by": world.people["ada"].pk, "enrolled_at": "2001-01-01", "arm": "A",
        "is_staff": "1", "is_superuser": "1", "is_system": "1", "is_active": "", "password": PASSWORD,
        "role": "pharmacist",
    }  # fmt: skip
    entered = {"name": "Mia Mass", "born_on": "1990-04-01", "first_contact_on": "2026-01-02"}
    invited = {"username": "mass", "display_name": "Mia Mass", "email": "mass@example.org", "zone": "Europe/Lisbon"}

    site = {"site": world.sites["A"].pk}
    client_for(ben).post(reverse("patients:participant-add"), wished | entered | site)
    client_for(adam).post(reverse("trials:person-invite"), wished | invited)

    made, person = Participant.objects.get(), Person.objects.get(username="mass")
    assert (made.site, made.recorded_by, made.status) == (world.sites["A"], ben, "contacted")
    assert made.enrolled_at is None and made.recorded_at.year > 2001
    assert made.screening_number.startswith("S01-") and made.public_id != "par_mine"
    assert (person.is_active, person.is_system, person.has_usable_password()) == (True, False, False)
    assert not person.memberships.exists()


# --- somebody who has left ---


def leave_by_closing(world: World, person: Person) -> None:
    """Closes the account."""
    trial_actions.deactivate_person(person, reason="Left", by=world.people["adam"])


def leave_by_role(world: World, person: Person) -> None:
    """Takes the only role away; the account stays."""
    membership = person.memberships.get()
    trial_actions.end_membership(membership, reason="Contract ended", by=world.people["adam"], at=clock.now())


@pytest.mark.parametrize("leave", [leave_by_closing, leave_by_role])
def test_session_token_and_file_of_somebody_who_left_are_dead_at_once(
    world: World, dev: Person, ben: Person, client_for: Any, tmp_path: Path, leave: Callable[[World, Person], None]
) -> None:
    consented(world, by=ben, at=AT)
    _, secret = make_token(
        name="Pull", scopes=list(SCOPES), blinding_class="functional", site_ids=[], days=30, trial=world.trial, by=dev,
        at=clock.now(),
    )  # fmt: skip
    script, browser = Client(headers={"Authorization": f"Bearer {secret}"}), client_for(dev)
    with override_settings(EXPORT_DIR=tmp_path):
        job = _export(world, dev)
        file = f"{STUDY}/exports/{job.public_id}/files/visits.csv"
        page = reverse("sponsors:export-file", args=[job.public_id, "visits.csv"])
        assert [script.get(file).status_code, browser.get(page).status_code] == [200, 200]

        leave(world, dev)

        assert {script.get(f"{STUDY}/{name}").status_code for name in ("visits", "participants")} == {401}
        assert script.get("/api/v1/me").status_code == script.get(file).status_code == 401
        assert browser.get(page).status_code in (302, 404)
        assert browser.get(reverse("sponsors:export-list")).status_code in (302, 404)


def test_a_job_of_somebody_who_left_reads_nothing(world: World, dev: Person, ben: Person, tmp_path: Path) -> None:
    participant = consented(world, by=ben, at=AT)
    with override_settings(EXPORT_DIR=tmp_path):
        sponsor_actions.create_export(
            datasets=["visits"], viewpoint=Viewpoint("functional"), trial=world.trial, idempotency_key="late", by=dev
        )
        leave_by_closing(world, dev)
        job = sponsor_actions.claim_export()
        assert job is not None
        sponsor_actions.make_files(job, at=AT)

    written = "".join(path.read_text() for path in tmp_path.rglob("*.csv"))
    assert participant.screening_number not in written and written.count("\n") == 1


def test_a_link_to_choose_a_password_is_dead_once_the_account_is_closed(world: World, ben: Person) -> None:
    Client().post(FORGOTTEN, {"email": ben.email})
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)
    assert link
    leave_by_closing(world, ben)

    browser = Client()
    page = browser.get(link[1], follow=True)
    browser.post(
        page.request["PATH_INFO"], {"password1": "another long password", "password2": "another long password"}
    )

    ben.refresh_from_db()
    assert not ben.check_password("another long password")
    assert not Client().login(username="ben", password="another long password")


def _export(world: World, dev: Person) -> Any:
    sponsor_actions.create_export(
        datasets=["visits"], viewpoint=Viewpoint("functional"), trial=world.trial, idempotency_key="early", by=dev
    )
    job = sponsor_actions.claim_export()
    assert job is not None
    sponsor_actions.make_files(job, at=AT)
    return job
