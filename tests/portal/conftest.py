"""A participant with a code and a link, and the browser of the own telephone."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client

from core.contributions import contribution, recorded_at
from core.models import Person
from core.own_links import own_address
from patients.models import Participant
from portal import actions
from tests.assessments.conftest import booked, consented_participant
from tests.cast import AT, World

OWN = "/own/"


@dataclass
class Telephone:
    """A participant's browser, with the code from the card."""

    participant: Participant
    code: str
    by: Person
    browser: Client = field(default_factory=Client)

    def link(self) -> str:
        """Sends a link and returns the path of its address."""
        link = actions.send_link(self.participant, by=self.by, at=AT)
        return urlsplit(own_address(link.public_id)).path

    def open(self, path: str = "", *, code: str = "") -> Any:
        """Enters the code at a link, a fresh one if none is given."""
        return self.browser.post(path or self.link(), {"code": code or self.code})

    def page(self, name: str = "") -> str:
        """Returns what a page of the own ones says."""
        return self.browser.get(f"{OWN}{name}").content.decode()


@pytest.fixture(autouse=True)
def _now() -> Any:
    with recorded_at(AT):
        yield


@pytest.fixture
def participant(world: World, ben: Person) -> Any:
    """A participant of site A with a booked assessment visit; the coordinator acts."""
    with contribution(by=ben, reason="Arranged by the test"):
        found = consented_participant(world, by=ben)
        booked(found, "V3", by=ben)
        yield found


@pytest.fixture
def telephone(participant: Participant, ben: Person) -> Telephone:
    """The participant's own telephone; nothing is open yet."""
    return Telephone(participant, actions.make_code(participant, by=ben, at=AT), ben)


@pytest.fixture
def opened(telephone: Telephone) -> Telephone:
    """The telephone in an open stay."""
    assert telephone.open().status_code == 302
    return telephone


def sent(**more: Any) -> dict[str, Any]:
    """Returns what a form sends, with the name of one submission."""
    return {"submission_id": str(uuid4()), **more}
