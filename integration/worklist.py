"""This room's lines of the worklist: notes to write and sign, contacts, late harm, who is lost, guesses at the arm."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef

from assessments.instruments import guess_procedures
from assessments.queries import unguessed_visits
from core.addresses import address_of
from core.clock import local_date
from core.models import Person
from core.permissions import Permission, Viewer
from core.questions import Question
from core.worklist import NOW, WAITING, WEEK, Offered, WorklistItem, asked
from integration.models import AdherenceReview, FollowUpContact, HarmEnquiry, IntegrationNote, ReviewState
from integration.queries import (
    UPCOMING,
    contact_visits,
    integration_visits,
    late_after,
    open_notes,
    state_of_window,
    window_of,
)
from patients.queries import definition_for
from protocol.durability import Attempt, proposed_step
from sessions.queries import accompanied_participants
from trials.queries import definition_with

# The recordings that the viewer has to rate; a line says the code alone.
REVIEWS = Question(
    lambda who, at: AdherenceReview.objects.filter(reviewer=who.person, state=ReviewState.READY).order_by("code"),
    {"code": "code", "review": "public_id"},
)
# The enquiries that wait to be made, or for a word on why they were not.
ENQUIRIES = Question(
    lambda who, at: HarmEnquiry.objects.filter(
        state="planned", opens_at__lte=at, site_id__in=who.site_ids(Permission.CONTACT_RECORD)
    ).order_by("due_at", "id"),
    {"public_id": "public_id", "code": "participant__screening_number", "name": "name", "visit": "visit__name",
     "closes_at": "closes_at"},
)  # fmt: skip
# What was tried to reach those who are lost.
TRACING = Question(
    lambda who, at: FollowUpContact.objects.filter(
        occasion="visit", visit__state__in=UPCOMING, site_id__in=who.site_ids(Permission.CONTACT_RECORD)
    )
    .exclude(participant__status="withdrawn")
    .order_by("visit_id", "attempted_at", "id"),
    {"visit": "visit__public_id", "name": "visit__name", "code": "participant__screening_number",
     "digest": "participant__protocol_version__digest", "attempted_at": "attempted_at", "reached": "reached",
     "step": "step"},
)  # fmt: skip


def worklist_items(viewer: Viewer, at: datetime) -> list[Offered]:
    """Returns the lines of this room for the viewer's worklist."""
    lines: list[Offered] = []
    if viewer.may(Permission.NOTE_WRITE):
        lines += [_note_line(note, missing, viewer=viewer, at=at) for note, missing in open_notes(viewer)]
        lines += _session_lines(viewer, at=at)
    if viewer.may(Permission.CONTACT_RECORD):
        lines += _contact_lines(viewer, at=at)
        lines.append(asked(ENQUIRIES, viewer, at, lambda rows: [_enquiry_line(row, at=at) for row in rows]))
        lines.append(asked(TRACING, viewer, at, lambda rows: _tracing_lines(rows, at=at)))
    if viewer.may(Permission.REVIEW_ENTER):
        lines.append(asked(REVIEWS, viewer, at, partial(map, _review)))
    if viewer.may(Permission.GUESS_RECORD):
        lines += _guess_lines(viewer)
    return lines


def _review(row: Any) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="Ready",
        subject=row.code,
        task="Rate a recording",
        url=address_of("integration:review-detail", row.review),
        action_label="Rate",
        weight=40,
    )


def _guess_lines(viewer: Viewer) -> Iterable[WorklistItem]:
    """Yields the guesses at the arm that are asked of whoever was in the room when the dose was given."""
    accompanied = accompanied_participants(viewer.person)
    for visit in unguessed_visits(viewer).filter(participant__in=accompanied).order_by("started_at", "id"):
        if not guess_procedures(definition_for(visit.participant), visit.code):
            continue
        yield WorklistItem(
            band=NOW,
            state="due",
            state_label="Due",
            subject=visit.participant.screening_number,
            task="Guess at the arm, before you talk about it",
            detail=visit.name,
            url=address_of("assessments:guess-record", visit.public_id),
            action_label="Guess",
            weight=55,
        )


def _note_line(note: IntegrationNote, missing: tuple[Person, ...], *, viewer: Viewer, at: datetime) -> WorklistItem:
    waits_for_me = not missing or viewer.person in missing
    late = at > note.held_at + late_after(definition_for(note.participant))
    names = ", ".join(person.display_name for person in missing)
    return WorklistItem(
        band=NOW if waits_for_me else WAITING,
        state="overdue" if late and waits_for_me else "started",
        state_label="Late" if late and waits_for_me else "Draft",
        subject=note.participant.screening_number,
        task="Sign the integration note" if waits_for_me else "Integration note, second signature",
        detail=note.visit.name,
        url=address_of("integration:note-detail", note.visit.public_id),
        action_label="Open" if waits_for_me else "Look",
        due_at=note.held_at + late_after(definition_for(note.participant)),
        owner=names or viewer.person.display_name,
        weight=70 if late and waits_for_me else 45,
    )


def _session_lines(viewer: Viewer, *, at: datetime) -> Iterable[WorklistItem]:
    for visit in integration_visits(viewer).filter(
        integration_note__isnull=True, booked_at__lte=at, state__in=UPCOMING
    ):
        yield WorklistItem(
            band=NOW,
            state="due",
            state_label="Due",
            subject=visit.participant.screening_number,
            task="Write the integration note",
            detail=visit.name,
            url=address_of("integration:note-detail", visit.public_id),
            action_label="Write",
            due_at=visit.booked_at,
            window=window_of(visit),
            weight=60,
        )


def _contact_lines(viewer: Viewer, *, at: datetime) -> Iterable[WorklistItem]:
    tried = FollowUpContact.objects.filter(visit_id=OuterRef("pk"))
    for visit in contact_visits(viewer).annotate(tried=Exists(tried)).order_by("target_on", "id"):
        today = local_date(at, zone=visit.site.zone)
        if visit.target_on is None or visit.target_on > today + timedelta(days=1):
            continue
        state = state_of_window(visit, today=today)
        overdue, due = state == "overdue", state in ("open", "closing")
        yield WorklistItem(
            band=NOW if overdue or due else WEEK,
            state="overdue" if overdue else "due",
            state_label=f"Overdue {(today - visit.target_on).days} d"
            if overdue
            else "Due today"
            if due
            else "Due tomorrow",
            subject=visit.participant.screening_number,
            task=visit.name,
            detail="tried, not reached" if visit.tried else "safety questions, wellbeing, medicines",
            url=address_of("integration:contact-detail", visit.public_id),
            action_label="Record",
            window=window_of(visit),
            weight=80 if overdue else 65,
        )


def _enquiry_line(row: Any, *, at: datetime) -> WorklistItem:
    late = at > row.closes_at
    return WorklistItem(
        band=NOW,
        state="overdue" if late else "due",
        state_label="Not made" if late else "Due",
        subject=row.code,
        task="Ask about harm that shows late",
        detail=f"{row.name}, {row.visit}",
        url=address_of("integration:enquiry-detail", row.public_id),
        action_label="Record",
        due_at=row.closes_at,
        weight=58,
    )


def _tracing_lines(attempts: list[Any], *, at: datetime) -> Iterable[WorklistItem]:
    for visit, rows in groupby(attempts, key=lambda row: row.visit):
        made = list(rows)
        rules = definition_with(made[0].digest).durability
        proposed = proposed_step(rules, [Attempt(row.attempted_at, row.reached, row.step) for row in made])
        if proposed is None:
            continue
        days_late = (at - proposed.due_at).days
        late, due = days_late > 0, proposed.due_at <= at
        yield WorklistItem(
            band=NOW if due else WEEK if proposed.due_at <= at + timedelta(days=7) else WAITING,
            state="overdue" if late else "due" if due else "notdue",
            state_label=f"Overdue {days_late} d" if late else "Due" if due else "Not due",
            subject=made[0].code,
            task="Look for the participant",
            detail=f"{proposed.step.name}, about {made[0].name}",
            url=address_of("integration:tracing-detail", visit),
            action_label="Record" if due else "Look",
            due_at=proposed.due_at,
            weight=72 if late else 57,
        )
