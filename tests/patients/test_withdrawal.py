"""Withdrawal in its scope: what stops at once, what the page says before, and what leaves the house after."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.errors import Refused
from patients import actions, queries
from patients.models import Participant, Visit
from reminders.actions import plan_reminder
from reminders.models import Reminder
from sponsors.datasets import DATASETS, Viewpoint
from tests.assessments.conftest import booked
from tests.cast import AT
from tests.stages import consented, randomised

LATER = AT + timedelta(hours=1)
ALL = Viewpoint("functional")


@pytest.fixture
def participant(world, ben):
    """Somebody who consented, may be written to and has a visit booked."""
    person = consented(world, by=ben, at=AT)
    actions.record_contact_consent(person, channel="email", given=True, by=ben, at=AT)
    visit = booked(person, "V1", by=ben)
    plan_reminder(
        key="test:staff", template="window_closing", due_at=AT + timedelta(days=1), site_id=person.site_id,
        person=ben, visit_id=visit.pk, by=ben,
    )  # fmt: skip
    return person


def withdraw(participant, scope, *, by):
    """Withdraws as the page would."""
    return actions.withdraw_consent(participant, scope=scope, reason="Own wish", by=by, at=LATER)


@pytest.mark.parametrize(
    ("scope", "status", "open_visits", "waiting"),
    [("treatment", "withdrawn", 0, False), ("procedures", "withdrawn", 0, False), ("data", "withdrawn", 0, False)],
    ids=["treatment before a kit", "procedures", "data"],
)
def test_what_stops_at_once(participant, ben, scope, status, open_visits, waiting):
    withdraw(participant, scope, by=ben)

    assert Participant.objects.get(pk=participant.pk).status == status
    assert Visit.objects.filter(participant=participant, state__in=["planned", "booked"]).count() == open_visits
    staff = Reminder.objects.get(key="test:staff")
    assert (staff.state == "waiting") is waiting


def test_contact_stops_messages_and_leaves_visits(participant, ben):
    withdraw(participant, "contact", by=ben)

    assert not Reminder.objects.filter(participant=participant, state="waiting").exists()
    assert Visit.objects.get(participant=participant, code="V1").state == "booked"
    assert Reminder.objects.get(key="test:staff").state == "waiting"
    assert Participant.objects.get(pk=participant.pk).status == "screening"


@pytest.mark.django_db(databases=["default", "unblinded"])
def test_treatment_after_a_kit_leaves_the_assessments(world, ada, ben):
    participant = randomised(world, by=ben, investigator=ada, at=AT)

    withdraw(participant, "treatment", by=ben)

    assert Participant.objects.get(pk=participant.pk).status == "discontinued"
    assert participant.visits.filter(state="planned").count() > 20


def test_the_same_scope_is_withdrawn_once(participant, ben):
    withdraw(participant, "contact", by=ben)

    with pytest.raises(Refused, match="withdrawn already"):
        withdraw(participant, "contact", by=ben)
    assert participant.withdrawals.count() == 1


def test_after_a_withdrawal_no_procedure_takes_place(participant, ben):
    withdraw(participant, "procedures", by=ben)

    assert "withdrawn" in queries.consent_obstacle(participant, at=LATER)


def test_the_page_says_what_will_happen_before(participant, ben, client_for):
    page = client_for(ben).get(reverse("patients:withdrawal", args=[participant.public_id])).content.decode()

    coming = queries.what_is_coming(participant)
    assert coming.messages_to_staff == 1 and coming.messages >= 1
    assert f"{coming.visits} visits to come are cancelled" in page
    assert "leave in no export and no API answer" in page


def test_withdrawn_data_leaves_in_no_dataset_and_the_code_says_so(world, participant, ben):
    other = consented(world, by=ben, at=AT, name="Ola Sample")
    before = DATASETS["visits"].rows_for(ALL).filter(participant=participant).count()

    withdraw(participant, "data", by=ben)

    rows = DATASETS["visits"].rows_for(ALL)
    assert before > 20 and not rows.filter(participant=participant).exists()
    assert rows.filter(participant=other).count() == before
    people = {row.screening_number: row.data_use_withdrawn for row in DATASETS["participants"].rows_for(ALL)}
    assert people == {participant.screening_number: True, other.screening_number: False}
