"""This room's lines of the worklist: windows, eligibility to sign, people to randomise."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from core.addresses import address_of
from core.clock import local_date
from core.models import Membership, Signature
from core.permissions import Permission, Viewer
from core.questions import Question
from core.roles import Role
from core.worklist import NOW, WAITING, WEEK, Offered, Window, WorklistItem, asked
from patients import queries
from patients.access import leads_for, participants_for
from patients.completeness import Screened, tallies_of
from patients.models import (
    OPEN_LEADS,
    EligibilityAssessment,
    Lead,
    LeadState,
    Participant,
    ParticipantStatus,
    ReconsentCampaign,
    Visit,
)
from patients.queries import CampaignLine
from protocol.schedule import window_state
from trials.queries import definition_with

# A visit is shown from this long before its window closes or its time has come; a phone contact is integration's.
HORIZON = timedelta(days=7)
OF_OTHER_ROOMS = ("phone",)
# The oldest calls stand on the worklist; the list of leads has them all.
CALLS_SHOWN = 20
STATES = {"overdue": "overdue", "closing": "closing", "open": "due", "not_due": "notdue"}


# --- questions -----------------------------------------------------------------------------------------------------
def _open_visits(who: Any, at: Any) -> QuerySet[Visit]:
    """Returns the windows that close soon, and the visits whose time has come."""
    # No site is further ahead than a day; which day it is there is asked for each visit.
    until = at + (HORIZON + timedelta(days=1))
    # A window that is reckoned from a plan moves with it: once it is past, what is late is the visit before.
    stands = Q(anchored_on_actual=True) | Q(latest_on__gte=at.date())
    near = (stands & Q(latest_on__lte=until.date())) | Q(booked_at__lte=until)
    return queries.open_visits(who.site_ids(Permission.VISIT_MANAGE)).filter(near).exclude(kind__in=OF_OTHER_ROOMS)


def _whom_to_call(who: Any, at: Any) -> QuerySet[Lead]:
    """Returns whom to call today, those who wait longest first."""
    # No site is further ahead than this; which day it is there is asked for each lead.
    latest = (at + timedelta(hours=14)).date()
    found = leads_for(who, Permission.LEAD_RECORD).filter(state__in=OPEN_LEADS, next_contact_on__lte=latest)
    return found.order_by("next_contact_on", "id")


def _before_treatment(who: Any, at: Any) -> QuerySet[Participant]:
    """Returns the people in screening and enrolled, with what their latest verdict says."""
    waiting = [ParticipantStatus.SCREENING, ParticipantStatus.ENROLLED]
    people = participants_for(who, Permission.SCREENING_VIEW).filter(status__in=waiting).order_by("id")
    return people.annotate(
        verdict=Subquery(_latest_verdict().values("result")[:1]),
        judged_at_visit=Subquery(_latest_verdict().values("visit_code")[:1]),
        held=ArraySubquery(_begun_visits().values("code")),
        signed=Exists(_signature_of_latest_verdict()),
    )


def _begun_visits() -> QuerySet[Visit]:
    return Visit.objects.filter(participant_id=OuterRef("pk"), started_at__isnull=False)


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


VISITS = Question(
    _open_visits,
    {"code": "participant__screening_number", "digest": "participant__protocol_version__digest",
     "visit": "public_id", "name": "name", "earliest_on": "earliest_on", "target_on": "target_on",
     "latest_on": "latest_on", "booked_at": "booked_at", "zone": "site__zone", "site": "site_id"},
)  # fmt: skip
CALLS = Question(
    _whom_to_call,
    {"number": "number", "lead": "public_id", "state": "state", "next_on": "next_contact_on", "zone": "site__zone"},
    most=CALLS_SHOWN,
)
BEFORE_TREATMENT = Question(
    _before_treatment,
    {"pk": "pk", "code": "screening_number", "participant": "public_id", "status": "status",
     "digest": "protocol_version__digest", "site": "site_id", "zone": "site__zone", "verdict": "verdict",
     "judged_at_visit": "judged_at_visit", "held": "held", "signed": "signed"},
)  # fmt: skip
COUNTERSIGNATURES = Question(
    lambda who, at: queries.signed_and_waiting(who.site_ids(Permission.CONSENT_RECORD)),
    {"code": "participant__screening_number", "participant": "participant__public_id",
     "owner": "recorded_by__display_name"},
)  # fmt: skip
CONTRADICTIONS = Question(
    lambda who, at: queries.open_contradictions(who.site_ids(Permission.SCREENING_RECORD)),
    {"code": "participant__screening_number", "participant": "participant__public_id", "criteria": "criteria"},
)


# --- lines ---------------------------------------------------------------------------------------------------------
def worklist_items(viewer: Viewer, at: datetime) -> list[Offered]:
    """Returns what the viewer's roles must do about leads, visits, eligibility and randomisation."""
    lines: list[Offered] = []
    manages = viewer.may(Permission.VISIT_MANAGE)
    enrols = viewer.may(Permission.ELIGIBILITY_SIGN) or viewer.may(Permission.RANDOMISE)
    holders = _Holders(viewer, at)
    if viewer.may(Permission.LEAD_RECORD):
        lines.append(asked(CALLS, viewer, at, partial(_lead_lines, at=at, owner=viewer.person.display_name)))
    if manages:
        lines.append(asked(VISITS, viewer, at, partial(_visit_lines, holders=holders, at=at)))
    if viewer.may(Permission.CONSENT_RECORD):
        lines += _consent_lines(viewer, at=at)
    if enrols:
        make = partial(_people_lines, viewer=viewer, holders=holders, at=at)
        lines.append(asked(BEFORE_TREATMENT, viewer, at, make))
    if viewer.may(Permission.SCREENING_RECORD):
        owner = viewer.person.display_name
        lines.append(asked(CONTRADICTIONS, viewer, at, lambda rows: [_contradiction_line(row, owner) for row in rows]))
    return lines


class _Holders:
    """Who holds a role at each site: the viewer, if the viewer does, else the first of that role."""

    def __init__(self, viewer: Viewer, at: datetime) -> None:
        self._viewer, self._at = viewer, at

    @cached_property
    def _held(self) -> list[tuple[str, int | None, str]]:
        roles = [Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR]
        held = Membership.objects.valid_at(self._at).filter(role__in=roles, person__is_active=True)
        mine = Case(When(person_id=self._viewer.person.pk, then=0), default=1)
        ordered = held.order_by(mine, F("site_id").asc(nulls_last=True), "id")
        return list(ordered.values_list("role", "site_id", "person__display_name"))

    def of(self, role: Role, site_id: int) -> str:
        """Returns the name, or the role's where nobody holds it."""
        names = (name for held, site, name in self._held if held == role and site in (site_id, None))
        return next(names, str(role.label))


def _visit_lines(rows: list[Any], *, holders: _Holders, at: datetime) -> Iterator[WorklistItem]:
    days = {zone: local_date(at, zone=zone) for zone in {row.zone for row in rows}}
    owners = {site: holders.of(Role.COORDINATOR, site) for site in {row.site for row in rows}}
    for row in rows:
        today = days[row.zone]
        booked_on = local_date(row.booked_at, zone=row.zone) if row.booked_at else None
        if row.latest_on <= today + HORIZON or (booked_on is not None and booked_on <= today + HORIZON):
            yield _visit_line(row, today=today, booked_on=booked_on, owner=owners[row.site])


def _visit_line(row: Any, *, today: date, booked_on: date | None, owner: str) -> WorklistItem:
    closing_days = definition_with(row.digest).lateness.window_closing_days
    state = window_state(earliest_on=row.earliest_on, latest_on=row.latest_on, today=today, closing_days=closing_days)
    now = state in ("overdue", "closing") or (booked_on is not None and booked_on <= today)
    verb = "Record" if booked_on and booked_on <= today else "Confirm" if booked_on else "Book"
    return WorklistItem(
        band=NOW if now else WEEK,
        state=STATES[state],
        state_label=_state_words(state, row.latest_on, today, booked_on),
        subject=row.code,
        task=f"{verb} {row.name}",
        detail=f"booked {booked_on:%-d %b}" if booked_on else "not booked yet",
        url=address_of("patients:visit-detail", row.visit),
        action_label=verb,
        due_at=datetime.combine(row.latest_on, time.max, tzinfo=ZoneInfo(row.zone)),
        left=_left(row.latest_on, today),
        window=_window(row, booked_on),
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


def _window(row: Any, booked_on: date | None) -> Window | None:
    if row.earliest_on is None or row.target_on is None:
        return None
    return Window(row.earliest_on, row.target_on, row.latest_on, booked_on)


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
        url=address_of("patients:lead-detail", row.lead),
        action_label="Contact",
        left="" if late else "Today",
        owner=owner,
        weight=30 if late else 15,
    )


def _people_lines(people: list[Any], *, viewer: Viewer, holders: _Holders, at: datetime) -> Iterator[WorklistItem]:
    yield from _enrolment_lines(viewer, people, holders)
    if viewer.may(Permission.SCREENING_RECORD):
        yield from _record_lines(viewer, people, at=at)


def _enrolment_lines(viewer: Viewer, people: list[Any], holders: _Holders) -> Iterator[WorklistItem]:
    asks = viewer.may(Permission.RANDOMISE)
    for person in people:
        coordinator = holders.of(Role.COORDINATOR, person.site)
        if person.status == ParticipantStatus.ENROLLED and asks:
            yield _randomise_line(person, owner=coordinator)
        elif person.status == ParticipantStatus.SCREENING and asks and _waits_for_verdict(person):
            yield _eligibility_line(
                person, "Judge eligibility", "the last screening visit has begun", "Judge", owner=coordinator
            )
        elif person.verdict == "eligible" and not person.signed:
            investigator = holders.of(Role.PRINCIPAL_INVESTIGATOR, person.site)
            yield _sign_line(person, mine=viewer.may(Permission.ELIGIBILITY_SIGN), owner=investigator)
        elif person.verdict == "eligible" and person.status == ParticipantStatus.SCREENING and asks:
            yield _eligibility_line(person, "Enrol", "the investigator has signed", "Enrol", owner=coordinator)


def _consent_lines(viewer: Viewer, *, at: datetime) -> list[Offered]:
    """Returns signings that wait for the second signature, and who must sign a newer form or be moved after it."""
    ids = viewer.site_ids(Permission.CONSENT_RECORD)
    lines = [
        _campaign_line(campaign, line, today=local_date(at, zone=campaign.site.zone), owner=viewer.person.display_name)
        for campaign, line in queries.still_open(ids)
    ]
    waiting = asked(COUNTERSIGNATURES, viewer, at, lambda rows: [_countersign_line(row) for row in rows])
    return [*lines, waiting]


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
        url=address_of(page, line.participant.public_id),
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
        url=address_of("patients:signing-close", row.participant),
        action_label="Read and sign",
        owner=row.owner,
        weight=58,
    )


def _record_lines(viewer: Viewer, people: list[Any], *, at: datetime) -> Iterator[WorklistItem]:
    """Yields the records that lack a due value, or hold one that is too old, before treatment."""
    screened = [Screened(person.pk, person.digest, person.zone) for person in people if person.digest]
    tallies = tallies_of(screened, at=at) if screened else {}
    for person in people:
        record = tallies.get(person.pk)
        if record is None or not record.missing + record.old:
            continue
        yield WorklistItem(
            band=WEEK,
            state="overdue" if record.old else "started",
            state_label=f"{record.old} too old" if record.old else f"{record.missing} missing",
            subject=person.code,
            task="Screening record",
            detail=record.sentence,
            url=address_of("patients:screening", person.participant),
            action_label="Complete",
            owner=viewer.person.display_name,
            weight=25,
        )


def _contradiction_line(row: Any, owner: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="query",
        state_label="Contradiction",
        subject=row.code,
        task="Judge eligibility anew",
        detail=f"a later value speaks against {', '.join(row.criteria)}",
        url=address_of("patients:eligibility", row.participant),
        action_label="Open",
        owner=owner,
        weight=70,
    )


def _waits_for_verdict(person: Any) -> bool:
    """Returns whether the visit at which all criteria are due has begun, and the newest verdict is of another."""
    if person.digest is None:
        return False
    last = definition_with(person.digest).eligibility_visits[-1]
    return last in person.held and person.judged_at_visit != last


def _randomise_line(person: Any, *, owner: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="Ready",
        subject=person.code,
        task="Randomise",
        detail="enrolled; the investigator has signed",
        url=address_of("pharmacy:randomisation-detail", person.participant),
        action_label="Randomise",
        owner=owner,
        weight=40,
    )


def _eligibility_line(person: Any, task: str, detail: str, action: str, *, owner: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="Ready",
        subject=person.code,
        task=task,
        detail=detail,
        url=address_of("patients:eligibility", person.participant),
        action_label=action,
        owner=owner,
        weight=40,
    )


def _sign_line(person: Any, *, mine: bool, owner: str) -> WorklistItem:
    return WorklistItem(
        band=NOW if mine else WAITING,
        state="signed",
        state_label="Signature",
        subject=person.code,
        task="Eligibility signature",
        detail="randomisation waits",
        url=address_of("patients:eligibility", person.participant),
        action_label="Review" if mine else "Open",
        owner=owner,
        weight=45,
    )
