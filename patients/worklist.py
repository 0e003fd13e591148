"""This room's lines of the worklist: windows, eligibility to sign, people to randomise."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse, reverse_lazy

from core.clock import local_date
from core.models import Membership, Signature
from core.permissions import Permission, Viewer
from core.roles import Role
from core.worklist import NOW, WAITING, WEEK, Ask, Offered, Window, WorklistItem
from patients import queries
from patients.access import leads_for, participants_for
from patients.completeness import completeness_of
from patients.models import (
    OPEN_LEADS,
    EligibilityAssessment,
    LeadState,
    Participant,
    ParticipantStatus,
    ReconsentCampaign,
    Visit,
)
from patients.queries import CampaignLine
from protocol.schedule import window_state

# A visit is shown from this long before its window closes or its time has come; a phone contact is integration's.
HORIZON = timedelta(days=7)
OF_OTHER_ROOMS = ("phone",)
# The oldest calls stand on the worklist; the list of leads has them all.
CALLS_SHOWN = 20
STATES = {"overdue": "overdue", "closing": "closing", "open": "due", "not_due": "notdue"}


def worklist_items(viewer: Viewer, at: datetime) -> list[Offered]:
    """Returns what the viewer's roles must do about leads, visits, eligibility and randomisation."""
    lines: list[Offered] = []
    manages = viewer.may(Permission.VISIT_MANAGE)
    enrols = viewer.may(Permission.ELIGIBILITY_SIGN) or viewer.may(Permission.RANDOMISE)
    if viewer.may(Permission.LEAD_RECORD):
        lines.append(_calls(viewer, at=at))
    if manages:
        lines += _visit_lines(viewer, at=at)
    if viewer.may(Permission.CONSENT_RECORD):
        lines += _consent_lines(viewer, at=at)
    people = _before_treatment(viewer, at=at) if enrols else []
    lines += _enrolment_lines(viewer, people)
    if viewer.may(Permission.SCREENING_RECORD):
        lines += _record_lines(viewer, people, at=at)
        lines.append(_contradictions(viewer))
    return lines


def _holder(role: Role, viewer: Viewer, *, at: datetime) -> Coalesce:
    """Returns who holds a role at a row's site: the viewer, if the viewer does, else the first of that role."""
    held = Membership.objects.valid_at(at).filter(
        Q(site_id=OuterRef("site_id")) | Q(site_id__isnull=True), role=role, person__is_active=True
    )
    mine = Case(When(person_id=viewer.person.pk, then=0), default=1)
    ordered = held.order_by(mine, F("site_id").asc(nulls_last=True), "id")
    return Coalesce(Subquery(ordered.values("person__display_name")[:1]), Value(str(role.label)))


def _visit_lines(viewer: Viewer, *, at: datetime) -> list[WorklistItem]:
    # No site is further ahead than a day; which day it is there is asked for each visit.
    until = at + HORIZON + timedelta(days=1)
    near = Q(latest_on__lte=until.date()) | Q(booked_at__lte=until)
    visits = queries.open_visits(viewer.site_ids(Permission.VISIT_MANAGE)).filter(near).exclude(kind__in=OF_OTHER_ROOMS)
    lines = []
    for visit in visits.annotate(owner=_holder(Role.COORDINATOR, viewer, at=at)):
        today = local_date(at, zone=visit.site.zone)
        if not _near(visit, today):
            continue
        lines.append(_visit_line(visit, today=today, owner=visit.owner))
    return lines


def _near(visit: Visit, today: date) -> bool:
    assert visit.latest_on is not None
    closes_soon = visit.latest_on <= today + HORIZON
    booked_soon = visit.booked_at is not None and local_date(visit.booked_at, zone=visit.site.zone) <= today + HORIZON
    return closes_soon or booked_soon


def _visit_line(visit: Visit, *, today: date, owner: str) -> WorklistItem:
    assert visit.latest_on is not None
    closing_days = queries.definition_for(visit.participant).lateness.window_closing_days
    state = window_state(
        earliest_on=visit.earliest_on, latest_on=visit.latest_on, today=today, closing_days=closing_days
    )
    booked_on = local_date(visit.booked_at, zone=visit.site.zone) if visit.booked_at else None
    now = state in ("overdue", "closing") or (booked_on is not None and booked_on <= today)
    closes_at = datetime.combine(visit.latest_on, time.max, tzinfo=ZoneInfo(visit.site.zone))
    return WorklistItem(
        band=NOW if now else WEEK,
        state=STATES[state],
        state_label=_state_words(state, visit.latest_on, today, booked_on),
        subject=visit.participant.screening_number,
        task=f"{'Record' if booked_on and booked_on <= today else 'Confirm' if booked_on else 'Book'} {visit.name}",
        detail=f"booked {booked_on:%-d %b}" if booked_on else "not booked yet",
        url=reverse_lazy("patients:visit-detail", args=[visit.public_id]),
        action_label="Record" if booked_on and booked_on <= today else "Confirm" if booked_on else "Book",
        due_at=closes_at,
        left=_left(visit.latest_on, today),
        window=_window(visit, booked_on),
        owner=owner,
        weight={"overdue": 60, "closing": 50}.get(state, 20),
    )


def _state_words(state: str, latest_on: date, today: date, booked_on: date | None) -> str:
    days = (latest_on - today).days
    if state == "overdue":
        return f"Overdue {-days} d"
    if state == "closing":
        return "Closes today" if days == 0 else f"Closes in {days} d"
    if booked_on is not None and booked_on >= today:
        return "Due today" if booked_on == today else f"Due {booked_on:%a}"
    return "Due"


def _left(latest_on: date, today: date) -> str:
    days = (latest_on - today).days
    return "Today" if days == 0 else f"{days} d" if days > 0 else ""


def _window(visit: Visit, booked_on: date | None) -> Window | None:
    if visit.earliest_on is None or visit.target_on is None or visit.latest_on is None:
        return None
    return Window(visit.earliest_on, visit.target_on, visit.latest_on, booked_on)


def _calls(viewer: Viewer, *, at: datetime) -> Ask:
    """Returns what makes lines of whom to call today, those who wait longest first."""
    found = leads_for(viewer, Permission.LEAD_RECORD)
    # No site is further ahead than this; which day it is there is asked for each lead.
    due = found.filter(state__in=OPEN_LEADS, next_contact_on__lte=(at + timedelta(hours=14)).date())
    reads = {"number": "number", "lead": "public_id", "state": "state", "next_on": "next_contact_on",
             "zone": "site__zone"}  # fmt: skip
    owner = viewer.person.display_name
    lines = partial(_lead_lines, at=at, owner=owner)
    return Ask(due.order_by("next_contact_on", "id"), reads, lines, most=CALLS_SHOWN)


def _lead_lines(rows: list[Any], *, at: datetime, owner: str) -> Iterator[WorklistItem]:
    for row in rows:
        late = (local_date(at, zone=row.zone) - row.next_on).days
        if late >= 0:
            yield _lead_line(row, late=late, owner=owner)


def _lead_line(row: Any, *, late: int, owner: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="overdue" if late else "due",
        state_label=f"Overdue {late} d" if late else "Due today",
        subject=row.number,
        task="Contact lead",
        detail=str(LeadState(row.state).label).lower(),
        url=reverse("patients:lead-detail", args=[row.lead]),
        action_label="Contact",
        left="" if late else "Today",
        owner=owner,
        weight=30 if late else 15,
    )


def _before_treatment(viewer: Viewer, *, at: datetime) -> list[Any]:
    """Returns the people in screening and enrolled, with their latest verdict and who is in charge."""
    waiting = [ParticipantStatus.SCREENING, ParticipantStatus.ENROLLED]
    people = participants_for(viewer, Permission.SCREENING_VIEW).filter(status__in=waiting).order_by("id")
    return list(
        people.annotate(
            verdict=Subquery(_latest_verdict().values("result")[:1]),
            judged_at=Subquery(_latest_verdict().values("visit_code")[:1]),
            held=ArraySubquery(_begun_visits().values("code")),
            signed=Exists(_signature_of_latest_verdict()),
            coordinator=_holder(Role.COORDINATOR, viewer, at=at),
            investigator=_holder(Role.PRINCIPAL_INVESTIGATOR, viewer, at=at),
        )
    )


def _enrolment_lines(viewer: Viewer, people: list[Any]) -> list[WorklistItem]:
    lines = []
    for person in people:
        asks = viewer.may(Permission.RANDOMISE)
        if person.status == ParticipantStatus.ENROLLED and asks:
            lines.append(_randomise_line(person, owner=person.coordinator))
        elif person.status == ParticipantStatus.SCREENING and asks and _waits_for_verdict(person):
            lines.append(_eligibility_line(person, "Judge eligibility", "the last screening visit has begun", "Judge"))
        elif person.verdict == "eligible" and not person.signed:
            lines.append(_sign_line(person, mine=viewer.may(Permission.ELIGIBILITY_SIGN), owner=person.investigator))
        elif person.verdict == "eligible" and person.status == ParticipantStatus.SCREENING and asks:
            lines.append(_eligibility_line(person, "Enrol", "the investigator has signed", "Enrol"))
    return lines


def _consent_lines(viewer: Viewer, *, at: datetime) -> list[Offered]:
    """Returns signings that wait for the second signature, and who must sign a newer form or be moved after it."""
    ids = viewer.site_ids(Permission.CONSENT_RECORD)
    lines = [
        _campaign_line(campaign, line, today=local_date(at, zone=campaign.site.zone), owner=viewer.person.display_name)
        for campaign, line in queries.still_open(ids)
    ]
    reads = {"code": "participant__screening_number", "participant": "participant__public_id",
             "owner": "recorded_by__display_name"}  # fmt: skip
    waiting = queries.signed_and_waiting(ids)
    return [*lines, Ask(waiting, reads, lambda rows: [_countersign_line(row) for row in rows])]


def _campaign_line(campaign: ReconsentCampaign, line: CampaignLine, *, today: date, owner: str) -> WorklistItem:
    days = (campaign.sign_by - today).days
    to_move = line.signed_at is not None
    page = "patients:participant-move" if to_move else "patients:consent"
    return WorklistItem(
        band=NOW if to_move or days <= HORIZON.days else WEEK,
        state="due" if to_move or days >= 0 else "overdue",
        state_label="Signed" if to_move else f"Overdue {-days} d" if days < 0 else "Due",
        subject=line.participant.screening_number,
        task="Move to the new protocol version" if to_move else f"New consent, version {campaign.form_version}",
        detail="signed; visits follow" if to_move else "no procedure before it",
        url=reverse(page, args=[line.participant.public_id]),
        action_label="Move" if to_move else "Sign",
        due_at=datetime.combine(campaign.sign_by, time.max, tzinfo=ZoneInfo(campaign.site.zone)),
        left="" if to_move else _left(campaign.sign_by, today),
        owner=owner,
        weight=46 if to_move else 55 if days < 0 else 35,
    )


def _countersign_line(row: Any) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="signed",
        state_label="Signature",
        subject=row.code,
        task="Sign the consent beside the participant",
        detail="the participant has signed",
        url=reverse("patients:signing-close", args=[row.participant]),
        action_label="Read and sign",
        owner=row.owner,
        weight=58,
    )


def _record_lines(viewer: Viewer, people: list[Any], *, at: datetime) -> list[WorklistItem]:
    """Returns the records that lack a due value, or hold one that is too old, before treatment."""
    records = completeness_of(people, at=at)
    lines = []
    for person in people:
        record = records.get(person.pk)
        if record is None or not record.missing + record.old:
            continue
        lines.append(
            WorklistItem(
                band=WEEK,
                state="overdue" if record.old else "started",
                state_label=f"{record.old} too old" if record.old else f"{record.missing} missing",
                subject=person.screening_number,
                task="Screening record",
                detail=record.sentence,
                url=reverse_lazy("patients:screening", args=[person.public_id]),
                action_label="Complete",
                owner=viewer.person.display_name,
                weight=25,
            )
        )
    return lines


def _contradictions(viewer: Viewer) -> Ask:
    """Returns what makes lines of the values that speak against a signed eligibility and wait for a newer verdict."""
    flags = queries.open_contradictions(viewer.site_ids(Permission.SCREENING_RECORD))
    reads = {"code": "participant__screening_number", "participant": "participant__public_id",
             "criteria": "criteria"}  # fmt: skip
    owner = viewer.person.display_name
    return Ask(flags, reads, lambda rows: [_contradiction_line(row, owner) for row in rows])


def _contradiction_line(row: Any, owner: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="query",
        state_label="Contradiction",
        subject=row.code,
        task="Judge eligibility anew",
        detail=f"a later value speaks against {', '.join(row.criteria)}",
        url=reverse("patients:eligibility", args=[row.participant]),
        action_label="Open",
        owner=owner,
        weight=70,
    )


def _begun_visits() -> QuerySet[Visit]:
    return Visit.objects.filter(participant_id=OuterRef("pk"), started_at__isnull=False)


def _waits_for_verdict(person: Any) -> bool:
    """Returns whether the visit at which all criteria are due has begun, and the newest verdict is of another."""
    if person.protocol_version is None:
        return False
    last = queries.definition_for(person).eligibility_visits[-1]
    return last in person.held and person.judged_at != last


def _latest_verdict() -> QuerySet[EligibilityAssessment]:
    found = EligibilityAssessment.objects.filter(participant_id=OuterRef("pk"))
    return found.order_by("-judged_at", "-id")


def _signature_of_latest_verdict() -> QuerySet[Signature]:
    verdicts = EligibilityAssessment.objects.filter(participant_id=OuterRef(OuterRef("pk")))
    return Signature.objects.filter(
        record_table=EligibilityAssessment._meta.db_table,
        record_id=Subquery(verdicts.order_by("-judged_at", "-id").values("pk")[:1]),
        superseded_at__isnull=True,
    )


def _randomise_line(person: Participant, *, owner: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="Ready",
        subject=person.screening_number,
        task="Randomise",
        detail="enrolled; the investigator has signed",
        url=reverse("pharmacy:randomisation-detail", args=[person.public_id]),
        action_label="Randomise",
        owner=owner,
        weight=40,
    )


def _eligibility_line(person: Any, task: str, detail: str, action: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="Ready",
        subject=person.screening_number,
        task=task,
        detail=detail,
        url=reverse("patients:eligibility", args=[person.public_id]),
        action_label=action,
        owner=person.coordinator,
        weight=40,
    )


def _sign_line(person: Participant, *, mine: bool, owner: str) -> WorklistItem:
    return WorklistItem(
        band=NOW if mine else WAITING,
        state="signed",
        state_label="Signature",
        subject=person.screening_number,
        task="Eligibility signature",
        detail="randomisation waits",
        url=reverse("patients:eligibility", args=[person.public_id]),
        action_label="Review" if mine else "Open",
        owner=owner,
        weight=45,
    )
