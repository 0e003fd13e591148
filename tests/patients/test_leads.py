"""Leads: from the first hearing to screening, on the pages that people use."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from core.contributions import recorded_at
from core.errors import Refused
from patients import actions
from patients.identity import IdentityDetails, identity_views, read_identity
from patients.models import ContactAttempt, Lead
from tests.reading import says, text_of
from trials.queries import definition_of

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
MILA = IdentityDetails("Mila Maple", date(1990, 4, 1), "mila@example.org", "+351 912 000 111")


def lead_of(site, *, by, details=MILA, at=AT, **more):
    return actions.add_lead(
        site=site, identity=details, source="referral", heard_on=at.date(), next_contact_on=at.date(),
        submission_id=uuid4(), by=by, at=at, **more,
    )  # fmt: skip


def asked(world, lead, *, by, at=AT, wrong=(), left_open=()):
    questions = definition_of(world.version).recruitment.questions
    answers = {q.code: q.wanted != (q.code in wrong) for q in questions if q.code not in left_open}
    actions.record_prescreen(lead, answers=answers, observed_at=at, submission_id=uuid4(), by=by, at=at)
    lead.refresh_from_db()
    return lead


def entered(site, **more):
    today = date.today().isoformat()
    return {
        "site": site.pk, "name": MILA.name, "phone": MILA.phone, "email": MILA.email, "born_on": "1990-04-01",
        "source": "referral", "heard_on": "2026-01-05", "next_contact_on": today, "submission_id": str(uuid4()),
    } | more  # fmt: skip


def test_a_lead_goes_from_the_form_to_screening_and_nothing_is_typed_twice(world, site_a, ben, client_for):
    client = client_for(ben)
    added = client.post(reverse("patients:lead-add"), entered(site_a), follow=True)
    lead = Lead.objects.get()
    assert lead.number in added.content.decode() and "Mila" not in added.content.decode()
    asked(world, lead, by=ben)

    answer = client.post(reverse("patients:lead-convert", args=[lead.public_id]))

    lead.refresh_from_db()
    assert answer.url == reverse("patients:consent", args=[lead.participant.public_id])
    assert read_identity(lead.participant, purpose="test") == MILA
    again = client.post(reverse("patients:lead-convert", args=[lead.public_id]))
    assert again.url == answer.url and lead.state == "converted"


def test_one_form_sent_twenty_times_adds_one_lead_and_one_attempt(site_a, ben, client_for):
    client, form = client_for(ben), entered(site_a)
    for _ in range(20):
        client.post(reverse("patients:lead-add"), form)
    lead = Lead.objects.get()
    attempt = {
        "submission_id": str(uuid4()), "attempted_at": "2026-01-05T09:00", "channel": "phone", "outcome": "no_answer",
    }  # fmt: skip
    for _ in range(20):
        client.post(reverse("patients:lead-attempt", args=[lead.public_id]), attempt)

    assert ContactAttempt.objects.count() == 1
    assert Lead.objects.get().state == "in_contact"


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (IdentityDetails("mila  MAPLE", date(1990, 4, 1)), "the same name and birth date"),
        (IdentityDetails("Somebody Else", None, phone="00351-912 000 111"), "the same phone"),
        (IdentityDetails("Somebody Else", None, email="Mila@Example.org"), "the same e-mail"),
    ],
    ids=["name and birth date", "phone", "e-mail"],
)
def test_a_known_person_is_told_by_code_here_and_without_one_elsewhere(details, words, site_a, site_b, ben, carl):
    lead = lead_of(site_a, by=ben)

    with pytest.raises(Refused, match=f"{words} is known at this site, as {lead.number}"):
        lead_of(site_a, by=ben, details=details)
    with pytest.raises(Refused, match=f"{words} is known at another site") as elsewhere:
        lead_of(site_b, by=carl, details=details)
    assert site_a.code not in elsewhere.value.message and "Mila" not in elsewhere.value.message
    assert lead_of(site_b, by=carl, details=details, known_already=True).site == site_b


def test_the_form_tells_that_somebody_is_known_and_keeps_what_was_typed(site_a, ben, client_for):
    lead = lead_of(site_a, by=ben)

    answer = client_for(ben).post(reverse("patients:lead-add"), entered(site_a, name="Other Person", born_on=""))

    page = text_of(answer)
    assert answer.status_code == 422
    assert lead.number in page and 'type="checkbox"' in page and "Other Person" in page
    assert client_for(ben).post(reverse("patients:lead-add"), entered(site_a, known_already="on")).status_code == 302


def test_an_answer_against_closes_and_a_missing_one_never_passes(world, site_a, ben):
    lead = asked(world, lead_of(site_a, by=ben), by=ben, left_open=["PQ3"])
    assert lead.state == "in_contact"
    with pytest.raises(Refused, match="not passed"):
        actions.convert_lead(lead, by=ben, at=AT)

    lead = asked(world, lead, by=ben, wrong=["PQ6"], left_open=["PQ3"])

    assert (lead.state, lead.close_reason, lead.close_note) == ("closed", "prescreen", "PQ6")
    with pytest.raises(Refused, match="take up the contact"):
        actions.convert_lead(lead, by=ben, at=AT)


def test_waiting_list_keeps_its_order_and_a_change_needs_a_reason(world, site_a, ben, client_for):
    leads = [
        asked(world, lead_of(site_a, by=ben, details=IdentityDetails(f"Person {n}", date(1990, 1, n))), by=ben)
        for n in range(1, 5)
    ]
    for lead in leads:
        actions.put_on_waiting_list(lead, reason="No room before March", by=ben, at=AT)
    url = reverse("patients:waiting-list-move", args=[leads[3].public_id])

    refused = client_for(ben).post(url, {"place": "1", "reason": ""})
    assert refused.status_code == 422 and "Say why" in refused.content.decode()
    ids = re.findall(r' id="([^"]+)"', refused.content.decode())
    assert len(ids) == len(set(ids))
    assert client_for(ben).post(url, {"place": "2", "reason": "Lives far away"}).status_code == 302

    order = Lead.objects.filter(state="waiting").order_by("waiting_rank").values_list("number", flat=True)
    assert list(order) == [leads[i].number for i in (0, 3, 1, 2)]
    page = text_of(client_for(ben).get(reverse("patients:waiting-list")))
    assert page.index(leads[3].number) < page.index(leads[1].number)


def test_screening_again_follows_the_protocol(world, site_a, ben):
    first = actions.convert_lead(asked(world, lead_of(site_a, by=ben), by=ben), by=ben, at=AT)
    with pytest.raises(Refused, match="in the trial already"):
        actions.convert_lead(asked(world, lead_of(site_a, by=ben, known_already=True), by=ben), by=ben, at=AT)
    with recorded_at(AT):
        actions.fail_screening(first, reason="Blood pressure", by=ben, at=AT)
    wait = definition_of(world.version).recruitment.rescreening.wait_days
    too_early, later = AT + timedelta(days=wait - 1), AT + timedelta(days=wait)
    lead = asked(world, lead_of(site_a, by=ben, at=later, known_already=True), by=ben, at=later)

    with pytest.raises(Refused, match="from 6 Mar 2026 on"):
        actions.convert_lead(lead, by=ben, at=too_early)
    with pytest.raises(Refused, match="from 6 Mar 2026 on"):
        actions.add_participant(
            site=site_a, identity=MILA, first_contact_on=AT.date(), comes_again=True, by=ben, at=too_early
        )
    second = actions.convert_lead(lead, by=ben, at=later)

    assert first.screening_number in Lead.objects.get(participant=second).close_note
    with recorded_at(later):
        actions.fail_screening(second, reason="Blood pressure", by=ben, at=later)
    third = asked(world, lead_of(site_a, by=ben, at=later, known_already=True), by=ben, at=later)
    with pytest.raises(Refused, match="once"):
        actions.convert_lead(third, by=ben, at=later + timedelta(days=400))


def test_two_people_change_an_identity_and_the_second_is_told(site_a, ben, client_for):
    lead = lead_of(site_a, by=ben)
    url, client = reverse("patients:lead-identity-change", args=[lead.public_id]), client_for(ben)
    seen = client.get(url).context["form"].initial["seen"]
    entered = {"name": "Mila Maple", "phone": "1", "email": "", "born_on": "", "reason": "New number", "seen": seen}

    assert client.post(url, entered).status_code == 302
    second = client.post(url, entered | {"phone": "222333"})

    assert second.status_code == 422
    assert "changed it meanwhile" in second.content.decode() and "222333" in second.content.decode()
    assert read_identity(lead, purpose="test").phone == "1"


def test_database_refuses_a_state_that_skips(world, site_a, ben):
    lead = lead_of(site_a, by=ben)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.reason', 'test', true)")
        with pytest.raises(DatabaseError, match="cannot go from new to converted"), transaction.atomic():
            cursor.execute("UPDATE patients_lead SET state = 'converted' WHERE id = %s", [lead.pk])


def test_nobody_of_another_site_or_without_the_right_meets_a_lead(site_a, ada, ben, cleo, carl, tess, dev, client_for):
    lead = lead_of(site_a, by=ben)
    pages = [reverse(f"patients:lead-{name}", args=[lead.public_id]) for name in ("detail", "identity")]

    for page in pages:
        assert [client_for(p).get(page).status_code for p in (ada, ben)] == [200, 200]
        assert [client_for(p).get(page).status_code for p in (cleo, carl, tess, dev)] == [404] * 4
    # The investigator reads and does not recruit; forged fields change nothing.
    forged = {"close_reason": "other", "state": "converted", "site": "2", "note": ""}
    assert client_for(ada).post(reverse("patients:lead-close", args=[lead.public_id]), forged).status_code == 404
    assert client_for(ben).post(reverse("patients:lead-close", args=[lead.public_id]), forged).status_code == 302
    lead.refresh_from_db()
    assert (lead.state, lead.site_id) == ("closed", site_a.pk)
    assert {view.person for view in identity_views(most=9) if view.code == lead.number} == {"Ada Voss", "Ben Okafor"}


def test_funnel_counts_and_the_worklist_calls(world, site_a, ben, dev, client_for):
    asked(world, lead_of(site_a, by=ben), by=ben)
    other = lead_of(site_a, by=ben, details=IdentityDetails("Otto Other", None, phone="77"))
    actions.close_lead(other, reason="too_far", note="", by=ben, at=AT)

    page = text_of(client_for(dev).get(reverse("patients:recruitment-funnel")))
    listed = text_of(client_for(ben).get("/"))

    assert "Cannot come as often as the study asks" in page and "50 %" in page and "S01-L" not in page
    assert says(listed, "Contact lead") and says(listed, "S01-L1") and not says(listed, "S01-L2")
