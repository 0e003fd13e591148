"""Reads on assessments: answers, the raters' pool, the site's status and the worklist rows."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from assessments.instruments import (
    INDEPENDENT,
    PARTICIPANT,
    Item,
    guess_procedures,
    guess_visits,
    items_of,
    participant_guess,
)
from assessments.models import ArmGuess, Assessment, AssessmentState, ItemValue, UnblindingIncident
from assessments.scores import Scored, answers_of, judge_answers, missing_items
from core.clock import local_date
from core.identifiers import ALPHABET
from core.models import Person
from core.permissions import Permission, Viewer, people_with
from core.roles import Role
from core.worklist import NOW, WAITING, WEEK, Ask, Offered, WorklistItem
from patients.access import visits_for
from patients.queries import definition_for, latest_texts
from protocol.definition import Procedure
from protocol.scoring import Items
from trials.queries import current_version, definition_of, duties_of, people_with_duty

if TYPE_CHECKING:
    from patients.models import Participant, Visit

COORDINATOR = "coordinator"
OPEN = (AssessmentState.READY, AssessmentState.STARTED)
CODE_LENGTH = 6


@dataclass(frozen=True)
class Rating:
    """One interview as its rater sees it: a code, a state, and the parts in the order in which they are answered."""

    code: str
    parts: tuple[Assessment, ...]

    @property
    def state(self) -> AssessmentState:
        """Returns ready, started or locked for the whole interview."""
        states = {part.state for part in self.parts}
        if states == {AssessmentState.LOCKED}:
            return AssessmentState.LOCKED
        return AssessmentState.READY if states == {AssessmentState.READY} else AssessmentState.STARTED

    @property
    def current(self) -> Assessment:
        """Returns the part to go on with: the first that is not locked, else the first."""
        return next((part for part in self.parts if part.state != AssessmentState.LOCKED), self.parts[0])


def ratings_of(rater: Person) -> list[Rating]:
    """Returns a rater's interviews in an order that is always the same and has nothing to do with time."""
    found: dict[str, list[Assessment]] = {}
    for part in ratings_by(rater):
        found.setdefault(part.rating_code, []).append(part)
    return [Rating(code, tuple(parts)) for code, parts in sorted(found.items())]


def rating_with(assessment: Assessment) -> Rating:
    """Returns the interview to which an assessment of an independent rater belongs."""
    parts = [part for part in ratings_by(assessment.rater) if part.rating_code == assessment.rating_code]
    return Rating(assessment.rating_code, tuple(parts))


def ratings_by(rater: Person | None) -> QuerySet[Assessment]:
    """Returns the assessments of a rater that were not cancelled, parts in the order in which they were made."""
    found = Assessment.objects.filter(rater=rater, respondent=INDEPENDENT).exclude(state=AssessmentState.CANCELLED)
    return found.select_related("protocol_version", "rater").order_by("id")


def open_forms_of(participant: "Participant") -> list[Assessment]:
    """Returns the questionnaires that wait for a participant's own answers, those of the earliest visit first."""
    found = Assessment.objects.filter(participant=participant, respondent=PARTICIPANT, state__in=OPEN)
    # What belongs to a visit that has not been booked is not asked for yet.
    ready = found.filter(Q(visit__booked_at__isnull=False) | Q(visit__started_at__isnull=False))
    return list(ready.select_related("protocol_version", "visit").order_by("visit__order", "id"))


def own_form(participant: "Participant", public_id: str) -> Assessment | None:
    """Returns one questionnaire that the participant answers, whatever its state; nobody else's."""
    found = Assessment.objects.filter(participant=participant, respondent=PARTICIPANT, public_id=public_id)
    whole = found.exclude(state=AssessmentState.CANCELLED)
    return whole.select_related("protocol_version", "visit", "participant__site").first()


def answers_for(assessment: Assessment) -> dict[int, int | str | None]:
    """Returns the answers by item, as the scoring reads them."""
    rows = assessment.items.values_list("item", "value", "not_applicable")
    return answers_of({item: (value, skipped) for item, value, skipped in rows})


def answers_by_assessment(assessments: Iterable[Assessment]) -> dict[int, dict[int, int | str | None]]:
    """Returns the answers of several assessments at once, by assessment and item."""
    rows: dict[int, dict[int, tuple[int | None, bool]]] = {}
    found = ItemValue.objects.filter(assessment__in=list(assessments))
    for key, item, value, skipped in found.values_list("assessment_id", "item", "value", "not_applicable"):
        rows.setdefault(key, {})[item] = (value, skipped)
    return {key: answers_of(answers) for key, answers in rows.items()}


def items_for(assessment: Assessment) -> tuple[Item, ...]:
    """Returns the items that the assessment asks, from the protocol version it belongs to."""
    return items_of(definition_of(assessment.protocol_version), assessment.instrument)


def missing_in(assessment: Assessment, answers: Items) -> tuple[int, ...]:
    """Returns the numbers of the items that have no answer yet."""
    return missing_items(definition_of(assessment.protocol_version), assessment.instrument, answers)


def scored(assessment: Assessment) -> Scored:
    """Returns what the answers come to now."""
    definition = definition_of(assessment.protocol_version)
    known = latest_texts(assessment.participant)
    return judge_answers(definition, assessment.instrument, answers_for(assessment), sex=known.get("sex_at_birth"))


def draw_rater(participant: "Participant", *, visit: "Visit", most: int, at: datetime) -> Person | None:
    """Returns a rater of the pool who may still meet the participant, or None.

    The draw is a keyed hash: nobody can foresee it without the installation's key, and a trial played again from the
    same start draws the same.
    """
    met = dict(
        Assessment.objects.filter(participant=participant, respondent=INDEPENDENT, rater__isnull=False)
        .exclude(state=AssessmentState.CANCELLED)
        .values_list("rater_id")
        .annotate(visits=Count("visit_id", distinct=True))
    )
    on = local_date(visit.booked_at or at, zone=participant.site.zone)
    pool = people_with_duty(INDEPENDENT, site_id=participant.site_id, on=on).filter(
        pk__in=[rater.pk for rater in people_with(Role.INDEPENDENT_RATER, site_id=participant.site_id, moment=at)]
    )
    free = [rater for rater in pool if met.get(rater.pk, 0) < most]
    occasion = f"{participant.screening_number}:{visit.code}"
    return min(free, key=lambda rater: _keyed(f"draw:{occasion}:{rater.username}"), default=None)


def rating_code(visit: "Visit", rater: Person) -> str:
    """Returns the code under which the rater knows the interview; it says nothing of whom or when."""
    mark = _keyed(f"code:{visit.participant.screening_number}:{visit.code}:{rater.username}")
    letters = [ALPHABET[byte % len(ALPHABET)] for byte in mark[:CODE_LENGTH]]
    return f"{''.join(letters[:3])}-{''.join(letters[3:])}".upper()


def site_assessments(viewer: Viewer, permission: Permission) -> QuerySet[Assessment]:
    """Returns the assessments of the viewer's sites: their status; items and scores are for nobody there."""
    ids = viewer.site_ids(permission)
    found = Assessment.objects.exclude(state=AssessmentState.CANCELLED).select_related(
        "participant", "visit", "rater", "protocol_version", "site"
    )
    return found if ids is None else found.filter(site_id__in=ids)


def unrated_instruments(visit: "Visit") -> list[str]:
    """Returns the instruments of a visit that wait for a rater."""
    waiting = Assessment.objects.filter(visit=visit, respondent=INDEPENDENT, rater__isnull=True, state__in=OPEN)
    return list(waiting.order_by("id").values_list("instrument", flat=True))


def guess_asked_of(person: Person, visit: "Visit", *, at: datetime) -> Procedure | None:
    """Returns the guess that the protocol asks of a person at a visit, by the duties that the person holds there."""
    on = local_date(at, zone=visit.site.zone)
    held = duties_of(person, site_id=visit.site_id, on=on)
    asked = guess_procedures(definition_for(visit.participant), visit.code)
    return next((procedure for procedure in asked if procedure.role in held), None)


def participant_guess_at(visit: "Visit") -> Procedure | None:
    """Returns the guess that the protocol asks of the participant at a visit."""
    return participant_guess(definition_for(visit.participant), visit.code)


def participant_has_guessed(visit: "Visit", procedure: Procedure) -> bool:
    """Returns whether the participant's guess is recorded; what it says is hidden from whoever asks."""
    return visit.procedures.filter(code=procedure.code, state="done").exists()


def own_guess(person: Person, visit: "Visit", procedure: Procedure) -> ArmGuess | None:
    """Returns the guess that a person made at a visit, if it was made."""
    return ArmGuess.objects.filter(visit=visit, procedure=procedure.code, recorded_by=person).first()


def unguessed_visits(viewer: Viewer) -> QuerySet["Visit"]:
    """Returns the visits of the viewer's sites that have begun and at which the viewer made no guess."""
    made = ArmGuess.objects.filter(visit_id=OuterRef("pk"), recorded_by=viewer.person)
    found = visits_for(viewer, Permission.GUESS_RECORD).filter(started_at__isnull=False)
    return found.filter(~Exists(made), participant__randomisation__isnull=False)


def incidents() -> QuerySet[UnblindingIncident]:
    """Returns the slips of blinding that the database opens to whoever asks, the latest first."""
    found = UnblindingIncident.objects.select_related("recorded_by", "site", "judgement__recorded_by")
    return found.order_by("-observed_at", "-id")


def worklist_items(viewer: Viewer, at: datetime) -> list[Offered]:
    """Returns the lines of this room for the viewer's worklist."""
    lines: list[Offered] = []
    if viewer.may(Permission.RATING_ENTER):
        lines += [_rater_line(rating) for rating in ratings_of(viewer.person) if rating.state in OPEN]
    if viewer.may(Permission.RATING_BOOK):
        lines.append(_at_site(site_assessments(viewer, Permission.RATING_BOOK), at=at))
        lines += _guesses(viewer)
    return lines


def _guesses(viewer: Viewer) -> list[Ask]:
    """Returns what makes lines of the guesses still to be made at the site: the coordinator's own, the participant's.

    The pair's stand on the pair's worklists, for those whom they accompanied.
    """
    version = current_version()
    if version is None:
        return []
    definition = definition_of(version)
    begun = visits_for(viewer, Permission.RATING_BOOK).filter(started_at__isnull=False).order_by("started_at", "id")
    mine = ArmGuess.objects.filter(visit_id=OuterRef("pk"), recorded_by=viewer.person)
    own = begun.filter(~Exists(mine), code__in=guess_visits(definition, frozenset({COORDINATOR})))
    asked = {visit.code: participant_guess(definition, visit.code) for visit in definition.visits}
    theirs = Q(pk__in=())
    for code, procedure in asked.items():
        if procedure is not None:
            theirs |= Q(code=code, procedures__code=procedure.code, procedures__state="due")
    waiting = begun.filter(pk__in=visits_for(viewer, Permission.RATING_BOOK).filter(theirs).values("pk"))
    reads = {"code": "participant__screening_number", "visit": "public_id", "name": "name", "started_at": "started_at"}
    return [Ask(own, reads, partial(map, _own_guess)), Ask(waiting, reads, partial(map, _participants_guess))]


def _own_guess(row: Any) -> WorklistItem:
    address = reverse("assessments:guess-record", args=[row.visit])
    return _guess_line(row, "Guess at the arm, before you talk about it", address, "Guess")


def _participants_guess(row: Any) -> WorklistItem:
    address = reverse("assessments:guess-of-participant", args=[row.visit])
    return _guess_line(row, "Let the participant guess at the arm", address, "Hand over")


def _guess_line(row: Any, task: str, address: str, verb: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="Due",
        subject=row.code,
        task=task,
        detail=row.name,
        url=address,
        action_label=verb,
        due_at=row.started_at,
        weight=50,
    )


def _rater_line(rating: Rating) -> WorklistItem:
    begun = rating.state == AssessmentState.STARTED
    return WorklistItem(
        band=NOW,
        state="started" if begun else "due",
        state_label="Started" if begun else "Ready",
        subject=rating.code,
        task="Go on with the assessment" if begun else "Begin the assessment",
        url=reverse("assessments:rating-detail", args=[rating.current.public_id]),
        action_label="Resume" if begun else "Start",
        weight=60 if begun else 50,
    )


def _at_site(found: QuerySet[Assessment], *, at: datetime) -> Ask:
    unrated = Q(respondent=INDEPENDENT, rater__isnull=True)
    unfinished = ~Q(respondent=INDEPENDENT) & Q(visit__started_at__isnull=False)
    late = Q(respondent=INDEPENDENT, rater__isnull=False, visit__booked_at__lt=at)
    open_ones = found.filter(state__in=OPEN).filter(unrated | unfinished | late).order_by("visit__booked_at", "id")
    reads = {"code": "participant__screening_number", "assessment": "public_id", "instrument": "instrument",
             "respondent": "respondent", "rater_id": "rater_id", "state": "state", "visit_id": "visit_id",
             "visit": "visit__name", "booked_at": "visit__booked_at", "started_at": "visit__started_at"}  # fmt: skip
    return Ask(open_ones, reads, _site_lines)


def _site_lines(rows: list[Any]) -> Iterable[WorklistItem]:
    seen: set[tuple[int, str]] = set()
    for row in rows:
        line = _site_line(row)
        if (row.visit_id, line.task) not in seen:
            seen.add((row.visit_id, line.task))
            yield line


def _site_line(row: Any) -> WorklistItem:
    if row.respondent != INDEPENDENT:
        return WorklistItem(
            band=NOW,
            state="started" if row.state == AssessmentState.STARTED else "due",
            state_label="Started" if row.state == AssessmentState.STARTED else "Due",
            subject=row.code,
            task=f"Enter {row.instrument}",
            detail=row.visit,
            url=reverse("assessments:form-detail", args=[row.assessment]),
            action_label="Enter",
            due_at=row.started_at,
            weight=40,
        )
    board = reverse("assessments:assessment-list")
    if row.rater_id is None:
        return WorklistItem(
            band=WEEK,
            state="closing",
            state_label="No rater",
            subject=row.code,
            task="Assign a rater",
            detail=row.visit,
            url=board,
            action_label="Assign",
            due_at=row.booked_at,
            weight=55,
        )
    return WorklistItem(
        band=WAITING,
        state="started",
        state_label=str(AssessmentState(row.state).label),
        subject=row.code,
        task="Assessment not locked yet",
        detail=row.visit,
        url=board,
        action_label="Open",
        due_at=row.booked_at,
        owner="Rater",
        weight=20,
    )


def _keyed(text: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).digest()
