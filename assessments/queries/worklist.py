"""The lines of this room for the viewer's worklist."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from assessments.instruments import (
    INDEPENDENT,
    SECOND,
    guess_visits,
    participant_guess,
)
from assessments.models import (
    ArmGuess,
    Assessment,
    AssessmentState,
)
from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.questions import Question
from core.worklist import NOW, WAITING, WEEK, Ask, Offered, WorklistItem, asked
from patients.access import visits_for
from trials.queries import current_version, definition_with

if TYPE_CHECKING:
    from patients.models import Visit
from assessments.queries.raters import OPEN, Rating, ratings_of, site_assessments

COORDINATOR = "coordinator"


def _open_at_site(who: Any, at: Any) -> QuerySet[Assessment]:
    unrated = Q(respondent=INDEPENDENT, rater__isnull=True)
    unfinished = ~Q(respondent=INDEPENDENT) & Q(visit__started_at__isnull=False)
    late = Q(respondent=INDEPENDENT, rater__isnull=False, visit__booked_at__lt=at)
    found = site_assessments(who, Permission.RATING_BOOK).filter(state__in=OPEN)
    return found.filter(unrated | unfinished | late).order_by("visit__booked_at", "id")


AT_SITE = Question(
    _open_at_site,
    {"code": "participant__screening_number", "assessment": "public_id", "instrument": "instrument",
     "respondent": "respondent", "rater_id": "rater_id", "state": "state", "visit_id": "visit_id",
     "visit": "visit__name", "booked_at": "visit__booked_at", "started_at": "visit__started_at"},
)  # fmt: skip
OF_VISIT = {"code": "participant__screening_number", "visit": "public_id", "name": "name", "started_at": "started_at"}


def worklist_items(viewer: Viewer, at: datetime) -> list[Offered]:
    """Returns the lines of this room for the viewer's worklist."""
    lines: list[Offered] = []
    if viewer.may(Permission.RATING_ENTER):
        lines += [_rater_line(rating) for rating in ratings_of(viewer.person) if rating.state in OPEN]
    if viewer.may(Permission.RATER_POOL_VIEW):
        lines += _drifting(at)
    if viewer.may(Permission.RATING_BOOK):
        lines.append(asked(AT_SITE, viewer, at, _site_lines))
        lines += _guesses(viewer, at)
    return lines


def _drifting(at: datetime) -> list[WorklistItem]:
    """Returns a line for each rater who drifts; where nobody was rated again, one statement says so."""
    if not Assessment.objects.filter(respondent=SECOND, state=AssessmentState.LOCKED).exists():
        return []
    from assessments.second_ratings import drifting_raters

    return [
        WorklistItem(
            band=NOW,
            state="query",
            state_label="Drifts",
            subject=person.display_name,
            task="Look at the rater's agreement and train again",
            url=address_of("assessments:rater-pool"),
            action_label="Look",
            weight=55,
        )
        for person in drifting_raters(on=at.date())
    ]


def _guesses(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes lines of the guesses still to be made at the site: the coordinator's own, the participant's.

    The pair's stand on the pair's worklists, for those whom they accompanied.
    """
    version = current_version()
    if version is None:
        return []
    own, theirs = _guesses_of(version.digest)
    return [
        asked(own, viewer, at, partial(map, _own_guess), band=NOW),
        asked(theirs, viewer, at, partial(map, _participants_guess), band=NOW),
    ]


@lru_cache(maxsize=16)
def _guesses_of(digest: str) -> tuple[Question, Question]:
    """Returns who waits for the coordinator's guess and whose own is asked, as a version of the protocol has it."""
    definition = definition_with(digest)
    codes = guess_visits(definition, frozenset({COORDINATOR}))
    asked_of_them = Q(pk__in=())
    for visit in definition.visits:
        procedure = participant_guess(definition, visit.code)
        if procedure is not None:
            asked_of_them |= Q(code=visit.code, procedures__code=procedure.code, procedures__state="due")

    def begun(who: Any) -> "QuerySet[Visit]":
        found = visits_for(who, Permission.RATING_BOOK).filter(started_at__isnull=False)
        return found.order_by("started_at", "participant__screening_number", "id")

    def own(who: Any, at: Any) -> "QuerySet[Visit]":
        mine = ArmGuess.objects.filter(visit_id=OuterRef("pk"), recorded_by=who.person)
        return begun(who).filter(~Exists(mine), code__in=codes)

    def theirs(who: Any, at: Any) -> "QuerySet[Visit]":
        return begun(who).filter(pk__in=visits_for(who, Permission.RATING_BOOK).filter(asked_of_them).values("pk"))

    return Question(own, OF_VISIT), Question(theirs, OF_VISIT)


def _own_guess(row: Any) -> WorklistItem:
    address = address_of("assessments:guess-record", row.visit)
    return _guess_line(row, "Guess at the arm, before you talk about it", address, "Guess")


def _participants_guess(row: Any) -> WorklistItem:
    address = address_of("assessments:guess-of-participant", row.visit)
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
        url=address_of("assessments:rating-detail", rating.current.public_id),
        action_label="Resume" if begun else "Start",
        weight=60 if begun else 50,
    )


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
            url=address_of("assessments:form-detail", row.assessment),
            action_label="Enter",
            due_at=row.started_at,
            weight=40,
        )
    board = address_of("assessments:assessment-list")
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
