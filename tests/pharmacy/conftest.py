"""A trial whose list is not sealed yet, and protocols that allocate by another method."""

import pytest

from core.contributions import contribution, reading_as
from core.models import Person
from pharmacy import actions, allocation
from tests.arms import unlocked
from tests.cast import AT, PROTOCOL_FILE
from trials import actions as trial_actions

BLOCKS = "scheme: {kind: permuted_blocks, status: assumption}"
MINIMISATION = (
    "scheme: {kind: minimisation, probability: 0.8, measure: range, weights: {site: 2, sex_at_birth: 1},"
    " status: assumption}"
)


@pytest.fixture
def unsealed(own_database, world):
    with unlocked(own_database) as cursor:
        cursor.execute("DELETE FROM allocation.slot; DELETE FROM allocation.list; DELETE FROM pharmacy_allocationlist")
    return world


def protocol_text(*changes):
    """Returns the protocol with parts exchanged, as version 2."""
    text = PROTOCOL_FILE.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def load_version(world, *changes):
    """Loads a changed protocol as the latest version."""
    setup = Person.objects.system("setup")
    lines = protocol_text(*changes).splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("  version:"))
    lines[place] = '  version: "9.9"'
    with contribution(by=setup, reason="Test"):
        return trial_actions.load_protocol("\n".join(lines), trial=world.trial, by=setup, at=AT)


@pytest.fixture
def minimising(unsealed):
    """A version that minimises, with a sealed row of places."""
    version = load_version(
        unsealed, (BLOCKS, MINIMISATION), ("stratify_by: [site]", "stratify_by: [site, sex_at_birth]")
    )
    stan = unsealed.people["stan"]
    with reading_as(stan):
        made = actions.make_allocation_list(version, slots_per_stratum=120, by=stan, at=AT, seed="seed of a test here")
        digest = allocation.lists(trial_id=unsealed.trial.pk, by=stan)[0].digest
        actions.seal_allocation_list(made, shown_digest=digest, password=None, by=stan, at=AT)
    return unsealed


@pytest.fixture
def uploading(unsealed):
    """A version by which the list is the statistician's own."""
    load_version(unsealed, (BLOCKS, BLOCKS.replace("permuted_blocks", "uploaded_list")))
    return unsealed
