"""A serious case that the sponsor has received, and what makes a report of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.models import Person
from patients.models import Participant
from reports import actions
from reports.models import CaseReport
from reports.queries import Entered
from safety import actions as safety_actions
from safety.models import AdverseEvent
from tests.cast import AT
from tests.safety.conftest import HEADACHE
from tests.stages import consented

RECEIVED = AT + timedelta(hours=3)
MADE = AT + timedelta(hours=6)
CODED = Entered("10019211", "27.1")


@pytest.fixture
def nina(world: Any, ben: Person) -> Participant:
    """A participant of site A who consented."""
    return consented(world, by=ben, at=AT)


@pytest.fixture
def serious(nina: Participant, ben: Person, sofia: Person) -> Callable[..., AdverseEvent]:
    """Reports a serious event of Nina, with the investigator's view, and lets the sponsor receive it."""

    def made(**changes: Any) -> AdverseEvent:
        given = {"seriousness": ("hospitalisation",), "causality": "possible", "drug_action": "withdrawn"} | changes
        event = safety_actions.report_adverse_event(
            nina, description=replace(HEADACHE, **given), site_aware_at=AT, submission_id=uuid4(), by=ben, at=AT
        )
        safety_actions.receive_at_sponsor(event, by=sofia, at=RECEIVED)
        return event

    return made


@pytest.fixture
def case(serious: Callable[..., AdverseEvent], sofia: Person) -> AdverseEvent:
    """A serious event that is told in words."""
    event = serious()
    actions.keep_narrative(event, text="A headache at home.", reason="Written", seen_number=0, by=sofia, at=MADE)
    return event


@pytest.fixture
def made(sofia: Person) -> Callable[..., CaseReport]:
    """Makes a report of a case."""

    def report(event: AdverseEvent, *, entered: Entered = CODED, **more: Any) -> CaseReport:
        given = {"submission_id": uuid4(), "by": sofia, "at": MADE} | more
        return actions.make_report(event, entered=entered, **given)

    return report
