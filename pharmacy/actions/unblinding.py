"""Unblinds one participant in an emergency, tells that it happened, and rehearses it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.health import state_of_parts
from core.models import Person
from core.permissions import Role, people_with
from patients import queries as patient_queries
from pharmacy import allocation, ledger
from pharmacy.actions.people import check_password
from pharmacy.events import ParticipantUnblinded
from pharmacy.models import Unblinding, UnblindingDrill
from reminders.actions import plan_reminder

if TYPE_CHECKING:
    from patients.models import Participant

# Who is told that it happened, never what was answered.
TOLD = {
    Role.SAFETY_OFFICER: "unblinding_notice",
    Role.PRINCIPAL_INVESTIGATOR: "unblinding_site_notice",
    Role.MEDICAL_MONITOR: "unblinding_site_notice",
}


@dataclass(frozen=True)
class Revealed:
    """The answer of an emergency unblinding; it is shown once and kept nowhere."""

    arm: str
    arm_name: str
    unblinding: Unblinding


def unblind(
    participant: "Participant", *, reason: str, by: Person, at: datetime, password: str | None = None
) -> Revealed:
    """Reveals one participant's arm in an emergency.

    The question is committed to the log and to the blinded record before the answer is read; safety learns that it
    happened and not what was answered. Nothing here needs the task queue. Raises Refused and WrongPassword.
    """
    check_password(password, by=by, otherwise="Nothing was revealed.")
    if not reason.strip():
        raise Refused("Say why it cannot wait. Nothing was revealed.", field="reason")
    log_id, unblinding_id = allocation.ask_to_reveal(participant_id=participant.pk, reason=reason.strip(), by=by, at=at)
    unblinding = Unblinding.objects.select_related("participant", "recorded_by").get(pk=unblinding_id)
    with contribution(by=by, reason="Emergency unblinding"):
        tell_of(unblinding, by=by, at=at)
        publish(ParticipantUnblinded(unblinding.pk, participant.pk))
    arm = allocation.reveal(log_id, by=by)
    definition = patient_queries.definition_for(participant)
    names = {candidate.code: candidate.name for candidate in definition.arms}
    return Revealed(arm, names.get(arm, arm), unblinding)


def tell_of(unblinding: Unblinding, *, by: Person, at: datetime) -> None:
    """Plans the notices that somebody was unblinded; telling again plans nothing twice."""
    for role, template in TOLD.items():
        for person in people_with(role, site_id=unblinding.site_id, moment=at):
            if person.pk == unblinding.recorded_by_id:
                continue
            plan_reminder(
                key=f"{template}:{unblinding.public_id}:{person.public_id}",
                template=template,
                due_at=at,
                site_id=unblinding.site_id,
                person=person,
                by=by,
            )


def start_drill(participant: "Participant", *, by: Person, at: datetime) -> UnblindingDrill:
    """Starts a rehearsal of emergency unblinding, and its clock."""
    with contribution(by=by, reason="Drill of emergency unblinding"):
        return UnblindingDrill.objects.create(
            participant=participant, started_at=at, site_id=participant.site_id, recorded_by=by
        )


def finish_drill(drill: UnblindingDrill, *, by: Person, at: datetime, password: str | None = None) -> UnblindingDrill:
    """Goes the whole way of an unblinding but for the answer, and keeps how long it took and what was away.

    Raises WrongPassword, and Refused when the person would get no answer in an emergency.
    """
    check_password(password, by=by, otherwise="The drill goes on.")
    if drill.answered_at is not None:
        return drill
    if not ledger.can_be_revealed(drill.participant_id, by=by):
        raise Refused("In an emergency you would get no answer: the participant was not randomised.")
    with contribution(by=by, reason="Drill of emergency unblinding"):
        drill.answered_at = at
        drill.parts_away = sorted(name for name, state in state_of_parts().items() if state != "ok")
        drill.save(update_fields=["answered_at", "parts_away"])
    return drill
