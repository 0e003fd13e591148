"""A tablet of a session: opened again by a PIN after the sign-in ran out, and sending all the while."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from core import clock, pins
from core.contributions import contribution
from core.devices import COOKIE
from core.models import KnownDevice, SignInAttempt
from sessions.models import Capture, SessionNote
from tests.sessions.test_stream import entry, send, stream

PIN = "271828"


def place(day, name, **kwargs):
    return reverse(f"sessions:{name}", args=[day.session.public_id])


@pytest.fixture
def tablet(day, client_for):
    """The first therapist's tablet, known since a whole sign-in."""
    pins.set_pin(day.first, pin=PIN, at=clock.now())
    client = client_for(day.first)
    assert client.post(place(day, "tablet-know")).json() == {"has_pin": True}
    return client


def run_out(client):
    """Lets the sign-in of a browser run out."""
    session = client.session
    session["seen_at"] = session.get("seen_at", 0) or 1
    session["seen_at"] -= (settings.IDLE_MINUTES + 1) * 60
    session.save()


def open_with(client, day, pin):
    return client.post(place(day, "tablet-open"), {"pin": pin})


def test_sign_in_that_ran_out_reads_nothing_but_the_queue_is_still_taken(day, tablet):
    tablet.get(stream(day))
    run_out(tablet)

    taken = send(tablet, day, entry(while_locked=True))
    read = tablet.get(stream(day), headers={"Accept": "application/json"})

    assert (taken.status_code, read.status_code) == (201, 401)
    assert SessionNote.objects.get().recorded_by == day.first
    assert Capture.objects.get().while_locked


def test_pin_opens_the_session_and_nothing_else(day, tablet):
    run_out(tablet)
    tablet.get(stream(day))

    opened = open_with(tablet, day, PIN)

    assert (opened.status_code, opened.json()["person"]) == (200, day.first.display_name)
    assert tablet.get(place(day, "session-detail")).status_code == 200
    elsewhere = tablet.get("/participants/")
    assert elsewhere.status_code == 302 and "/accounts/login/" in elsewhere["Location"]
    assert tablet.get(stream(day), headers={"Accept": "application/json"}).status_code == 401


def test_wrong_pin_is_counted_and_after_five_only_the_password_helps(day, tablet):
    run_out(tablet)

    answers = [open_with(tablet, day, "314159") for _ in range(5)]
    right = open_with(tablet, day, PIN)

    assert {answer.status_code for answer in (*answers, right)} == {422}
    assert "not right" in answers[0].json()["detail"] and "Too many" in right.json()["detail"]
    assert SignInAttempt.objects.filter(person=day.first, outcome="pin refused").count() == 5


def test_pin_alone_opens_no_other_device(day, tablet):
    stranger = Client()

    assert open_with(stranger, day, PIN).status_code == 404
    assert send(stranger, day, entry()).status_code in (302, 401)
    assert SessionNote.objects.count() == 0


def test_tablet_is_known_for_one_session_some_hours_and_until_the_sign_out(day, tablet, tess):
    device = KnownDevice.objects.get()
    assert device.opens == place(day, "session-detail") and tablet.cookies[COOKIE]["httponly"]
    assert tablet.cookies[COOKIE]["path"] == device.opens
    assert device.expires_at - device.known_at <= timedelta(hours=12)

    tablet.post(reverse("account_logout"))

    assert send(tablet, day, entry()).status_code == 302
    assert open_with(tablet, day, PIN).status_code == 404


@pytest.mark.parametrize("change", ["expired", "deactivated"])
def test_tablet_stays_shut_when_its_time_or_its_owner_is_over(day, tablet, change):
    run_out(tablet)
    with contribution(by=day.second, reason="Arranged by the test"):
        if change == "expired":
            KnownDevice.objects.update(known_at=clock.now() - timedelta(hours=13), expires_at=clock.now())
        else:
            day.first.is_active = False
            day.first.save()

    assert open_with(tablet, day, PIN).status_code == 404
    assert send(tablet, day, entry()).status_code == 302


def test_without_a_pin_a_tablet_does_not_become_known(day, client_for):
    answer = client_for(day.first).post(place(day, "tablet-know"))

    assert answer.json() == {"has_pin": False} and COOKIE not in answer.cookies
    assert KnownDevice.objects.count() == 0


def test_shell_shows_every_form_and_nothing_that_was_recorded(day, client_for):
    day.vitals(181, 99)

    page = client_for(day.first).get(place(day, "session-shell")).content.decode()

    for kind in ("vitals", "effect", "note", "distress", "medicine", "presence"):
        assert f'data-panel="{kind}"' in page
    for told in (r"\b181\b", day.session.participant.screening_number, "csrfmiddlewaretoken"):
        assert re.search(told, page) is None


def test_limits_on_the_page_are_the_versions_own_expressions(day, client_for):
    page = client_for(day.first).get(place(day, "session-detail"))

    told = json.loads(page.context["tablet"])
    severities = [rule["severity"] for rule in told["limits"]["rules"]]
    assert severities == ["act", "watch"]
    assert ["name", "chest_pain"] in told["limits"]["rules"][0]["tree"][-1]
    assert "no-store" in page["Cache-Control"]


def test_worker_is_served_where_it_sees_cockpits_alone(client):
    answer = client.get(reverse("sessions:session-worker"))

    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/javascript")
    assert reverse("sessions:session-worker").rpartition("/")[0] == "/sessions"
