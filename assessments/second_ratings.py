"""Second ratings of a sample: how far raters agree, and which of them drifts. Reads only.

A pair is one instrument of one visit, rated by the rater of the interview and again by another from its recording.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import fmean
from typing import Any

from django.db.models import Count, Q

from assessments import queries
from assessments.agreement import correlations, weighted_kappa
from assessments.instruments import INDEPENDENT, SECOND
from assessments.models import Assessment, AssessmentState
from core.models import Person
from protocol.definition import ProtocolDefinition, RaterAgreement
from protocol.scoring import main_value
from trials.queries import current_version, definition_of, people_with_duty, valid_qualifications

STEADY, DRIFTING, TOO_FEW = "steady", "drifting", "too few"


@dataclass(frozen=True)
class Pair:
    """Two ratings of one interview: whose, their main values, and their items one by one."""

    instrument: str
    first: Person
    second: Person
    values: tuple[Decimal, Decimal]
    items: tuple[tuple[int, int], ...]
    locked_on: date


@dataclass(frozen=True)
class Agreement:
    """How far the two ratings of one instrument agree, and whether the protocol's limits hold."""

    instrument: str
    pairs: int
    icc: float | None
    kappa: float | None
    holds: bool | None


@dataclass(frozen=True)
class RaterLine:
    """One rater of the pool: the certificate, the load, and how far the rater stands from the others."""

    person: Person
    certified_until: date | None
    is_certified: bool
    open: int
    locked: int
    pairs: int
    difference: float | None
    drift: str


def pairs() -> list[Pair]:
    """Returns every pair of which both ratings are locked and complete, in the order in which they were locked."""
    found = Assessment.objects.filter(state=AssessmentState.LOCKED, rater__isnull=False)
    rows = list(found.filter(respondent__in=(INDEPENDENT, SECOND)).select_related("rater", "protocol_version"))
    seconds = {(row.visit_id, row.instrument): row for row in rows if row.respondent == SECOND}
    firsts = [row for row in rows if row.respondent == INDEPENDENT and (row.visit_id, row.instrument) in seconds]
    both = [(first, seconds[first.visit_id, first.instrument]) for first in firsts]
    read = [row for pair in both for row in pair]
    scores, answers = queries.standing_scores(read), queries.answers_by_assessment(read)
    made = [_pair(one, other, scores, answers) for one, other in both]
    return sorted((pair for pair in made if pair is not None), key=lambda pair: (pair.locked_on, pair.first.pk))


def agreements(definition: ProtocolDefinition, found: Iterable[Pair]) -> list[Agreement]:
    """Returns the agreement of each instrument, by the protocol's limits; None where there are too few pairs."""
    by_instrument: dict[str, list[Pair]] = {}
    for pair in found:
        by_instrument.setdefault(pair.instrument, []).append(pair)
    return [_agreement(definition.rater_agreement, code, rows) for code, rows in sorted(by_instrument.items())]


def rater_lines(definition: ProtocolDefinition, found: Iterable[Pair], *, on: date) -> list[RaterLine]:
    """Returns the raters of the pool by name, each with certificate, load and drift."""
    people = list(people_with_duty(INDEPENDENT, site_id=None, on=on))
    rule, rows = definition.rater_agreement, list(found)
    load = {row["rater_id"]: row for row in _load(people)}
    until = _certificates(definition, people, on=on)
    lines = []
    for person in people:
        differences = differences_of(person, rows)
        held = until.get(person.pk)
        counts: Mapping[str, Any] = load.get(person.pk, {})
        lines.append(
            RaterLine(
                person=person,
                certified_until=held[0] if held else None,
                is_certified=held is not None,
                open=counts.get("open", 0),
                locked=counts.get("locked", 0),
                pairs=len(differences),
                difference=fmean(differences) if differences else None,
                drift=drift_of(rule, differences),
            )
        )
    return lines


def drifting_raters(*, on: date) -> list[Person]:
    """Returns the raters of the pool who drift on a day."""
    version = current_version()
    if version is None:
        return []
    definition, found = definition_of(version), pairs()
    people = people_with_duty(INDEPENDENT, site_id=None, on=on)
    rule = definition.rater_agreement
    return [person for person in people if drift_of(rule, differences_of(person, found)) == DRIFTING]


def differences_of(person: Person, found: Iterable[Pair]) -> list[float]:
    """Returns how far above the other rater the person rated, in points, oldest first."""
    differences = []
    for pair in found:
        if person in (pair.first, pair.second):
            own, other = pair.values if person == pair.first else pair.values[::-1]
            differences.append(float(own - other))
    return differences


def drift_of(rule: RaterAgreement | None, differences: list[float]) -> str:
    """Returns whether the latest ratings lie further to one side than the protocol lets them."""
    if rule is None or len(differences) < rule.drift_ratings:
        return TOO_FEW
    return DRIFTING if abs(fmean(differences[-rule.drift_ratings :])) > float(rule.drift_points) else STEADY


def _pair(one: Assessment, other: Assessment, scores: Any, answers: Any) -> Pair | None:
    measure = main_value(definition_of(one.protocol_version).instruments[one.instrument])
    values = [
        next((Decimal(row.value) for row in scores.get(each.pk, ()) if row.complete and row.name == measure), None)
        for each in (one, other)
    ]
    assert one.rater is not None and other.rater is not None and other.locked_at is not None
    if values[0] is None or values[1] is None:
        return None
    theirs = answers.get(other.pk, {})
    items = tuple(
        (value, theirs[item])
        for item, value in sorted(answers.get(one.pk, {}).items())
        if isinstance(value, int) and isinstance(theirs.get(item), int)
    )
    return Pair(one.instrument, one.rater, other.rater, (values[0], values[1]), items, other.locked_at.date())


def _agreement(rule: RaterAgreement | None, code: str, rows: list[Pair]) -> Agreement:
    enough = rule is not None and len(rows) >= rule.least_pairs
    icc = correlations([pair.values for pair in rows]).one_way if len(rows) > 1 else None  # type: ignore[misc]
    kappa = weighted_kappa([item for pair in rows for item in pair.items])
    holds = None
    if rule is not None and enough and icc is not None and kappa is not None:
        holds = icc >= float(rule.min_icc) and kappa >= float(rule.min_kappa)
    return Agreement(code, len(rows), icc, kappa, holds)


def _load(people: list[Person]) -> Any:
    mine = Assessment.objects.filter(rater__in=people).exclude(state=AssessmentState.CANCELLED)
    return mine.values("rater_id").annotate(
        open=Count("rating_code", filter=~Q(state=AssessmentState.LOCKED), distinct=True),
        locked=Count("rating_code", filter=Q(state=AssessmentState.LOCKED), distinct=True),
    )


def _certificates(definition: ProtocolDefinition, people: list[Person], *, on: date) -> dict[int, tuple[date | None]]:
    """Returns until when each person holds the certificate of a rater; the one that lasts longest counts."""
    codes = certificates_of_raters(definition)
    found: dict[int, tuple[date | None]] = {}
    held = valid_qualifications(on=on).filter(code__in=codes, person__in=people)
    for person, expires_on in held.order_by("expires_on").values_list("person_id", "expires_on"):
        found[person] = (expires_on,)
    return found


def certificate_of(person: Person, *, on: date) -> tuple[bool, date | None]:
    """Returns whether a rater's certificate is valid on a day, and until when; None is without end."""
    version = current_version()
    held = {} if version is None else _certificates(definition_of(version), [person], on=on)
    return (True, held[person.pk][0]) if person.pk in held else (False, None)


def certificates_of_raters(definition: ProtocolDefinition) -> list[str]:
    """Returns the certificates that the protocol asks of a rater."""
    return [
        code
        for code, each in definition.qualifications.items()
        if INDEPENDENT in each.duties and each.kind == "certificate"
    ]
