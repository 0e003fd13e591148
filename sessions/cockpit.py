"""What the cockpit shows: clock, chart, what is due, supplemental card, strip, last entries; in few statements."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from patients import queries as patient_queries
from protocol.conduct import EnquiryPoint, enquiry_points, next_enquiry
from protocol.definition import ProtocolDefinition
from protocol.dosing import supplemental_times
from protocol.expressions import Value
from protocol.vital_signs import ACT, DuePoint, judge_vital_signs, next_due, next_set_due_at, still_intensified
from sessions import chart, queries
from sessions.actions import Gate, judge_gate, judge_supplemental_now
from sessions.kinds import code_of, words_of
from sessions.ledger import Ledger, ledger_of
from sessions.models import (
    UNDER_EFFECT,
    ChecklistAnswer,
    DischargeCheck,
    DistressRating,
    DoseRecord,
    DosingSession,
    EffectEnquiry,
    FluidIntake,
    HandOver,
    ObservedEffect,
    OvernightCheck,
    PhysicianCall,
    RoomPresence,
    SessionEntry,
    SessionState,
    TouchEvent,
    VitalSigns,
)
from sessions.safety_strip import SafetyStrip, latest_preparation, strip_of
from sessions.supplemental_card import Supplemental, card_of
from sessions.tables import is_late

if TYPE_CHECKING:
    from patients.models import Visit

LAST = 5
# How long the page offers to undo what was recorded last.
UNDO = timedelta(seconds=10)
CONSENT_VALUES = frozenset({"consent_version", "consent_current_version", "consent_withdrawn"})


@dataclass(frozen=True)
class TapeEntry:
    """One of the last entries: what, by whom, when; `number` is its flag on the chart, if it has one."""

    text: str
    by: str
    by_id: str
    observed_at: datetime
    recorded_at: datetime
    kind: str
    public_id: str
    number: int | None = None
    late: bool = False


@dataclass(frozen=True)
class ChecklistLine:
    """One line of the list before the dose, with its latest answer."""

    code: str
    text: str
    hard: bool
    answer: ChecklistAnswer | None


@dataclass(frozen=True)
class After:
    """What follows the hours under the effect: who takes over, the night, the morning, the daily contacts."""

    planned_overnight: bool
    handed_over: HandOver | None
    checks: list[OvernightCheck]
    next_check_at: datetime | None
    morning: "Visit | None"
    contacts: "list[Visit]"


@dataclass(frozen=True)
class Cockpit:
    """Everything on the page."""

    session: DosingSession
    chart: chart.Chart
    present: list[queries.InRoom]
    staffing_fault: str
    act: VitalSigns | None
    next_point: DuePoint | None
    intensified_at: datetime | None
    enquiry: EnquiryPoint | None
    supplemental: Supplemental | None
    strip: SafetyStrip
    tape: tuple[TapeEntry, ...]
    undo: TapeEntry | None
    undo_until: datetime | None
    gate: Gate | None
    checklist: tuple[ChecklistLine, ...]
    sets: list[VitalSigns]
    effects: list[ObservedEffect]
    unclassified: int
    emergency: str
    earliest_discharge_at: datetime | None
    check: DischargeCheck | None
    after: After | None
    late_entries: int


def cockpit_of(session: DosingSession, *, at: datetime) -> Cockpit:
    """Returns the cockpit of a session at a moment."""
    return _Reading(session, at=at).cockpit()


class _Reading:
    """Everything that the page needs, each read once."""

    def __init__(self, session: DosingSession, *, at: datetime) -> None:
        self.session, self.at = session, at
        self.definition: ProtocolDefinition = queries.definition_for(session)
        self.ledger: Ledger = ledger_of(session)
        self.sets = self.ledger.standing(VitalSigns)
        self.effects = self.ledger.standing(ObservedEffect)
        self.initial = session.initial_dose_at
        self.staff = queries.staff_of(session, at=at)
        self.present = queries.in_room(session, at=at, ledger=self.ledger.standing(RoomPresence), staff=self.staff)
        self.recorded = patient_queries.recorded_for(session.participant, visit_code=session.visit.code)
        self.clock = chart.Clock(session.site.zone)

    def cockpit(self) -> Cockpit:
        session, at = self.session, self.at
        watched = session.state in UNDER_EFFECT
        points = chart.due_points_of(self.definition, initial_at=self.initial, sets=self.sets)
        supplemental = self._supplemental()
        checks = self.ledger.standing(DischargeCheck)
        tape = self._tape()
        fault = queries.staffing_fault(session, present=self.present)
        return Cockpit(
            session=session,
            chart=self._chart(decided=bool(supplemental and supplemental.decided)),
            present=self.present,
            staffing_fault=fault if watched or session.state == SessionState.PREPARING else "",
            act=self._act() if watched else None,
            next_point=next_due(points, moment=at) if watched else None,
            intensified_at=self._intensified_at() if watched else None,
            enquiry=self._enquiry() if watched else None,
            supplemental=supplemental,
            strip=self._strip(),
            tape=tuple(tape[:LAST]),
            undo=tape[0] if tape and tape[0].kind and at - tape[0].recorded_at < UNDO else None,
            undo_until=tape[0].recorded_at + UNDO if tape else None,
            gate=self._gate() if session.state == SessionState.PREPARING else None,
            checklist=self._checklist() if session.state == SessionState.PREPARING else (),
            sets=self.sets,
            effects=self.effects,
            unclassified=sum(effect.valence == "not_asked" for effect in self.effects),
            emergency=self.definition.emergency_when.action or self.definition.emergency_when.text,
            earliest_discharge_at=self._earliest_discharge(),
            check=checks[-1] if checks else None,
            after=self._after(checks),
            late_entries=sum(entry.late for entry in tape),
        )

    def _gate(self) -> Gate:
        return judge_gate(self.session, at=self.at, moment=self._moment(known=self.recorded.values(at=self.at)))

    def _moment(self, *, known: dict[str, Value]) -> queries.Moment:
        ratings, answers = self.ledger.standing(DistressRating), self.ledger.standing(ChecklistAnswer)
        return queries.Moment(self.sets, self.present, ratings, answers, known)

    def _chart(self, *, decided: bool) -> chart.Chart:
        asked = self.session.state == SessionState.DOSED and not decided
        window = supplemental_times(self.definition, initial_at=self.initial) if self.initial and asked else None
        drawn = chart.Drawn(
            self.sets, self.ledger.standing(DoseRecord), self.effects, self.ledger.standing(DistressRating)
        )
        return chart.draw(
            self.definition,
            start=self.initial or self.at,
            dosed=self.initial is not None,
            drawn=drawn,
            baselines=queries.baseline_values(self.sets, initial_at=self.initial),
            window=window,
            at=self.session.closed_at or self.at,
            clock=self.clock,
        )

    def _supplemental(self) -> Supplemental | None:
        if self.initial is None or self.session.state != SessionState.DOSED:
            return None
        # The consent form in force is read only where a reason to withhold asks for it.
        names = {name for rule in self.definition.withhold_supplemental_if for name in rule.expression.names}
        known = self.recorded.values(at=self.at) if names & CONSENT_VALUES else self.recorded.fact_values()
        moment = self._moment(known=known)
        doses = self.ledger.standing(DoseRecord)
        decided = next((dose for dose in doses if dose.kind == "supplemental"), None)
        return card_of(
            self.definition,
            initial_at=self.initial,
            decided=decided,
            judgement=judge_supplemental_now(self.session, answers={}, at=self.at, moment=moment),
            known=queries.baseline_values(self.sets, initial_at=self.initial),
            at=self.at,
            clock=self.clock,
            # Most days nothing is on hold, which the session was loaded with.
            holds=queries.open_holds(self.session.participant)
            if getattr(self.session, "is_held", True) and not decided
            else [],
        )

    def _strip(self) -> SafetyStrip:
        return strip_of(
            self.definition,
            preparation=latest_preparation(self.session.participant_id),
            consent=self.recorded.consent.standing,
            facts=self.recorded.facts,
            touches=self.ledger.standing(TouchEvent),
            drinks=self.ledger.standing(FluidIntake),
            physicians=self.staff.physicians,
            at=self.at,
        )

    def _act(self) -> VitalSigns | None:
        """Returns the latest set while it is past the limits of acting and no call to the physician came after it."""
        latest = self.sets[-1] if self.sets else None
        if latest is None or latest.severity != ACT:
            return None
        calls = self.ledger.standing(PhysicianCall)
        return None if any(call.observed_at >= latest.observed_at for call in calls) else latest

    def _intensified_at(self) -> datetime | None:
        """Returns when the next set is due while the protocol asks for sets more often, if it does."""
        baselines = queries.baseline_values(self.sets, initial_at=self.initial)
        taken = [row for row in self.sets if self.initial is not None and row.observed_at >= self.initial]
        judged = [judge_vital_signs(self.definition, queries.values_of(row) | baselines) for row in taken]
        if not taken or not still_intensified(self.definition, judged):
            return None
        return next_set_due_at(self.definition, last_set_at=taken[-1].observed_at)

    def _enquiry(self) -> EnquiryPoint | None:
        if self.initial is None:
            return None
        asked = {row.minute: row.observed_at for row in self.ledger.standing(EffectEnquiry)}
        points = enquiry_points(self.definition.conduct.enquiry, initial_at=self.initial, asked=asked)
        return next_enquiry(points, moment=self.at)

    def _checklist(self) -> tuple[ChecklistLine, ...]:
        answered = {answer.code: answer for answer in self.ledger.standing(ChecklistAnswer)}
        return tuple(
            ChecklistLine(item.code, item.text, item.hard, answered.get(item.code))
            for item in self.definition.conduct.checklist
        )

    def _earliest_discharge(self) -> datetime | None:
        if self.initial is None:
            return None
        return self.initial + timedelta(minutes=self.definition.discharge_earliest_min)

    def _after(self, checks: list[DischargeCheck]) -> After | None:
        """Returns what follows, once it is near: a check of readiness was made, or the session is over."""
        over = self.session.state in (SessionState.ENDING, SessionState.CLOSED)
        if self.initial is None or not (over or checks):
            return None
        code = self.session.visit.code
        pattern = self.definition.phone_contacts.code_pattern.format(dosing_code=code, day="")
        following = self.definition.leave_overnight_after.get(code, "")
        visits = list(self.session.participant.visits.filter(code__startswith=pattern).order_by("target_on", "id"))
        morning = patient_queries.visit_of(self.session.participant, following) if following else None
        night = self.ledger.standing(OvernightCheck)
        handed = self.ledger.standing(HandOver)
        return After(
            planned_overnight=self.definition.visits_by_code[code].overnight,
            handed_over=handed[-1] if handed else None,
            checks=night,
            next_check_at=self._next_check(night),
            morning=morning,
            contacts=visits,
        )

    def _next_check(self, night: list[OvernightCheck]) -> datetime | None:
        every = self.definition.conduct.overnight_every_min
        if self.session.closed_at is None or not every:
            return None
        return (night[-1].observed_at if night else self.session.closed_at) + timedelta(minutes=every)

    def _words(self, entry: SessionEntry) -> str:
        """Returns an entry as its row reads; an answer to the list before the dose says which line it answers."""
        if not isinstance(entry, ChecklistAnswer):
            return words_of(entry)
        lines = {item.code: item.text for item in self.definition.conduct.checklist}
        return f"{'Yes' if entry.done else 'No'}: {lines.get(entry.code, entry.code)}"

    def _tape(self) -> list[TapeEntry]:
        numbers = {effect.pk: number for number, effect in enumerate(self.effects, start=1)}
        return [
            TapeEntry(
                self._words(entry),
                entry.recorded_by.display_name,
                entry.recorded_by.public_id,
                entry.observed_at,
                entry.recorded_at,
                code_of(type(entry)),
                entry.public_id,
                numbers.get(entry.pk) if isinstance(entry, ObservedEffect) else None,
                is_late(self.session, entry),
            )
            for entry in reversed(self.ledger.all_standing())
        ]
