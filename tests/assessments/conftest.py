"""A participant on the way to the first rating, and the pool of raters."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.contributions import contribution
from core.models import Person
from patients import actions as patient_actions
from patients.identity import IdentityDetails
from patients.models import Participant, Visit
from tests.cast import AT, ON, PASSWORD, TRIAL_START, World, stand
from tests.stages import PAPER
from trials import actions as trial_actions
from trials.models import ConsentForm


def delegate_raters(world: World, *usernames: str) -> None:
    """Gives the duty of the pool to raters at site A."""
    ada = world.people["ada"]
    for username in usernames:
        delegation = trial_actions.delegate_duty(
            person=world.people[username],
            site=world.sites["A"],
            duty="independent_assessor",
            starts_on=ON,
            by=ada,
            at=TRIAL_START,
        )
        stand(delegation, by=ada)


def consented_participant(world: World, *, by: Person, form: ConsentForm | None = None) -> Participant:
    """Returns a participant of site A who has consented, by default to the only form, and has every visit planned."""
    details = IdentityDetails(name="Noor Haddad", born_on=date(1985, 3, 14), email="noor@example.org")
    participant = patient_actions.add_participant(
        site=world.sites["A"], identity=details, first_contact_on=AT.date(), comes_again=True, by=by, at=AT
    )
    patient_actions.record_consent(
        participant,
        form=form or ConsentForm.objects.get(site=world.sites["A"]),
        signed_at=AT - timedelta(minutes=10),
        options={"recording": True, "touch": False, "data_sharing": True, "future_contact": True, "long_term": True},
        paper=PAPER,
        password=PASSWORD,
        by=by,
        at=AT,
    )
    return participant


def booked(participant: Participant, code: str, *, by: Person, starts_at: datetime | None = None) -> Visit:
    """Returns a visit of the participant, booked at nine on its target day."""
    visit = participant.visits.select_related("participant__site", "participant__protocol_version", "site").get(
        code=code
    )
    assert visit.target_on is not None
    moment = starts_at or AT + (visit.target_on - AT.date())
    return patient_actions.book_visit(visit, starts_at=moment, by=by, at=AT)


@pytest.fixture
def participant(world: World, ada: Person, ben: Person) -> Any:
    """A consented participant of site A, with two raters in the pool; the coordinator acts."""
    with contribution(by=ada, reason="Pool delegated"):
        delegate_raters(world, "rhea", "rolf")
    with contribution(by=ben, reason="Arranged by the test"):
        yield consented_participant(world, by=ben)


@pytest.fixture
def baseline(participant: Participant, ben: Person) -> Visit:
    """The booked baseline visit."""
    return booked(participant, "V3", by=ben)
