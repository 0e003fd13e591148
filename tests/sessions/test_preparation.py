"""The preparatory session: everything the protocol asks for, signed by both therapists."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.errors import Conflict, Refused
from core.signatures import standing_signatures
from sessions import actions
from tests.cast import AT, PASSWORD
from tests.stages import consented

LATER = AT + timedelta(days=7)


@pytest.fixture
def visit(world, ben):
    return consented(world, by=ben, at=AT).visits.get(code="V1")


def fields(world, **changes):
    whole = {
        "held_at": LATER, "minutes": 90, "present": frozenset({world.people["tess"].pk, world.people["theo"].pk}),
        "agenda": ("AG1", "AG2", "AG3", "AG4", "AG5", "AG6"), "safety_plan": "Calls her sister.",
        "touch_reviewed": True,
        "touch_limits": "Hand only", "stop_word": "Amber", "recording_reviewed": True, "expectancy": 6, "taper": "none",
        "medicines": "None", "allergies": "Penicillin",
    }  # fmt: skip
    return actions.PreparationFields(**(whole | changes))


def write(world, visit, *, seen=0, reason="", **changes):
    tess = world.people["tess"]
    return actions.write_preparation(
        visit, fields=fields(world, **changes), seen_version=seen, reason=reason, by=tess, at=LATER
    )


def test_record_is_signed_by_both_and_reopened_by_a_change(world, visit):
    preparation = write(world, visit)
    for name in ("tess", "theo"):
        actions.sign_preparation(preparation, password=PASSWORD, by=world.people[name], at=LATER)
    assert len(standing_signatures(preparation)) == 2

    with pytest.raises(Refused, match="signed"):
        write(world, visit, seen=1, stop_word="Red")
    changed = write(world, visit, seen=1, stop_word="Red", reason="Slip")

    assert standing_signatures(changed) == []


def test_what_is_missing_is_named_before_the_signature(world, visit):
    preparation = write(world, visit, agenda=("AG1",), stop_word="", allergies="")

    with pytest.raises(Refused) as refusal:
        actions.sign_preparation(preparation, password=PASSWORD, by=world.people["tess"], at=LATER)

    for part in ("Safety plan", "the stop word", "allergies"):
        assert part in refusal.value.message


def test_second_of_two_writers_is_told(world, visit):
    write(world, visit)

    with pytest.raises(Conflict):
        write(world, visit, seen=0, stop_word="Red")


def test_page_keeps_what_was_typed_and_shows_it_in_the_cockpit(world, visit, client_for, day):
    tess = client_for(world.people["tess"])
    preparing = day.session.participant.visits.get(code="V1")
    address = reverse("sessions:preparation-detail", args=[preparing.public_id])
    typed = {"seen_version": "0", "held_at": "2026-01-12T10:00", "allergies": "Penicillin", "stop_word": "Amber"}

    assert tess.get(address).status_code == 200
    assert tess.post(address, typed | {"expectancy": "77"}).status_code == 422
    assert tess.post(address, typed).status_code == 302

    page = tess.get(reverse("sessions:session-detail", args=[day.session.public_id])).content.decode()
    assert "Penicillin" in page and "Amber" in page
