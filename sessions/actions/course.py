"""The course of a session: opened, checked for discharge, abandoned."""

from collections.abc import Mapping
from datetime import datetime
from typing import Unpack
from uuid import UUID, uuid4

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from patients import queries as patient_queries
from patients.models import Visit, VisitState
from protocol.dosing import judge_discharge
from protocol.schedule import unmet_predecessors
from sessions import queries
from sessions.actions.entries import Further, Stamp, append_entry, leave_room
from sessions.models import UNDER_EFFECT, DischargeCheck, DosingSession, SessionState


def open_session(visit: Visit, *, by: Person, at: datetime) -> DosingSession:
    """Opens the dosing session of a visit, to prepare it; a second call answers the session that is there.

    One that was abandoned is prepared again.

    Raises Refused when the visit is none for dosing, or visits that must come first are open.
    """
    known = DosingSession.objects.filter(visit=visit).first()
    if known is not None:
        return _prepare_again(known, by=by, at=at) if known.state == SessionState.ABANDONED else known
    participant = visit.participant
    planned = patient_queries.definition_for(participant).visits_by_code.get(visit.code)
    if planned is None or planned.dosing_session is None:
        raise Refused(f"{visit.name} is not a dosing visit.")
    if visit.state not in (VisitState.PLANNED, VisitState.BOOKED):
        raise Refused(f"{visit.name} is {visit.get_state_display().lower()}.")
    if obstacle := patient_queries.consent_obstacle(participant, at=at):
        raise Refused(obstacle)
    unmet = unmet_predecessors(planned, settled=patient_queries.settled_codes(participant))
    if unmet:
        raise Refused(f"First finish or record as missed: {', '.join(unmet)}.")
    with contribution(by=by, reason="Dosing session opened"):
        return DosingSession.objects.create(
            participant=participant,
            site_id=visit.site_id,
            visit=visit,
            number=planned.dosing_session,
            opened_at=at,
            recorded_by=by,
        )


def check_discharge(
    session: DosingSession,
    *,
    answers: Mapping[str, bool],
    escort_name: str,
    second_person: Person,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> DischargeCheck:
    """Keeps a check of readiness by two people with the verdict on every criterion, met or not.

    `answers` are the protocol's yes-or-no questions of discharge by variable name. Raises Conflict before a dose or
    after the close, and Refused when the second person is the first, or nobody is named who takes over.
    """
    if session.state not in UNDER_EFFECT:
        raise Conflict(f"This session is {session.get_state_display().lower()}; there is nothing to check now.")
    if second_person == by:
        raise Refused("Readiness for discharge is agreed by two people.", field="second_person")
    if not escort_name.strip():
        raise Refused("Name who takes the participant over.", field="escort_name")
    values = queries.values_for(session, at=observed_at) | dict(answers)
    judgement = judge_discharge(queries.definition_for(session), values)
    content = {
        "answers": dict(answers),
        "conditions": [
            {"rule": v.rule, "text": v.text, "truth": v.truth.value, "missing": list(v.missing)}
            for v in judgement.verdicts
        ],
        "ready": judgement.passes,
        "escort_name": escort_name,
        "second_person": second_person,
    }
    stamp = Stamp(observed_at, submission_id, **further)
    with contribution(by=by, reason="Discharge readiness checked"):
        return append_entry(DischargeCheck, session, stamp, content, by=by, at=at)


def abandon_session(session: DosingSession, *, reason: str, by: Person, at: datetime) -> DosingSession:
    """Ends a session before any dose, for a reason; everybody leaves the room. It may be prepared again another day.

    Raises Refused without a reason, and once a dose was given.
    """
    if not reason.strip():
        raise Refused("Say why no dose was given.", field="reason")
    with contribution(by=by, reason=reason):
        session = queries.locked(session)
        if session.state != SessionState.PREPARING:
            raise Conflict(
                f"This session is {session.get_state_display().lower()}; only one without a dose can be abandoned."
            )
        for one in queries.in_room(session, at=at):
            leave_room(session, person=one.person, observed_at=at, submission_id=uuid4(), by=by, at=at)
        session.abandon()
        session.save(update_fields=["state"])
    return session


def _prepare_again(session: DosingSession, *, by: Person, at: datetime) -> DosingSession:
    with contribution(by=by, reason="Dosing session prepared again"):
        session.reopen()
        session.opened_at = at
        session.save(update_fields=["state", "opened_at"])
    return session
