"""The command that makes the first administrator: the link works once, and it is no second way in."""

from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from core.models import Membership, Person
from core.roles import Role
from tests.databases import connected_to, copied_database

NINA = {"name": "Nina Novak", "email": "nina@example.org", "zone": "Europe/Lisbon"}
PASSWORD = "a long enough sentence 41"


@pytest.fixture
def empty(template, django_db_blocker):
    """An installation without people."""
    with copied_database(template) as name, django_db_blocker.unblock(), connected_to(name):
        yield name
        connection.close()


def invite(username="nina", **options):
    out = StringIO()
    call_command("invite_administrator", username, **NINA | options, stdout=out)
    return urlsplit(out.getvalue().split()[-1]).path


def test_the_link_chooses_the_password_once_and_the_administrator_signs_in(empty):
    link = invite()

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        login = cursor.fetchone()
    browser = Client()
    form = browser.get(link, follow=True).request["PATH_INFO"]
    browser.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    again = Client().get(link, follow=True)
    signed_in = Client().post("/accounts/login/", {"login": "nina", "password": PASSWORD})

    assert login == ("vigil_runtime",)
    assert Person.objects.get(username="nina").check_password(PASSWORD) and signed_in.status_code == 302
    assert "password1" not in again.content.decode()


def test_a_further_administrator_needs_one_who_is_named(db, world, adam):
    for options in ({}, {"beside": "ben"}):
        with pytest.raises(CommandError, match="There is an administrator already"):
            invite(**options)
    assert not Person.objects.filter(username="nina").exists()

    invite(beside="adam")

    granted = Membership.objects.get(person__username="nina")
    assert (granted.role, granted.site) == (Role.ADMINISTRATOR, None)


@pytest.mark.parametrize(
    ("options", "words"), [({"zone": "Mars/Base"}, "no time zone"), ({"beside": "ghost"}, "no administrator")]
)
def test_a_bad_invitation_adds_nobody(empty, options, words):
    with pytest.raises(CommandError, match=words):
        invite(**options)

    assert not Person.objects.filter(is_system=False).exists()
