"""One dosing day: kit, people in the room, gate, doses, vital signs by schedule, what is observed, discharge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from demo.people import PASSWORD
from demo.simulation import bodies
from demo.simulation.reviewing import rate_recording, sign_off
from patients import actions as patients
from pharmacy import actions as pharmacy
from pharmacy.models import Kit
from safety import actions as safety
from safety.models import Alert
from safety.queries import open_alerts
from sessions import actions as dosing
from sessions import queries as dosing_queries
from sessions.models import DoseRecord, DosingSession, ObservedEffect

if TYPE_CHECKING:
    from demo.simulation.course import Course

BEFORE_DOSE = timedelta(minutes=40)
DISCHARGE_QUESTIONS = ("oriented", "gait_stable", "clinician_stable", "escort_present", "participant_ready")


class DosingDay:
    """Plays the day of one dosing visit for a course."""

    def __init__(self, course: Course, code: str, dose_at: datetime) -> None:
        self.course, self.code, self.dose_at = course, code, dose_at
        self.dice = course.dice
        self.first, self.second = course.therapists
        self.body = bodies.body(course.profile, course.kind, self.dice)

    def steps(self) -> Iterator[datetime]:
        """Yields each moment of the day and does what belongs to it."""
        yield self.dose_at - timedelta(hours=18)
        self._dispense(self.dose_at - timedelta(hours=18))
        yield self.dose_at - BEFORE_DOSE
        self._prepare(self.dose_at - BEFORE_DOSE)
        yield self.dose_at - timedelta(minutes=25)
        self._vitals(-25)
        self._answer_list(self.dose_at - timedelta(minutes=20))
        yield self.dose_at
        self._give()
        yield from self._hours()
        yield self._after(495)
        self._close(self._after(495))

    def _hours(self) -> Iterator[datetime]:
        definition = self.course.definition
        asked = set(definition.conduct.enquiry.minutes)
        minutes = sorted({point.minute for point in definition.vital_points if point.minute > 0} | asked | {30, 75})
        decision_at = definition.supplemental_window.earliest + 5
        for minute in sorted({*minutes, decision_at}):
            yield self._after(minute)
            if minute == decision_at:
                self._decide(self._after(minute))
            else:
                self._vitals(minute)
                self._observe(minute)
            if minute in asked:
                self._ask_effects(minute)
            if minute % 120 == 0:
                self._rate(3 - minute // 240, self._after(minute))
                self._drink(self._after(minute))

    def _after(self, minute: int) -> datetime:
        return self.dose_at + timedelta(minutes=minute)

    @property
    def session(self) -> DosingSession:
        """The session as it stands now."""
        session = DosingSession.objects.select_related("visit").get(
            visit__code=self.code, participant=self.course.participant
        )
        session.participant, session.site = self.course.participant, self.course.participant.site
        session.visit.participant, session.visit.site = session.participant, session.site
        return session

    @property
    def kit(self) -> Kit:
        """The participant's kit."""
        return Kit.objects.select_related("site").get(participant=self.course.participant)

    def _dispense(self, at: datetime) -> None:
        with self.course.acting(self.course.pharmacist):
            pharmacy.dispense_kit(
                self.kit,
                visit=self.course.visit_named(self.code),
                witness=self.course.coordinator,
                by=self.course.pharmacist,
                at=at,
            )

    def _prepare(self, at: datetime) -> None:
        with self.course.acting(self.course.coordinator):
            visit = self.course.visit_named(self.code)
            self.course.record_values(visit, at)
        with self.course.acting(self.first):
            session = dosing.open_session(self.course.visit_named(self.code), by=self.first, at=at)
            for person in (self.first, self.second):
                dosing.enter_room(
                    session, person=person, observed_at=at, submission_id=self.course.key(), by=person, at=at
                )

    def _vitals(self, minute: int) -> None:
        at, found = self._after(minute), self.body.measured(minute, self.dice)
        with self.course.acting(self.second):
            vitals = dosing.record_vitals(
                self.session,
                systolic_mmhg=found.systolic_mmhg,
                diastolic_mmhg=found.diastolic_mmhg,
                heart_rate_bpm=found.heart_rate_bpm,
                temperature_c=found.temperature_c,
                chest_pain=False,
                observed_at=at,
                submission_id=self.course.key(),
                by=self.second,
                at=at,
            )
            if vitals.severity != "in_band":
                self._acknowledge(at)

    def _acknowledge(self, at: datetime) -> None:
        for alert in self._open_alerts()[: 1 if self.dice.random() < 0.9 else 0]:
            safety.acknowledge_alert(alert, note="Measured again; participant at ease", by=self.second, at=at)

    def _open_alerts(self) -> list[Alert]:
        return list(open_alerts(Alert.objects.filter(participant=self.course.participant)))

    def _give(self) -> None:
        with self.course.acting(self.course.investigator):
            sign_off(self.course, self.session, self.dose_at)
        with self.course.acting(self.first):
            dosing.give_initial_dose(
                self.session,
                kit_number=self.kit.number,
                second_person=self.second,
                observed_at=self.dose_at,
                submission_id=self.course.key(),
                by=self.first,
                at=self.dose_at,
            )

    def _decide(self, at: datetime) -> None:
        self._vitals_now(at)
        with self.course.acting(self.first):
            session = self.session
            wishes = self.dice.random() < 0.93
            answers = {"participant_agrees": wishes, "clinician_contraindication": False}
            possible = dosing.judge_supplemental_now(session, answers=answers, at=at).passes
            decision, reason = ("given", "") if possible else ("declined", "Does not wish it") if not wishes else (
                "withheld", "A condition of the protocol was not met",
            )  # fmt: skip
            dosing.decide_supplemental(
                session,
                decision=decision,
                reason=reason,
                answers=answers,
                second_person=self.second,
                observed_at=at,
                submission_id=self.course.key(),
                by=self.first,
                at=at,
                kit_number=self.kit.number,
            )

    def _answer_list(self, at: datetime) -> None:
        with self.course.acting(self.first):
            session = self.session
            for item in self.course.definition.conduct.checklist:
                dosing.answer_checklist(
                    session, code=item.code, done=True, note="", observed_at=at, submission_id=self.course.key(),
                    by=self.first, at=at,
                )  # fmt: skip
        self._rate(3, at)
        self._mark("started", at, time_code="0:00:00")

    def _rate(self, score: int, at: datetime) -> None:
        with self.course.acting(self.first):
            dosing.rate_distress(
                self.session, score=max(score, 0), observed_at=at, submission_id=self.course.key(), by=self.first, at=at
            )

    def _drink(self, at: datetime) -> None:
        with self.course.acting(self.second):
            dosing.record_fluid(
                self.session, amount_ml=200, observed_at=at, submission_id=self.course.key(), by=self.second, at=at
            )

    def _mark(self, kind: str, at: datetime, *, time_code: str) -> None:
        with self.course.acting(self.second):
            dosing.mark_recording(
                self.session, kind=kind, time_code=time_code, reference="", note="", observed_at=at,
                submission_id=self.course.key(), by=self.second, at=at,
            )  # fmt: skip

    def _ask_effects(self, minute: int) -> None:
        at = self._after(minute)
        asked = [effect.code for effect in self.course.definition.effects if effect.abuse_related]
        present = {effect["code"] for effect in self.course.profile["effects"]} if 60 <= minute <= 300 else set()
        with self.course.acting(self.second):
            session = self.session
            dosing.ask_effects(
                session, minute=minute, answers={code: code in present and self.dice.random() < 0.3 for code in asked},
                observed_at=at, submission_id=self.course.key(), by=self.second, at=at,
            )  # fmt: skip
            for effect in dosing_queries.standing(ObservedEffect, session):
                if effect.valence == "not_asked":
                    dosing.describe_effect(
                        effect, valence="welcome", severity="mild", submission_id=self.course.key(), by=self.second,
                        at=at,
                    )  # fmt: skip

    def _vitals_now(self, at: datetime) -> None:
        self._vitals(int((at - self.dose_at).total_seconds() // 60))

    def _observe(self, minute: int) -> None:
        effect = self.dice.choice(self.course.profile["effects"])
        if self.dice.random() > float(effect["chance"]):
            return
        at = self._after(minute)
        with self.course.acting(self.first):
            dosing.observe_effect(
                self.session,
                code=effect["code"],
                valence=effect["valence"],
                severity="mild",
                observed_at=at,
                submission_id=self.course.key(),
                by=self.first,
                at=at,
            )

    def _close(self, at: datetime) -> None:
        self._rate(0, at)
        self._mark("whole", at, time_code="8:35:00")
        self._give_back(at)
        with self.course.acting(self.first):
            session = self.session
            stamp = {"observed_at": at, "by": self.first, "at": at}
            # Nobody goes home over an alert that nobody has seen.
            for alert in self._open_alerts():
                safety.acknowledge_alert(alert, note="Seen late; back in range since", by=self.first, at=at)
            dosing.check_discharge(
                session, answers=dict.fromkeys(DISCHARGE_QUESTIONS, True), escort_name="Night attendant",
                second_person=self.second, submission_id=self.course.key(), **stamp,
            )  # fmt: skip
            dosing.hand_over(
                session, attendant=self.course.coordinator, told="Calm and oriented; has eaten.",
                submission_id=self.course.key(), **stamp,
            )  # fmt: skip
            dosing.close_session(session, password=PASSWORD, by=self.first, at=at)
        with self.course.acting(self.course.coordinator):
            visit = self.course.visit_named(self.code)
            still_open = list(visit.procedures.filter(state="due").values_list("code", flat=True))
            patients.record_procedures_done(visit, codes=still_open, by=self.course.coordinator, at=at)
            patients.finish_visit(self.course.visit_named(self.code), by=self.course.coordinator, at=at)
        with self.course.acting(self.course.coordinator):
            session = self.session
        rate_recording(self.course, session, at)

    def _give_back(self, at: datetime) -> None:
        with self.course.acting(self.first):
            doses = dosing_queries.standing(DoseRecord, self.session)
        if all(dose.decision == "given" for dose in doses):
            return
        with self.course.acting(self.course.pharmacist):
            pharmacy.return_kit(
                self.kit, visit=self.course.visit_named(self.code), remains="Unopened bottle",
                witness=self.course.coordinator, by=self.course.pharmacist, at=at,
            )  # fmt: skip
