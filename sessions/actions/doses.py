"""The gate before the initial dose, and the supplemental decision: the server refuses what fails or is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person, SignatureMeaning
from core.signatures import sign
from patients import actions as patient_actions
from patients import queries as patient_queries
from patients.models import Visit, VisitState
from pharmacy.queries import kit_for_visit
from protocol.definition import ProtocolDefinition
from protocol.dosing import Judgement, judge_pre_dose, judge_supplemental
from protocol.expressions import Value
from protocol.stopping import fired_stopping_rules
from protocol.verdict import Verdict
from sessions import queries
from sessions.actions.entries import Stamp, append_entry
from sessions.actions.room import checklist_of
from sessions.events import InitialDoseGiven, SupplementalDecided
from sessions.models import ConditionOverride, DoseRecord, DosingSession, SessionState
from sessions.privilege import team_obstacles
from trials.queries import duties_of

if TYPE_CHECKING:
    from pharmacy.models import Kit


@dataclass(frozen=True)
class Obstacle:
    """One reason why a dose is refused; `condition` is a rule of the protocol, or empty for a fact of the record.

    A line of the list before the dose is answered where the list stands.
    """

    condition: str
    sentence: str
    overridable_by: str = ""
    is_of_list: bool = False


@dataclass(frozen=True)
class Gate:
    """Whether the initial dose may be given now, and if not, every reason."""

    judgement: Judgement
    obstacles: tuple[Obstacle, ...]
    kit: "Kit | None" = None

    @property
    def open(self) -> bool:
        """Returns whether nothing stands in the way."""
        return not self.obstacles

    @property
    def settled(self) -> tuple[Verdict, ...]:
        """Returns the verdicts on the conditions that do not stand in the way."""
        in_the_way = {obstacle.condition for obstacle in self.obstacles}
        return tuple(verdict for verdict in self.judgement.verdicts if verdict.rule not in in_the_way)


def judge_gate(session: DosingSession, *, at: datetime, moment: queries.Moment | None = None) -> Gate:
    """Judges everything that must be true before the initial dose; what is unknown stands in the way."""
    definition = queries.definition_for(session)
    values = queries.values_for(session, at=at, moment=moment)
    judgement = judge_pre_dose(definition, values)
    overridden = _overridden(session) if judgement.blocking else set()
    from_rules = [
        Obstacle(verdict.rule, _sentence(verdict), _who_may_override(definition, verdict.rule))
        for verdict in judgement.blocking
        if verdict.rule not in overridden
    ]
    known = moment or queries.moment_of(session, at=at)
    from_list = _room_obstacles(session, known) if session.pk else []
    fired = fired_stopping_rules(definition, values)
    from_stopping = [Obstacle(v.rule, f"{v.text}: {v.action}") for v in fired]
    kit = kit_for_visit(session.visit)
    from_record = [
        *_record_obstacles(session, values, kit=kit),
        *_team_obstacles(session, definition, known),
    ]
    return Gate(judgement, (*from_record, *from_stopping, *from_rules, *from_list), kit)


def rehearse_gate(visit: Visit, *, recorded: patient_queries.Recorded, at: datetime) -> Gate:
    """Judges the gate of a session that is not opened yet, with what is on record of the participant by now."""
    planned = queries.patient_queries.definition_for(visit.participant).visits_by_code[visit.code]
    session = DosingSession(
        participant=visit.participant, visit=visit, site=visit.site, number=planned.dosing_session or 0
    )
    return judge_gate(session, at=at, moment=queries.Moment((), (), known=recorded.values(at=at)))


def _who_may_override(definition: ProtocolDefinition, condition: str) -> str:
    duty = definition.overrides.get(condition)
    return definition.roles[duty].name.lower() if duty else ""


def _overridden(session: DosingSession) -> set[str]:
    if session.pk is None:
        return set()
    return set(ConditionOverride.objects.filter(session=session).values_list("condition", flat=True))


def override_condition(
    session: DosingSession, *, condition: str, reason: str, password: str, by: Person, at: datetime
) -> ConditionOverride:
    """Signs the decision to go past one condition.

    Raises Refused when the protocol names nobody who may, or not this person.
    """
    duty = queries.definition_for(session).overrides.get(condition)
    if duty is None:
        raise Refused("The protocol lets nobody go past this condition.")
    on = local_date(at, zone=session.participant.site.zone)
    if duty not in duties_of(by, site_id=session.site_id, on=on):
        raise Refused(f"Only a {duty.replace('_', ' ')} may go past this condition.")
    if not reason.strip():
        raise Refused("Say why the condition may be passed.", field="reason")
    with contribution(by=by, reason=reason):
        row = ConditionOverride.objects.create(
            session=session,
            site_id=session.site_id,
            condition=condition,
            duty=duty,
            reason=reason,
            decided_at=at,
            recorded_by=by,
        )
        sign(row, by=by, password=password, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
    return row


def give_initial_dose(
    session: DosingSession,
    *,
    kit_number: str,
    second_person: Person,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> DoseRecord:
    """Records that the initial dose was given, if the gate is open at that moment.

    Raises Refused with every reason otherwise; nothing is written then.
    """
    known = DoseRecord.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    session = queries.locked(session)
    if session.state != SessionState.PREPARING:
        raise Conflict(f"This session is {session.get_state_display().lower()}; no initial dose can be recorded.")
    _check_second_person(session, second_person, by=by, at=observed_at)
    _check_kit(session, kit_number)
    gate = judge_gate(session, at=observed_at)
    if not gate.open:
        raise Refused("The dose is refused.", details=tuple(obstacle.sentence for obstacle in gate.obstacles))
    with contribution(by=by, reason="Initial dose given"):
        dose = _append_dose(
            session, "initial", "given", gate.judgement, kit_number=kit_number, second_person=second_person,
            stamp=Stamp(observed_at, submission_id), by=by, at=at,
        )  # fmt: skip
        session.begin_dosing()
        session.initial_dose_at = observed_at
        session.save(update_fields=["state", "initial_dose_at"])
        _begin_visit(session, by=by, at=observed_at)
        publish(InitialDoseGiven(session.pk))
    return dose


def judge_supplemental_now(
    session: DosingSession, *, answers: Mapping[str, bool], at: datetime, moment: queries.Moment | None = None
) -> Judgement:
    """Judges the reasons to withhold, with what the pair answered: participant_agrees, clinician_contraindication."""
    values = queries.values_for(session, at=at, moment=moment) | dict(answers)
    return judge_supplemental(queries.definition_for(session), values)


def decide_supplemental(
    session: DosingSession,
    *,
    decision: str,
    reason: str,
    answers: Mapping[str, bool],
    second_person: Person,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    kit_number: str = "",
) -> DoseRecord:
    """Records the one decision on the supplemental dose: given, withheld or declined.

    Giving is refused while any reason to withhold is true or unknown, and past any hold; not giving needs a reason.
    """
    known = DoseRecord.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    session = queries.locked(session)
    if session.state != SessionState.DOSED:
        raise Conflict(f"This session is {session.get_state_display().lower()}; there is no supplemental decision now.")
    if DoseRecord.objects.filter(session=session, kind="supplemental", amends__isnull=True).exists():
        raise Conflict("The supplemental decision of this session is recorded already.")
    _check_second_person(session, second_person, by=by, at=observed_at)
    judgement = judge_supplemental_now(session, answers=answers, at=observed_at)
    if decision == "given":
        _check_kit(session, kit_number)
        if obstacle := patient_queries.consent_obstacle(session.participant, at=observed_at):
            raise Refused(obstacle)
        if holds := queries.open_holds(session.participant):
            details = tuple(hold.sentence for hold in holds)
            raise Refused("The supplemental dose is refused.", details=details)
        if not judgement.passes:
            details = tuple(_sentence(verdict) for verdict in judgement.blocking)
            raise Refused("The supplemental dose is refused.", details=details)
    elif not reason.strip():
        raise Refused("Say why the supplemental dose was not given.", field="reason")
    with contribution(by=by, reason=reason or f"Supplemental dose {decision}"):
        dose = _append_dose(
            session, "supplemental", decision, judgement, kit_number=kit_number, second_person=second_person,
            stamp=Stamp(observed_at, submission_id), by=by, at=at, decision_reason=reason,
        )  # fmt: skip
        publish(SupplementalDecided(session.pk, dose.pk))
    return dose


def _append_dose(
    session: DosingSession,
    kind: str,
    decision: str,
    judgement: Judgement,
    *,
    kit_number: str,
    second_person: Person,
    stamp: Stamp,
    by: Person,
    at: datetime,
    decision_reason: str = "",
) -> DoseRecord:
    label = queries.definition_for(session).dose_labels[kind]
    values: dict[str, Any] = {
        "kind": kind,
        "decision": decision,
        "label": f"{label.label}, bottle {label.bottle}",
        "kit_number": kit_number,
        "decision_reason": decision_reason[:300],
        "second_person": second_person,
        "conditions": [_record(verdict) for verdict in judgement.verdicts],
    }
    return append_entry(DoseRecord, session, stamp, values, by=by, at=at)


def _record_obstacles(session: DosingSession, values: Mapping[str, Value], *, kit: "Kit | None") -> list[Obstacle]:
    participant = session.participant
    found = [Obstacle(hold.rule, hold.sentence) for hold in queries.open_holds(participant)]
    if participant.status != "randomised":
        found.append(Obstacle("", f"{participant.screening_number} is not in treatment."))
    if "consent_version" not in values:
        found.append(Obstacle("", "There is no standing consent."))
    if kit is None:
        found.append(Obstacle("", "No kit is dispensed to this session."))
    contradiction = queries.patient_queries.open_contradiction(participant)
    if contradiction is not None:
        found.append(Obstacle("", contradiction.sentence))
    return found


def _team_obstacles(session: DosingSession, definition: ProtocolDefinition, moment: queries.Moment) -> list[Obstacle]:
    """Returns why the therapists who are in the room may not give a dose: a rest, or a sign-off that is missing."""
    therapists = [one.person for one in moment.present if one.leads]
    return [Obstacle("", sentence) for sentence in team_obstacles(session, therapists, definition)]


def _room_obstacles(session: DosingSession, moment: queries.Moment) -> list[Obstacle]:
    """Returns what the list before the dose and the people in the room leave open."""
    answered = {answer.code: answer for answer in moment.checklist}
    found = []
    for item in checklist_of(session):
        answer = answered.get(item.code)
        if item.hard and answer is None:
            found.append(Obstacle("", f"{item.code} {item.text}: not answered yet.", is_of_list=True))
        elif item.hard and answer is not None and not answer.done:
            found.append(Obstacle("", f"{item.code} {item.text}: no, {answer.note}.", is_of_list=True))
    leads = queries.definition_for(session).conduct.lead_duties
    if leads and moment.present and not any(one.leads for one in moment.present):
        found.append(Obstacle("", f"{queries.staffing_fault(session, present=moment.present)}."))
    return found


def _check_kit(session: DosingSession, kit_number: str) -> None:
    kit = kit_for_visit(session.visit)
    if kit is None:
        raise Refused("No kit is dispensed to this session.", field="kit_number")
    if kit.number != kit_number.strip():
        raise Refused(f"{kit_number or 'No number'} is not the kit dispensed to this session.", field="kit_number")


def _check_second_person(session: DosingSession, second_person: Person, *, by: Person, at: datetime) -> None:
    if second_person.pk == by.pk:
        raise Refused("The second person must be somebody else.", field="second_person")
    if all(present.person.pk != second_person.pk for present in queries.in_room(session, at=at)):
        raise Refused(f"{second_person.display_name} is not in the room by the presence ledger.", field="second_person")


def _begin_visit(session: DosingSession, *, by: Person, at: datetime) -> None:
    visit = session.visit
    if visit.state in (VisitState.PLANNED, VisitState.BOOKED):
        patient_actions.start_visit(visit, by=by, at=at)


def _sentence(verdict: Verdict) -> str:
    if verdict.holds is None:
        missing = ", ".join(name.replace("_", " ") for name in verdict.missing)
        return f"{verdict.rule} {verdict.text}: not known yet ({missing})."
    evidence = ", ".join(f"{e.variable.replace('_', ' ')} {e.text}" for e in verdict.evidence)
    return f"{verdict.rule} {verdict.text} ({evidence})."


def _record(verdict: Verdict) -> dict[str, Any]:
    evidence = {e.variable: e.text for e in verdict.evidence}
    return {"rule": verdict.rule, "truth": verdict.truth.value, "evidence": evidence, "missing": list(verdict.missing)}
