"""Reads on integration: notes and what they still need, contact days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from core.audit import history_of
from core.clock import local_date
from core.models import Person, Signature
from core.permissions import Permission, Viewer
from core.signatures import signatures_of, standing_signatures
from core.templatetags.vigil import weekday
from core.worklist import Window
from integration.models import FollowUpContact, IntegrationNote, RiskScreen
from integration.queries.enquiries import (
    enquiries_for,
    open_enquiries,
    opened_enquiries,
    state_of_enquiry,
    waits_for_others,
)
from integration.queries.texts import (
    NOTE_TABLE,
    WrittenText,
    reached_contacts,
    text_of_contact,
    text_of_note,
    visit_of_text,
    written_notes,
)
from integration.suicidality import RiskAnswers, positive_rules, risk_procedure, variables_of
from patients.access import visits_for
from patients.queries import definition_for, open_visits
from protocol.definition import Procedure, ProtocolDefinition
from protocol.schedule import window_state
from trials.queries import people_with_duty

__all__ = [
    "ContactRow",
    "INTEGRATION",
    "NoteStanding",
    "PHONE",
    "SessionRow",
    "Told",
    "UPCOMING",
    "WrittenText",
    "all_notes",
    "all_signatures",
    "attempts_of",
    "contact_rows",
    "contact_visits",
    "contact_words",
    "day_in_words",
    "earlier_note",
    "enquiries_for",
    "integration_visits",
    "is_missed",
    "last_writer",
    "late_after",
    "lateness_of",
    "latest_screen",
    "missing_parts",
    "next_session",
    "note_of",
    "open_enquiries",
    "open_notes",
    "open_procedures",
    "opened_enquiries",
    "reached_contacts",
    "rules_met",
    "score_before",
    "session_rows",
    "signers_by_note",
    "standing_of",
    "state_of_enquiry",
    "state_of_window",
    "text_of_contact",
    "text_of_note",
    "therapists_for",
    "therapists_needed",
    "therapy_procedure",
    "told_at",
    "tried_among",
    "unreached_visits",
    "unscheduled_contacts",
    "visit_of_text",
    "waits_for_others",
    "window_of",
    "written_notes",
]

if TYPE_CHECKING:
    from patients.models import Participant, Visit

INTEGRATION, PHONE = "integration", "phone"
UPCOMING = ("planned", "booked")


@dataclass(frozen=True)
class NoteStanding:
    """Who was present, who has signed the note as it stands, and whether it counts as signed."""

    present: tuple[Person, ...]
    signatures: tuple[Signature, ...]
    needed: int

    @property
    def signer_ids(self) -> frozenset[int]:
        """Returns who has signed the note as it stands."""
        return frozenset(signature.signer_id for signature in self.signatures)

    @property
    def missing(self) -> tuple[Person, ...]:
        """Returns who was present and has not signed."""
        return tuple(person for person in self.present if person.pk not in self.signer_ids)

    @property
    def is_signed(self) -> bool:
        """Returns whether everybody present has signed, and enough were present."""
        return len(self.present) >= self.needed and not self.missing


def note_of(visit: "Visit") -> IntegrationNote | None:
    """Returns the note of an integration session, if one was begun."""
    return IntegrationNote.objects.select_related("recorded_by").filter(visit=visit).first()


@dataclass(frozen=True)
class Told:
    """What was told at a visit about a change in how somebody feels or functions, and when."""

    at: datetime
    words: str


def told_at(visit: "Visit") -> Told | None:
    """Returns what the note or the call of a visit says of any change, if it was recorded."""
    note = note_of(visit)
    if note is not None:
        return Told(note.held_at, note.changes_in_feeling)
    contact = FollowUpContact.objects.filter(visit=visit, reached=True).order_by("-id").first()
    return Told(contact.attempted_at, contact.changes_in_feeling) if contact else None


def standing_of(note: IntegrationNote, *, needed: int) -> NoteStanding:
    """Returns how far the note's signatures are."""
    attendances = note.attendances.filter(present=True).select_related("person").order_by("person__display_name")
    return NoteStanding(tuple(row.person for row in attendances), tuple(standing_signatures(note)), needed)


def missing_parts(note: IntegrationNote, standing: NoteStanding, *, screen: RiskScreen | None) -> tuple[str, ...]:
    """Returns what must be there before the note can be signed, in words."""
    definition = definition_for(note.participant)
    asked = risk_procedure(definition, note.visit.code) is not None
    parts = {
        "the length of the session": note.minutes is not None,
        f"{standing.needed} therapists present": len(standing.present) >= standing.needed,
        "the suicidality answers": not asked or screen is not None,
        "sleep": bool(note.sleep),
        "substance use": bool(note.substances),
        "medicines": bool(note.medicines),
        "the question about any change": bool(note.change_kind),
        "what changed": note.change_kind in ("", "none") or bool(note.changes_in_feeling),
        "the elements of therapy used": bool(note.elements) or not definition.aftercare.integration.approaches,
    }
    return tuple(name for name, is_there in parts.items() if not is_there)


def therapists_needed(definition: ProtocolDefinition, visit_code: str) -> int:
    """Returns how many therapists the visit's therapy asks for."""
    therapy = therapy_procedure(definition, visit_code)
    return len(definition.duties[therapy.role][1]) or 1 if therapy else 1


def therapy_procedure(definition: ProtocolDefinition, visit_code: str) -> Procedure | None:
    """Returns the procedure of the visit that several people of one duty do together, which is the therapy."""
    for procedure in definition.procedures_of(visit_code):
        parts = definition.duties[procedure.role][1]
        if len(parts) > 1 and len(set(parts)) == 1:
            return procedure
    return None


def therapists_for(visit: "Visit", *, at: datetime) -> QuerySet[Person]:
    """Returns who may lead therapy at the visit's site on that day, by the delegation log."""
    therapy = therapy_procedure(definition_for(visit.participant), visit.code)
    duty = definition_for(visit.participant).duties[therapy.role][1][0] if therapy else ""
    return people_with_duty(duty, site_id=visit.site_id, on=local_date(at, zone=visit.site.zone))


def latest_screen(visit: "Visit") -> RiskScreen | None:
    """Returns the suicidality answers of a visit that no correction replaced."""
    found = RiskScreen.objects.filter(visit=visit, replaced_by__isnull=True).select_related("recorded_by")
    return found.order_by("-id").first()


def rules_met(visit: "Visit", screen: RiskScreen | None) -> list[str]:
    """Returns the ids of the protocol's rules that a visit's suicidality answers make true."""
    definition = definition_for(visit.participant)
    procedure = risk_procedure(definition, visit.code)
    if screen is None or procedure is None:
        return []
    read = RiskAnswers(screen.ideation_level, screen.behaviour_count, screen.self_injury)
    values = variables_of(definition, procedure, answers=read, judged_unsafe=screen.judged_unsafe)
    return [verdict.rule for verdict in positive_rules(definition, values)]


def earlier_note(visit: "Visit") -> IntegrationNote | None:
    """Returns the note of the integration session before this one."""
    found = IntegrationNote.objects.filter(participant_id=visit.participant_id, visit__order__lt=visit.order)
    return found.select_related("visit").order_by("-visit__order").first()


def next_session(visit: "Visit") -> "Visit | None":
    """Returns the participant's next integration session that has not begun."""
    later = visit.participant.visits.filter(kind=INTEGRATION, order__gt=visit.order, state__in=UPCOMING)
    return later.order_by("order").first()


def late_after(definition: ProtocolDefinition) -> timedelta:
    """Returns how long after a session its note is late."""
    return timedelta(hours=definition.lateness.integration_note_hours)


def integration_visits(viewer: Viewer) -> QuerySet["Visit"]:
    """Returns the integration sessions of the viewer's sites."""
    return visits_for(viewer, Permission.NOTE_VIEW).filter(kind=INTEGRATION)


def contact_visits(viewer: Viewer) -> QuerySet["Visit"]:
    """Returns the open contact days of the viewer's sites that follow a session that took place."""
    found = visits_for(viewer, Permission.CONTACT_RECORD).filter(kind=PHONE, anchored_on_actual=True)
    return found.filter(state__in=UPCOMING)


def tried_among(visits: QuerySet["Visit"]) -> frozenset[int]:
    """Returns the contact days on which somebody has tried already."""
    return frozenset(FollowUpContact.objects.filter(visit__in=visits).values_list("visit_id", flat=True))


def signers_by_note(note_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Returns who has a signature that nothing superseded, by note; one statement."""
    rows = Signature.objects.filter(record_table=NOTE_TABLE, record_id__in=list(note_ids), superseded_at__isnull=True)
    found: dict[int, set[int]] = {}
    for record_id, signer_id in rows.values_list("record_id", "signer_id"):
        found.setdefault(record_id, set()).add(signer_id)
    return {note_id: frozenset(signers) for note_id, signers in found.items()}


def open_notes(viewer: Viewer) -> list[tuple[IntegrationNote, tuple[Person, ...]]]:
    """Returns the notes that are not signed by everybody present, each with those whose signature is missing."""
    ids = viewer.site_ids(Permission.NOTE_VIEW)
    notes = IntegrationNote.objects.select_related("visit", "participant", "site", "participant__protocol_version")
    notes = notes.prefetch_related("attendances__person").order_by("held_at", "id")
    found = list(notes if ids is None else notes.filter(site_id__in=ids))
    signers = signers_by_note(note.pk for note in found)
    result = []
    for note in found:
        present = [row.person for row in note.attendances.all() if row.present]
        missing = tuple(person for person in present if person.pk not in signers.get(note.pk, frozenset()))
        needed = therapists_needed(definition_for(note.participant), note.visit.code)
        if missing or len(present) < needed:
            result.append((note, missing))
    return result


def state_of_window(visit: "Visit", *, today: date) -> str:
    """Returns not_due, open, closing or overdue for a session or contact that has not taken place."""
    return window_state(
        earliest_on=visit.earliest_on,
        latest_on=visit.latest_on,
        today=today,
        closing_days=definition_for(visit.participant).lateness.window_closing_days,
    )


def window_of(visit: "Visit") -> Window | None:
    """Returns a visit's window as it is drawn."""
    if visit.earliest_on is None or visit.target_on is None or visit.latest_on is None:
        return None
    booked = local_date(visit.booked_at, zone=visit.site.zone) if visit.booked_at else None
    return Window(visit.earliest_on, visit.target_on, visit.latest_on, booked)


# --- pages ---


@dataclass(frozen=True)
class ContactRow:
    """A contact day on the list."""

    visit: "Visit"
    state: str
    words: str
    window: Window | None
    tried: bool = False


@dataclass(frozen=True)
class SessionRow:
    """An integration session on the list, with whose signature its note waits for."""

    visit: "Visit"
    note: IntegrationNote | None
    missing: tuple[Person, ...]
    state: str
    words: str
    window: Window | None


def contact_rows(viewer: Viewer, *, now: datetime, until: date) -> list[ContactRow]:
    """Returns the open contact days up to a day, the longest overdue first."""
    if not viewer.may(Permission.CONTACT_RECORD):
        return []
    found = contact_visits(viewer).filter(target_on__lte=until)
    tried = tried_among(found)
    return [_contact_row(visit, now=now, tried=visit.pk in tried) for visit in found.order_by("target_on", "id")]


def unscheduled_contacts(participant: "Participant") -> list[FollowUpContact]:
    """Returns the contacts that nobody planned, the latest first."""
    found = FollowUpContact.objects.filter(participant=participant, occasion="unscheduled")
    return list(found.select_related("recorded_by").order_by("-attempted_at", "-id"))


def all_notes() -> QuerySet[IntegrationNote]:
    """Returns every integration note with its participant, visit and site, for whoever reads datasets."""
    found = IntegrationNote.objects.select_related("site", "participant", "visit")
    return found.annotate(therapists=Count("attendances", filter=Q(attendances__present=True)))


def session_rows(viewer: Viewer, *, now: datetime, until: date) -> list[SessionRow]:
    """Returns the sessions that come or took place and are not signed by everybody present."""
    if not viewer.may(Permission.NOTE_VIEW):
        return []
    unsigned = {note.visit_id: (note, missing) for note, missing in open_notes(viewer)}
    upcoming = Q(
        integration_note__isnull=True, target_on__lte=until, state__in=[*UPCOMING, "started"], anchored_on_actual=True
    )
    found = integration_visits(viewer).filter(upcoming | Q(pk__in=unsigned)).order_by("target_on", "id")
    return [_session_row(visit, *unsigned.get(visit.pk, (None, ())), now=now) for visit in found]


def unreached_visits(*, at: datetime) -> list["Visit"]:
    """Returns the open contact days of today and yesterday, at every site."""
    today = at.date()
    found = open_visits(None).filter(
        kind=PHONE,
        anchored_on_actual=True,
        target_on__gte=today - timedelta(days=1),
        target_on__lte=today + timedelta(days=1),
    )
    return list(found.order_by("id"))


def is_missed(visit: "Visit", *, at: datetime) -> bool:
    """Returns whether the protocol's hour of a contact day has passed by the site's clock."""
    if visit.target_on is None or visit.participant.status == "withdrawn":
        return False
    hour = definition_for(visit.participant).aftercare.calls.missed_at_hour
    midnight = datetime.combine(visit.target_on, time(), tzinfo=ZoneInfo(visit.site.zone))
    return at >= midnight + timedelta(hours=hour)


def score_before(contact: FollowUpContact) -> int | None:
    """Returns the answer on the scale of wellbeing before this contact."""
    earlier = FollowUpContact.objects.filter(
        participant_id=contact.participant_id, attempted_at__lt=contact.attempted_at, wellbeing_score__isnull=False
    )
    return earlier.order_by("-attempted_at", "-id").values_list("wellbeing_score", flat=True).first()


def attempts_of(visit: "Visit") -> list[FollowUpContact]:
    """Returns the attempts on a contact day, the latest first."""
    return list(
        FollowUpContact.objects.filter(visit=visit).select_related("recorded_by").order_by("-attempted_at", "-id")
    )


def all_signatures(note: IntegrationNote) -> list[Signature]:
    """Returns every signature of a note, those that no longer stand included."""
    return signatures_of(note)


def last_writer(note: IntegrationNote) -> str:
    """Returns the name of who changed the note last."""
    entries = history_of(NOTE_TABLE, note.pk)
    return entries[-1].actor if entries else "Somebody else"


def open_procedures(visit: "Visit") -> list[str]:
    """Returns the names of a begun visit's procedures that are neither done nor given a reason."""
    if visit.started_at is None or visit.ended_at is not None:
        return []
    names = definition_for(visit.participant).procedures
    codes = visit.procedures.filter(state="due").order_by("id").values_list("code", flat=True)
    return [names[code].name if code in names else code for code in codes]


def lateness_of(visit: "Visit", note: IntegrationNote | None, *, now: datetime) -> timedelta | None:
    """Returns by how much a note was, or is, written later than the protocol allows; None if it is in time."""
    held_at = note.held_at if note else visit.started_at or visit.booked_at
    written_at = note.recorded_at if note else now
    if held_at is None or written_at <= held_at + late_after(definition_for(visit.participant)):
        return None
    return written_at - held_at


def day_in_words(visit: "Visit") -> str:
    """Returns the contact day as a person writes it."""
    return weekday(visit.target_on)


def contact_words(visit: "Visit", *, now: datetime) -> str:
    """Returns the state of a contact day in words."""
    return (_contact_row(visit, now=now).words if visit.state in UPCOMING else visit.get_state_display()).lower()


def _contact_row(visit: "Visit", *, now: datetime, tried: bool = False) -> ContactRow:
    today = local_date(now, zone=visit.site.zone)
    state = state_of_window(visit, today=today)
    if state == "overdue" and visit.latest_on:
        return ContactRow(visit, "overdue", f"Overdue {(today - visit.latest_on).days} d", window_of(visit), tried)
    if state == "not_due":
        return ContactRow(visit, "notdue", "Not due", window_of(visit), tried)
    return ContactRow(visit, "due", "Due today", window_of(visit), tried)


def _session_row(
    visit: "Visit", note: IntegrationNote | None, missing: tuple[Person, ...], *, now: datetime
) -> SessionRow:
    if note is not None:
        late = now > note.held_at + late_after(definition_for(visit.participant))
        return SessionRow(
            visit, note, missing, "overdue" if late else "started", "Late" if late else "Draft", window_of(visit)
        )
    today = local_date(now, zone=visit.site.zone)
    state = state_of_window(visit, today=today)
    shapes = {
        "not_due": ("notdue", "Not due"),
        "open": ("due", "Due"),
        "closing": ("closing", "Closing"),
        "overdue": ("overdue", "Overdue"),
    }
    return SessionRow(visit, None, (), *shapes[state], window_of(visit))
