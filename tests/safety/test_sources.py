"""Tests of reports from what was told: the context goes along, and the event stands beside doses and medicines."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from core.errors import Refused
from safety import actions, queries
from safety.actions import EventDescription
from safety.models import AdverseEvent
from sessions import actions as session_actions
from tests.safety.test_views import entered, report_url

EFFECT = {"code": "euphoric_mood", "term": "Euphoric mood", "valence": "welcome", "severity": "moderate"}


@pytest.fixture
def effect(day):
    day.give()
    moment = day.at + timedelta(minutes=80)
    return session_actions.observe_effect(
        day.session, **EFFECT, observed_at=moment, submission_id=uuid4(), by=day.first, at=moment
    )


def reported(day, *, started_on, by, **changes):
    return actions.report_adverse_event(
        day.session.participant,
        description=EventDescription("Headache", started_on, "mild", "unwelcome", **changes),
        site_aware_at=day.at, submission_id=uuid4(), by=by, at=day.at + timedelta(days=9),
    )  # fmt: skip


def relation(event):
    return queries.relation_to_doses(event, queries.standing(event))


def test_an_effect_carries_its_words_time_and_session_into_the_form(day, effect, tess, client_for):
    answer = client_for(tess).get(report_url(day.session.participant), {"from": f"effect:{effect.public_id}"})

    form, text = answer.context["form"], answer.content.decode()
    assert 'value="Euphoric mood"' in text and "Carried along from" in text
    assert (form["session"].value(), form["valence"].value()) == (day.session.public_id, "welcome")
    assert form["started_on"].value() == day.at.date().isoformat()


def test_an_event_told_in_a_session_begins_when_the_entry_was_made(day, effect, tess, client_for):
    participant = day.session.participant
    sent = entered(
        source=f"effect:{effect.public_id}", session=day.session.public_id, started_on_day="", started_on_month="",
        started_on_year="", site_aware_at="2026-01-05T09:00",
    )  # fmt: skip
    client_for(tess).post(report_url(participant), sent)

    event = AdverseEvent.objects.get(participant=participant)
    assert (event.source_kind, event.source_id, event.session) == ("effect", effect.public_id, day.session)
    assert queries.standing(event).started_at == effect.observed_at
    assert relation(event) == "1 h 20 min after the initial dose of session 1"


def test_an_entry_of_somebody_else_carries_nothing(nina, effect, ben, client_for):
    text = client_for(ben).get(report_url(nina), {"from": f"effect:{effect.public_id}"}).content.decode()

    assert "Carried along" not in text and "Euphoric mood" not in text


@pytest.mark.parametrize(
    ("days", "words"),
    [(-1, ""), (0, "On the day of the initial dose of session 1; the hour is not known"),
     (1, "1 day after the initial dose of session 1"), (6, "6 days after the initial dose of session 1")],
    ids=["before", "same day", "next day", "six days"],
)  # fmt: skip
def test_a_day_is_set_beside_the_last_dose_before_it(day, tess, days, words):
    day.give()
    started_on = (day.at + timedelta(days=days)).date().isoformat()

    assert relation(reported(day, started_on=started_on, by=tess)) == words


def test_a_month_says_nothing_about_doses(day, tess):
    day.give()

    assert relation(reported(day, started_on="2026-01", by=tess)) == ""


def test_treatment_names_medicines_on_record_and_no_other(day, tess):
    given = session_actions.give_medicine(
        day.session, name="Paracetamol", amount="1 g", indication="Headache", observed_at=day.at,
        submission_id=uuid4(), by=day.first, at=day.at,
    )  # fmt: skip
    started_on = day.at.date().isoformat()

    event = reported(day, started_on=started_on, by=tess, treated_with=(given.public_id,))

    medicines = queries.medicines_of(day.session.participant)
    assert queries.treatment_in_words(queries.standing(event), medicines)[0].startswith("Paracetamol 1 g in session 1")
    with pytest.raises(Refused, match="on record"):
        reported(day, started_on=started_on, by=tess, treated_with=("med_other",))


def test_from_the_cockpit_the_form_is_two_taps_away(day, effect, tess, client_for):
    client = client_for(tess)
    cockpit = client.get(reverse("sessions:session-detail", args=[day.session.public_id])).content.decode()
    entry = reverse("sessions:entry-detail", args=[day.session.public_id, "effect", effect.public_id])

    assert entry in cockpit
    address = f"{report_url(day.session.participant)}?from=effect:{effect.public_id}"
    assert address in client.get(entry).content.decode()
