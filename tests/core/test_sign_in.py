"""Sign-in: lock-out, idle time-out, nothing for strangers, no demo door in production, a token with every post."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from core.models import Person, SignInAttempt
from core.permissions import Viewer
from tests.cast import PASSWORD
from tests.databases import ROOT

CLOSED = ["overview:worklist", "overview:matrix", "patients:screening-list", "sessions:session-list", "safety:board"]
ASK_PRODUCTION = """
import django
django.setup()
from django.apps import apps
from django.conf import settings
from django.urls import Resolver404, resolve
for path in ("/demo/sign-in/", "/demo/progress/"):
    try:
        resolve(path)
        print("OPEN", path)
    except Resolver404:
        print("absent", path)
print("demo app", apps.is_installed("demo"), "debug", settings.DEBUG, "cookie", settings.SESSION_COOKIE_SECURE)
print("md5", any("MD5" in hasher for hasher in settings.PASSWORD_HASHERS))
"""


def try_to_sign_in(client: Client, username: str, password: str) -> bool:
    """Returns whether the attempt opened a session."""
    client.post(reverse("account_login"), {"login": username, "password": password})
    return "_auth_user_id" in client.session


def test_right_password_opens_and_is_written_down(world: object, ben: Person) -> None:
    assert try_to_sign_in(Client(), "ben", PASSWORD)
    assert SignInAttempt.objects.filter(username="ben", outcome="signed in", person=ben).count() == 1


def test_five_wrong_passwords_lock_the_right_one_out(world: object, ben: Person) -> None:
    client = Client()
    for _ in range(5):
        assert not try_to_sign_in(client, "ben", "wrong")

    assert not try_to_sign_in(client, "ben", PASSWORD)
    assert SignInAttempt.objects.filter(username="ben", outcome="failed").count() == 5


def test_somebody_else_is_not_locked_out(world: object, ben: Person, tess: Person) -> None:
    for _ in range(6):
        try_to_sign_in(Client(), "ben", "wrong")

    assert try_to_sign_in(Client(), "tess", PASSWORD)


def test_job_of_the_system_cannot_sign_in(world: object) -> None:
    assert not try_to_sign_in(Client(), "system:setup", PASSWORD)


@pytest.mark.parametrize(("minutes_over", "open_"), [(-2, True), (1, False)])
def test_idle_session_ends(
    world: object, client_for: Callable[[Person], Client], ben: Person, minutes_over: int, open_: bool
) -> None:
    client = client_for(ben)
    assert client.get("/").status_code == 200
    session = client.session
    session["seen_at"] -= (settings.IDLE_MINUTES + minutes_over) * 60
    session.save()

    answer = client.get("/")

    assert (answer.status_code == 200) is open_
    if not open_:
        assert answer["Location"].startswith(reverse("account_login"))
        assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", CLOSED)
def test_stranger_is_asked_to_sign_in(db: None, name: str) -> None:
    answer = Client().get(reverse(name))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_post_without_a_token_is_refused(world: object, ben: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ben, backend=settings.AUTHENTICATION_BACKENDS[0])

    assert client.post(reverse("patients:participant-add"), {}).status_code == 403


def test_account_without_a_membership_may_do_nothing(world: object, eve: Person) -> None:
    from core import clock

    assert Viewer.at(eve, clock.now()).roles == ()


def test_production_has_no_demo_door() -> None:
    environment = {
        **os.environ,
        "VIGIL_ENVIRONMENT": "production",
        "VIGIL_SECRET_KEY": "a key of the tests that is long enough to be taken as one, 0123456789",
        "VIGIL_IDENTITY_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "VIGIL_ALLOWED_HOSTS": "vigil.example.org",
        "VIGIL_BASE_URL": "https://vigil.example.org",
    }
    asked = subprocess.run(
        [sys.executable, "-c", ASK_PRODUCTION], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.splitlines() == [
        "absent /demo/sign-in/",
        "absent /demo/progress/",
        "demo app False debug False cookie True",
        "md5 False",
    ]
