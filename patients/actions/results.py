"""Results of laboratory, ECG and screens: planned first, then written whole; what they supply is kept as facts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from patients import screening
from patients.actions.facts import CLOSED, FactEntry, check_open, enter_values, record_facts, to_the_minute
from patients.models import Fact, Participant, Result, ResultFile, Visit
from protocol.definition import Measure, ProtocolDefinition
from protocol.expressions import Variable
from protocol.screening.measures import (
    NormalRange,
    computed_values,
    converted,
    panel_counts,
    range_for,
    supplied_value,
)
from trials.queries import definition_of

NEW, CHANGED, SAME = "new", "changed", "same"
LONGEST_SOURCE = 120
Key = tuple[int, str, datetime, str]


@dataclass(frozen=True)
class ResultEntry:
    """One reported value: the measure by its code, the value as written, and where and when it was taken."""

    measure: str
    value: str
    unit: str
    collected_at: datetime
    laboratory: str
    report: str = ""
    reason: str = ""
    computed: bool = False


class ResultRefused(Refused):
    """One of several results was refused; `measure` says which."""

    def __init__(self, measure: str, refusal: Refused) -> None:
        super().__init__(refusal.message, field=refusal.field)
        self.measure = measure
        self.refusal = refusal


@dataclass(frozen=True)
class PlannedResult:
    """What would become of one entry: new, changed with its reason, or the same; and in the measure's own unit."""

    participant: Participant
    visit: Visit | None
    entry: ResultEntry
    measure: Measure
    value: str
    state: str
    before: Result | None = None

    @property
    def key(self) -> Key:
        """Returns by what two entries are one result."""
        return key_of(self.participant.pk, self.entry.measure, self.entry.collected_at, self.entry.laboratory)


@dataclass(frozen=True)
class Known:
    """What stands already of some participants: results by key, and the ranges and facts that results are read by."""

    results: Mapping[Key, Result]
    ranges: Mapping[int, Mapping[str, list[NormalRange]]]
    people: Mapping[int, tuple[str, Decimal | None]]


def known_of(participants: Sequence[Participant]) -> Known:
    """Returns what stands already of participants, in three statements however many they are."""
    ids = [participant.pk for participant in participants]
    results = {
        key_of(row.participant_id, row.measure, row.collected_at, row.laboratory): row
        for row in Result.objects.filter(participant_id__in=ids, replaced_by__isnull=True)
    }
    by_person: dict[int, list[Fact]] = defaultdict(list)
    names = {
        name
        for participant in participants
        for name in (_definition(participant).screening.sex_variable, _definition(participant).screening.age_variable)
    }
    for fact in Fact.objects.filter(participant_id__in=ids, variable__in=names, replaced_by__isnull=True):
        by_person[fact.participant_id].append(fact)
    people = {
        participant.pk: screening.person_of(_definition(participant), by_person[participant.pk])
        for participant in participants
    }
    return Known(results, screening.ranges_of({participant.site_id for participant in participants}), people)


def key_of(participant_id: int, measure: str, collected_at: datetime, laboratory: str) -> Key:
    """Returns by what two results are one: of whom, what, when to the minute, and from which laboratory."""
    return participant_id, measure, to_the_minute(collected_at), laboratory.strip().casefold()


def plan_result(
    participant: Participant, visit: Visit | None, entry: ResultEntry, *, known: Known, at: datetime
) -> PlannedResult:
    """Returns what would become of an entry; nothing is written.

    Raises Refused, naming the field, for a measure, a unit or a value that cannot be right, and for a change without a
    reason.
    """
    measure = _definition(participant).screening.measures.get(entry.measure)
    if measure is None:
        raise Refused(f"The protocol knows no measure called “{entry.measure}”.", field="measure")
    if entry.collected_at > at:
        raise Refused("This time is in the future. Enter when the sample was taken.", field="collected_at")
    if not entry.laboratory.strip():
        raise Refused("Say which laboratory, or which device, the result is from.", field="laboratory")
    value = value_in_own_unit(measure, entry.value, entry.unit)
    before = known.results.get(key_of(participant.pk, entry.measure, entry.collected_at, entry.laboratory))
    if before is None:
        return PlannedResult(participant, visit, entry, measure, value, NEW)
    if _same(measure, before.value, value):
        return PlannedResult(participant, visit, entry, measure, value, SAME, before)
    if not entry.reason.strip():
        raise Refused(
            f"{before.value} {before.unit} is recorded for this time. Say why it is corrected.", field="reason"
        )
    return PlannedResult(participant, before.visit, entry, measure, value, CHANGED, before)


def _same(measure: Measure, before: str, value: str) -> bool:
    """Returns whether two values are one, however many zeros stand behind the point."""
    return before == value if measure.values else Decimal(before) == Decimal(value)


def value_in_own_unit(measure: Measure, value: str, unit: str) -> str:
    """Returns a reported value as it is kept: a word, or a number in the measure's unit.

    Raises Refused for an unknown word, unit or number, and for one that cannot be right.
    """
    if measure.values:
        word = value.strip().casefold().replace(" ", "_")
        if word not in measure.values:
            words = ", ".join(each.replace("_", " ") for each in measure.values)
            raise Refused(f"{measure.name} is one of: {words}; not “{value}”.", field="value")
        return word
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        raise Refused(f"{measure.name}: “{value}” is not a number.", field="value") from None
    if not number.is_finite():
        raise Refused(f"{measure.name}: “{value}” is not a number.", field="value")
    own = converted(measure, number, unit)
    if own is None:
        raise Refused(f"Give {measure.name} in {' or '.join(measure.units)}, not in “{unit}”.", field="unit")
    if measure.plausible and not measure.plausible[0] <= own <= measure.plausible[1]:
        low, high = measure.plausible
        shown = f"{value} {unit}" + ("" if unit == measure.unit else f", which is {own:f} {measure.unit},")
        raise Refused(
            f"{measure.name}: {shown} cannot be right: between {low} and {high} {measure.unit}.", field="value"
        )
    return format(own, "f")


def record_results(
    participant: Participant,
    entries: Sequence[ResultEntry],
    *,
    visit: Visit | None,
    by: Person,
    at: datetime,
) -> list[Result]:
    """Keeps results of one participant and what they supply; the same results again write nothing.

    Raises Refused before consent, and ResultRefused as `plan_result` refuses one of them.
    """
    check_open(participant)
    with contribution(by=by, reason="Results recorded"):
        # Two equal forms that arrive at once are one after the other.
        Participant.objects.select_for_update().get(pk=participant.pk)
        known = known_of([participant])
        planned = []
        for entry in entries:
            try:
                planned.append(plan_result(participant, visit, entry, known=known, at=at))
            except Refused as refusal:
                raise ResultRefused(entry.measure, refusal) from refusal
        return write_results(planned, known=known, by=by, at=at)


def write_results(
    planned: Sequence[PlannedResult], *, known: Known, by: Person, at: datetime, file: ResultFile | None = None
) -> list[Result]:
    """Writes what was planned, all of it or nothing, and keeps the facts that follow."""
    fresh = [line for line in planned if line.state != SAME]
    if len({line.key for line in planned}) != len(planned):
        raise Refused("A result is given twice.")
    with contribution(by=by, reason="Results recorded"):
        computed = _computed(fresh, known)
        rows = Result.objects.bulk_create([_row(line, by=by, file=file) for line in (*fresh, *computed)])
        for person, lines in _by_visit((*fresh, *computed)).items():
            _keep_facts(lines, known=known, by=by, at=at, participant=person[0], visit=person[1])
    return rows


def keep_facts_of_range(site_id: int, *, measure: str, laboratory: str, by: Person, at: datetime) -> int:
    """Keeps what waited for a range of normal: the facts of results that are read by it. Returns how many."""
    waiting = Result.objects.filter(
        site_id=site_id, measure=measure, laboratory__iexact=laboratory, replaced_by__isnull=True
    ).select_related("participant__site", "participant__protocol_version", "visit")
    rows = [row for row in waiting if _supplies_by_range(row)]
    known = known_of([row.participant for row in rows])
    for row in rows:
        entry = ResultEntry(row.measure, row.value, row.unit, row.collected_at, row.laboratory, row.report)
        kind = _definition(row.participant).screening.measures[row.measure]
        line = PlannedResult(row.participant, row.visit, entry, kind, row.value, NEW)
        _keep_facts([line], known=known, by=by, at=at, participant=row.participant, visit=row.visit)
    return len(rows)


def _supplies_by_range(row: Result) -> bool:
    if row.participant.status in CLOSED:
        return False
    measure = _definition(row.participant).screening.measures.get(row.measure)
    if measure is None or not measure.in_terms_of:
        return False
    return not Fact.objects.filter(
        participant_id=row.participant_id, variable=measure.supplies, observed_at=row.collected_at
    ).exists()


def _definition(participant: Participant) -> ProtocolDefinition:
    assert participant.protocol_version is not None
    return definition_of(participant.protocol_version)


def _row(line: PlannedResult, *, by: Person, file: ResultFile | None) -> Result:
    entry = line.entry
    if line.before is not None and Result.objects.filter(replaces=line.before).exists():
        raise Conflict("Somebody else corrected a result first. Look at it, then decide.")
    return Result(
        participant=line.participant,
        site_id=line.participant.site_id,
        visit=line.visit,
        measure=entry.measure,
        value=line.value,
        unit=line.measure.unit,
        reported_value=entry.value.strip(),
        reported_unit=entry.unit,
        laboratory=entry.laboratory.strip(),
        report=entry.report.strip(),
        collected_at=to_the_minute(entry.collected_at),
        computed=entry.computed,
        file=file,
        replaces=line.before,
        reason=entry.reason[:300],
        recorded_by=by,
    )


def _computed(lines: Sequence[PlannedResult], known: Known) -> list[PlannedResult]:
    """Returns what follows from values of one moment and was not reported itself."""
    moments: dict[tuple[int, datetime, str], list[PlannedResult]] = defaultdict(list)
    for line in lines:
        person, _, moment, laboratory = line.key
        moments[person, moment, laboratory].append(line)
    found = []
    for (person, moment, laboratory), group in moments.items():
        first = group[0]
        definition = _definition(first.participant)
        reported = {line.entry.measure: line.value for line in group}
        for code, value in computed_values(definition.screening, reported).items():
            before = known.results.get((person, code, moment, laboratory))
            if before is not None and (not before.computed or before.value == str(value)):
                continue
            measure = definition.screening.measures[code]
            entry = ResultEntry(
                code, str(value), measure.unit, moment, first.entry.laboratory, first.entry.report,
                reason=first.entry.reason if before else "", computed=True,
            )  # fmt: skip
            state = NEW if before is None else CHANGED
            found.append(PlannedResult(first.participant, first.visit, entry, measure, str(value), state, before))
    return found


def _by_visit(
    lines: Iterable[PlannedResult],
) -> dict[tuple[Participant, Visit | None], list[PlannedResult]]:
    found: dict[tuple[Participant, Visit | None], list[PlannedResult]] = defaultdict(list)
    for line in lines:
        found[line.participant, line.visit].append(line)
    return found


def _keep_facts(
    lines: Sequence[PlannedResult],
    *,
    known: Known,
    by: Person,
    at: datetime,
    participant: Participant,
    visit: Visit | None,
) -> None:
    definition = _definition(participant)
    facts, reasons = _facts(lines, definition, known, participant)
    if not facts:
        return
    if visit is None:
        record_facts(participant, facts=facts, by=by, at=at)
    else:
        enter_values(participant, visit=visit, facts=facts, reasons=reasons, by=by, at=at)


def _facts(
    lines: Sequence[PlannedResult], definition: ProtocolDefinition, known: Known, participant: Participant
) -> tuple[list[FactEntry], dict[str, str]]:
    sex, age = known.people[participant.pk]
    facts, reasons = [], {}
    for line in lines:
        normal = range_for(
            known.ranges[participant.site_id][line.entry.measure],
            laboratory=line.entry.laboratory,
            sex=sex,
            age=age,
            on=local_date(line.entry.collected_at, zone=participant.site.zone),
        )
        value = supplied_value(line.measure, line.value, normal) if line.measure.supplies else None
        if value is not None and _takes(definition.variables[line.measure.supplies], value):
            facts.append(_fact(line.measure.supplies, value, line.entry))
            reasons[line.measure.supplies] = line.entry.reason
            first = definition.variables.get(line.measure.baseline)
            if first is not None and line.visit is not None and first.only_at in ("", line.visit.code):
                facts.append(_fact(first.name, value, line.entry))
                reasons[first.name] = line.entry.reason
    moments: dict[tuple[datetime, str], dict[str, str]] = defaultdict(dict)
    for (person, code, moment, laboratory), row in known.results.items():
        if person == participant.pk:
            moments[moment, laboratory][code] = row.value
    for line in lines:
        _, code, moment, laboratory = line.key
        moments[moment, laboratory][code] = line.value
    touched = {(line.key[2], line.key[3]): line for line in lines}
    for place, line in touched.items():
        for name, count in panel_counts(definition.screening, moments[place]).items():
            if any(other.entry.measure in definition.screening.panels[name] for other in lines):
                facts.append(_fact(name, count, line.entry))
                reasons[name] = line.entry.reason
    return facts, reasons


def _fact(variable: str, value: str, entry: ResultEntry) -> FactEntry:
    source = f"{entry.laboratory.strip()} {entry.report.strip()}".strip()[:LONGEST_SOURCE]
    return FactEntry(variable, value, source, to_the_minute(entry.collected_at))


def _takes(variable: Variable, value: str) -> bool:
    return variable.type != "enum" or value in variable.values
