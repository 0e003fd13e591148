"""One person's course through the trial, step by step, each through the action that a page would use."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.contributions import reading_as
from core.models import Person
from demo.people import PASSWORD
from demo.simulation import background
from demo.simulation.adversities import hold, serious_event
from demo.simulation.aftercare import answer_enquiries, hold_integration, make_contacts
from demo.simulation.case import report_case
from demo.simulation.consenting import consent_on_tablet, renew
from demo.simulation.dosing_day import DosingDay
from demo.simulation.guessing import guess_all
from demo.simulation.preparation import hold_day, prepare
from demo.simulation.ratings import answer_questionnaires, rate
from demo.stage import Stage
from integration import actions as integration
from integration.suicidality import risk_items, risk_procedure
from patients import actions as patients
from patients.actions import Attempt, FactEntry
from patients.actions.eligibility import latest_assessment
from patients.identity import IdentityDetails
from patients.models import Participant, Visit
from patients.queries import definition_for
from pharmacy import actions as pharmacy
from protocol.definition import ProtocolDefinition
from protocol.definition import Visit as PlannedVisit
from trials.queries import definition_of

DOSE_HOUR, VISIT_HOUR = 9, 11
HELD_AFTER = timedelta(minutes=40)


@dataclass(frozen=True)
class Plan:
    """What is laid down for a person before the course begins."""

    number: int
    site_code: str
    contacted_on: date
    fails: bool = False
    serious_event_at: datetime | None = None
    reported_case_at: datetime | None = None
    misses: str = ""
    first_dose_at: datetime | None = None
    withdraws_after: timedelta | None = None
    late_result: bool = False


@dataclass
class Course:
    """Plays a plan; `kind` is the type of the arm, or `any` for a body drawn without regard to it."""

    stage: Stage
    plan: Plan
    profile: Mapping[str, Any]
    dice: random.Random
    physiology_by_arm: bool
    participant: Participant = field(init=False)
    definition: ProtocolDefinition = field(init=False)
    kind: str = field(init=False, default="any")
    name: str = field(init=False, default="")
    rated: int = field(init=False, default=0)
    values: dict[str, str] = field(init=False, default_factory=dict)
    found: dict[str, str] = field(init=False, default_factory=dict)
    last_at: datetime = field(init=False)
    calls: Iterator[datetime] = field(init=False)
    call_at: datetime | None = field(init=False, default=None)

    def __iter__(self) -> Iterator[datetime]:
        """Yields the moment of each next step and takes it when resumed; a laid-down event comes in between."""
        event_at, case_at = self.plan.serious_event_at, self.plan.reported_case_at
        for moment in self._steps():
            if event_at is not None and moment > event_at:
                yield event_at
                serious_event(self, event_at)
                yield event_at + HELD_AFTER
                hold(self, event_at + HELD_AFTER)
                return
            if case_at is not None and moment > case_at:
                yield case_at
                report_case(self, case_at)
                case_at = None
            if self.withdraws_at is not None and moment > self.withdraws_at:
                yield self.withdraws_at
                self._withdraw(self.withdraws_at)
                return
            yield moment
            self._renew_consent(moment)

    def _steps(self) -> Iterator[datetime]:
        yield self.moment(self.plan.contacted_on, 10)
        self._first_contact()
        consent_at = self.moment(self.plan.contacted_on + timedelta(days=self.dice.randint(1, 3)), 9)
        yield consent_at
        self._consent(consent_at)
        yield from self._before_treatment()
        if self.participant.status != "enrolled":
            return
        if self.plan.late_result:
            yield self.last_at + timedelta(hours=2)
            self._late_result(self.last_at + timedelta(hours=2))
            return
        yield from self._randomisation()
        for visit in self._visits_after_randomisation():
            yield from self._visit(visit)
        yield from self._calls_until(datetime.max.replace(tzinfo=UTC))
        with self.acting(self.coordinator):
            patients.complete_participant(self.participant, by=self.coordinator, at=self.last_at)

    # --- people and time -------------------------------------------------------------------------------------------
    @property
    def coordinator(self) -> Person:
        """The site's coordinator."""
        return self.stage.at(self.plan.site_code, 0)

    @property
    def therapists(self) -> tuple[Person, Person]:
        """The site's pair."""
        return self.stage.at(self.plan.site_code, 1), self.stage.at(self.plan.site_code, 2)

    @property
    def investigator(self) -> Person:
        """The site's investigator."""
        return self.stage.at(self.plan.site_code, 3)

    @property
    def pharmacist(self) -> Person:
        """The site's pharmacist."""
        return self.stage.at(self.plan.site_code, 4)

    def moment(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Returns a moment by the site's clock."""
        zone = ZoneInfo(self.stage.sites[self.plan.site_code].zone)
        return datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(ZoneInfo("UTC"))

    def key(self) -> UUID:
        """Returns the id of one submission, from the course's own dice."""
        return UUID(int=self.dice.getrandbits(128), version=4)

    @contextmanager
    def acting(self, person: Person) -> Iterator[None]:
        """Works as a person, with a fresh view of the participant."""
        with reading_as(person):
            if hasattr(self, "participant"):
                self.participant = self._fresh()
            yield

    def _fresh(self) -> Participant:
        """Returns the participant as the database has it now, with the site and the protocol of the stage."""
        found = Participant.objects.get(pk=self.participant.pk)
        found.site = self.stage.sites[self.plan.site_code]
        if found.protocol_version_id == self.stage.version.pk:
            found.protocol_version = self.stage.version
        return found

    def visit_named(self, code: str) -> Visit:
        """Returns the visit as it stands now."""
        visit = Visit.objects.get(participant=self.participant, code=code)
        visit.participant, visit.site = self.participant, self.participant.site
        return visit

    @property
    def withdraws_at(self) -> datetime | None:
        """When the person withdraws consent, if ever."""
        after = self.plan.withdraws_after
        return None if after is None else self.moment(self.plan.contacted_on, 10) + after

    def _withdraw(self, at: datetime) -> None:
        with self.acting(self.coordinator):
            patients.withdraw_consent(
                self.participant, scope="procedures", reason="Moves to another country", by=self.coordinator, at=at
            )

    def _renew_consent(self, at: datetime) -> None:
        """Signs the newer form first, where one came into force since; the visit follows."""
        amended_on = self.stage.amended_on.get(self.plan.site_code)
        if amended_on is None or at < self.moment(amended_on, 0):
            return
        if not hasattr(self, "definition") or self.participant.status == "withdrawn":
            return
        with self.acting(self.coordinator):
            dice = random.Random(f"{self.plan.number}:renewal")
            renew(self.participant, name=self.name, number=self.plan.number, dice=dice, by=self.coordinator, at=at)
            self.definition = definition_for(self.participant)

    # --- before treatment --------------------------------------------------------------------------------------------
    def _first_contact(self) -> None:
        at = self.moment(self.plan.contacted_on, 10)
        first, last = self.dice.choice(self.profile["first_names"]), self.dice.choice(self.profile["last_names"])
        details = IdentityDetails(
            f"{first} {last}",
            date(self.dice.randint(1964, 2002), self.dice.randint(1, 12), self.dice.randint(1, 28)),
            email=f"{first.lower()}.{last.lower()}@example.org",
        )
        self.name = details.name
        recruitment, by = self.stage_definition.recruitment, self.coordinator
        with self.acting(by):
            lead = patients.add_lead(
                site=self.stage.sites[self.plan.site_code],
                identity=details,
                source=sorted(recruitment.sources)[self.plan.number % len(recruitment.sources)],
                heard_on=self.plan.contacted_on,
                next_contact_on=self.plan.contacted_on,
                known_already=True,
                submission_id=self.key(),
                by=by,
                at=at,
            )
            patients.record_attempt(lead, Attempt(at, "phone", "reached"), submission_id=self.key(), by=by, at=at)
            answers = {question.code: question.wanted for question in recruitment.questions}
            patients.record_prescreen(lead, answers=answers, observed_at=at, submission_id=self.key(), by=by, at=at)
            self.participant = patients.convert_lead(lead, by=by, at=at)

    def _consent(self, at: datetime) -> None:
        sex = self.dice.choice(["female", "male", "female"])
        self.values = {**self.profile["typical"], **self.profile["by_sex"][sex]}
        with self.acting(self.coordinator):
            consent_on_tablet(
                self.participant,
                name=self.name,
                number=self.plan.number,
                dice=random.Random(f"{self.plan.number}:consent"),
                by=self.coordinator,
                at=at,
            )
        with self.acting(self.coordinator):
            self.definition = definition_for(self.participant)
        self.last_at = at

    @property
    def stage_definition(self) -> ProtocolDefinition:
        """The trial's protocol, before the person is under one."""
        return definition_of(self.stage.version)

    def _before_treatment(self) -> Iterator[datetime]:
        last = self.definition.visits_by_code[self.trigger].order
        failure = self.dice.choice(self.profile["failures"]) if self.plan.fails else None
        if failure:
            self.values |= failure["values"]
            self.found |= failure.get("results", {})
        for visit in (visit for visit in self.definition.visits if visit.order <= last):
            starts_at = self._starts_at(visit.code)
            yield starts_at
            if visit.assessor:
                yield from rate(self, visit.code, starts_at)
            else:
                self._plain_visit(visit.code, starts_at)
                self._screened(visit, starts_at)
            if failure and visit.order == 0:
                yield starts_at + timedelta(hours=6)
                self._fail(failure["reason"], starts_at + timedelta(hours=6))
                return
            self.last_at = starts_at
        self._enrol(self.last_at + timedelta(hours=1))

    def _fail(self, reason: str, at: datetime) -> None:
        with self.acting(self.coordinator):
            verdict = patients.judge_eligibility(
                self.participant, visit_code=self.definition.eligibility_visits[0], by=self.coordinator, at=at
            )
            failing = [c["code"] for c in verdict.criteria if c["state"] in ("not_met", "present")]
            patients.fail_screening(
                self.participant, reason=reason, category="criteria", criteria=failing, by=self.coordinator, at=at
            )

    def _starts_at(self, code: str) -> datetime:
        """Books a visit on its target, or a few days off inside the window, and returns when it starts."""
        with self.acting(self.coordinator):
            visit = self.visit_named(code)
            assert visit.target_on and visit.earliest_on and visit.latest_on
            earliest = (
                max(visit.earliest_on, self.day_of(self.last_at) + timedelta(days=1))
                if code != "V0"
                else visit.target_on
            )
            wished = visit.target_on + timedelta(days=self.dice.choice([0, 0, 0, 1]))
            day = min(max(wished, earliest), visit.latest_on)
            starts_at = self.moment(day, DOSE_HOUR if visit.kind == "dosing" else VISIT_HOUR)
            if code == "V0":
                starts_at = self.last_at + timedelta(hours=1)
            elif code == self.definition.dosing_visits[0].code and self.plan.first_dose_at:
                starts_at = self.plan.first_dose_at
            if visit.state == "planned":
                patients.book_visit(visit, starts_at=starts_at, by=self.coordinator, at=self.last_at)
            if visit.kind == "dosing":
                hold_day(self, self.visit_named(code), starts_at)
        return starts_at

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.stage.sites[self.plan.site_code].zone)).date()

    def _plain_visit(self, code: str, at: datetime) -> None:
        with self.acting(self.coordinator):
            visit = self.visit_named(code)
            patients.start_visit(visit, by=self.coordinator, at=at)
            self.record_values(visit, at)
            self.judge_washout(visit, at)
            answer_questionnaires(self, visit, at)
            self.answer_risk(visit, at)
            self.close_procedures(visit, at)
            if code != self.trigger:
                patients.finish_visit(self.visit_named(code), by=self.coordinator, at=at + timedelta(hours=2))
        if code == self.trigger:
            prepare(self, code, at)
        guess_all(self, code, at)

    def record_values(self, visit: Visit, at: datetime) -> None:
        """Records what the visit's procedures find."""
        wanted = {
            variable.name
            for procedure in self.definition.procedures_of(visit.code)
            for variable in self.definition.variables_from(procedure.code)
        }
        screening = self.definition.screening
        # These come from results, from the history and from a clinician's judgement.
        wanted -= screening.measured | screening.counted_uses | screening.judgements.keys()
        entries = [FactEntry(name, value, "Visit record", at) for name, value in self.values.items() if name in wanted]
        if entries:
            patients.record_facts(self.participant, facts=entries, visit=visit, by=self.coordinator, at=at)
        results = background.results(self, visit, at)
        if results:
            patients.record_results(self.participant, results, visit=visit, by=self.coordinator, at=at)

    def _screened(self, visit: PlannedVisit, at: datetime) -> None:
        """Plays what belongs to the screening record at a visit before treatment."""
        if visit.order == 0:
            with self.acting(self.coordinator):
                patients.record_entries(self.participant, background.entries(self, at), by=self.coordinator, at=at)
            with self.acting(self.investigator):
                patients.judge_clinically(
                    self.participant, background.sitting(self), password=PASSWORD, submission_id=self.key(),
                    by=self.investigator, at=at,
                )  # fmt: skip

    def judge_washout(self, visit: Visit, at: datetime) -> None:
        """Judges the washout wherever the protocol checks it."""
        asked = self.definition.washout_procedures
        if any(procedure.code in asked for procedure in self.definition.procedures_of(visit.code)):
            patients.record_washout(self.participant, visit=visit, observed_at=at, by=self.coordinator, at=at)

    def close_procedures(self, visit: Visit, at: datetime) -> None:
        still_open = set(visit.procedures.filter(state="due").values_list("code", flat=True))
        missed = still_open & {"LABS", "VITALS"} if self.plan.misses == visit.code else set()
        for code in sorted(missed):
            patients.record_procedure(
                visit, code=code, state="not_done", reason="The device was out of order", by=self.coordinator, at=at
            )
        if still_open - missed:
            patients.record_procedures_done(visit, codes=still_open - missed, by=self.coordinator, at=at)

    def answer_risk(self, visit: Visit, at: datetime) -> None:
        """Answers the suicidality questions with no where the visit's note does not ask them."""
        procedure = risk_procedure(self.definition, visit.code)
        if procedure is None or procedure.instrument_version != "since_last_visit":
            return
        answers = {item.code: False for item in risk_items(self.definition, procedure)}
        integration.record_risk(
            visit, answers=answers, judged_unsafe=False, submission_id=self.key(), by=self.therapists[0], at=at
        )

    # --- ratings -----------------------------------------------------------------------------------------------------
    def _late_result(self, at: datetime) -> None:
        """The laboratory sends the report of screening anew: what was normal is not, after everything was signed."""
        with self.acting(self.coordinator):
            results = background.contradicting(self, at)
            visit = self.visit_named(self.definition.eligibility_visits[0])
            patients.record_results(self.participant, results, visit=visit, by=self.coordinator, at=at)

    # --- treatment ---------------------------------------------------------------------------------------------------
    def _randomisation(self) -> Iterator[datetime]:
        at = self.last_at + timedelta(hours=4)
        yield at
        with self.acting(self.coordinator):
            given = pharmacy.randomise(self.participant, submission_id=self.key(), by=self.coordinator, at=at)
        self._learn_arm(given.kit_number)
        with self.acting(self.coordinator):
            patients.finish_visit(self.visit_named(self.trigger), by=self.coordinator, at=at)
        self.last_at = at

    def _learn_arm(self, kit_number: str) -> None:
        if not self.physiology_by_arm:
            return
        kinds = {arm["code"]: arm["type"] for arm in self.definition.source["arms"]}
        self.kind = kinds[self.stage.arm_of_kit[kit_number]]

    def _enrol(self, at: datetime) -> None:
        """Judges, signs and enrols, at the visit that confirms enrolment."""
        with self.acting(self.coordinator):
            patients.judge_eligibility(self.participant, visit_code=self.trigger, by=self.coordinator, at=at)
        with self.acting(self.investigator):
            assessment = latest_assessment(self.participant)
            assert assessment is not None
            patients.sign_eligibility(assessment, password=PASSWORD, shown_digest="", by=self.investigator, at=at)
        with self.acting(self.coordinator):
            patients.enrol(self.participant, by=self.coordinator, at=at)

    @property
    def trigger(self) -> str:
        """The code of the visit at which the protocol randomises."""
        return str(self.definition.source["randomisation"]["trigger"]["visit"])

    def _visits_after_randomisation(self) -> list[str]:
        order = self.definition.visits_by_code[self.trigger].order
        return [visit.code for visit in self.definition.visits if visit.order > order]

    def _visit(self, code: str) -> Iterator[datetime]:
        visit = self.definition.visits_by_code[code]
        starts_at = self._starts_at(code)
        yield from self._calls_until(starts_at)
        if visit.type == "dosing":
            yield from DosingDay(self, code, starts_at).steps()
            self.calls = make_contacts(self, code)
            self.call_at = next(self.calls, None)
        elif visit.assessor:
            yield starts_at
            yield from rate(self, code, starts_at)
        elif visit.type == "integration":
            yield starts_at
            hold_integration(self, code, starts_at)
        else:
            yield starts_at
            self._plain_visit(code, starts_at)
        if visit.type != "dosing":
            answer_enquiries(self, starts_at)
        self.last_at = max(self.last_at, starts_at)

    def _calls_until(self, moment: datetime) -> Iterator[datetime]:
        """Makes the daily calls that come before a moment; a session between two of them is held between them."""
        while self.call_at is not None and self.call_at < moment:
            yield self.call_at
            self.call_at = next(self.calls, None)
