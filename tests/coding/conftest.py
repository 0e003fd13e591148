"""An invented dictionary in use, and verbatims to code."""

from collections.abc import Callable
from typing import Any

import pytest

from coding import actions
from coding.files import plain
from coding.invented import NAME, event_archive
from coding.models import Coding, Dictionary
from core.contributions import contribution
from core.models import Person
from patients.models import Participant
from tests.cast import AT
from tests.stages import consented

TERMS = ("Headache", "Tension headache", "Nausea", "Feeling sick", "Jaw pain", "Jaw clenching", "Dizziness", "Rash")


@pytest.fixture
def nina(world: Any, ben: Person) -> Participant:
    """A participant of site A who consented."""
    return consented(world, by=ben, at=AT)


@pytest.fixture
def load(dev: Person) -> Callable[..., Dictionary]:
    """Loads an invented version."""

    def loaded(*, terms: Any = TERMS, version: str = "1.0", retired: Any = ()) -> Dictionary:
        content = event_archive(terms=terms, retired=retired)
        return actions.load_dictionary(content, kind="event", name=NAME, version=version, by=dev, at=AT)

    return loaded


@pytest.fixture
def used(load: Callable[..., Dictionary], dev: Person) -> Dictionary:
    """The first version, in use."""
    dictionary = load()
    actions.adopt_dictionary(dictionary, reason="The trial begins", by=dev, at=AT)
    return dictionary


@pytest.fixture
def written(nina: Participant, dev: Person) -> Callable[..., Coding]:
    """Something that was written and waits."""

    def verbatim(words: str, *, source: str = "") -> Coding:
        with contribution(by=dev, reason="Arranged by the test"):
            return Coding.objects.create(
                participant=nina, site_id=nina.site_id, kind="event", source_id=source or f"aev_{words[:30]}",
                verbatim=words, plain=plain(words), recorded_by=dev,
            )  # fmt: skip

    return verbatim
