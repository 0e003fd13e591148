"""The ledgers of the room: touch, recording, setting, effects asked, drink, checklist, calls; and who is in it."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from core.errors import Refused
from patients import actions as patients
from safety.models import Alert, Deviation
from sessions import actions, queries
from sessions.models import ObservedEffect, RecordingMark, TouchEvent
from tests.cast import FORM_FILE, PASSWORD, add_consent_form
from tests.sessions.conftest import give_back
from tests.stages import OPTIONS, PAPER


def stamp(day, minute=0):
    moment = day.at + timedelta(minutes=minute)
    return {"observed_at": moment, "submission_id": uuid4(), "by": day.first, "at": moment}


def touch(day, response, *, offered_from="therapist", stop_word=False, minute=0):
    return actions.record_touch(
        day.session,
        code="hand",
        offered_from=offered_from,
        response=response,
        stop_word=stop_word,
        **stamp(day, minute),
    )


def test_touch_that_was_welcomed_before_raises_nothing_and_the_stop_word_holds_until_it_is_asked_for(day, ada, ben):
    participant = day.session.participant
    form = add_consent_form(
        FORM_FILE.read_text().replace('version: "1.0"', 'version: "1.1"', 1),
        site=participant.site, version=participant.protocol_version, by=ada, on=day.at.date() - timedelta(days=1),
    )  # fmt: skip
    patients.record_consent(
        participant,
        form=form,
        signed_at=day.at,
        options=OPTIONS | {"touch": True},
        paper=PAPER,
        password=PASSWORD,
        by=ben,
        at=day.at,
    )
    assert touch(day, "accepted").outside_preferences is False
    assert not Alert.objects.exists()

    touch(day, "stopped", stop_word=True, minute=5)
    touched = touch(day, "accepted", minute=10)

    assert touched.outside_preferences is True
    assert Alert.objects.get().rule == "touch"
    assert Deviation.objects.filter(category="Touch outside what the participant welcomed").count() == 1
    assert queries.last_stop(list(TouchEvent.objects.order_by("observed_at")), at=day.at + timedelta(minutes=11))


def test_touch_that_was_not_consented_to_is_kept_and_alerts(day):
    assert touch(day, "accepted").outside_preferences is True
    assert Alert.objects.get().rule == "touch"


def test_declined_offer_is_kept_and_the_stop_word_contradicts_an_accepted_one(day):
    assert touch(day, "declined").outside_preferences is False

    with pytest.raises(Refused, match="stop word"):
        touch(day, "accepted", stop_word=True)
    with pytest.raises(Refused, match="not supportive"):
        actions.record_touch(
            day.session, code="kiss", offered_from="therapist", response="accepted", stop_word=False, **stamp(day)
        )


def test_gap_in_the_recording_says_why_and_becomes_a_candidate(day):
    with pytest.raises(Refused, match="why"):
        actions.mark_recording(day.session, kind="gap", time_code="", reference="", note="", **stamp(day))
    with pytest.raises(Refused, match="time code"):
        actions.mark_recording(day.session, kind="mark", time_code="later", reference="", note="", **stamp(day))

    actions.mark_recording(day.session, kind="gap", time_code="1:04:30", reference="", note="Card full", **stamp(day))

    assert RecordingMark.objects.get().time_code == "1:04:30"
    assert "Card full" in Deviation.objects.get(category="Session not wholly recorded").description


def test_effects_are_asked_one_by_one_and_what_is_present_is_observed_once(day):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    with pytest.raises(Refused, match="Not asked yet"):
        actions.ask_effects(day.session, minute=60, answers={"craving": False}, **stamp(day, 60))
    with pytest.raises(Refused, match="does not ask"):
        actions.ask_effects(day.session, minute=61, answers={}, **stamp(day, 61))

    enquiry = day.ask_effects(minute=60, present=("euphoric_mood",))

    assert enquiry.answers["craving"] is False
    effect = ObservedEffect.objects.get()
    assert (effect.term, effect.abuse_related, effect.valence) == ("Euphoric mood", True, "not_asked")
    described = actions.describe_effect(
        effect, valence="welcome", severity="mild", submission_id=uuid4(), by=day.first, at=day.at + timedelta(hours=2)
    )
    assert (described.valence, described.observed_at, described.amends_id) == ("welcome", effect.observed_at, effect.pk)


def test_hard_line_of_the_list_refuses_the_dose_until_it_is_yes(day):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    actions.answer_checklist(day.session, code="CK4", done=False, note="Monitor is flat", **stamp(day))

    assert any(
        "Monitor is flat" in obstacle.sentence for obstacle in actions.judge_gate(day.session, at=day.at).obstacles
    )
    with pytest.raises(Refused) as refusal:
        day.give()
    assert any("CK4" in detail for detail in refusal.value.details)

    actions.answer_checklist(day.session, code="CK4", done=True, note="", **stamp(day))
    assert day.give().decision == "given"


def test_room_without_a_lead_warns_at_once_and_becomes_a_candidate(day, world):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    moment = day.at + timedelta(minutes=20)
    ben, ada = world.people["ben"], world.people["ada"]
    for person in (ben, ada):
        actions.enter_room(day.session, person=person, observed_at=moment, submission_id=uuid4(), by=person, at=moment)
    actions.leave_room(day.session, person=day.first, observed_at=moment, submission_id=uuid4(), by=ben, at=moment)
    assert not Alert.objects.exists()

    actions.leave_room(day.session, person=day.second, observed_at=moment, submission_id=uuid4(), by=ben, at=moment)

    assert Alert.objects.get().message == "No therapist in the room who may lead"
    assert Deviation.objects.filter(category="Fewer qualified people in the room than required").count() == 1


def test_call_to_the_physician_keeps_what_was_said(day, ada):
    with pytest.raises(Refused, match="said"):
        actions.record_call(day.session, physician=ada, about="260/118", reached=True, advice="", **stamp(day))

    call = actions.record_call(day.session, physician=ada, about="260/118", reached=False, advice="", **stamp(day))

    assert str(call) == "Physician not reached"


def test_what_was_just_recorded_is_undone_by_its_author_alone_and_not_later(day):
    note = actions.write_note(day.session, text="Water", **stamp(day))

    with pytest.raises(Refused, match="Only whoever"):
        actions.undo_entry(note, submission_id=uuid4(), by=day.second, at=note.recorded_at)
    with pytest.raises(Refused, match="too late"):
        actions.undo_entry(note, submission_id=uuid4(), by=day.first, at=note.recorded_at + timedelta(minutes=2))

    gone = actions.undo_entry(note, submission_id=uuid4(), by=day.first, at=note.recorded_at + timedelta(seconds=8))
    assert (gone.withdrawn, gone.reason) == (True, "Undone at once")


def test_session_that_ends_early_still_goes_through_discharge_and_leaves_by_signature_alone(day, ada, world):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.rate(3, minute=-5)
    day.give()
    ended = day.at + timedelta(minutes=50)
    actions.end_early(day.session, cause="participant", reason="Wishes to stop", by=day.first, at=ended)
    day.session.refresh_from_db()
    with pytest.raises(Refused):
        day.decide("declined", minute=95, reason="No")
    check = day.check_discharge(minute=60)
    assert check.ready is False
    leaving = day.at + timedelta(minutes=70)
    day.complete(minute=70)
    phil = world.people["phil"]

    give_back(day, handler=phil, witness=day.second)
    with pytest.raises(Refused) as refusal:
        actions.close_session(day.session, password=PASSWORD, by=day.first, at=leaving)
    assert any("D1" in detail for detail in refusal.value.details)
    with pytest.raises(Refused, match="physician"):
        actions.release_early(day.session, reason="Safe", password=PASSWORD, by=day.first, at=leaving)

    rows = actions.release_early(day.session, reason="Seen, safe with sister", password=PASSWORD, by=ada, at=leaving)
    closed = actions.close_session(day.session, password=PASSWORD, by=day.first, at=leaving)

    assert {row.condition for row in rows} >= {"D1"}
    assert (closed.state, closed.early_end_reason) == ("closed", "Wishes to stop")


def test_late_entry_says_why_and_the_night_is_not_late(day, ada, world):
    test_session_that_ends_early_still_goes_through_discharge_and_leaves_by_signature_alone(day, ada, world)
    day.session.refresh_from_db()
    later = stamp(day, 600)

    with pytest.raises(Refused, match="late"):
        actions.write_note(day.session, text="Forgot this", **later)
    note = actions.write_note(day.session, text="Forgot this", late_reason="Found on a slip", **later)
    assert note.reason == "Found on a slip"
    checks = queries.definition_for(day.session).conduct.overnight_checks
    night = actions.check_overnight(day.session, answers=dict.fromkeys(checks, True), note="", **stamp(day, 610))
    assert "all in order" in str(night)
