"""How complete a screening record is before the first dose: what is done, missing, or too old, procedure by procedure.

Few statements however many people are asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Q

from core.clock import local_date
from patients.models import Fact, Participant, Visit
from protocol.definition import Procedure, ProtocolDefinition
from protocol.eligibility import outdated
from protocol.expressions import Variable
from trials.queries import definition_of

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
class Completeness:
    """The record of one person before treatment."""

    lines: tuple[ProcedureLine, ...]

    @property
    def due(self) -> tuple[ProcedureLine, ...]:
        """Returns the lines that count by now."""
        return tuple(line for line in self.lines if line.state != TO_COME)

    @property
    def done(self) -> int:
        """Returns how many procedures are complete."""
        return sum(line.state == DONE for line in self.due)

    @property
    def missing(self) -> int:
        """Returns how many procedures lack a value."""
        return sum(line.state in (MISSING, STARTED) for line in self.due)

    @property
    def old(self) -> int:
        """Returns how many procedures must be repeated, because a result is too old."""
        return sum(line.state == OLD for line in self.due)

    @property
    def sentence(self) -> str:
        """Returns what the meter shows, in words."""
        parts = [f"{self.done} of {len(self.due)} due procedures complete"]
        parts += [f"{self.missing} missing"] if self.missing else []
        parts += [f"{self.old} too old"] if self.old else []
        return ", ".join(parts)


def completeness_of(participants: Sequence[Participant], *, at: datetime) -> dict[int, Completeness]:
    """Returns the records of participants by key, in two statements; nobody is asked for anything before consent."""
    people = [person for person in participants if person.protocol_version is not None]
    ids = [person.pk for person in people]
    visits: dict[int, list[Visit]] = defaultdict(list)
    counts = Q(code__in={code for person in people for code in _plan_of(person).asked}) | Q(kind=DOSING)
    for visit in Visit.objects.filter(counts, participant_id__in=ids).order_by("order"):
        visits[visit.participant_id].append(visit)
    newest = _newest_values(ids, {name for person in people for name in _plan_of(person).names})
    return {
        person.pk: Completeness(tuple(_lines(person, visits[person.pk], newest[person.pk], at=at))) for person in people
    }


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


# When each value was told and when it was judged last, by visit and name.
Newest = dict[tuple[int | None, str], tuple[datetime, datetime | None]]


@dataclass(frozen=True)
class Asked:
    """What a procedure of a visit asks for before treatment, and how it is entered."""

    procedure: Procedure
    names: frozenset[str]
    has_form: bool
    counts_use: bool


@dataclass(frozen=True)
class Plan:
    """What a version of the protocol asks for before treatment, by the code of the visit."""

    definition: ProtocolDefinition
    asked: dict[str, tuple[Asked, ...]]

    @property
    def names(self) -> set[str]:
        """Returns the names of all values that are asked for."""
        return {name for asked in self.asked.values() for each in asked for name in each.names}


# One for each version, as it asks the same of everybody.
_plans: dict[str, Plan] = {}


def _plan_of(person: Participant) -> Plan:
    version = person.protocol_version
    assert version is not None
    if version.digest not in _plans:
        definition = definition_of(version)
        last = max(definition.visits_by_code[code].order for code in definition.eligibility_visits)
        codes = [visit.code for visit in definition.visits if visit.order <= last]
        _plans[version.digest] = Plan(definition, {code: tuple(_asked_at(definition, code)) for code in codes})
    return _plans[version.digest]


def _asked_at(definition: ProtocolDefinition, visit_code: str) -> Iterable[Asked]:
    needed, judged = needed_before_dose(definition), definition.screening.judgements
    for procedure in definition.procedures_of(visit_code):
        names = values_of(definition, procedure.code) & needed
        # What a clinician judges from several procedures is asked for once, at the first of them.
        names = {n for n in names if n not in judged or definition.variables[n].procedures[0] == procedure.code}
        if names:
            counts_use = bool(names & definition.screening.counted_uses)
            yield Asked(procedure, frozenset(names), _has_form(definition, procedure.code), counts_use)


def _newest_values(ids: Sequence[int], names: Iterable[str]) -> dict[int, Newest]:
    # Grouped in the database and read as bare rows: as objects the facts of one page of people cost more than the page.
    newest: dict[int, Newest] = defaultdict(dict)
    found = Fact.objects.filter(participant_id__in=ids, replaced_by__isnull=True, variable__in=names).order_by()
    latest = {"told": Max("observed_at"), "judged": Max("observed_at", filter=Q(judgement__isnull=False))}
    rows = found.values_list("participant_id", "visit_id", "variable").annotate(**latest)
    for person, visit, name, told, judged in rows:
        newest[person][visit, name] = (told, judged)
    return newest


def _lines(person: Participant, visits: Sequence[Visit], newest: Newest, *, at: datetime) -> Iterable[ProcedureLine]:
    plan, zone = _plan_of(person), person.site.zone
    doses = [visit.started_at for visit in visits if visit.kind == DOSING and visit.started_at]
    # A record is too old for a first dose that is to come; what was in time for one that was given stays so.
    today = local_date(min([at, *doses]), zone=zone)
    # What a clinician judges is known once it was judged, and not when somebody told it.
    by_judgement = plan.definition.screening.judgements
    known = {place: judged if place[1] in by_judgement else told for place, (told, judged) in newest.items()}
    latest: dict[str, datetime] = {}
    for (_, name), moment in known.items():
        if moment is not None:
            latest[name] = max(moment, latest.get(name, moment))
    for visit in visits:
        for asked in plan.asked.get(visit.code, ()):
            here = {name: local_date(latest[name], zone=zone) for name in asked.names if known.get((visit.pk, name))}
            yield _line(plan.definition, visit, asked, here, today=today)


def _line(
    definition: ProtocolDefinition, visit: Visit, asked: Asked, here: dict[str, date], *, today: date
) -> ProcedureLine:
    old = sum(outdated(definition, variable=name, observed_on=on, on=today) for name, on in here.items())
    state = DONE if len(here) == len(asked.names) else STARTED if here else MISSING
    if not here and visit.state in ("planned", "booked") and (visit.earliest_on is None or visit.earliest_on > today):
        state = TO_COME
    if state == DONE and old:
        state = OLD
    return ProcedureLine(
        visit,
        asked.procedure,
        len(asked.names),
        len(here),
        old,
        state,
        has_form=asked.has_form,
        counts_use=asked.counts_use,
        judged=bool((asked.names - here.keys()) & definition.screening.judgements.keys()),
    )


def _has_form(definition: ProtocolDefinition, code: str) -> bool:
    measured = definition.screening.measures_of(code)
    return bool(code in definition.washout_procedures or measured or entered_by_hand(definition, code))
