"""One person's course through the trial, step by step, each through the action that a page would use."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from assessments import actions as rating
from assessments.instruments import (
    INDEPENDENT,
    SECOND,
    certainty_choices,
    guess_choices,
    guess_procedures,
    items_of,
    participant_guess,
)
from assessments.models import Assessment
from assessments.queries import answers_for
from core.contributions import reading_as
from core.models import Person
from demo.people import PASSWORD
from demo.simulation import background, bodies
from demo.simulation.aftercare import answer_enquiries, note_fields, told_in_contact, write_own_pages
from demo.simulation.consenting import consent_on_tablet, renew
from demo.simulation.dosing_day import DosingDay
from demo.simulation.preparation import hold_day, prepare
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
from protocol.definition import Procedure, ProtocolDefinition
from protocol.definition import Visit as PlannedVisit
from protocol.proposals import ABUSE_RELATED
from protocol.scoring import closed_items
from safety import actions as safety
from safety.actions import EventDescription
from safety.models import AdverseEvent
from trials.queries import definition_of

DOSE_HOUR, VISIT_HOUR = 9, 11
HELD_AFTER = timedelta(minutes=40)
# How often somebody learns what the blind should hide, among integration sessions.
SLIPS = 0.04
# Every so many participants one answer was misread on the paper form; of second ratings so many lie a point apart.
MISREADS, MISREAD, APART = 4, "DES2", 0.2


@dataclass(frozen=True)
class Plan:
    """What is laid down for a person before the course begins."""

    number: int
    site_code: str
    contacted_on: date
    fails: bool = False
    serious_event_at: datetime | None = None
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
        event_at = self.plan.serious_event_at
        for moment in self._steps():
            if event_at is not None and moment > event_at:
                yield event_at
                self._serious_event(event_at)
                yield event_at + HELD_AFTER
                self._hold(event_at + HELD_AFTER)
                return
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
                yield from self._rating(visit.code, starts_at)
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
                max(visit.earliest_on, self._day(self.last_at) + timedelta(days=1)) if code != "V0" else visit.target_on
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

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.stage.sites[self.plan.site_code].zone)).date()

    def _plain_visit(self, code: str, at: datetime) -> None:
        with self.acting(self.coordinator):
            visit = self.visit_named(code)
            patients.start_visit(visit, by=self.coordinator, at=at)
            self.record_values(visit, at)
            self._washout(visit, at)
            self._questionnaires(visit, at)
            self._answer_risk(visit, at)
            self._procedures_done(visit, at)
            if code != self.trigger:
                patients.finish_visit(self.visit_named(code), by=self.coordinator, at=at + timedelta(hours=2))
        if code == self.trigger:
            prepare(self, code, at)
        self._guesses(code, at)

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

    def _washout(self, visit: Visit, at: datetime) -> None:
        """Judges the washout wherever the protocol checks it."""
        asked = self.definition.washout_procedures
        if any(procedure.code in asked for procedure in self.definition.procedures_of(visit.code)):
            patients.record_washout(self.participant, visit=visit, observed_at=at, by=self.coordinator, at=at)

    def _procedures_done(self, visit: Visit, at: datetime) -> None:
        still_open = set(visit.procedures.filter(state="due").values_list("code", flat=True))
        missed = still_open & {"LABS", "VITALS"} if self.plan.misses == visit.code else set()
        for code in sorted(missed):
            patients.record_procedure(
                visit, code=code, state="not_done", reason="The device was out of order", by=self.coordinator, at=at
            )
        if still_open - missed:
            patients.record_procedures_done(visit, codes=still_open - missed, by=self.coordinator, at=at)

    def _questionnaires(self, visit: Visit, at: datetime) -> None:
        waiting = Assessment.objects.filter(visit=visit, state="ready")
        forms = waiting.exclude(respondent=INDEPENDENT).order_by("id")
        for form in forms:
            answers = {
                item.number: bodies.answered(item, self.dice) for item in items_of(self.definition, form.instrument)
            }
            closed = closed_items(self.definition.instruments[form.instrument], answers)
            checks = self.definition.edit_checks.get(form.instrument, ())
            kept = rating.enter_and_complete(
                form, answers={number: answer for number, answer in answers.items() if number not in closed},
                seen_digest="", missing_reason="", confirmations={check.code: "Asked again" for check in checks},
                by=self.coordinator, at=at,
            )  # fmt: skip
            if self.plan.number % MISREADS == 0 and form.instrument == MISREAD:
                self._correct(kept, answers, at)

    def _correct(self, form: Assessment, answers: Mapping[int, Any], at: datetime) -> None:
        """Somebody misread the last answer on the paper, and says so under the own signature."""
        item = items_of(self.definition, form.instrument)[-1]
        other = next(value for value in item.values if value != answers[item.number])
        rating.correct_item(
            form, item=item.number, value=other, seen_version=1, reason="Misread on the paper form", password=PASSWORD,
            by=self.coordinator, at=at,
        )  # fmt: skip

    def _answer_risk(self, visit: Visit, at: datetime) -> None:
        """Answers the suicidality questions with no where the visit's note does not ask them."""
        procedure = risk_procedure(self.definition, visit.code)
        if procedure is None or procedure.instrument_version != "since_last_visit":
            return
        answers = {item.code: False for item in risk_items(self.definition, procedure)}
        integration.record_risk(
            visit, answers=answers, judged_unsafe=False, submission_id=self.key(), by=self.therapists[0], at=at
        )

    # --- ratings -----------------------------------------------------------------------------------------------------
    def _rating(self, code: str, at: datetime) -> Iterator[datetime]:
        """The rater answers by item and locks; then the site closes what is left of the visit."""
        with self.acting(self.coordinator):
            own = list(
                Assessment.objects.filter(visit__participant=self.participant, visit__code=code, rater__isnull=False)
                .select_related("rater")
                .order_by("id")
            )
        for position, assessment in enumerate(own):
            moment = at + timedelta(minutes=40 * position)
            yield moment
            assert assessment.rater is not None
            # To a rater the participant does not exist.
            with reading_as(assessment.rater):
                mine = Assessment.objects.get(pk=assessment.pk)
                rating.enter_items(mine, answers=self._answers(mine.instrument), by=assessment.rater, at=moment)
                rating.lock_assessment(
                    Assessment.objects.get(pk=mine.pk), password=PASSWORD, by=assessment.rater, at=moment,
                    guess_basis="How the interview went",
                )  # fmt: skip
        moment = at + timedelta(hours=3)
        yield moment
        self._second_rating(code, moment)
        self.rated += 1
        with self.acting(self.coordinator):
            visit = self.visit_named(code)
            self.record_values(visit, moment)
            self._washout(visit, moment)
            self._questionnaires(visit, moment)
            visit = self.visit_named(code)
            if visit.state in ("planned", "booked"):
                patients.start_visit(visit, by=self.coordinator, at=moment)
            self._answer_risk(visit, moment)
            self._procedures_done(visit, moment)
            visit = self.visit_named(code)
            if visit.state == "started":
                patients.finish_visit(visit, by=self.coordinator, at=moment)

    def _second_rating(self, code: str, at: datetime) -> None:
        """Whoever was drawn for it rates the interview again from the recording, now and then a point apart."""
        with self.acting(self.coordinator):
            at_visit = Assessment.objects.filter(visit__participant=self.participant, visit__code=code)
            seconds = list(at_visit.filter(respondent=SECOND).select_related("rater").order_by("id"))
            firsts = {row.instrument: answers_for(row) for row in at_visit.filter(respondent=INDEPENDENT)}
        dice = random.Random(f"again {self.plan.number} {code}")
        for second in seconds:
            assert second.rater is not None
            items = {item.number: item for item in items_of(self.definition, second.instrument)}
            answers = {
                number: value + 1 if dice.random() < APART and value + 1 in items[number].values else value
                for number, value in sorted(firsts[second.instrument].items())
                if isinstance(value, int)
            }
            with reading_as(second.rater):
                mine = Assessment.objects.get(pk=second.pk)
                rating.enter_items(mine, answers=answers, by=second.rater, at=at)
                rating.lock_assessment(
                    Assessment.objects.get(pk=second.pk), password=PASSWORD, by=second.rater, at=at,
                    missing_reason="Not on the recording",
                )  # fmt: skip

    def _answers(self, instrument: str) -> dict[int, Any]:
        block = self.definition.instruments[instrument]
        if "options" in block:
            return {item.number: self.dice.choice(list(item.values)) for item in items_of(self.definition, instrument)}
        if "clusters" in block:
            total = self._outcomes[0][min(self.rated, 4)]
            typical = tuple(int(first) + more for first, _ in block["clusters"].values() for more in (0, 1))
            answers = bodies.interview_items(
                total,
                scored=int(block.get("scored_items", block["items"])),
                highest=block["range_item"][1],
                typical=typical,
                dice=self.dice,
            )
            others = [item for item in items_of(self.definition, instrument) if item.number not in answers]
            ill = total > 15
            return answers | {item.number: (min(2, item.high) if ill else item.low) for item in others}
        if str(block.get("score", "")).startswith("mean"):
            mean = self._outcomes[1][min(self.rated, 4)]
            return {item.number: mean for item in items_of(self.definition, instrument)}
        return {item.number: self.dice.choice(list(item.values)) for item in items_of(self.definition, instrument)}

    @property
    def _outcomes(self) -> tuple[list[int], list[int]]:
        """The person's totals at every rating: drawn anew from the same dice, so that they do not depend on when."""
        dice = random.Random(f"outcomes {self.plan.number}")
        return bodies.totals(self.profile, self.kind, dice), bodies.disabilities(self.profile, self.kind, dice)

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
            self.calls = self._contacts(code)
            self.call_at = next(self.calls, None)
        elif visit.assessor:
            yield starts_at
            yield from self._rating(code, starts_at)
        elif visit.type == "integration":
            yield starts_at
            self._integration(code, starts_at)
        else:
            yield starts_at
            self._plain_visit(code, starts_at)
        self.last_at = max(self.last_at, starts_at)

    def _integration(self, code: str, at: datetime) -> None:
        first, second = self.therapists
        with self.acting(first):
            patients.start_visit(self.visit_named(code), by=first, at=at)
            visit = self.visit_named(code)
            self._answer_risk(visit, at)
            self._procedures_done(visit, at)
            note = integration.write_note(
                visit, fields=note_fields(self, code, at), seen_version=0, by=first, at=at + timedelta(hours=2)
            )
        self._guesses(code, at)
        self._slip(code, at)
        for hours, therapist in ((3, first), (4, second)):
            if self.dice.random() > 0.92:
                break
            with self.acting(therapist):
                note.refresh_from_db()
                integration.sign_note(note, password=PASSWORD, by=therapist, at=at + timedelta(hours=hours))
        with self.acting(self.coordinator):
            visit = self.visit_named(code)
            if visit.state == "started":
                patients.finish_visit(visit, by=self.coordinator, at=at + timedelta(hours=2))

    def _guesses(self, code: str, at: datetime) -> None:
        """The pair, the coordinator and the participant guess, by dice of their own and what the body showed."""
        for procedure in guess_procedures(self.definition, code):
            guessing = [self.coordinator] if procedure.role == "coordinator" else self.therapists
            for place, person in enumerate(guessing):
                dice = random.Random(f"{procedure.code} {self.plan.number} {code} {place} {self.kind}")
                with self.acting(person):
                    rating.record_guess(
                        self.visit_named(code), procedure, **self._guess(procedure, dice), by=person,
                        at=at + timedelta(hours=1),
                    )  # fmt: skip
        asked = participant_guess(self.definition, code)
        if asked is not None:
            dice = random.Random(f"{asked.code} {self.plan.number} {code} {self.kind}")
            with self.acting(self.coordinator):
                rating.record_guess_on_tablet(
                    self.visit_named(code), asked, **self._guess(asked, dice), by=self.coordinator, at=at
                )

    def _slip(self, code: str, at: datetime) -> None:
        """Now and then somebody learns what the blind should hide, and tells it."""
        dice = random.Random(f"slip {self.plan.number} {code}")
        if dice.random() > SLIPS:
            return
        therapist = self.therapists[0]
        with self.acting(therapist):
            rating.report_incident(
                self.participant,
                whose="therapist",
                how="The participant told it without being asked",
                kind="allocation",
                text="",
                happened_at=at,
                submission_id=UUID(int=dice.getrandbits(128), version=4),
                by=therapist,
                at=at + timedelta(hours=1),
            )

    def _guess(self, procedure: Procedure, dice: random.Random) -> dict[str, Any]:
        return {
            "guess": dice.choice([option for option, _ in guess_choices(self.definition, procedure)]),
            "certainty": dice.choice([each for each, _ in certainty_choices(self.definition, procedure)]),
            "basis": dice.choice(["How the day went", "What was told afterwards", "No clear sign"]),
            "submission_id": UUID(int=dice.getrandbits(128), version=4),
        }

    def _calls_until(self, moment: datetime) -> Iterator[datetime]:
        """Makes the daily calls that come before a moment; a session between two of them is held between them."""
        while self.call_at is not None and self.call_at < moment:
            yield self.call_at
            self.call_at = next(self.calls, None)

    def _contacts(self, dosing_code: str) -> Iterator[datetime]:
        rule = self.definition.phone_contacts
        for day in rule.days:
            if day in rule.in_person_days:
                continue
            code = rule.code_pattern.format(dosing_code=dosing_code, day=day)
            with self.acting(self.coordinator):
                visit = self.visit_named(code)
            assert visit.target_on is not None
            at = self.moment(visit.target_on, 17)
            yield at
            with self.acting(self.therapists[0]):
                visit = self.visit_named(code)
                procedure = risk_procedure(self.definition, code)
                assert procedure is not None
                answers = {item.code: False for item in risk_items(self.definition, procedure)}
                integration.record_contact(
                    visit, reached=True, answers=answers, told=told_in_contact(self, code),
                    submission_id=self.key(), by=self.therapists[0], at=at,
                )  # fmt: skip
            if day == rule.days[1]:
                self._maybe_event(at)
            answer_enquiries(self, at)
            write_own_pages(self, at)

    def _maybe_event(self, at: datetime) -> None:
        if self.dice.random() > 0.6:
            return
        event = self.dice.choice(self.profile["events"])
        with self.acting(self.coordinator):
            reported = safety.report_adverse_event(
                self.participant,
                description=EventDescription(
                    term=event["term"],
                    started_on=self._day(at).isoformat(),
                    severity=event["severity"],
                    valence=event["valence"],
                    ongoing=False,
                    ended_on=self._day(at).isoformat(),
                    outcome="recovered",
                ),
                site_aware_at=at,
                submission_id=self.key(),
                by=self.coordinator,
                at=at,
            )
            if self.plan.number % 2:
                self._decide_marks(reported, at=at)

    def _hold(self, at: datetime) -> None:
        """Keeps further doses back until the event is assessed, as its investigator would."""
        with self.acting(self.investigator):
            safety.place_hold_by_hand(
                self.participant, reason="Held until the event of today is assessed", by=self.investigator, at=at
            )

    def _decide_marks(self, event: AdverseEvent, *, at: datetime) -> None:
        """Takes the mark of a relation to abuse and refuses groups, as somebody would who has asked."""
        for mark in safety.latest_revision(event).proposals:
            if mark == ABUSE_RELATED:
                safety.take_proposal(event, mark=mark, by=self.coordinator, at=at)
            else:
                safety.refuse_proposal(
                    event, mark=mark, reason="Asked: no wish for more of it", by=self.coordinator, at=at
                )

    def _serious_event(self, at: datetime) -> None:
        with self.acting(self.coordinator):
            safety.report_adverse_event(
                self.participant,
                description=EventDescription(
                    term="Fainted at home, kept in hospital overnight",
                    started_on=self._day(at).isoformat(),
                    severity="severe",
                    valence="unwelcome",
                    seriousness=("hospitalisation",),
                    action_taken="Observed on the ward",
                    outcome="recovering",
                ),
                site_aware_at=at,
                submission_id=self.key(),
                by=self.coordinator,
                at=at,
            )
