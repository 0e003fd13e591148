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
    DischargeCheck,
    DistressRating,
    DoseRecord,
    DosingSession,
    MedicineGiven,
    ObservedEffect,
    RoomPresence,
    SessionEntry,
    SessionNote,
    VitalSigns,
)

# Called with the session, the form's content, and `observed_at`, `captured_at`, `submission_id`, `by` and `at`.
Record = Callable[..., SessionEntry]


def _nothing_more(session: DosingSession, at: datetime) -> dict[str, Any]:
    return {}


def _not_judged(entry: Any) -> str:
    return ""


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

    def build(self, session: DosingSession, *, at: datetime, data: Any = None) -> forms.EntryForm:
        """Returns the form of the kind, filled with what was sent."""
        return self.form(data, zone=session.site.zone, now=at, **self.asks(session, at))


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


ALL: tuple[EntryKind, ...] = (
    EntryKind(
        "vitals", VitalSigns, "Vital signs", "Save set", forms.VitalsForm, _vitals, judged=lambda entry: entry.severity
    ),
    EntryKind("effect", ObservedEffect, "Record what you observed", "Save", forms.EffectForm, _effect),
    EntryKind("note", SessionNote, "Note", "Save note", forms.NoteForm, _note),
    EntryKind("distress", DistressRating, "Subjective units of distress", "Save rating", forms.DistressForm, _distress),
    EntryKind("medicine", MedicineGiven, "Medicine given", "Save medicine", forms.MedicineForm, _medicine),
    EntryKind(
        "presence", RoomPresence, "Who is in the room", "Save", forms.PresenceForm, _presence, _people, _presence_words
    ),
)
KINDS: dict[str, EntryKind] = {kind.code: kind for kind in ALL}
# What stands in a session's stream, under the word that its table was given when it joined; steps stand in it too.
STREAMED: dict[str, type[SessionEntry]] = {
    **{kind.code: kind.model for kind in ALL},
    "dose": DoseRecord,
    "discharge": DischargeCheck,
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
