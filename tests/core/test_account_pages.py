"""Entrance, account and error pages come out in our own look, with one heading and no code inside the page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Person

ENTRANCE = ["account_login", "account_reset_password", "account_reset_password_done", "account_signup"]
ACCOUNT = ["account_change_password", "mfa_index", "account_logout", "account_reauthenticate"]


def assert_own_look(page: str) -> None:
    assert page.count("<h1") == 1
    assert "· Vigil</title>" in page and 'href="#main"' in page
    assert " style=" not in page and "Menu:" not in page


@pytest.mark.parametrize("name", ENTRANCE)
def test_entrance_page_has_our_look(db: None, name: str) -> None:
    answer = Client().get(reverse(name))

    assert answer.status_code == 200
    assert_own_look(answer.content.decode())


@pytest.mark.parametrize("name", ACCOUNT)
def test_account_page_has_our_look(db: None, client_for: Callable[[Person], Client], ben: Person, name: str) -> None:
    answer = client_for(ben).get(reverse(name), follow=True)

    assert answer.status_code == 200
    assert_own_look(answer.content.decode())


def test_refused_sign_in_says_so_on_top_and_keeps_the_name(db: None) -> None:
    answer = Client().post(reverse("account_login"), {"login": "nobody", "password": "wrong"})

    page = answer.content.decode()
    assert "There is a problem" in page and "<title>Error: Sign in" in page
    assert 'value="nobody"' in page and 'value="wrong"' not in page


def test_page_that_is_not_there_gives_nothing_away(db: None) -> None:
    answer = Client().get("/nowhere/")

    assert answer.status_code == 404
    assert_own_look(answer.content.decode())
