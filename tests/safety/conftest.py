"""Events to report: somebody who consented, and a plain description to vary."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.models import Person
from patients.models import Participant
from safety.actions import EventDescription, report_adverse_event
from safety.models import AdverseEvent
from tests.cast import AT
from tests.sessions.conftest import Day, waiting_day
from tests.stages import consented

HEADACHE = EventDescription(term="Headache", started_on="2026-01-05", severity="mild", valence="unwelcome")


@pytest.fixture
def nina(world: Any, ben: Person) -> Participant:
    """A participant of site A who consented."""
    return consented(world, by=ben, at=AT)


@pytest.fixture
def carol(world: Any, carl: Person) -> Participant:
    """A participant of site B who consented."""
    return consented(world, by=carl, at=AT, site="B", name="Carol Sample")


@pytest.fixture
def report(ben: Person, nina: Participant) -> Callable[..., AdverseEvent]:
    """Reports an event of Nina, mild unless said otherwise."""

    def reported(*, aware_at: datetime = AT, at: datetime | None = None, **changes: Any) -> AdverseEvent:
        description = replace(HEADACHE, **changes)
        return report_adverse_event(
            nina, description=description, site_aware_at=aware_at, submission_id=uuid4(), by=ben, at=at or aware_at
        )

    return reported


@pytest.fixture
def day(in_day_database: None, world: Any) -> Day:
    """A dosing session of site A that is ready for the dose."""
    found: Day = waiting_day(world)
    found.vitals(temperature_c=Decimal("36.8"), minute=-10)
    return found
