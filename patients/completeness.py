"""How complete a screening record is before the first dose: what is done, missing, or too old, procedure by procedure.

Few statements however many people are asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.clock import local_date
from patients.models import Fact, Participant, Visit
from protocol.definition import Procedure, ProtocolDefinition
from protocol.eligibility import outdated
from protocol.expressions import Variable
from trials.queries import definition_of

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
    people = [person for person in participants if person.protocol_version_id is not None]
    ids = [person.pk for person in people]
    visits: dict[int, list[Visit]] = defaultdict(list)
    for visit in Visit.objects.filter(participant_id__in=ids).exclude(kind="phone").order_by("order"):
        visits[visit.participant_id].append(visit)
    facts: dict[int, list[Fact]] = defaultdict(list)
    found = Fact.objects.filter(participant_id__in=ids, replaced_by__isnull=True)
    for fact in found.only("participant_id", "visit_id", "variable", "observed_at", "judgement_id"):
        facts[fact.participant_id].append(fact)
    return {
        person.pk: Completeness(tuple(_lines(person, visits[person.pk], facts[person.pk], at=at))) for person in people
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


def _lines(
    person: Participant, visits: Iterable[Visit], facts: Iterable[Fact], *, at: datetime
) -> Iterable[ProcedureLine]:
    assert person.protocol_version is not None
    definition = definition_of(person.protocol_version)
    last = max(definition.visits_by_code[code].order for code in definition.eligibility_visits)
    today = local_date(at, zone=person.site.zone)
    needed, judged = needed_before_dose(definition), definition.screening.judgements
    newest: dict[tuple[int | None, str], date] = {}
    for fact in facts:
        if fact.variable in definition.screening.judgements and fact.judgement_id is None:
            continue
        place, on = (fact.visit_id, fact.variable), local_date(fact.observed_at, zone=person.site.zone)
        newest[place] = max(on, newest.get(place, on))
    anywhere: dict[str, date] = {}
    for (_, name), on in newest.items():
        anywhere[name] = max(on, anywhere.get(name, on))
    for visit in visits:
        if visit.order > last:
            continue
        for procedure in definition.procedures_of(visit.code):
            names = values_of(definition, procedure.code) & needed
            # What a clinician judges from several procedures is asked for once, at the first of them.
            names = {n for n in names if n not in judged or definition.variables[n].procedures[0] == procedure.code}
            if names:
                here = {name: anywhere[name] for name in names if (visit.pk, name) in newest}
                yield _line(definition, visit, procedure, names, here, today=today)


def _line(
    definition: ProtocolDefinition,
    visit: Visit,
    procedure: Procedure,
    names: set[str],
    here: dict[str, date],
    *,
    today: date,
) -> ProcedureLine:
    old = sum(outdated(definition, variable=name, observed_on=on, on=today) for name, on in here.items())
    state = DONE if len(here) == len(names) else STARTED if here else MISSING
    if not here and visit.state in ("planned", "booked") and (visit.earliest_on is None or visit.earliest_on > today):
        state = TO_COME
    if state == DONE and old:
        state = OLD
    screening = definition.screening
    return ProcedureLine(
        visit,
        procedure,
        len(names),
        len(here),
        old,
        state,
        has_form=_has_form(definition, procedure.code),
        counts_use=bool(names & screening.counted_uses),
        judged=bool((names - here.keys()) & screening.judgements.keys()),
    )


def _has_form(definition: ProtocolDefinition, code: str) -> bool:
    measured = definition.screening.measures_of(code)
    return bool(code in definition.washout_procedures or measured or entered_by_hand(definition, code))
