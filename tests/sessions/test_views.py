"""The cockpit through the browser's door."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.pins import TRIES, set_pin
from sessions import actions
from sessions.models import ObservedEffect, VitalSigns
from tests.architecture.test_statements import BOOKKEEPING, MOST_OF_A_RECORD, frame_of
from tests.cast import PASSWORD
from tests.reading import says, text_of


def address(day, name, *more):
    return reverse(f"sessions:{name}", args=[day.session.public_id, *more])


@pytest.mark.parametrize("panel", ["", "vitals", "effect", "note", "distress", "medicine", "presence", "dose"])
def test_cockpit_opens_for_the_pair_and_does_not_exist_elsewhere(day, cleo, client_for, panel):
    url = f"{address(day, 'session-detail')}?panel={panel}"

    assert client_for(day.first).get(url).status_code == 200
    assert client_for(cleo).get(url).status_code == 404


def test_cockpit_shows_label_and_bottle_and_never_an_amount(day, client_for):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()

    page = text_of(client_for(day.first).get(address(day, "session-detail")))

    assert says(page, "D1")
    for secret in ("mg", "MDMA", "PBO", "placebo"):
        assert not says(page, secret)


def test_pressure_of_1200_comes_back_at_its_field_with_everything_typed(day, client_for):
    typed = {"submission_id": str(uuid4()), "systolic_mmhg": "1200", "diastolic_mmhg": "81", "heart_rate_bpm": "77"}

    answer = client_for(day.second).post(address(day, "entry-record", "vitals"), typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "cannot be right" in page
    assert all(f'value="{value}"' in page for value in ("1200", "81", "77"))
    assert not VitalSigns.objects.exists()


def test_refused_dose_lists_every_reason(day, client_for):
    typed = {
        "submission_id": str(uuid4()),
        "kit_number": day.kit.number,
        "second_person": day.second.pk,
        "second_secret": PASSWORD,
    }

    answer = client_for(day.first).post(address(day, "dose-give"), typed)

    assert answer.status_code == 422
    assert "PD5" in answer.content.decode()


@pytest.mark.parametrize(
    ("entered", "sentence"),
    [
        pytest.param("not it", "This is not the PIN or the password of", id="another password"),
        pytest.param("314159", "The PIN is not right", id="another PIN"),
        pytest.param("271828", "The dose is refused", id="the own PIN, and the gate is asked"),
        pytest.param(PASSWORD, "The dose is refused", id="the own password, and the gate is asked"),
    ],
)
def test_second_person_confirms_with_the_own_pin_or_password(day, client_for, entered, sentence):
    set_pin(day.first, pin="314159", at=day.at)
    set_pin(day.second, pin="271828", at=day.at)
    typed = {
        "submission_id": str(uuid4()),
        "kit_number": day.kit.number,
        "second_person": day.second.pk,
        "second_secret": entered,
    }

    answer = client_for(day.first).post(address(day, "dose-give"), typed)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_wrong_pins_of_the_second_person_are_counted(day, client_for):
    set_pin(day.second, pin="271828", at=day.at)
    client = client_for(day.first)
    for entered in [*("314159",) * TRIES, "271828"]:
        answer = client.post(
            address(day, "dose-give"),
            {
                "submission_id": str(uuid4()),
                "kit_number": day.kit.number,
                "second_person": day.second.pk,
                "second_secret": entered,
            },
        )

    assert "Too many wrong PINs" in answer.content.decode()


def test_one_tap_records_an_effect(day, client_for):
    typed = {"submission_id": str(uuid4()), "code": "euphoric_mood"}

    answer = client_for(day.first).post(address(day, "entry-record", "effect"), typed)

    assert answer.status_code == 302
    effect = ObservedEffect.objects.get()
    assert (effect.term, effect.abuse_related, effect.valence) == ("Euphoric mood", True, "not_asked")


def test_statements_of_the_cockpit_do_not_grow_with_entries(day, client_for):
    client = client_for(day.first)
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    for _ in range(2):
        client.get(address(day, "session-detail"))
    with CaptureQueriesContext(connection) as few:
        client.get(address(day, "session-detail"))
    for minute in range(1, 9):
        day.vitals(temperature_c=Decimal("36.8"), minute=-minute)
    with CaptureQueriesContext(connection) as many:
        client.get(address(day, "session-detail"))

    assert len(many) == len(few)
    own = sum(not query["sql"].startswith(BOOKKEEPING) for query in many) - frame_of(client)
    assert own <= MOST_OF_A_RECORD


def test_session_of_400_entries_is_one_answer_of_six_statements(day, client_for):
    client = client_for(day.first)
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    moment = day.at + timedelta(minutes=1)
    for number in range(400):
        actions.write_note(
            day.session, text=f"Note {number}", observed_at=moment, submission_id=uuid4(), by=day.first, at=moment
        )
    client.get(address(day, "session-detail"))

    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address(day, "session-detail"))

    own = sum(not query["sql"].startswith(BOOKKEEPING) for query in captured) - frame_of(client)
    assert "Note 399" in answer.content.decode()
    assert own <= 6


def test_set_past_the_limits_of_acting_shows_what_to_do_until_the_call_is_recorded(day, client_for, ada):
    client = client_for(day.first)
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    day.vitals(232, 118, temperature_c=Decimal("37.0"))
    page = client.get(address(day, "session-detail")).content.decode()
    assert "Record the call" in page and "call physician and emergency plan" in page

    typed = {"submission_id": str(uuid4()), "physician": ada.pk, "reached": "true", "advice": "Measure in five minutes"}
    assert client.post(address(day, "entry-record", "call"), typed).status_code == 302

    assert "Record the call" not in client.get(address(day, "session-detail")).content.decode()
