"""PINs: chosen by their owner, kept so that a copy of the database does not give them away."""

import pytest
from django.urls import reverse

from core import clock, pins
from core.errors import Refused
from core.models import Pin
from tests.cast import PASSWORD


@pytest.mark.parametrize("pin", ["1234", "1234567", "12345x", "111111", "121212", "123456", "٢٧١٨٢٨", ""])
def test_pin_that_is_too_short_or_too_easy_is_refused(tess, pin):
    with pytest.raises(Refused):
        pins.set_pin(tess, pin=pin, at=clock.now())


def test_pin_is_set_on_the_own_page_with_the_password(tess, client_for):
    client, page = client_for(tess), reverse("pin-set")
    typed = {"pin": "271828", "again": "271828", "password": PASSWORD}

    wrong = [client.post(page, typed | change) for change in ({"again": "271829"}, {"password": "x"}, {"pin": "1"})]
    right = client.post(page, typed)

    assert [answer.status_code for answer in wrong] == [422, 422, 422]
    assert right.status_code == 302
    pins.check_pin(tess, pin="271828", at=clock.now())


def test_hash_is_bound_to_the_installation_and_to_the_person(tess, theo, settings):
    first, second = (pins.set_pin(person, pin="271828", at=clock.now()) for person in (tess, theo))
    assert first.digest != second.digest and "271828" not in first.digest

    settings.SECRET_KEY = "another installation's secret"

    with pytest.raises(pins.WrongPin, match="not right"):
        pins.check_pin(tess, pin="271828", at=clock.now())


def test_nobody_has_the_pin_of_somebody_else(tess, theo):
    pins.set_pin(tess, pin="271828", at=clock.now())

    with pytest.raises(pins.WrongPin, match="has not set a PIN"):
        pins.check_pin(theo, pin="271828", at=clock.now())
    assert Pin.objects.count() == 1
