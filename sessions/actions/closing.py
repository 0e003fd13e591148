"""The end of a session: before its time or not, what must be complete, and the signature that closes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack
from uuid import UUID

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person, SignatureMeaning
from core.signatures import sign
from pharmacy.queries import is_given_back
from protocol.conduct import EarlyEnd, enquiry_points
from sessions import queries
from sessions.actions.entries import Further, Stamp, append_entry
from sessions.events import SessionClosed
from sessions.ledger import Ledger, ledger_of
from sessions.models import (
    UNDER_EFFECT,
    ConditionOverride,
    DischargeCheck,
    DoseRecord,
    DosingSession,
    EffectEnquiry,
    HandOver,
    ObservedEffect,
    OvernightCheck,
    RecordingMark,
    SessionState,
)
from trials.queries import duties_of


@dataclass(frozen=True)
class ClosingLine:
    """One thing that must be complete before a session is closed; `panel` is where it is completed."""

    text: str
    done: bool
    detail: str = ""
    panel: str = ""


def end_early(session: DosingSession, *, cause: str, reason: str, by: Person, at: datetime) -> DosingSession:
    """Ends a session before its time after a dose; the participant stays, watched, until discharge.

    Raises Refused without a cause of the protocol and a reason, and Conflict when the session is not under way.
    """
    known = _early_end(session)
    if cause not in known.reasons:
        raise Refused("Choose why the session ends.", field="cause")
    if not reason.strip():
        raise Refused("Say in a sentence what happened.", field="reason")
    with contribution(by=by, reason=reason):
        locked = queries.locked(session)
        if locked.state != SessionState.DOSED:
            raise Conflict(f"This session is {locked.get_state_display().lower()}; it cannot be ended early.")
        locked.end_early()
        locked.ended_early_at, locked.early_end_cause, locked.early_end_reason = at, cause, reason[:300]
        locked.save(update_fields=["state", "ended_early_at", "early_end_cause", "early_end_reason"])
    return locked


def release_early(
    session: DosingSession, *, reason: str, password: str, by: Person, at: datetime
) -> list[ConditionOverride]:
    """Signs, criterion by criterion, that the participant leaves although the latest check says not ready.

    Raises Refused unless the session ended early, was checked, and the signer holds the duty that the protocol names.
    """
    if session.state != SessionState.ENDING:
        raise Refused("Only after a session ended early may somebody leave who is not ready.")
    duty = _early_end(session).release_by
    on = local_date(at, zone=session.site.zone)
    if duty not in duties_of(by, site_id=session.site_id, on=on):
        raise Refused(f"Only a {duty.replace('_', ' ')} may sign this.")
    checks = queries.standing(DischargeCheck, session)
    if not checks:
        raise Refused("Check readiness for discharge first.")
    if not reason.strip():
        raise Refused("Say why the participant may leave.", field="reason")
    with contribution(by=by, reason=reason):
        rows = []
        for condition in unmet_criteria(session, checks[-1]):
            row = ConditionOverride.objects.create(
                session=session, site_id=session.site_id, condition=condition["rule"], duty=duty, reason=reason,
                decided_at=at, recorded_by=by,
            )  # fmt: skip
            sign(row, by=by, password=password, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
            rows.append(row)
    return rows


def unmet_criteria(session: DosingSession, check: DischargeCheck) -> list[dict[str, str]]:
    """Returns the criteria of a check that are not met and that nobody signed for."""
    passed = set(ConditionOverride.objects.filter(session=session).values_list("condition", flat=True))
    return [c for c in check.conditions if c["truth"] != "true" and c["rule"] not in passed]


def hand_over(
    session: DosingSession,
    *,
    attendant: Person,
    told: str,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> HandOver:
    """Keeps that the participant was handed over to the attendant of the night, and what the attendant was told."""
    if attendant == by:
        raise Refused("Somebody else takes the participant over.", field="attendant")
    if not told.strip():
        raise Refused("Write what the attendant must know.", field="told")
    stamp = Stamp(observed_at, submission_id, **further)
    with contribution(by=by, reason="Handed over for the night"):
        return append_entry(HandOver, session, stamp, {"attendant": attendant, "told": told}, by=by, at=at)


def check_overnight(
    session: DosingSession,
    *,
    answers: dict[str, bool],
    note: str,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> OvernightCheck:
    """Keeps a look at the participant in the night; a no says in words what was found."""
    asked = queries.definition_for(session).conduct.overnight_checks
    if session.initial_dose_at is None:
        raise Refused("No dose was given; there is no night to watch.")
    if any(words not in answers for words in asked):
        raise Refused("Answer each of the checks.")
    if not all(answers[words] for words in asked) and not note.strip():
        raise Refused("Say what you found.", field="note")
    values = {"answers": {words: answers[words] for words in asked}, "note": note}
    with contribution(by=by, reason="Night check recorded"):
        stamp = Stamp(observed_at, submission_id, **further)
        return append_entry(OvernightCheck, session, stamp, values, by=by, at=at)


def closing_lines(session: DosingSession, *, at: datetime, ledger: Ledger | None = None) -> tuple[ClosingLine, ...]:
    """Returns what must be complete before the session is closed, each line with what is still missing."""
    known = ledger or ledger_of(session)
    definition = queries.definition_for(session)
    lines = [_readiness(session, known), _supplemental(session, known), *_enquiries(session, known, at=at)]
    unclassified = [effect for effect in known.standing(ObservedEffect) if effect.valence == "not_asked"]
    lines.append(
        ClosingLine(
            "Every observation says how it was felt",
            not unclassified,
            ", ".join(effect.term for effect in unclassified[:3]) if unclassified else "",
            "observed",
        )
    )
    attested = any(mark.kind in RecordingMark.ATTESTED for mark in known.standing(RecordingMark))
    lines.append(ClosingLine("Recording attested", attested, "" if attested else "whole, or with a gap", "recording"))
    planned = definition.visits_by_code[session.visit.code]
    if planned.overnight:
        handed = bool(known.standing(HandOver))
        lines.append(ClosingLine("Handed over to the attendant of the night", handed, panel="hand_over"))
    if not _both_given(known):
        back = is_given_back(session.visit)
        lines.append(
            ClosingLine(
                "Unused bottle back in the pharmacy, witnessed", back, "" if back else "the pharmacy records it"
            )
        )
    return tuple(lines)


def close_session(session: DosingSession, *, password: str, by: Person, at: datetime) -> DosingSession:
    """Closes a session by signature, once everything is complete.

    Raises Conflict unless the participant is under the effect and watched, and Refused naming all that is missing.
    """
    with contribution(by=by, reason="Session closed"):
        locked = queries.locked(session)
        if locked.state not in UNDER_EFFECT:
            raise Conflict(f"This session is {locked.get_state_display().lower()}; it cannot be closed.")
        missing = tuple(
            f"{line.text}{f': {line.detail}' if line.detail else ''}"
            for line in closing_lines(locked, at=at)
            if not line.done
        )
        if missing:
            raise Refused("The session cannot be closed yet.", details=missing)
        locked.close()
        locked.closed_at = at
        locked.save(update_fields=["state", "closed_at"])
        sign(locked, by=by, password=password, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
        publish(SessionClosed(locked.pk))
    session.refresh_from_db()
    return session


def _early_end(session: DosingSession) -> EarlyEnd:
    known = queries.definition_for(session).conduct.early_end
    if known is None:
        raise Refused("The protocol does not say how a session may end early.")
    return known


def _readiness(session: DosingSession, ledger: Ledger) -> ClosingLine:
    text = "Ready for discharge, agreed by both"
    checks = ledger.standing(DischargeCheck)
    if not checks:
        return ClosingLine(text, False, "not checked yet", "discharge")
    if checks[-1].ready:
        return ClosingLine(text, True)
    unmet = unmet_criteria(session, checks[-1])
    if session.state == SessionState.ENDING and not unmet:
        return ClosingLine("Let go by signature, criterion by criterion", True)
    return ClosingLine(text, False, ", ".join(f"{c['rule']} {c['text']}" for c in unmet), "discharge")


def _supplemental(session: DosingSession, ledger: Ledger) -> ClosingLine:
    decided = any(dose.kind == "supplemental" for dose in ledger.standing(DoseRecord))
    # Whoever ends before the window was over never came to the decision.
    done = decided or session.ended_early_at is not None
    return ClosingLine("Supplemental dose decided", done, panel="supplemental")


def _enquiries(session: DosingSession, ledger: Ledger, *, at: datetime) -> list[ClosingLine]:
    if session.initial_dose_at is None:
        return []
    asked = {row.minute: row.observed_at for row in ledger.standing(EffectEnquiry)}
    until = session.ended_early_at or at
    points = enquiry_points(
        queries.definition_for(session).conduct.enquiry, initial_at=session.initial_dose_at, asked=asked
    )
    missing = [f"T+ {point.minute} min" for point in points if point.opens_at <= until and point.asked_at is None]
    return [ClosingLine("Effects asked at their times", not missing, ", ".join(missing), "enquiry")] if points else []


def _both_given(ledger: Ledger) -> bool:
    return {dose.kind for dose in ledger.standing(DoseRecord) if dose.decision == "given"} == {
        "initial",
        "supplemental",
    }
