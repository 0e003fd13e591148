"""What a finished session or contact does to its visit."""

from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import Refused
from core.models import Person
from integration.suicidality import risk_procedure
from patients import actions as patient_actions
from patients.queries import definition_for
from protocol.definition import ProtocolDefinition

if TYPE_CHECKING:
    from patients.models import Visit

# What the open question about any change, welcome or not, and the one about medicines and wellbeing answer.
ASKED_IN_WORDS = ("AE", "POSITIVE_AE", "CONMED", "WELLBEING")


def end_visit(visit: "Visit", *, began_at: datetime, ended_at: datetime, therapy: str, by: Person) -> tuple[str, ...]:
    """Starts the visit if nobody did, records what was asked as done, and ends it; returns what is still open.

    Raises Refused when the visit may not take place: no consent, or one before it is open.
    """
    if visit.started_at is None:
        patient_actions.start_visit(visit, by=by, at=began_at)
    done = _asked(definition_for(visit.participant), visit, therapy=therapy)
    patient_actions.record_procedures_done(visit, codes=done, by=by, at=began_at)
    still_open = tuple(visit.procedures.filter(state="due").order_by("id").values_list("code", flat=True))
    if not still_open and visit.ended_at is None:
        _finish(visit, ended_at=ended_at, by=by)
    return still_open


def _asked(definition: ProtocolDefinition, visit: "Visit", *, therapy: str) -> list[str]:
    risk = risk_procedure(definition, visit.code)
    return [*ASKED_IN_WORDS, *([risk.code] if risk else []), *([therapy] if therapy else [])]


def _finish(visit: "Visit", *, ended_at: datetime, by: Person) -> None:
    if visit.started_at is not None and ended_at < visit.started_at:
        raise Refused("The session cannot end before it began. Correct its time or its length.", field="held_at")
    patient_actions.finish_visit(visit, by=by, at=ended_at)
