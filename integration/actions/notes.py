"""The note of an integration session: drafts that lose nothing, and the signatures of everybody present."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person, Signature, SignatureMeaning
from core.signatures import sign
from integration import queries
from integration.actions.visits import end_visit
from integration.events import NoteSigned, NoteWritten
from integration.models import IntegrationNote, NoteAttendance
from patients.queries import definition_for
from reminders.actions import cancel_reminder, plan_reminder

if TYPE_CHECKING:
    from patients.models import Visit

COURSES = ("new", "returning", "eased")


@dataclass(frozen=True)
class Theme:
    """A theme of the session and how it stands against the sessions before."""

    name: str
    course: str


@dataclass(frozen=True)
class PracticeOutcome:
    """What became of a practice that was agreed in the session before, by the protocol's code."""

    practice: str
    outcome: str


@dataclass(frozen=True)
class NoteFields:
    """Everything a therapist writes in a note; `present` names the therapists who were there by key.

    A session with several participants says how many; one with one participant says none.
    """

    held_at: datetime
    minutes: int | None = None
    place: str = "site"
    present: frozenset[int] = frozenset()
    attendance: str = "whole"
    group_size: int | None = None
    companions: tuple[str, ...] = ()
    sleep: str = ""
    substances: str = ""
    medicines: str = ""
    change_kind: str = ""
    changes_in_feeling: str = ""
    elements: tuple[str, ...] = ()
    themes: tuple[Theme, ...] = ()
    body: str = ""
    relationships: str = ""
    meaning: str = ""
    practice_outcomes: tuple[PracticeOutcome, ...] = ()
    practices: str = ""
    free_text: str = ""


def write_note(
    visit: "Visit", *, fields: NoteFields, seen_version: int, by: Person, at: datetime, reason: str = ""
) -> IntegrationNote:
    """Keeps the note as it was typed; `seen_version` is the version the writer started from, 0 for none.

    Raises Conflict when somebody else wrote meanwhile: nothing is kept then, and the caller shows both. A note with
    standing signatures is reopened by any change and needs a reason. The same text again writes nothing.
    """
    _check_fields(visit, fields, at=at)
    with contribution(by=by, reason=reason or "Integration note changed"):
        held = IntegrationNote.objects.select_for_update(of=("self",)).filter(visit=visit).first()
        if (held.version if held else 0) != seen_version:
            if held is not None and _same(held, fields):
                return held
            raise Conflict("Somebody else changed this note while you were writing. Both texts are shown.")
        if held is None:
            return _begin(visit, fields, by=by)
        if not _same(held, fields):
            _change(held, fields, reason=reason, by=by)
    return held


def sign_note(note: IntegrationNote, *, password: str, by: Person, at: datetime, shown_digest: str = "") -> Signature:
    """Signs the note as it stands; the first signature ends the session's visit, the last one makes the note signed.

    Raises Refused when the signer was not present, has signed, or something that must be there is missing;
    WrongPassword; Conflict when the note changed since it was shown.
    """
    visit = note.visit
    definition = definition_for(visit.participant)
    needed = queries.therapists_needed(definition, visit.code)
    standing = queries.standing_of(note, needed=needed)
    _check_signer(standing, by=by)
    _check_complete(note, standing)
    with contribution(by=by, reason="Integration note signed"):
        signature = sign(
            note, by=by, password=password, meaning=SignatureMeaning.AUTHORSHIP, at=at, shown_digest=shown_digest
        )
        cancel_reminder(key=_reminder_key(note, by), reason="The note was signed", by=by)
        therapy = queries.therapy_procedure(definition, visit.code)
        ended_at = note.held_at + timedelta(minutes=note.minutes or 0)
        if visit.ended_at is None:
            end_visit(visit, began_at=note.held_at, ended_at=ended_at, therapy=therapy.code if therapy else "", by=by)
        if queries.standing_of(note, needed=needed).is_signed:
            publish(NoteSigned(note.pk, visit.pk, at))
    return signature


# --- writing ---


def _begin(visit: "Visit", fields: NoteFields, *, by: Person) -> IntegrationNote:
    note = IntegrationNote.objects.create(
        site_id=visit.site_id, participant=visit.participant, visit=visit, recorded_by=by, **_columns(fields)
    )
    _keep_attendance(note, fields.present, by=by)
    publish(NoteWritten(note.pk))
    return note


def _change(note: IntegrationNote, fields: NoteFields, *, reason: str, by: Person) -> None:
    if not reason.strip() and queries.signers_by_note([note.pk]):
        raise Refused("This note is signed. Say why it is changed; it must then be signed again.", field="reason")
    for name, value in _columns(fields).items():
        setattr(note, name, value)
    note.version += 1
    note.save()
    _keep_attendance(note, fields.present, by=by)


def _keep_attendance(note: IntegrationNote, present: frozenset[int], *, by: Person) -> None:
    known = {row.person_id: row for row in note.attendances.all()}
    for person_id in present - known.keys():
        row = NoteAttendance.objects.create(note=note, person_id=person_id, site_id=note.site_id, recorded_by=by)
        _remind(note, row.person, by=by)
    for person_id, row in known.items():
        if row.present != (person_id in present):
            row.present = person_id in present
            row.save(update_fields=["present"])


def _columns(fields: NoteFields) -> dict[str, Any]:
    columns = {name: getattr(fields, name) for name in NoteFields.__dataclass_fields__ if name != "present"}
    return columns | {
        "companions": list(fields.companions),
        "elements": list(fields.elements),
        "themes": [asdict(theme) for theme in fields.themes],
        "practice_outcomes": [asdict(told) for told in fields.practice_outcomes],
    }


def _same(note: IntegrationNote, fields: NoteFields) -> bool:
    present = frozenset(note.attendances.filter(present=True).values_list("person_id", flat=True))
    columns = _columns(fields)
    return present == fields.present and all(getattr(note, name) == value for name, value in columns.items())


def _check_fields(visit: "Visit", fields: NoteFields, *, at: datetime) -> None:
    if visit.kind != queries.INTEGRATION:
        raise Refused("Only an integration session has an integration note.")
    if visit.state in ("missed", "cancelled"):
        raise Refused(f"{visit.name} is {visit.get_state_display().lower()}; it has no note.")
    if fields.held_at > at:
        raise Refused("The session cannot lie in the future.", field="held_at")
    if any(theme.course not in COURSES or not theme.name.strip() for theme in fields.themes):
        raise Refused("Say of each theme whether it is new, returning or eased.", field="themes")
    _check_by_protocol(visit, fields)
    allowed = set(queries.therapists_for(visit, at=fields.held_at).values_list("pk", flat=True))
    if fields.present - allowed:
        raise Refused("Only therapists with the delegated duty on that day can have led the session.", field="present")


def _check_by_protocol(visit: "Visit", fields: NoteFields) -> None:
    therapy = definition_for(visit.participant).aftercare.integration
    if set(fields.elements) - therapy.element_texts().keys():
        raise Refused("The protocol does not name one of these elements of therapy.", field="elements")
    if set(fields.companions) - therapy.companions_at(visit.code).keys():
        raise Refused("The protocol lets nobody of this kind come along to this session.", field="companions")
    if fields.group_size is not None and visit.code not in therapy.group_visits:
        raise Refused("The protocol holds this session with one participant.", field="group_size")
    if {told.outcome for told in fields.practice_outcomes} - therapy.practice_outcomes.keys():
        raise Refused("Say what became of each practice in the protocol's words.", field="practice_outcomes")


def _remind(note: IntegrationNote, person: Person, *, by: Person) -> None:
    definition = definition_for(note.participant)
    for rule in definition.reminders:
        if rule.relative_to == "note_written":
            plan_reminder(
                key=_reminder_key(note, person),
                template=rule.template,
                due_at=note.held_at + timedelta(hours=rule.hours),
                site_id=note.site_id,
                person=person,
                by=by,
            )


def _reminder_key(note: IntegrationNote, person: Person) -> str:
    return f"note_unsigned:{note.public_id}:{person.public_id}"


# --- signing ---


def _check_signer(standing: queries.NoteStanding, *, by: Person) -> None:
    if by.pk in standing.signer_ids:
        raise Refused("You have signed this note already.")
    if by not in standing.present:
        raise Refused("Only a therapist who was present signs the note.")


def _check_complete(note: IntegrationNote, standing: queries.NoteStanding) -> None:
    missing = queries.missing_parts(note, standing, screen=queries.latest_screen(note.visit))
    if missing:
        raise Refused(f"Still missing: {', '.join(missing)}.")
