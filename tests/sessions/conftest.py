"""A dosing day, brought about through the actions."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from core import contributions
from core.models import Person
from patients import actions as patients
from pharmacy import actions as pharmacy
from pharmacy.models import Kit
from sessions import actions
from sessions import queries as session_queries
from sessions.models import DosingSession
from sessions.privilege import sessions_to_sign_off
from tests.cast import PASSWORD
from tests.stages import facts_at, randomised

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY_VALUES = {
    "hours_since_food": "10",
    "pregnancy_test": "not_applicable",
    "uds_positive_count": "0",
    "cssrs_ideation": "0",
    "cssrs_behaviour": "0",
}

# When the pair of a dosing day is ready for the dose.
READY_AT = AT + timedelta(days=14, minutes=30)
DISCHARGE_QUESTIONS = ("oriented", "gait_stable", "clinician_stable", "escort_present", "participant_ready")


@dataclass
class Day:
    """A session with its people, at a moment that the test moves."""

    session: DosingSession
    kit: Kit
    first: Any
    second: Any
    at: datetime

    def vitals(self, systolic: int = 124, diastolic: int = 78, *, minute: int = 0, pulse: int = 72, **more: Any) -> Any:
        """Records a set at a minute after now."""
        moment = self.at + timedelta(minutes=minute)
        values = {"temperature_c": None} | more
        return actions.record_vitals(
            self.session, systolic_mmhg=systolic, diastolic_mmhg=diastolic, heart_rate_bpm=pulse,
            observed_at=moment, submission_id=uuid4(), by=self.second, at=moment, **values,
        )  # fmt: skip

    def give(self, *, kit_number: str = "") -> Any:
        """Gives the initial dose now."""
        dose = actions.give_initial_dose(
            self.session, kit_number=kit_number or self.kit.number, second_person=self.second, observed_at=self.at,
            submission_id=uuid4(), by=self.first, at=self.at,
        )  # fmt: skip
        self.session.refresh_from_db()
        return dose

    def decide(self, decision: str, *, minute: int, reason: str = "", agrees: bool = True) -> Any:
        """Decides on the supplemental dose at a minute after the initial one."""
        moment = self.at + timedelta(minutes=minute)
        return actions.decide_supplemental(
            self.session, decision=decision, reason=reason, second_person=self.second, observed_at=moment,
            answers={"participant_agrees": agrees, "clinician_contraindication": False}, submission_id=uuid4(),
            by=self.first, at=moment, kit_number=self.kit.number,
        )  # fmt: skip

    def answer_list(self, *, but: str = "") -> None:
        """Answers every line of the list before the dose with yes, except one."""
        for item in session_queries.definition_for(self.session).conduct.checklist:
            if item.code != but:
                actions.answer_checklist(
                    self.session, code=item.code, done=True, note="", observed_at=self.at, submission_id=uuid4(),
                    by=self.first, at=self.at,
                )  # fmt: skip

    def rate(self, score: int, *, minute: int = 0) -> Any:
        """Records a rating of distress at a minute after now."""
        moment = self.at + timedelta(minutes=minute)
        return actions.rate_distress(
            self.session, score=score, observed_at=moment, submission_id=uuid4(), by=self.first, at=moment
        )

    def ask_effects(self, *, minute: int, at_minute: int | None = None, present: tuple[str, ...] = ()) -> Any:
        """Asks for the effects that the protocol asks for at a minute of its plan."""
        moment = self.at + timedelta(minutes=minute if at_minute is None else at_minute)
        asked = [effect.code for effect in session_queries.definition_for(self.session).effects if effect.abuse_related]
        return actions.ask_effects(
            self.session, minute=minute, answers={code: code in present for code in asked}, observed_at=moment,
            submission_id=uuid4(), by=self.first, at=moment,
        )  # fmt: skip

    def check_discharge(self, *, minute: int, by: Any = None, **answers: bool) -> Any:
        """Checks readiness at a minute after now; every question is answered with yes unless told otherwise."""
        moment = self.at + timedelta(minutes=minute)
        return actions.check_discharge(
            self.session, answers=dict.fromkeys(DISCHARGE_QUESTIONS, True) | answers, escort_name="Sister",
            second_person=self.second, observed_at=moment, submission_id=uuid4(), by=by or self.first, at=moment,
        )  # fmt: skip

    def complete(self, *, minute: int) -> None:
        """Does all that must be there before the close, at a minute after now, the check of readiness apart."""
        moment = self.at + timedelta(minutes=minute)
        stamp: dict[str, Any] = {"observed_at": moment, "by": self.first, "at": moment}
        for asked in session_queries.definition_for(self.session).conduct.enquiry.minutes:
            self.ask_effects(minute=asked, at_minute=min(asked, minute))
        actions.mark_recording(
            self.session, kind="whole", time_code="8:10:00", reference="", note="", submission_id=uuid4(), **stamp
        )
        attendant = Person.objects.get(username="ben")
        actions.hand_over(self.session, attendant=attendant, told="Calm.", submission_id=uuid4(), **stamp)


def give_back(day: Day, *, handler: Any, witness: Any) -> Any:
    """Takes what was not given back into the pharmacy."""
    visit = day.session.visit
    return pharmacy.return_kit(
        day.kit, visit=visit, remains="Unopened bottle", witness=witness, by=handler, at=day.at + timedelta(hours=8)
    )


def settle_before_dosing(participant: Any, *, by: Any, at: datetime) -> None:
    """Finishes or skips the visits that must come first."""
    visit = participant.visits.get(code="V4")
    patients.start_visit(visit, by=by, at=at)
    for row in visit.procedures.filter(state="due"):
        patients.record_procedure(visit, code=row.code, state="done", by=by, at=at)
    patients.finish_visit(participant.visits.get(code="V4"), by=by, at=at)


def dosing_day(world, *, by, investigator, pair, handler, signed_off=True):
    """Returns a session that is open, with the pair in the room, the kit there and everything asked for on the day.

    What the pair did before, in a database that keeps it, is signed off unless told otherwise.
    """
    participant = randomised(world, by=by, investigator=investigator, at=AT)
    settle_before_dosing(participant, by=by, at=AT)
    at = AT + timedelta(days=14)
    first, second = (world.people[name] for name in pair)
    visit = participant.visits.get(code="V5")
    kit = Kit.objects.get(participant=participant)
    pharmacy.dispense_kit(kit, visit=visit, witness=by, by=world.people[handler], at=at)
    session = actions.open_session(visit, by=first, at=at)
    for person in (first, second):
        actions.enter_room(session, person=person, observed_at=at, submission_id=uuid4(), by=person, at=at)
    facts_at(participant, DAY_VALUES, by=by, at=at, visit=visit)
    for earlier in sessions_to_sign_off(session, (first, second)) if signed_off else ():
        actions.sign_off_pair(earlier, findings="As the manual asks", password=PASSWORD, by=investigator, at=at)
    day = Day(session, kit, first, second, READY_AT)
    day.answer_list()
    return day


def waiting_day(world):
    """Returns the dosing day that the database came with."""
    with contributions.reading_as(world.people["ben"]):
        session = DosingSession.objects.select_related(
            "site__trial", "participant__site__trial", "participant__protocol_version__trial",
            "visit__site__trial", "visit__participant__site__trial", "visit__participant__protocol_version__trial",
        ).get()  # fmt: skip
        kit = Kit.objects.select_related("site", "participant").get(participant=session.participant)
    return Day(session, kit, world.people["tess"], world.people["theo"], READY_AT)


@pytest.fixture
def day(in_day_database, world):
    return waiting_day(world)
