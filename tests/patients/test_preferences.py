"""Touch and recording: narrowed at any moment, never widened in a dosing session, the history kept."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from core.contributions import contribution
from core.errors import Refused
from patients import actions, queries
from patients.models import ParticipantPreference, Visit
from tests.cast import AT
from tests.stages import OPTIONS, complete, consented, signed

LATER = AT + timedelta(hours=1)


@pytest.fixture
def participant(world, ben, site_a):
    """Somebody who agreed to touch."""
    from tests.stages import TABLET_OPTIONS, add_newcomer, read_all, started

    person = add_newcomer(site_a, by=ben)
    signing = read_all(started(person, by=ben), by=ben)
    actions.choose_options(signing, options=TABLET_OPTIONS | {"touch": True}, by=ben, at=AT)
    actions.sign_as_participant(signing, name="Nina Sample", strokes=(), typed=True, by=ben, at=AT)
    return complete(signing, by=ben).participant


def touch(participant, *, at):
    """Returns the level of touch at a moment."""
    return queries.touch_preferences(participant, at=at).level


def set_touch(participant, level, *, by, at=LATER):
    """Records a level of touch."""
    return actions.record_preference(participant, code="touch", level=level, by=by, at=at)


def in_session(participant):
    """Lets a dosing visit of the participant be under way."""
    visit = participant.visits.get(code="V5")
    Visit.objects.filter(pk=visit.pk).update(state="started", started_at=AT)


def test_what_was_agreed_holds_until_it_is_narrowed_and_each_moment_is_known(participant, tess):
    set_touch(participant, "hand", by=tess)
    set_touch(participant, "none", by=tess, at=LATER + timedelta(hours=1))

    assert [touch(participant, at=at) for at in (AT, LATER, LATER + timedelta(hours=2))] == [
        "discussed",
        "hand",
        "none",
    ]
    assert [row.level for row in queries.preference_history(participant)] == ["none", "hand"]


def test_who_did_not_agree_to_touch_has_none_and_cannot_be_given_any(world, ben):
    participant = consented(world, by=ben, at=AT)

    assert OPTIONS["touch"] is False and touch(participant, at=AT) == "none"
    with pytest.raises(Refused, match="did not agree"):
        set_touch(participant, "hand", by=ben)


def test_in_a_dosing_session_it_is_narrowed_and_never_widened(participant, ben, tess):
    set_touch(participant, "hand", by=tess)
    with contribution(by=ben, reason="Test"):
        in_session(participant)

    with pytest.raises(Refused, match="never widened during a dosing session"):
        set_touch(participant, "discussed", by=tess)
    set_touch(participant, "none", by=tess)

    assert touch(participant, at=LATER) == "none" and ParticipantPreference.objects.count() == 2


def test_outside_a_session_it_may_be_widened_up_to_the_consent(participant, tess):
    set_touch(participant, "none", by=tess)
    set_touch(participant, "discussed", by=tess, at=LATER + timedelta(hours=1))

    assert touch(participant, at=LATER + timedelta(hours=1)) == "discussed"


def test_the_same_again_writes_nothing_and_the_unknown_is_refused(participant, tess):
    assert set_touch(participant, "discussed", by=tess) is None
    for code, level in (("touch", "everything"), ("music", "none")):
        with pytest.raises(Refused, match="knows no such choice"):
            actions.record_preference(participant, code=code, level=level, by=tess, at=LATER)

    assert not ParticipantPreference.objects.exists()


@pytest.mark.parametrize("scope", ["treatment", "procedures", "data"])
def test_a_withdrawal_leaves_the_narrowest(participant, ben, scope):
    actions.withdraw_consent(participant, scope=scope, reason="", by=ben, at=LATER)

    assert touch(participant, at=LATER) == "none" and touch(participant, at=AT) == "discussed"


def test_history_is_never_rewritten(participant, tess):
    set_touch(participant, "hand", by=tess)

    with pytest.raises(DatabaseError), transaction.atomic(), contribution(by=tess, reason="Test"):
        ParticipantPreference.objects.update(level="discussed")


def test_the_page_narrows_and_says_why_it_does_not_widen(participant, ben, tess, client_for):
    client, address = client_for(tess), reverse("patients:preference-list", args=[participant.public_id])

    narrowed = client.post(address, {"code": "touch", "touch-level": "hand"}, follow=True)
    with contribution(by=ben, reason="Test"):
        in_session(participant)
    refused = client.post(address, {"code": "touch", "touch-level": "discussed"})

    assert "Hand or forearm" in narrowed.content.decode() and "Tess Marr" in narrowed.content.decode()
    assert refused.status_code == 422 and "never widened during a dosing session" in refused.content.decode()


def test_signing_anew_keeps_what_was_narrowed(world, participant, ada, ben, tess):
    from tests.stages import amended

    set_touch(participant, "hand", by=tess)
    amended(world, on=(AT + timedelta(days=1)).date(), by=ada)
    at = AT + timedelta(days=2)
    fresh = type(participant).objects.select_related("site__trial", "protocol_version").get(pk=participant.pk)

    complete(signed(fresh, by=ben, at=at), by=ben, at=at)

    # The newer consent did not agree to touch.
    assert touch(fresh, at=at) == "none" and touch(fresh, at=LATER) == "hand"
