"""How complete a screening record is before the first dose: what is done, missing, or too old, procedure by procedure.

Few statements however many people are asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from core.clock import local_date
from core.prepared import prepared, several
from patients.models import Fact, Participant, Visit
from protocol.definition import Procedure, ProtocolDefinition
from protocol.eligibility import age_limit
from protocol.expressions import Variable
from trials.queries import definition_with

DOSING = "dosing"
DONE, STARTED, MISSING, OLD, TO_COME = "complete", "started", "unknown", "overdue", "notdue"


@dataclass(frozen=True)
class ProcedureLine:
    """One procedure of a visit: how many of its values are known, wait for a judgement, or are too old."""

    visit: Visit
    procedure: Procedure
    wanted: int
    known: int
    old: int
    state: str
    has_form: bool = False
    counts_use: bool = False
    judged: bool = False

    @property
    def words(self) -> str:
        """Returns the state in a word."""
        if self.state == OLD:
            return "Too old"
        return {DONE: "Complete", STARTED: "Part of it", MISSING: "Missing", TO_COME: "Not due"}[self.state]


@dataclass(frozen=True)
class Tally:
    """How far the record of one person before treatment is: procedures that count by now, and what became of them."""

    due: int
    done: int
    missing: int
    old: int

    @property
    def sentence(self) -> str:
        """Returns what the meter shows, in words."""
        parts = [f"{self.done} of {self.due} due procedures complete"]
        parts += [f"{self.missing} missing"] if self.missing else []
        parts += [f"{self.old} too old"] if self.old else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Completeness(Tally):
    """The record of one person before treatment, line by line."""

    lines: tuple[ProcedureLine, ...]


class Screened(NamedTuple):
    """Whose record is asked for: the participant's key, the digest of the protocol version, the zone of the site."""

    pk: int
    digest: str
    zone: str


def completeness_of(participants: Sequence[Participant], *, at: datetime) -> dict[int, Completeness]:
    """Returns the records of participants by key, in two statements; nobody is asked for anything before consent."""
    people = [
        Screened(person.pk, person.protocol_version.digest, person.site.zone)
        for person in participants
        if person.protocol_version is not None
    ]
    visits: dict[int, list[Any]] = defaultdict(list)
    for visit in _visits(ids=several(person.pk for person in people), last=_last_order(people)):
        visits[visit.participant_id].append(visit)
    newest = _newest_values(people)
    records = {}
    for person in people:
        found = [*_standings(person, visits[person.pk], newest[person.pk], at=at)]
        lines = tuple(_line(person, standing) for standing in found)
        records[person.pk] = Completeness(*_counted(found), lines)
    return records


def tallies_of(people: Sequence[Screened], *, at: datetime) -> dict[int, Tally]:
    """Returns how far the records of people are, by key, in two statements; what a list of people shows of them."""
    visits: dict[int, list[Any]] = defaultdict(list)
    for row in _places(ids=several(person.pk for person in people), last=_last_order(people)):
        visits[row[1]].append(Place._make(row))
    newest = _newest_values(people)
    return {
        person.pk: Tally(*_counted(_standings(person, visits[person.pk], newest[person.pk], at=at)))
        for person in people
    }


def _counted(standings: "Iterable[Standing]") -> tuple[int, int, int, int]:
    """Returns how many procedures are due, done, missing and too old."""
    due = done = old = 0
    for standing in standings:
        if standing.state != TO_COME:
            due += 1
            done += standing.state == DONE
            old += standing.state == OLD
    return due, done, due - done - old, old


def values_of(definition: ProtocolDefinition, code: str) -> set[str]:
    """Returns the names of the values that a procedure leads to, however they are entered; none if it has none."""
    if code in definition.washout_procedures:
        return {definition.washout_yields}
    return {variable.name for variable in entered_from(definition, code)}


def needed_before_dose(definition: ProtocolDefinition) -> frozenset[str]:
    """Returns the values that decide eligibility or the first dose, and those that are counted for it."""
    rules = (*definition.inclusion, *definition.exclusion, *definition.pre_dose_conditions)
    names = {name for rule in rules for name in rule.expression.names}
    names |= {name for count in definition.derived_counts.values() for name in count.of}
    return frozenset(name for name in names if definition.variables[name].type != "text")


def entered_from(definition: ProtocolDefinition, code: str) -> tuple[Variable, ...]:
    """Returns the variables that a procedure supplies: none that is derived, a list, or a rater's score."""
    procedure = definition.procedures.get(code)
    instrument = "" if procedure is None else procedure.instrument or code
    # What is answered by item is scored when it is locked; typed by hand it would pass the raters' firewall.
    if "items" in definition.instruments.get(instrument, {}):
        return ()
    return tuple(
        v
        for v in definition.variables_from(code)
        if v.type != "list" and "derived" not in v.source and "date of birth" not in v.source
    )


def entered_by_hand(definition: ProtocolDefinition, code: str) -> tuple[Variable, ...]:
    """Returns the variables for which a procedure's form has a field.

    A result, a count of earlier use and a clinician's judgement have forms of their own; what is judged may still be
    told by a second source.
    """
    screening = definition.screening
    elsewhere = screening.measured | screening.counted_uses
    judged = screening.judgements.keys() - definition.second_sources.keys()
    return tuple(v for v in entered_from(definition, code) if v.name not in elsewhere and v.name not in judged)


@dataclass(frozen=True)
class Asked:
    """What a procedure of a visit asks for before treatment, and how it is entered; `aging` has the limits in days."""

    procedure: Procedure
    names: frozenset[str]
    aging: Mapping[str, int]
    has_form: bool
    counts_use: bool


@dataclass(frozen=True)
class Plan:
    """What a version of the protocol asks for before treatment, by the code of the visit."""

    definition: ProtocolDefinition
    asked: dict[str, tuple[Asked, ...]]
    aging: frozenset[str]
    last_order: int


class Place(NamedTuple):
    """What counts of a visit for how far the record is."""

    pk: int
    participant_id: int
    code: str
    kind: str
    state: str
    earliest_on: date | None
    started_at: datetime | None


class Told(NamedTuple):
    """Values that were told at one visit at one moment, and whether a clinician judged them."""

    visit_id: int | None
    observed_at: datetime
    judged: bool
    names: list[str]


class Standing(NamedTuple):
    """How far one procedure of a visit is: the values known here, how many of them are too old, and the state."""

    visit: Any
    asked: Asked
    here: frozenset[str]
    old: int
    state: str


# One for each version, as it asks the same of everybody.
_plans: dict[str, Plan] = {}


def _plan_of(person: Screened) -> Plan:
    if person.digest not in _plans:
        definition = definition_with(person.digest)
        last = max(definition.visits_by_code[code].order for code in definition.eligibility_visits)
        codes = [visit.code for visit in definition.visits if visit.order <= last]
        asked = {code: tuple(_asked_at(definition, code)) for code in codes}
        aging = frozenset(name for each in asked.values() for one in each for name in one.aging)
        _plans[person.digest] = Plan(definition, asked, aging, last)
    return _plans[person.digest]


def _asked_at(definition: ProtocolDefinition, visit_code: str) -> Iterable[Asked]:
    needed, judged = needed_before_dose(definition), definition.screening.judgements
    for procedure in definition.procedures_of(visit_code):
        names = values_of(definition, procedure.code) & needed
        # What a clinician judges from several procedures is asked for once, at the first of them.
        names = {n for n in names if n not in judged or definition.variables[n].procedures[0] == procedure.code}
        if names:
            aging = {name: limit for name in names if (limit := age_limit(definition, name)) is not None}
            counts_use = bool(names & definition.screening.counted_uses)
            yield Asked(procedure, frozenset(names), aging, _has_form(definition, procedure.code), counts_use)


def _last_order(people: Sequence[Screened]) -> int:
    """Returns up to which place in the protocol visits ask for anything before treatment."""
    return max((_plan_of(person).last_order for person in people), default=0)


@prepared
def _visits(ids: Any, last: Any) -> QuerySet[Visit]:
    counts = Q(order__lte=last) | Q(kind=DOSING)
    return Visit.objects.filter(counts, participant_id__in=ids).order_by("order", "id")


@prepared
def _places(ids: Any, last: Any) -> QuerySet[Visit, Any]:
    counts = Q(order__lte=last) | Q(kind=DOSING)
    found = Visit.objects.filter(counts, participant_id__in=ids).order_by("order", "id")
    return found.values_list(*Place._fields)


@prepared
def _told(ids: Any) -> QuerySet[Fact, Any]:
    # Gathered in the database by visit and moment: as a row for each value they cost more than the page.
    corrected = Fact.objects.filter(participant_id__in=ids, replaces__isnull=False).values("replaces_id")
    found = Fact.objects.filter(participant_id__in=ids).exclude(pk__in=corrected).order_by()
    found = found.annotate(judged=ExpressionWrapper(Q(judgement__isnull=False), output_field=BooleanField()))
    return found.values_list("participant_id", "visit_id", "observed_at", "judged").annotate(names=ArrayAgg("variable"))


def _newest_values(people: Sequence[Screened]) -> dict[int, list[Told]]:
    newest: dict[int, list[Told]] = defaultdict(list)
    for person, *told in _told(ids=several(person.pk for person in people)):
        newest[person].append(Told(*told))
    return newest


def _standings(person: Screened, visits: Sequence[Any], newest: Iterable[Told], *, at: datetime) -> Iterable[Standing]:
    plan = _plan_of(person)
    doses = [visit.started_at for visit in visits if visit.kind == DOSING and visit.started_at]
    # A record is too old for a first dose that is to come; what was in time for one that was given stays so.
    today = local_date(min([at, *doses]), zone=person.zone)
    by_judgement = plan.definition.screening.judgements.keys()
    known: dict[int | None, set[str]] = defaultdict(set)
    latest: dict[str, date] = {}
    for told in newest:
        # What a clinician judges is known once it was judged, and not when somebody told it.
        names = set(told.names) if told.judged else set(told.names) - by_judgement
        known[told.visit_id] |= names
        on = local_date(told.observed_at, zone=person.zone)
        for name in names & plan.aging:
            latest[name] = max(on, latest.get(name, on))
    for visit in visits:
        to_come = visit.state in ("planned", "booked") and (visit.earliest_on is None or visit.earliest_on > today)
        here_known = known[visit.pk]
        for asked in plan.asked.get(visit.code, ()):
            here = asked.names & here_known
            old = sum(name in here and (today - latest[name]).days > limit for name, limit in asked.aging.items())
            yield Standing(visit, asked, here, old, _state(asked, here, old, to_come=to_come))


def _state(asked: Asked, here: frozenset[str], old: int, *, to_come: bool) -> str:
    if not here:
        return TO_COME if to_come else MISSING
    if len(here) < len(asked.names):
        return STARTED
    return OLD if old else DONE


def _line(person: Screened, standing: Standing) -> ProcedureLine:
    asked = standing.asked
    judgements = _plan_of(person).definition.screening.judgements
    return ProcedureLine(
        standing.visit,
        asked.procedure,
        len(asked.names),
        len(standing.here),
        standing.old,
        standing.state,
        has_form=asked.has_form,
        counts_use=asked.counts_use,
        judged=bool((asked.names - standing.here) & judgements.keys()),
    )


def _has_form(definition: ProtocolDefinition, code: str) -> bool:
    measured = definition.screening.measures_of(code)
    return bool(code in definition.washout_procedures or measured or entered_by_hand(definition, code))
