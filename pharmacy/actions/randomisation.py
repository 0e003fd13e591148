"""Asks for the allocation."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.contributions import contribution
from core.errors import Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign_authenticated
from patients import actions as patient_actions
from patients import queries as patient_queries
from pharmacy import allocation, queries
from pharmacy.actions.people import check_password
from pharmacy.allocation import NOTHING

if TYPE_CHECKING:
    from patients.models import Participant, Randomisation


def randomise(
    participant: "Participant", *, submission_id: UUID, by: Person, at: datetime, password: str | None = None
) -> "Randomisation":
    """Takes the next slot of the participant's stratum and assigns a kit; asking again answers the same.

    Slot, kit, blinded record, signature and audit are one transaction. Raises Refused, with what is still open as
    details, when something the protocol requires is false or unknown, and when no slot or kit can be given.
    """
    check_password(password, by=by, otherwise=NOTHING)
    known = patient_queries.randomisation_of(participant)
    if known is not None:
        return known
    state = queries.readiness(participant, at=at)
    if not state.ready or state.stratum.code is None:
        open_lines = tuple(f"{line.text}: {line.evidence}" for line in state.open_lines)
        raise Refused(f"{NOTHING} Not everything is ready.", details=open_lines)
    with contribution(by=by, reason="Randomised"):
        given = allocation.allocate(
            participant_id=participant.pk, stratum=state.stratum.code, levels=state.stratum.levels, at=at
        )
        # Somebody else's request for the same participant may have been first while this one waited for the list.
        known = patient_queries.randomisation_of(participant)
        if known is not None:
            return known
        randomisation = patient_actions.record_randomisation(
            participant,
            randomisation_number=given.randomisation_number,
            kit_number=given.kit_number,
            stratum=state.stratum.code,
            factors=state.stratum.levels,
            submission_id=submission_id,
            by=by,
            at=at,
        )
        sign_authenticated(randomisation, by=by, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
    return randomisation
