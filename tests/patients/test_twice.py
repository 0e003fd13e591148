"""The same thing asked for twice: a clear answer, and one effect."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from core.errors import Refused
from patients import actions
from patients.identity import IdentityDetails
from patients.models import Participant, Visit
from tests.cast import FORM_FILE, PASSWORD, add_consent_form
from tests.stages import OPTIONS, PAPER, consented, facts_at, ready_to_randomise

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
NORA = IdentityDetails("Nora Twice", date(1990, 4, 1))


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


def add(site, *, by, comes_again=False):
    return actions.add_participant(
        site=site, identity=NORA, first_contact_on=AT.date(), comes_again=comes_again, by=by, at=AT
    )


def test_same_person_is_found_by_code_and_nobody_else_is_shown(site_a, site_b, ben, carl):
    first = add(site_a, by=ben)

    with pytest.raises(Refused, match=first.screening_number):
        add(site_a, by=ben)
    assert add(site_a, by=ben, comes_again=True).screening_number != first.screening_number
    assert add(site_b, by=carl).site == site_b


def test_same_form_posted_again_adds_nobody_until_the_box_is_ticked(site_a, ben, client_for):
    url, client = reverse("patients:participant-add"), client_for(ben)
    entered = {"site": site_a.pk, "name": NORA.name, "born_on": "1990-04-01", "first_contact_on": "2026-01-02"}
    client.post(url, entered)
    before = Participant.objects.count()

    again = client.post(url, entered | {"comes_again": ""})

    assert again.status_code == 422
    assert "is here already" in again.content.decode() and 'type="checkbox"' in again.content.decode()
    assert Participant.objects.count() == before
    assert client.post(url, entered | {"comes_again": "on"}).status_code == 302


def test_visit_starts_ends_and_is_missed_once(participant, ben):
    visit = participant.visits.get(code="V0")
    stale = Visit.objects.get(pk=visit.pk)
    actions.start_visit(visit, by=ben, at=AT)

    with pytest.raises(Refused, match="cannot be started"):
        actions.start_visit(stale, by=ben, at=LATER)
    with pytest.raises(Refused, match="cannot be recorded as missed"):
        actions.miss_visit(stale, reason="Did not come", by=ben, at=LATER)
    for procedure in visit.procedures.all():
        actions.record_procedure(visit, code=procedure.code, state="done", by=ben, at=AT)
    actions.finish_visit(visit, by=ben, at=LATER)
    with pytest.raises(Refused, match="cannot be finished"):
        actions.finish_visit(visit, by=ben, at=LATER)

    assert Visit.objects.get(pk=visit.pk).started_at == AT


def test_visit_that_was_never_started_cannot_be_finished_on_its_page(participant, ben, client_for):
    visit = participant.visits.get(code="V1")

    answer = client_for(ben).post(reverse("patients:visit-finish", args=[visit.public_id]))

    assert answer.status_code == 422


def test_enrolling_twice_enrols_once(world, ada, ben):
    participant = ready_to_randomise(world, by=ben, investigator=ada, at=AT)
    enrolled_at = participant.enrolled_at

    assert actions.enrol(participant, by=ben, at=LATER).enrolled_at == enrolled_at


def test_withdrawal_after_the_end_is_recorded_and_changes_no_status(participant, ben):
    for scope in ("procedures", "data"):
        actions.withdraw_consent(participant, scope=scope, reason="Moves away", by=ben, at=AT)

    assert participant.status == "withdrawn"
    assert participant.withdrawals.count() == 2


def test_consent_to_a_new_form_keeps_visits_and_becomes_the_standing_one(world, participant, site_a, ben):
    visits = participant.visits.count()
    text = FORM_FILE.read_text().replace('version: "1.0"', 'version: "1.1"', 1)
    second = add_consent_form(text, site=site_a, version=world.version, by=world.people["ada"], on=LATER.date())
    options = OPTIONS | {"touch": True}

    consent = actions.record_consent(
        participant, form=second, signed_at=LATER, options=options, paper=PAPER, password=PASSWORD, by=ben, at=LATER
    )

    assert consent.form.version == "1.1"
    assert participant.visits.count() == visits
    with pytest.raises(Refused, match="recorded already"):
        actions.record_consent(
            participant, form=second, signed_at=LATER, options=options, paper=PAPER, password=PASSWORD, by=ben, at=LATER
        )


def test_judging_before_consent_leads_to_consent(world, ben, site_a, client_for):
    person = add(site_a, by=ben)

    answer = client_for(ben).post(reverse("patients:eligibility-judge", args=[person.public_id]))

    assert answer.url == reverse("patients:consent", args=[person.public_id])


def test_correction_shows_what_somebody_else_recorded_meanwhile(participant, ben, tess, client_for):
    visit = participant.visits.get(code="V0")
    facts_at(participant, {"weight_kg": "70"}, by=ben, at=AT, visit=visit)
    seen = participant.facts.get(variable="weight_kg")
    url = reverse("patients:fact-correct", args=[participant.public_id, "V0", "WEIGHT", "weight_kg"])
    actions.correct_fact(seen, value="71", reason="Read from the wrong line", by=tess, at=AT)
    entered = {"value": "72", "reason": "Scale was not at zero", "seen": str(seen.pk)}

    conflict = client_for(ben).post(url, entered)

    assert conflict.status_code == 422
    assert "Tess Marr recorded 71 meanwhile" in conflict.content.decode()
    newest = participant.facts.get(value="71")
    assert client_for(ben).post(url, entered | {"seen": str(newest.pk)}).status_code == 302
    corrected = participant.facts.get(value="72")
    assert (corrected.replaces, corrected.reason) == (newest, "Scale was not at zero")


def test_correction_needs_a_reason(participant, ben, cleo, client_for):
    facts_at(participant, {"weight_kg": "70"}, by=ben, at=AT, visit=participant.visits.get(code="V0"))
    url = reverse("patients:fact-correct", args=[participant.public_id, "V0", "WEIGHT", "weight_kg"])
    seen = participant.facts.get(variable="weight_kg")

    assert client_for(ben).get(url).status_code == 200
    assert client_for(cleo).get(url).status_code == 404
    assert client_for(ben).post(url, {"value": "72", "reason": "", "seen": str(seen.pk)}).status_code == 422
    assert participant.facts.filter(variable="weight_kg").count() == 1
