"""The kinds of entries: one place that says of each its form, its action, and how its row reads on the tape.

A kind that stands here has its panel, is taken by the one endpoint to which devices send, waits in a device's store
while the server is away, is named on the tape, and can be corrected. Nothing else has to be written for that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sessions import actions, forms, queries
from sessions.models import (
    ChecklistAnswer,
    DischargeCheck,
    DistressRating,
    DoseRecord,
    DosingSession,
    EffectEnquiry,
    FluidIntake,
    HandOver,
    MedicineGiven,
    ObservedEffect,
    OvernightCheck,
    PhysicianCall,
    RecordingMark,
    RoomPresence,
    SessionEntry,
    SessionNote,
    SessionState,
    SettingMark,
    TouchEvent,
    VitalSigns,
)

# Called with the session, the form's content, and `observed_at`, `captured_at`, `submission_id`, `by` and `at`.
Record = Callable[..., SessionEntry]


def _nothing_more(session: DosingSession, at: datetime) -> dict[str, Any]:
    return {}


def _not_judged(entry: Any) -> str:
    return ""


@dataclass(frozen=True)
class Quick:
    """What one tap records: the words on its button, and what it sends."""

    label: str
    values: Mapping[str, str]


def _no_quick(session: DosingSession, at: datetime) -> tuple[Quick, ...]:
    return ()


@dataclass(frozen=True)
class EntryKind:
    """One kind of entry, under the word that addresses, panels and devices use."""

    code: str
    model: type[SessionEntry]
    title: str
    verb: str
    form: type[forms.EntryForm]
    record: Record
    # What the form's constructor must know besides the zone and the time.
    asks: Callable[[DosingSession, datetime], dict[str, Any]] = _nothing_more
    words: Callable[[Any], str] = str
    # The verdict that its row shows: "watch" or "act", else nothing.
    judged: Callable[[Any], str] = _not_judged
    # What one tap records, without the form.
    quick: Callable[[DosingSession, datetime], tuple[Quick, ...]] = _no_quick

    def build(
        self, session: DosingSession, *, at: datetime, data: Any = None, captured_at: datetime | None = None
    ) -> forms.EntryForm:
        """Returns the form of the kind, filled with what was sent.

        What a device captured while the session ran is not late, whenever it comes.
        """
        closed_at = session.closed_at
        in_time = closed_at is None or (captured_at is not None and captured_at <= closed_at)
        late = session.state == SessionState.CLOSED and self.model is not OvernightCheck and not in_time
        return self.form(data, zone=session.site.zone, now=at, late=late, **self.asks(session, at))


def _people(session: DosingSession, at: datetime) -> dict[str, Any]:
    return {"people": queries.people_on_duty(session, at=at)}


def _vitals(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> VitalSigns:
    names = ("systolic_mmhg", "diastolic_mmhg", "heart_rate_bpm", "temperature_c", "chest_pain")
    return actions.record_vitals(session, **{name: entered[name] for name in names}, **stamp)


def _effect(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> ObservedEffect:
    valence = entered["valence"] or "not_asked"
    return actions.observe_effect(session, code=entered["code"], term=entered["term"], valence=valence, **stamp)


def _note(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> SessionNote:
    return actions.write_note(session, text=entered["text"], **stamp)


def _distress(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> DistressRating:
    return actions.rate_distress(session, score=entered["score"], **stamp)


def _medicine(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> MedicineGiven:
    names = ("name", "amount", "indication")
    return actions.give_medicine(session, **{name: entered[name] for name in names}, **stamp)


def _presence(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> RoomPresence:
    move = actions.enter_room if entered["direction"] == "in" else actions.leave_room
    return move(session, person=entered["person"], **stamp)


def _presence_words(entry: RoomPresence) -> str:
    return f"{entry.person.display_name} {'entered' if entry.direction == 'in' else 'left'}"


def _touch(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> TouchEvent:
    names = ("code", "offered_from", "response", "stop_word")
    return actions.record_touch(session, **{name: entered[name] for name in names}, **stamp)


def _recording(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> RecordingMark:
    names = ("kind", "time_code", "reference", "note")
    return actions.mark_recording(session, **{name: entered[name] for name in names}, **stamp)


def _setting(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> SettingMark:
    return actions.note_setting(session, code=entered["code"], note=entered["note"], **stamp)


def _enquiry(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> EffectEnquiry:
    prefix = "effect_"
    answers = {name.removeprefix(prefix): value for name, value in entered.items() if name.startswith(prefix)}
    return actions.ask_effects(session, minute=entered["minute"], answers=answers, **stamp)


def _fluid(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> FluidIntake:
    return actions.record_fluid(session, amount_ml=entered["amount_ml"], **stamp)


def _checklist(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> ChecklistAnswer:
    return actions.answer_checklist(session, code=entered["code"], done=entered["done"], note=entered["note"], **stamp)


def _call(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> PhysicianCall:
    names = ("physician", "about", "reached", "advice")
    return actions.record_call(session, **{name: entered[name] for name in names}, **stamp)


def _overnight(session: DosingSession, entered: Mapping[str, Any], **stamp: Any) -> OvernightCheck:
    checks = queries.definition_for(session).conduct.overnight_checks
    answers = {words: entered[f"check_{place}"] for place, words in enumerate(checks)}
    return actions.check_overnight(session, answers=answers, note=entered["note"], **stamp)


def _touch_kinds(session: DosingSession, at: datetime) -> dict[str, Any]:
    return {"kinds": queries.definition_for(session).conduct.touch}


def _setting_kinds(session: DosingSession, at: datetime) -> dict[str, Any]:
    return {"kinds": queries.definition_for(session).conduct.setting}


def _effects_to_ask(session: DosingSession, at: datetime) -> dict[str, Any]:
    definition = queries.definition_for(session)
    minutes = definition.conduct.enquiry.minutes
    return {
        "minutes": minutes,
        "terms": {effect.code: effect.term for effect in definition.effects if effect.abuse_related},
        "due": queries.enquiry_due(session, at=at),
    }


def _checklist_lines(session: DosingSession, at: datetime) -> dict[str, Any]:
    return {"lines": {item.code: item.text for item in queries.definition_for(session).conduct.checklist}}


def _whom_to_call(session: DosingSession, at: datetime) -> dict[str, Any]:
    return {"people": queries.physicians_on_duty(session, at=at)}


def _night_checks(session: DosingSession, at: datetime) -> dict[str, Any]:
    return {"checks": queries.definition_for(session).conduct.overnight_checks}


def _quick_effects(session: DosingSession, at: datetime) -> tuple[Quick, ...]:
    return tuple(Quick(effect.term, {"code": effect.code}) for effect in queries.definition_for(session).effects)


def _quick_scores(session: DosingSession, at: datetime) -> tuple[Quick, ...]:
    low, high = queries.definition_for(session).instruments["SUD"]["range_item"]
    return tuple(Quick(str(score), {"score": str(score)}) for score in range(low, high + 1))


def _quick_portions(session: DosingSession, at: datetime) -> tuple[Quick, ...]:
    portions = queries.definition_for(session).conduct.portions_ml
    return tuple(Quick(f"{portion} ml", {"amount_ml": str(portion)}) for portion in portions)


def _quick_settings(session: DosingSession, at: datetime) -> tuple[Quick, ...]:
    known = queries.definition_for(session).conduct.setting
    return tuple(Quick(words, {"code": code}) for code, words in known.items())


def _quick_recordings(session: DosingSession, at: datetime) -> tuple[Quick, ...]:
    # A gap is explained in the form.
    return tuple(Quick(words, {"kind": kind}) for kind, words in RecordingMark.KINDS if kind != "gap")


def _quick_moves(session: DosingSession, at: datetime) -> tuple[Quick, ...]:
    # Both ways for everybody who was here: a tablet's kept panel does not know who has left meanwhile.
    known = {row.person_id: row.person for row in queries.standing(RoomPresence, session)}
    ways = (("in", "enters"), ("out", "leaves"))
    return tuple(
        Quick(f"{person.display_name} {words}", {"person": str(person.pk), "direction": direction})
        for person in known.values()
        for direction, words in ways
    )


ALL: tuple[EntryKind, ...] = (
    EntryKind(
        "vitals", VitalSigns, "Vital signs", "Save set", forms.VitalsForm, _vitals, judged=lambda entry: entry.severity
    ),
    EntryKind(
        "effect", ObservedEffect, "Record what you observed", "Save", forms.EffectForm, _effect, quick=_quick_effects
    ),
    EntryKind("note", SessionNote, "Note", "Save note", forms.NoteForm, _note),
    EntryKind(
        "distress",
        DistressRating,
        "Subjective units of distress",
        "Save rating",
        forms.DistressForm,
        _distress,
        quick=_quick_scores,
    ),
    EntryKind("medicine", MedicineGiven, "Medicine given", "Save medicine", forms.MedicineForm, _medicine),
    EntryKind(
        "presence",
        RoomPresence,
        "Who is in the room",
        "Save",
        forms.PresenceForm,
        _presence,
        _people,
        _presence_words,
        quick=_quick_moves,
    ),
    EntryKind("touch", TouchEvent, "Touch", "Save", forms.TouchForm, _touch, _touch_kinds),
    EntryKind("fluid", FluidIntake, "Drink", "Save", forms.FluidForm, _fluid, quick=_quick_portions),
    EntryKind(
        "setting", SettingMark, "Setting", "Save", forms.SettingForm, _setting, _setting_kinds, quick=_quick_settings
    ),
    EntryKind(
        "recording",
        RecordingMark,
        "Index of the recording",
        "Save",
        forms.RecordingForm,
        _recording,
        quick=_quick_recordings,
    ),
    EntryKind(
        "enquiry", EffectEnquiry, "Ask about effects", "Save answers", forms.EnquiryForm, _enquiry, _effects_to_ask
    ),
    EntryKind("call", PhysicianCall, "Call to the physician", "Save call", forms.CallForm, _call, _whom_to_call),
    EntryKind(
        "checklist", ChecklistAnswer, "Before the dose", "Save", forms.ChecklistForm, _checklist, _checklist_lines
    ),
    EntryKind("overnight", OvernightCheck, "Night check", "Save check", forms.OvernightForm, _overnight, _night_checks),
)
KINDS: dict[str, EntryKind] = {kind.code: kind for kind in ALL}
# What stands in a session's stream, under the word that its table was given when it joined; steps stand in it too.
STREAMED: dict[str, type[SessionEntry]] = {
    **{kind.code: kind.model for kind in ALL},
    "dose": DoseRecord,
    "discharge": DischargeCheck,
    "hand_over": HandOver,
}
OF_MODEL: dict[type[SessionEntry], EntryKind] = {kind.model: kind for kind in ALL}


def code_of(model: type[SessionEntry]) -> str:
    """Returns the word of a kind that can be corrected, or nothing: a dose decision stands as it was made."""
    kind = OF_MODEL.get(model)
    return kind.code if kind else ""


def words_of(entry: SessionEntry) -> str:
    """Returns an entry in a few words, as its row on the tape reads."""
    kind = OF_MODEL.get(type(entry))
    return kind.words(entry) if kind else str(entry)
