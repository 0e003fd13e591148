"""The course of a session: no order of moves, doubled or crossed, reaches a state that the protocol forbids."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.models import Signature
from sessions import actions
from sessions.models import DischargeCheck, DoseRecord, DosingSession, VitalSigns
from tests.cast import PASSWORD
from tests.conftest import size

UNDER_EFFECT = ("dosed", "ending")


class Play:
    """A session to which moves are made, beside what the protocol says of its state."""

    def __init__(self, day):
        self.day, self.state, self.present, self.minute = day, "preparing", True, 0
        self.dose_id, self.decided = uuid4(), False

    @property
    def session(self):
        return DosingSession.objects.select_related(
            "participant__site", "participant__protocol_version", "visit__site", "site"
        ).get(pk=self.day.session.pk)

    @property
    def at(self):
        return self.day.at + timedelta(minutes=self.minute)

    def dose(self):
        again = self.state != "preparing" and self.decided is not None and DoseRecord.objects.filter(
            submission_id=self.dose_id
        ).exists()  # fmt: skip
        actions.give_initial_dose(
            self.session, kit_number=self.day.kit.number, second_person=self.day.second, observed_at=self.at,
            submission_id=self.dose_id, by=self.day.first, at=self.at,
        )  # fmt: skip
        if not again:
            assert self.state == "preparing" and self.present
            self.state, self.minute = "dosed", self.minute + 95

    def decline(self):
        actions.decide_supplemental(
            self.session, decision="declined", reason="No", answers={}, second_person=self.day.second,
            observed_at=self.at, submission_id=uuid4(), by=self.day.first, at=self.at,
        )  # fmt: skip
        assert self.state == "dosed" and not self.decided
        self.decided = True

    def end(self):
        actions.end_early(self.session, cause="participant", reason="Wishes it", by=self.day.first, at=self.at)
        assert self.state == "dosed"
        self.state = "ending"

    def check(self):
        actions.check_discharge(
            self.session, answers={}, escort_name="Sister", second_person=self.day.second, observed_at=self.at,
            submission_id=uuid4(), by=self.day.first, at=self.at,
        )  # fmt: skip
        assert self.state in UNDER_EFFECT

    def close(self):
        actions.close_session(self.session, password=PASSWORD, by=self.day.first, at=self.at)
        raise AssertionError("Nothing was complete.")

    def abandon(self):
        actions.abandon_session(self.session, reason="Unwell", by=self.day.first, at=self.at)
        assert self.state == "preparing"
        self.state, self.present = "abandoned", False

    def reopen(self):
        actions.open_session(self.session.visit, by=self.day.first, at=self.at)
        self.state = "preparing" if self.state == "abandoned" else self.state

    def vitals(self):
        actions.record_vitals(
            self.session, systolic_mmhg=120, diastolic_mmhg=80, observed_at=self.at, submission_id=uuid4(),
            by=self.day.second, at=self.at,
        )  # fmt: skip
        assert self.state not in ("abandoned", "closed")


MOVES = ("dose", "decline", "end", "check", "close", "abandon", "reopen", "vitals")


def rows():
    return [model.objects.count() for model in (DoseRecord, DischargeCheck, VitalSigns, Signature)]


def test_no_order_of_moves_reaches_what_the_protocol_forbids(day):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)

    @settings(max_examples=size(small=40, full=600))
    @given(st.lists(st.sampled_from(MOVES), max_size=9))
    def holds(moves):
        with transaction.atomic():
            play = Play(day)
            for move in moves:
                before = rows()
                try:
                    with transaction.atomic():
                        getattr(play, move)()
                except Refused as refusal:
                    assert refusal.message.endswith(".")
                    assert rows() == before
                assert play.session.state == play.state
                assert (play.session.initial_dose_at is not None) == (play.state in UNDER_EFFECT)
                assert DoseRecord.objects.filter(kind="initial").count() == (play.state in UNDER_EFFECT)
            transaction.set_rollback(True)

    holds()


@pytest.mark.parametrize(
    ("state", "name", "typed"),
    [
        pytest.param("dosed", "dose-give", {"kit_number": "K1"}, id="a second initial dose"),
        pytest.param("preparing", "supplemental-decide", {
            "decision": "declined", "reason": "No", "participant_agrees": "false",
            "clinician_contraindication": "false",
        }, id="a supplemental decision before the initial dose"),
        pytest.param("preparing", "session-end", {"cause": "clinical", "reason": "No"}, id="an early end before"),
        pytest.param("preparing", "session-close", {"password": PASSWORD}, id="a close before a dose"),
        pytest.param("dosed", "session-abandon", {"reason": "Unwell"}, id="abandoning after a dose"),
        pytest.param("ending", "session-end", {"cause": "clinical", "reason": "Again"}, id="ending twice"),
        pytest.param("preparing", "discharge-check", {
            "escort_name": "Sister", "oriented": "true", "gait_stable": "true", "clinician_stable": "true",
            "escort_present": "true", "participant_ready": "true",
        }, id="discharge before a dose"),
    ],
)  # fmt: skip
def test_forbidden_move_answers_409_with_a_sentence_and_writes_nothing(day, client_for, state, name, typed):
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    if state != "preparing":
        day.give()
    if state == "ending":
        actions.end_early(day.session, cause="participant", reason="Wishes it", by=day.first, at=day.at)
    before = (rows(), DosingSession.objects.values_list("state", "closed_at", "ended_early_at").get())
    second = {"second_person": day.second.pk, "second_secret": PASSWORD, "submission_id": str(uuid4())}

    answer = client_for(day.first).post(reverse(f"sessions:{name}", args=[day.session.public_id]), typed | second)

    assert answer.status_code == 409
    assert "This session is" in answer.content.decode()
    assert (rows(), DosingSession.objects.values_list("state", "closed_at", "ended_early_at").get()) == before
