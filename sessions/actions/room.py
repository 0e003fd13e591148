"""The ledgers of the room: touch, recording, setting, effects asked at fixed times, drink, checklist, calls."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Unpack
from uuid import UUID, uuid5

from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from protocol.conduct import ChecklistItem
from sessions import queries
from sessions.actions.entries import Further, Stamp, append_entry, observe_effect
from sessions.events import RecordingAttested, TouchOutsidePreferences
from sessions.models import (
    ChecklistAnswer,
    DosingSession,
    EffectEnquiry,
    FluidIntake,
    PhysicianCall,
    RecordingMark,
    SettingMark,
    TouchEvent,
    VitalSigns,
)

TIME_CODE = re.compile(r"\d{1,2}:[0-5]\d(:[0-5]\d)?")


def record_touch(
    session: DosingSession,
    *,
    code: str,
    offered_from: str,
    response: str,
    stop_word: bool,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> TouchEvent:
    """Keeps an offer of supportive touch and its answer; touch outside the preferences is kept too, and announced.

    Raises Refused for a kind of touch that the protocol does not name, and for the stop word with an accepted offer.
    """
    kinds = queries.definition_for(session).conduct.touch
    if code not in kinds:
        raise Refused(
            "Choose the kind of touch. Any other kind is not supportive touch of this protocol.", field="code"
        )
    if stop_word and response == "accepted":
        raise Refused("After the stop word the touch was stopped. Choose Stopped or Declined.", field="response")
    outside = response != "declined" and not queries.welcomes_touch(session, code=code, at=observed_at)
    values = {
        "code": code,
        "words": kinds[code],
        "offered_from": offered_from,
        "response": response,
        "stop_word": stop_word,
        "outside_preferences": outside,
    }
    with contribution(by=by, reason="Touch recorded"):
        touch = append_entry(TouchEvent, session, Stamp(observed_at, submission_id, **further), values, by=by, at=at)
        if touch.outside_preferences:
            publish(TouchOutsidePreferences(touch.pk))
    return touch


def mark_recording(
    session: DosingSession,
    *,
    kind: str,
    time_code: str,
    reference: str,
    note: str,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> RecordingMark:
    """Keeps a line of the recording's index; the attestation that there is none, or not all, needs its reason."""
    if time_code and not TIME_CODE.fullmatch(time_code):
        raise Refused("Write the time code as hours, minutes and seconds, such as 1:04:30.", field="time_code")
    if kind == "gap" and not note.strip():
        raise Refused("Say what is not recorded, and why.", field="note")
    values = {"kind": kind, "time_code": time_code, "reference": reference, "note": note}
    with contribution(by=by, reason="Recording indexed"):
        mark = append_entry(RecordingMark, session, Stamp(observed_at, submission_id, **further), values, by=by, at=at)
        if mark.kind == "gap":
            publish(RecordingAttested(mark.pk))
    return mark


def note_setting(
    session: DosingSession,
    *,
    code: str,
    note: str,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> SettingMark:
    """Keeps a change of the setting, by a word of the protocol's list."""
    known = queries.definition_for(session).conduct.setting
    if code not in known:
        raise Refused("Choose what changed.", field="code")
    values = {"code": code, "words": known[code], "note": note}
    with contribution(by=by, reason="Setting recorded"):
        return append_entry(SettingMark, session, Stamp(observed_at, submission_id, **further), values, by=by, at=at)


def ask_effects(
    session: DosingSession,
    *,
    minute: int,
    answers: Mapping[str, bool],
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> EffectEnquiry:
    """Keeps the answers to the effects that the protocol asks for at a fixed time; what is present is observed too.

    Raises Refused before the initial dose, for a time that is not in the plan, and while an effect was not asked.
    """
    definition = queries.definition_for(session)
    if session.initial_dose_at is None:
        raise Refused("The effects are asked after the initial dose.")
    if minute not in definition.conduct.enquiry.minutes:
        raise Refused("The protocol does not ask at that time.", field="minute")
    terms = {effect.code: effect.term for effect in definition.effects if effect.abuse_related}
    missing = [term for code, term in terms.items() if code not in answers]
    if missing:
        raise Refused(f"Ask each of them. Not asked yet: {', '.join(missing)}.")
    kept = {code: answers[code] for code in terms}
    with contribution(by=by, reason="Effects asked"):
        enquiry = append_entry(
            EffectEnquiry,
            session,
            Stamp(observed_at, submission_id, **further),
            {"minute": minute, "answers": kept},
            by=by,
            at=at,
        )
        for code in (code for code, present in kept.items() if present):
            observe_effect(
                session, code=code, observed_at=observed_at,
                submission_id=uuid5(submission_id, code), by=by, at=at, **further,
            )  # fmt: skip
    return enquiry


def record_fluid(
    session: DosingSession,
    *,
    amount_ml: int,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> FluidIntake:
    """Keeps what the participant drank; more than the protocol allows is kept too, and shown."""
    if amount_ml <= 0:
        raise Refused("Enter how much was drunk.", field="amount_ml")
    fluids = queries.definition_for(session).fluids
    if fluids is not None and amount_ml > fluids.max_l_session * 1000:
        raise Refused(
            "More than a whole session's amount at once cannot be right. Enter millilitres.", field="amount_ml"
        )
    with contribution(by=by, reason="Drink recorded"):
        return append_entry(
            FluidIntake, session, Stamp(observed_at, submission_id, **further), {"amount_ml": amount_ml}, by=by, at=at
        )


def answer_checklist(
    session: DosingSession,
    *,
    code: str,
    done: bool,
    note: str,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> ChecklistAnswer:
    """Keeps the answer to one line of the list before the initial dose; a no says why."""
    if code not in {item.code for item in checklist_of(session)}:
        raise Refused("This line is not in the protocol's list.", field="code")
    if not done and not note.strip():
        raise Refused("Say what is missing.", field="note")
    with contribution(by=by, reason="Checklist answered"):
        values = {"code": code, "done": done, "note": note}
        return append_entry(
            ChecklistAnswer, session, Stamp(observed_at, submission_id, **further), values, by=by, at=at
        )


def record_call(
    session: DosingSession,
    *,
    physician: Person | None,
    about: str,
    reached: bool,
    advice: str,
    observed_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> PhysicianCall:
    """Keeps a call to the physician: whether somebody answered, and what was said."""
    if reached and not advice.strip():
        raise Refused("Write what the physician said.", field="advice")
    sets = queries.standing(VitalSigns, session)
    about = about.strip() or (str(sets[-1]) if sets else "The participant")
    values = {"physician": physician, "about": about[:200], "reached": reached, "advice": advice[:300]}
    with contribution(by=by, reason="Call to the physician recorded"):
        return append_entry(PhysicianCall, session, Stamp(observed_at, submission_id, **further), values, by=by, at=at)


def checklist_of(session: DosingSession) -> tuple[ChecklistItem, ...]:
    """Returns the protocol's list before the initial dose."""
    return queries.definition_for(session).conduct.checklist
