"""Tests of expectedness in the sponsor's determination: judged by the version of the event's day, and shown with it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.errors import Refused
from safety import actions, queries
from tests.cast import AT
from trials.actions import add_reference

TERMS = "Headache; moderate; hospitalisation; broad"
LATER = AT + timedelta(hours=5)


@pytest.fixture
def listed(trial, sofia):
    given = {"version": "3", "effective_on": AT.date() - timedelta(days=30), "document": "Brochure 3", "terms": TERMS}
    return add_reference(trial, **given, by=sofia, at=AT)


@pytest.fixture
def received(report, sofia):
    def made(**changes):
        event = report(seriousness=("hospitalisation",), **changes)
        actions.receive_at_sponsor(event, by=sofia, at=LATER)
        return event

    return made


def determine(event, by, expectedness, **more):
    return actions.judge_expectedness(
        event, expectedness=expectedness, sponsor_causality="possible", by=by, at=LATER, **more
    )


def test_determination_keeps_the_version_and_its_verdict(listed, received, sofia):
    revision = determine(received(), sofia, "expected")

    assert revision.reference == listed
    assert revision.expectedness_basis.startswith("Version 3, in force on 5 Jan 2026: Headache is listed")
    assert revision.signed_content()["expectedness_basis"] == revision.expectedness_basis


def test_departing_from_the_version_takes_a_reason(listed, received, sofia):
    event = received(severity="severe")

    with pytest.raises(Refused, match="as moderate at most") as refusal:
        determine(event, sofia, "expected")
    revision = determine(event, sofia, "expected", departure="The brochure's text names severe ones.")

    assert refusal.value.field == "departure"
    assert revision.expectedness_basis.endswith("Judged otherwise: The brochure's text names severe ones.")


def test_the_version_of_the_event_and_not_of_today_counts(listed, received, sofia, trial):
    add_reference(
        trial, version="4", effective_on=AT.date() + timedelta(days=1), document="Brochure 4", terms="Nausea",
        by=sofia, at=AT,
    )  # fmt: skip

    assert determine(received(), sofia, "expected").reference == listed


def test_of_a_start_known_in_part_the_first_possible_day_counts(listed, received, sofia):
    revision = determine(received(started_on="2025-12"), sofia, "unexpected")

    assert revision.reference is None
    assert revision.expectedness_basis == "No reference safety information was in force on the day of the event."


def test_form_proposes_the_verdict_and_page_shows_the_version(listed, received, sofia, client_for):
    event, client = received(), client_for(sofia)
    page = client.get(reverse("safety:adverse-event-detail", args=[event.public_id])).content.decode()
    form = {"sponsor_causality": "possible", "expectedness": "unexpected", "determined_at": "2026-01-05T09:30"}
    refused = client.post(reverse("safety:adverse-event-determine", args=[event.public_id]), form)

    assert "Version 3, in force on 5 Jan 2026: Headache is listed, no less severe" in page
    assert refused.status_code == 422
    assert "Say why it is judged otherwise." in refused.content.decode()
    found = queries.expectedness_by_reference(event, actions.latest_revision(event))
    assert found is not None and found.verdict.code == "expected"
