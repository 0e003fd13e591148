"""Entries of the screening record: recorded, corrected and withdrawn; what follows from them is kept as facts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from patients import queries, screening
from patients.actions.facts import FactEntry, check_open, record_facts
from patients.models import (
    Fact,
    HistoryEntry,
    Medicine,
    Participant,
    PriorTreatment,
    PriorUseEntry,
    ScreeningEntry,
)
from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth
from protocol.partial_dates import first_day, last_day
from protocol.screening.prior_use import counted_use
from protocol.screening.treatments import judge_resistance
from protocol.washout import StoppedMedicine, washout_truth

LONGEST_SOURCE = 120


@dataclass(frozen=True)
class HistoryDetails:
    """What an entry of the medical or psychiatric history says; dates may be partial."""

    model: ClassVar[type[ScreeningEntry]] = HistoryEntry

    kind: str
    term: str
    started: str = ""
    ended: str = ""
    ongoing: bool = False
    note: str = ""

    def check(self, definition: ProtocolDefinition, *, today: date) -> None:
        """Raises Refused for an entry that cannot be right."""
        if not self.term.strip():
            raise Refused("Name the condition.", field="term")
        if self.ongoing and self.ended:
            raise Refused("It is ongoing, or it has ended: not both.", field="ended")
        _check_order(self.started, self.ended, today=today)


@dataclass(frozen=True)
class TreatmentDetails:
    """What an earlier treatment was, and what it did."""

    model: ClassVar[type[ScreeningEntry]] = PriorTreatment

    kind: str
    name: str
    response: str
    dose_mg: Decimal | None = None
    sessions: int | None = None
    started: str = ""
    ended: str = ""
    note: str = ""

    def check(self, definition: ProtocolDefinition, *, today: date) -> None:
        """Raises Refused for an entry that cannot be right."""
        rules = definition.screening.treatments
        if rules is None or self.kind not in rules.kinds:
            raise Refused("Choose what kind of treatment it was.", field="kind")
        if self.response not in rules.responses:
            raise Refused("Choose how it worked.", field="response")
        if not self.name.strip():
            raise Refused("Name the treatment.", field="name")
        _check_order(self.started, self.ended, today=today)


@dataclass(frozen=True)
class UseDetails:
    """How often the study drug was used in a year."""

    model: ClassVar[type[ScreeningEntry]] = PriorUseEntry

    year: int
    occasions: int
    last_used: str = ""
    context: str = ""
    note: str = ""

    def check(self, definition: ProtocolDefinition, *, today: date) -> None:
        """Raises Refused for an entry that cannot be right."""
        rule = definition.screening.prior_use
        if rule is None:
            raise Refused("The protocol does not ask for earlier use.")
        if self.year > today.year:
            raise Refused("This year is still to come.", field="year")
        if self.last_used and not self.last_used.startswith(str(self.year)):
            raise Refused(f"The last use of {self.year} lies in that year.", field="last_used")
        if self.last_used and first_day(self.last_used) > today:
            raise Refused("This date is in the future.", field="last_used")
        if self.occasions and self.context not in rule.contexts:
            raise Refused("Choose on what occasion.", field="context")
        if not self.occasions and (self.context or self.last_used):
            raise Refused("Without a use there is neither an occasion nor a last day.", field="occasions")


@dataclass(frozen=True)
class MedicineDetails:
    """A medicine as it stands; the class is one that the protocol prohibits, or empty."""

    model: ClassVar[type[ScreeningEntry]] = Medicine

    name: str
    medicine_class: str = ""
    dose: str = ""
    indication: str = ""
    started: str = ""
    last_taken_on: date | None = None
    taper_from: date | None = None
    planned_last_on: date | None = None
    note: str = ""

    def check(self, definition: ProtocolDefinition, *, today: date) -> None:
        """Raises Refused for an entry that cannot be right, and for a class that the protocol contradicts."""
        if not self.name.strip():
            raise Refused("Name the medicine.", field="name")
        if self.medicine_class and self.medicine_class not in definition.prohibited_classes:
            raise Refused("Choose a class of the protocol's list.", field="medicine_class")
        known = definition.screening.medicines.get(self.name)
        if known is not None and self.medicine_class != known.medicine_class:
            name = definition.screening.class_names.get(known.medicine_class, known.medicine_class)
            raise Refused(f"By the protocol {self.name} is of the class {name}.", field="medicine_class")
        _check_order(self.started, self.last_taken_on.isoformat() if self.last_taken_on else "", today=today)
        self._check_plan()

    def _check_plan(self) -> None:
        if self.last_taken_on and self.planned_last_on:
            raise Refused("It is stopped: the planned last day is no more.", field="planned_last_on")
        if self.taper_from and self.planned_last_on and self.planned_last_on < self.taper_from:
            raise Refused("The last day cannot lie before the taper begins.", field="planned_last_on")


EntryDetails = HistoryDetails | TreatmentDetails | UseDetails | MedicineDetails


@dataclass(frozen=True)
class Asked:
    """Where an entry comes from, and when the person was asked."""

    source: str
    observed_at: datetime


def record_entry(
    participant: Participant, details: EntryDetails, asked: Asked, *, submission_id: UUID, by: Person, at: datetime
) -> ScreeningEntry:
    """Keeps an entry; sent twice it is one row. What follows from it is kept as facts.

    Raises Refused before consent, and for an entry that cannot be right.
    """
    return record_entries(participant, [(details, asked, submission_id)], by=by, at=at)[0]


def record_entries(
    participant: Participant, entries: Sequence[tuple[EntryDetails, Asked, UUID]], *, by: Person, at: datetime
) -> list[ScreeningEntry]:
    """Keeps several entries at once; either all are kept or none is."""
    check_open(participant)
    definition = queries.definition_for(participant)
    today = local_date(at, zone=participant.site.zone)
    for details, _, _ in entries:
        details.check(definition, today=today)
    with contribution(by=by, reason="Screening record"):
        rows = [_keep(participant, *entry, by=by) for entry in entries]
        for model in {details.model for details, _, _ in entries}:
            keep_what_follows(participant, model, by=by, at=at)
    return rows


def correct_entry(
    entry: ScreeningEntry, details: EntryDetails, *, reason: str, submission_id: UUID, by: Person, at: datetime
) -> ScreeningEntry:
    """Writes what an entry should have said, or says now, beside the old one.

    Raises Refused without a reason, Conflict when somebody else changed it first.
    """
    participant = entry.participant
    details.check(queries.definition_for(participant), today=local_date(at, zone=participant.site.zone))
    return _replace(entry, asdict(details), reason=reason, submission_id=submission_id, by=by, at=at)


def withdraw_entry(entry: ScreeningEntry, *, reason: str, submission_id: UUID, by: Person, at: datetime) -> None:
    """Says that an entry was made by mistake; it stays in the record and counts no more."""
    said = {field.name: getattr(entry, field.name) for field in fields(_details_of(type(entry)))}
    _replace(entry, said | {"withdrawn": True}, reason=reason, submission_id=submission_id, by=by, at=at)


def keep_what_follows(participant: Participant, model: type[ScreeningEntry], *, by: Person, at: datetime) -> None:
    """Keeps the facts that follow from the standing entries of one kind, where they changed."""
    if model is PriorTreatment:
        _keep_resistance(participant, by=by, at=at)
    elif model is PriorUseEntry:
        _keep_use(participant, by=by, at=at)
    elif model is Medicine:
        _keep_medicines(participant, by=by, at=at)


def _keep(
    participant: Participant, details: EntryDetails, asked: Asked, submission_id: UUID, *, by: Person
) -> ScreeningEntry:
    manager: Any = details.model._default_manager
    row: ScreeningEntry = manager.get_or_create(
        submission_id=submission_id,
        defaults={
            "participant": participant,
            "site_id": participant.site_id,
            "source": asked.source,
            "observed_at": asked.observed_at,
            "recorded_by": by,
            **asdict(details),
        },
    )[0]
    return row


def _replace(
    entry: ScreeningEntry, said: Mapping[str, Any], *, reason: str, submission_id: UUID, by: Person, at: datetime
) -> ScreeningEntry:
    if not reason.strip():
        raise Refused("Say why the entry is changed.", field="reason")
    check_open(entry.participant)
    manager: Any = type(entry)._default_manager
    with contribution(by=by, reason=reason):
        # Two changes at once are one after the other: the second one finds what the first one wrote.
        Participant.objects.select_for_update().get(pk=entry.participant_id)
        newer = manager.filter(replaces=entry).first()
        if newer is not None and newer.submission_id != submission_id:
            raise Conflict("Somebody else changed this entry first. Look at the new one, then decide.")
        row: ScreeningEntry = newer or manager.create(
            participant=entry.participant,
            site_id=entry.site_id,
            source=entry.source,
            observed_at=entry.observed_at,
            replaces=entry,
            reason=reason[:300],
            submission_id=submission_id,
            recorded_by=by,
            **said,
        )
        keep_what_follows(entry.participant, type(entry), by=by, at=at)
    return row


def _details_of(model: type[ScreeningEntry]) -> Any:
    return next(each for each in (HistoryDetails, TreatmentDetails, UseDetails, MedicineDetails) if each.model is model)


def _check_order(started: str, ended: str, *, today: date) -> None:
    for name, partial in (("started", started), ("ended", ended)):
        if partial and first_day(partial) > today:
            raise Refused("This date is in the future. Enter the date on which it happened.", field=name)
    if started and ended and last_day(ended) < first_day(started):
        raise Refused("It cannot end before it starts.", field="ended")


# --- what follows ------------------------------------------------------------------------------------------------
def _keep_resistance(participant: Participant, *, by: Person, at: datetime) -> None:
    definition = queries.definition_for(participant)
    rules = definition.screening.treatments
    if rules is None:
        return
    treatments = screening.treatments_of(participant)
    verdict = judge_resistance(definition, [screening.as_treatment(row) for row in treatments])
    counted = [row.name for row, truth in zip(treatments, verdict.counted, strict=True) if truth is Truth.TRUE]
    source = f"Judged from earlier treatments: {len(treatments)}" + (
        f", failed {', '.join(counted)}" if counted else ""
    )
    values: dict[str, str] = {}
    if verdict.failed is not None:
        values[rules.counts] = str(verdict.failed)
    if verdict.truth is not Truth.UNKNOWN:
        values[rules.yields] = "true" if verdict.truth is Truth.TRUE else "false"
    keep_changed(participant, values, source=source, observed_at=at, by=by, at=at)


def _keep_use(participant: Participant, *, by: Person, at: datetime) -> None:
    rule = queries.definition_for(participant).screening.prior_use
    entries = screening.uses_of(participant)
    if rule is None or not entries:
        return
    asked_at = max(entry.observed_at for entry in entries)
    on = local_date(asked_at, zone=participant.site.zone)
    counts = counted_use(rule, [screening.as_occasions(entry) for entry in entries], on=on)
    values = {name: str(count) for name, count in counts.items()}
    source = f"Counted over entries by year: {len(entries)}"
    keep_changed(participant, values, source=source, observed_at=asked_at, by=by, at=at)


def _keep_medicines(participant: Participant, *, by: Person, at: datetime) -> None:
    """Says so where a washout that was judged true no longer is, and where a prohibited medicine was started since."""
    definition = queries.definition_for(participant)
    judged = [fact for fact in queries.facts_of(participant) if fact.variable == definition.washout_yields]
    if not judged:
        return
    last, zone = judged[-1], participant.site.zone
    judged_on = local_date(last.observed_at, zone=zone)
    medicines = screening.prohibited_of(participant)
    since = [row for row in medicines if row.started and first_day(row.started) > judged_on]
    treated = participant.visits.filter(kind="dosing", started_at__isnull=False).exists()
    # Once somebody is treated, what is started later stops treatment; it does not undo the baseline.
    counted = [row for row in medicines if row not in since] if treated else medicines
    stopped = [StoppedMedicine(row.name, row.last_taken_on) for row in counted]
    on = judged_on if treated else local_date(at, zone=zone)
    if last.value == "true" and washout_truth(definition, stopped, on=on) is not Truth.TRUE:
        entry = FactEntry(definition.washout_yields, "false", washout_source(counted), at)
        record_facts(participant, facts=[entry], visit=last.visit, by=by, at=at)
    if since and definition.screening.medicine_started:
        values = {definition.screening.medicine_started: "true"}
        keep_changed(participant, values, source=washout_source(since), observed_at=at, by=by, at=at)


def washout_source(medicines: Sequence[Medicine]) -> str:
    """Returns the medicines on which a verdict rests, in words."""
    parts = [
        f"{row.name} {'still taken' if row.last_taken_on is None else f'last {row.last_taken_on}'}" for row in medicines
    ]
    return ("; ".join(parts) or "No medicine of a prohibited class")[:LONGEST_SOURCE]


def keep_changed(
    participant: Participant,
    values: Mapping[str, str],
    *,
    source: str,
    observed_at: datetime,
    by: Person,
    at: datetime,
) -> list[Fact]:
    """Keeps values as facts where they differ from what is known, at the visit whose form would supply them."""
    latest = {fact.variable: fact.value for fact in queries.facts_of(participant)}
    changed = {name: value for name, value in values.items() if latest.get(name) != value}
    if not changed:
        return []
    variables = queries.definition_for(participant).variables
    supplied_by = {code for name in changed for code in variables[name].procedures}
    visit = participant.visits.filter(procedures__code__in=supplied_by).order_by("order").first()
    entries = [FactEntry(name, value, source[:LONGEST_SOURCE], observed_at) for name, value in changed.items()]
    return record_facts(participant, facts=entries, visit=visit, by=by, at=at)
