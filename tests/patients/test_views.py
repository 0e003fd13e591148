"""Pages about participants, through the browser's door."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from core.signatures import content_digest, standing_signatures
from patients.actions import judge_eligibility
from tests.stages import consented, facts_at, ready_to_randomise

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
PAGES = [
    "consent",
    "withdrawal",
    "screening",
    "eligibility",
    "participant-identity",
    "screen-failure",
]


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_for_the_site_and_does_not_exist_elsewhere(name, participant, ben, cleo, client_for):
    url = reverse(f"patients:{name}", args=[participant.public_id])

    assert client_for(ben).get(url).status_code == 200
    assert client_for(cleo).get(url).status_code == 404


def test_adding_a_participant_leads_to_consent_and_keeps_the_name_apart(world, ben, site_a, client_for):
    entered = {
        "site": site_a.pk,
        "name": "Nora Canary",
        "born_on": "1990-04-01",
        "first_contact_on": "2026-01-02",
        "email": "",
        "phone": "",
    }

    answer = client_for(ben).post(reverse("patients:participant-add"), entered, follow=True)

    assert answer.redirect_chain[0][0].endswith("/consent/")
    assert "Nora" not in answer.content.decode()


def test_impossible_date_is_refused_in_words_and_nothing_typed_is_lost(world, ben, site_a, client_for):
    entered = {"site": site_a.pk, "name": "Nora Canary", "born_on": "1990-11-31", "first_contact_on": "2026-01-02"}

    answer = client_for(ben).post(reverse("patients:participant-add"), entered)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "November has 30 days" in page
    assert "Nora Canary" in page and "1990-11-31" in page


def test_implausible_value_is_refused_at_its_field(participant, ben, client_for):
    url = reverse("patients:screening-record", args=[participant.public_id, "V0", "WEIGHT"])

    answer = client_for(ben).post(url, {"observed_at": "2026-01-05T09:00", "source": "Scale", "weight_kg": "7400"})

    assert answer.status_code == 422
    assert "cannot be right" in answer.content.decode()
    assert not participant.facts.filter(variable="weight_kg").exists()


def test_value_for_a_recorded_time_is_a_correction_with_a_reason_and_unchanged_writes_nothing(
    participant, ben, client_for
):
    url = reverse("patients:screening-record", args=[participant.public_id, "V0", "WEIGHT"])
    client = client_for(ben)

    def enter(weight, *, time="09:00", **further):
        entered = {"observed_at": f"2026-01-05T{time}", "source": "Scale", "weight_kg": weight} | further
        answer = client.post(url, entered)
        return answer.status_code, participant.facts.filter(variable="weight_kg").count(), answer.content.decode()

    assert enter("70")[:2] == (302, 1)
    assert enter("70.0")[:2] == (302, 1)
    status, rows, page = enter("71")
    assert (status, rows) == (422, 1)
    assert "70 kg is recorded for this time" in page and 'value="71"' in page
    assert enter("71", reason_for_weight_kg="Misread the scale")[:2] == (302, 2)
    corrected = participant.facts.get(variable="weight_kg", replaced_by__isnull=True)
    assert (corrected.value, corrected.reason, corrected.replaces.value) == ("71", "Misread the scale", "70")
    assert enter("72", time="09:30")[:2] == (302, 3)
    assert participant.facts.get(value="72").replaces is None


def test_wrong_password_signs_nothing(world, ada, ben, client_for):
    participant = ready_to_randomise(world, by=ben, investigator=ada, at=AT)
    assessment = judge_eligibility(participant, visit_code="V4", by=ben, at=AT)
    shown = content_digest(assessment)
    entered = {"assessment": assessment.public_id, "shown_digest": shown, "password": "not the password"}

    answer = client_for(ada).post(reverse("patients:eligibility-sign", args=[participant.public_id]), entered)

    assert answer.status_code == 422
    assert "password is not right" in answer.content.decode()
    assert standing_signatures(assessment) == []


def test_visit_page_shows_window_and_procedures(participant, ben, client_for):
    visit = participant.visits.get(code="V1")

    page = client_for(ben).get(reverse("patients:visit-detail", args=[visit.public_id])).content.decode()

    assert "Preparatory session 1" in page
    assert "6 Jan to 16 Feb 2026" in page


@pytest.mark.parametrize("name", ["screening-record", "fact-correct"])
def test_a_raters_score_is_neither_typed_nor_corrected_by_the_site(name, participant, ben, client_for):
    visit = participant.visits.get(code="V3")
    facts_at(participant, {"caps5_total": "40"}, by=ben, at=AT, visit=visit)
    variable = ["caps5_total"] if name == "fact-correct" else []

    answer = client_for(ben).get(reverse(f"patients:{name}", args=[participant.public_id, "V3", "CAPS5", *variable]))

    assert answer.status_code == 404
