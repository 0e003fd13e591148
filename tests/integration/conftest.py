"""A participant after the first dosing visit, with integration sessions and contact days to come."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.contributions import contribution
from core.models import Person
from patients import actions as patient_actions
from patients.models import Participant, Visit
from tests.assessments.conftest import consented_participant
from tests.cast import AT, World

DOSED_AT = AT + timedelta(days=28)
NEXT_DAY = DOSED_AT + timedelta(days=1)
CODES = ("I1", "I2", "I3", "I4", "I5", "preparatory", "aborted", "interrupted", "actual", "completed", "NSSI")


def answers(**yes: bool) -> dict[str, bool | None]:
    """Returns answers of no to every question but the ones named."""
    return dict.fromkeys(CODES, False) | yes


def visit_of(participant: Participant, code: str) -> Visit:
    """Returns a visit of the participant as a view would load it."""
    return Visit.objects.select_related("participant__site", "participant__protocol_version", "site").get(
        participant=participant, code=code
    )


def start_dosing_visit(participant: Participant, *, by: Person, at: datetime) -> None:
    """Starts the first dosing visit, so that what follows is anchored on an actual day."""
    patient_actions.miss_visit(visit_of(participant, "V4"), reason="Not part of this test", by=by, at=at)
    patient_actions.start_visit(visit_of(participant, "V5"), by=by, at=at)


@pytest.fixture
def participant(world: World, ben: Person) -> Any:
    """A participant of site A whose first dosing visit has started; the coordinator acts."""
    with contribution(by=ben, reason="Arranged by the test"):
        found = consented_participant(world, by=ben)
        start_dosing_visit(found, by=ben, at=DOSED_AT)
        yield found


@pytest.fixture
def session_visit(participant: Participant) -> Visit:
    """The integration session on the day after dosing."""
    return visit_of(participant, "V6")


@pytest.fixture
def contact_day(participant: Participant) -> Visit:
    """The first contact by phone."""
    return visit_of(participant, "V5-PH2")
