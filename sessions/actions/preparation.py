"""The preparatory session: agenda, safety plan, touch and recording, expectancy, taper; signed by both therapists."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person, Signature, SignatureMeaning
from core.signatures import sign, standing_signatures
from patients import actions as patient_actions
from patients import queries as patient_queries
from protocol.definition import ProtocolDefinition
from reminders.actions import cancel_reminder, plan_reminder
from sessions import queries
from sessions.events import PreparationSigned
from sessions.models import PreparationAttendance, PreparatorySession

if TYPE_CHECKING:
    from patients.models import Visit

REMINDER = "note_written"


@dataclass(frozen=True)
class PreparationFields:
    """Everything that is written of a preparatory session; `present` names the therapists by key."""

    held_at: datetime
    minutes: int | None = None
    present: frozenset[int] = frozenset()
    agenda: tuple[str, ...] = ()
    safety_plan: str = ""
    touch_reviewed: bool = False
    touch_limits: str = ""
    stop_word: str = ""
    recording_reviewed: bool = False
    expectancy: int | None = None
    taper: str = ""
    medicines: str = ""
    allergies: str = ""
    note: str = ""


def write_preparation(
    visit: "Visit", *, fields: PreparationFields, seen_version: int, by: Person, at: datetime, reason: str = ""
) -> PreparatorySession:
    """Keeps the record as it was typed; `seen_version` is the version the writer started from, 0 for none.

    Raises Conflict when somebody else wrote meanwhile. A record with standing signatures is reopened by any change,
    and needs a reason. The same text again writes nothing.
    """
    _check_fields(visit, fields, at=at)
    with contribution(by=by, reason=reason or "Preparatory session recorded"):
        held = PreparatorySession.objects.select_for_update(of=("self",)).filter(visit=visit).first()
        if (held.version if held else 0) != seen_version:
            raise Conflict("Somebody else changed this record while you were writing. Read it again, then write.")
        if held is None:
            held = PreparatorySession.objects.create(
                site_id=visit.site_id, participant=visit.participant, visit=visit, recorded_by=by, **_columns(fields)
            )
            _keep_attendance(held, fields.present, by=by)
            return held
        present = frozenset(held.attendances.filter(present=True).values_list("person_id", flat=True))
        columns = _columns(fields)
        if present == fields.present and all(getattr(held, name) == value for name, value in columns.items()):
            return held
        if not reason.strip() and standing_signatures(held):
            raise Refused("This record is signed. Say why it is changed; it must then be signed again.", field="reason")
        for name, value in columns.items():
            setattr(held, name, value)
        held.version += 1
        held.save()
        _keep_attendance(held, fields.present, by=by)
    return held


def sign_preparation(
    preparation: PreparatorySession, *, password: str, by: Person, at: datetime, shown_digest: str = ""
) -> Signature:
    """Signs the record as it stands; the first signature ends the visit's session.

    Raises Refused when the signer was not present or has signed, or when something is missing; WrongPassword;
    Conflict when the record changed since it was shown.
    """
    signed = {signature.signer_id for signature in standing_signatures(preparation)}
    if by.pk in signed:
        raise Refused("You have signed this record already.")
    if not preparation.attendances.filter(person=by, present=True).exists():
        raise Refused("Only a therapist who was present signs the record.")
    if missing := missing_of(preparation):
        raise Refused(f"Still missing: {', '.join(missing)}.")
    with contribution(by=by, reason="Preparatory session signed"):
        signature = sign(
            preparation, by=by, password=password, meaning=SignatureMeaning.AUTHORSHIP, at=at, shown_digest=shown_digest
        )
        cancel_reminder(key=_reminder_key(preparation, by), reason="The record was signed", by=by)
        _begin_visit(preparation, by=by)
        present = set(preparation.attendances.filter(present=True).values_list("person_id", flat=True))
        if present <= signed | {by.pk}:
            publish(PreparationSigned(preparation.pk, preparation.visit_id, at))
    return signature


def missing_of(preparation: PreparatorySession) -> list[str]:
    """Returns what must be there before the record is signed."""
    definition = patient_queries.definition_for(preparation.participant)
    agenda = definition.conduct.agenda_at(preparation.visit.code)
    open_subjects = [item.text for item in agenda if item.code not in preparation.agenda]
    needed = therapists_needed(definition, preparation.visit.code)
    present = preparation.attendances.filter(present=True).count()
    parts = [
        (f"{needed} therapists present", present >= needed),
        ("the length", bool(preparation.minutes)),
        *((f"“{text}”", False) for text in open_subjects),
        ("the safety plan", bool(preparation.safety_plan.strip())),
        ("the consent to touch read again", preparation.touch_reviewed),
        ("the stop word", bool(preparation.stop_word.strip())),
        ("the consent to recording read again", preparation.recording_reviewed),
        ("what is expected of the treatment", preparation.expectancy is not None),
        ("medicines and taper", bool(preparation.taper)),
        ("allergies, or that there are none", bool(preparation.allergies.strip())),
    ]
    return [words for words, there in parts if not there]


def therapists_needed(definition: ProtocolDefinition, visit_code: str) -> int:
    """Returns how many therapists the protocol asks for at a visit's session: the parts of the procedure's role."""
    roles = [definition.roles[procedure.role] for procedure in definition.procedures_of(visit_code)]
    return max(
        (role.parts.count(queries.THERAPIST) or int(role.code == queries.THERAPIST) for role in roles), default=1
    )


def _check_fields(visit: "Visit", fields: PreparationFields, *, at: datetime) -> None:
    if visit.kind != "preparatory":
        raise Refused("Only a preparatory session has this record.")
    if visit.state in ("missed", "cancelled"):
        raise Refused(f"{visit.name} is {visit.get_state_display().lower()}; it has no record.")
    if fields.held_at > at:
        raise Refused("The session cannot lie in the future.", field="held_at")
    definition = patient_queries.definition_for(visit.participant)
    low, high = definition.conduct.expectancy
    if fields.expectancy is not None and not low <= fields.expectancy <= high:
        raise Refused(f"Between {low} and {high}.", field="expectancy")
    allowed = set(queries.therapists_on(visit, at=fields.held_at).values_list("pk", flat=True))
    if fields.present - allowed:
        raise Refused("Only therapists with the delegated duty on that day can have led the session.", field="present")


def _columns(fields: PreparationFields) -> dict[str, Any]:
    columns = {name: getattr(fields, name) for name in PreparationFields.__dataclass_fields__ if name != "present"}
    return columns | {"agenda": sorted(fields.agenda)}


def _keep_attendance(preparation: PreparatorySession, present: frozenset[int], *, by: Person) -> None:
    known = {row.person_id: row for row in preparation.attendances.all()}
    for person_id in present - known.keys():
        row = PreparationAttendance.objects.create(
            preparation=preparation, person_id=person_id, site_id=preparation.site_id, recorded_by=by
        )
        _remind(preparation, row.person, by=by)
    for person_id, row in known.items():
        if row.present != (person_id in present):
            row.present = person_id in present
            row.save(update_fields=["present"])


def _remind(preparation: PreparatorySession, person: Person, *, by: Person) -> None:
    for rule in patient_queries.definition_for(preparation.participant).reminders:
        if rule.relative_to == REMINDER:
            plan_reminder(
                key=_reminder_key(preparation, person),
                template=rule.template,
                due_at=preparation.held_at + timedelta(hours=rule.hours),
                site_id=preparation.site_id,
                person=person,
                by=by,
            )


def _reminder_key(preparation: PreparatorySession, person: Person) -> str:
    return f"preparation_unsigned:{preparation.public_id}:{person.public_id}"


def _begin_visit(preparation: PreparatorySession, *, by: Person) -> None:
    visit = preparation.visit
    if visit.state in ("planned", "booked"):
        patient_actions.start_visit(visit, by=by, at=preparation.held_at)
