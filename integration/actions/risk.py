"""The suicidality answers of a visit: facts, and an announcement when the protocol's rules say so."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from integration import queries
from integration.events import PositiveSuicidality
from integration.models import RiskScreen
from integration.suicidality import (
    positive_rules,
    read_answers,
    risk_items,
    risk_procedure,
    risk_procedure_of_contacts,
    variables_of,
)
from patients import actions as patient_actions
from patients.queries import definition_for, facts_at
from protocol.definition import Procedure
from protocol.expressions import Value

if TYPE_CHECKING:
    from patients.models import Participant, Visit


def record_risk(
    visit: "Visit",
    *,
    answers: Mapping[str, bool | None],
    judged_unsafe: bool,
    submission_id: UUID,
    by: Person,
    at: datetime,
    reason: str = "",
) -> RiskScreen:
    """Keeps the answers, writes the protocol's variables and announces a positive answer, all in one transaction.

    A second record of the same visit corrects the first and needs a reason. The same submission again answers the row
    that is there. Raises Refused naming the questions that were not asked.
    """
    known = RiskScreen.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    definition = definition_for(visit.participant)
    procedure = risk_procedure(definition, visit.code)
    if procedure is None:
        raise Refused("The protocol asks for no suicidality questions at this visit.")
    earlier = queries.latest_screen(visit)
    if earlier is not None and not reason.strip():
        raise Refused("These answers are recorded already. Say why they are corrected.", field="reason")
    return _keep(
        visit.participant, visit, procedure, answers=answers, judged_unsafe=judged_unsafe, earlier=earlier,
        submission_id=submission_id, by=by, at=at, reason=reason,
    )  # fmt: skip


def record_unscheduled_risk(
    participant: "Participant",
    *,
    answers: Mapping[str, bool | None],
    judged_unsafe: bool,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> RiskScreen:
    """Keeps the answers of a contact that nobody planned, with the same consequences.

    Raises Refused naming the questions that were not asked.
    """
    procedure = risk_procedure_of_contacts(definition_for(participant))
    if procedure is None:
        raise Refused("The protocol asks for no suicidality questions in contacts.")
    return _keep(
        participant, None, procedure, answers=answers, judged_unsafe=judged_unsafe, earlier=None,
        submission_id=submission_id, by=by, at=at,
    )  # fmt: skip


def _keep(
    participant: "Participant",
    visit: "Visit | None",
    procedure: Procedure,
    *,
    answers: Mapping[str, bool | None],
    judged_unsafe: bool,
    earlier: RiskScreen | None,
    submission_id: UUID,
    by: Person,
    at: datetime,
    reason: str = "",
) -> RiskScreen:
    definition = definition_for(participant)
    read = read_answers(risk_items(definition, procedure), answers)
    values = variables_of(definition, procedure, answers=read, judged_unsafe=judged_unsafe)
    with contribution(by=by, reason=reason or "Suicidality answers recorded"):
        screen = RiskScreen.objects.create(
            site_id=participant.site_id,
            participant=participant,
            visit=visit,
            observed_at=at,
            answers={code: answer for code, answer in answers.items() if answer is not None},
            ideation_level=read.ideation_level,
            behaviour_count=read.behaviour_count,
            self_injury=read.self_injury,
            judged_unsafe=judged_unsafe,
            replaces=earlier,
            reason=reason.strip() if earlier else "",
            submission_id=submission_id,
            recorded_by=by,
        )
        _write_facts(participant, visit, procedure, values, reason=reason, by=by, at=at)
        if positive_rules(definition, values):
            publish(PositiveSuicidality(RiskScreen._meta.db_table, screen.pk, participant.pk))
    return screen


def _write_facts(
    participant: "Participant",
    visit: "Visit | None",
    procedure: Procedure,
    values: Mapping[str, Value],
    *,
    reason: str,
    by: Person,
    at: datetime,
) -> None:
    stored = {name: _as_text(value) for name, value in values.items()}
    known = facts_at(visit, stored) if visit else {}
    for name in sorted(stored.keys() & known.keys()):
        if known[name].value != stored[name]:
            patient_actions.correct_fact(known[name], value=stored[name], reason=reason, by=by, at=at)
    fresh = [patient_actions.FactEntry(name, stored[name], procedure.code, at) for name in stored if name not in known]
    if fresh:
        patient_actions.record_facts(participant, facts=fresh, visit=visit, by=by, at=at)


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else value
