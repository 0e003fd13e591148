"""The eligibility page: evidence with its age and source, the second source, what is missing and where to record it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from patients import actions
from patients.actions import FactEntry
from tests.reading import says, text_of
from tests.stages import consented

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


def judged_page(participant, client, *, by, facts, days):
    visit = participant.visits.get(code="V0")
    actions.record_facts(participant, facts=facts, visit=visit, by=by, at=AT)
    actions.judge_eligibility(participant, visit_code="V0", by=by, at=AT + timedelta(days=days))
    return client.get(reverse("patients:eligibility", args=[participant.public_id]))


def test_evidence_says_source_person_and_age_at_the_judgement(participant, ben, client_for):
    fact = FactEntry("can_swallow", "true", "Visit record 7", AT)

    answer = judged_page(participant, client_for(ben), by=ben, facts=[fact], days=12)

    assert "Visit record 7, Ben Okafor, 5 Jan 2026, 12 days old" in text_of(answer)


def test_second_source_is_asked_for_then_shown_with_whether_it_agrees(participant, ben, client_for):
    first = FactEntry("bipolar1", "false", "Interview", AT)
    second = FactEntry("bipolar1", "false", "Letter of the physician", AT + timedelta(minutes=5))

    before = text_of(judged_page(participant, client_for(ben), by=ben, facts=[first], days=1))
    after = text_of(judged_page(participant, client_for(ben), by=ben, facts=[second], days=1))

    assert "Second source missing: medical record or the treating physician" in before
    assert "bipolar1: <b>false</b>" in before or "bipolar1: <b>no</b>" in before
    assert "Second source: Interview, Ben Okafor, 5 Jan 2026, 1 day old; agrees" in after


def test_missing_values_are_tasks_that_lead_to_their_form(participant, ben, mona, client_for):
    page = judged_page(participant, client_for(ben), by=ben, facts=[FactEntry("can_swallow", "true", "x", AT)], days=0)
    form = reverse("patients:screening-record", args=[participant.public_id, "V0", "ECG12"])

    assert f'href="{form}"' in page.content.decode()
    seen_by_monitor = client_for(mona).get(reverse("patients:eligibility", args=[participant.public_id]))
    assert f'href="{form}"' not in seen_by_monitor.content.decode()
    assert "X03" in text_of(seen_by_monitor)


def test_score_of_the_rater_is_not_shown(participant, ben, client_for):
    fact = FactEntry("caps5_total", "47", "CAPS5", AT)
    actions.record_facts(participant, facts=[fact], visit=participant.visits.get(code="V3"), by=ben, at=AT)
    actions.judge_eligibility(participant, visit_code="V4", by=ben, at=AT)

    page = text_of(client_for(ben).get(reverse("patients:eligibility", args=[participant.public_id])))

    assert "caps5 total: <b>known to the rater</b>" in page
    assert not says(page, "47 points")
