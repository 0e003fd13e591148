"""Values of protocol variables, entered with their source; a correction is a new row with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person
from patients import queries
from patients.actions.derived import keep_counts
from patients.events import FactsRecorded
from patients.models import ClinicalJudgement, Fact, Participant, ParticipantStatus, Visit
from protocol.definition import ProtocolDefinition
from protocol.expressions import Variable

CLOSED = (ParticipantStatus.SCREEN_FAILED, ParticipantStatus.WITHDRAWN)


class ReasonsWanted(Refused):
    """Values that stand in the record would be corrected, and nobody said why."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        super().__init__("Say why each recorded value is corrected, or give another time for another measurement.")
        self.facts = tuple(facts)


@dataclass(frozen=True)
class FactEntry:
    """One value to be kept: booleans as true or false, numbers as plain decimals in the protocol's unit."""

    variable: str
    value: str
    source: str
    observed_at: datetime
    unit: str = ""


def record_facts(
    participant: Participant,
    *,
    facts: Sequence[FactEntry],
    by: Person,
    at: datetime,
    visit: Visit | None = None,
    judgement: ClinicalJudgement | None = None,
) -> list[Fact]:
    """Keeps values of protocol variables, at a visit if one is named, and as the judgement that gave them.

    Raises Refused before consent, for an unknown variable, another unit, or a value that cannot be right.
    """
    check_open(participant)
    definition = queries.definition_for(participant)
    for entry in facts:
        check_value(definition, entry)
    with contribution(by=by, reason="Values recorded"):
        rows = [
            Fact(
                participant=participant,
                site=participant.site,
                visit=visit,
                variable=entry.variable,
                value=normal_form(definition.variables[entry.variable], entry.value),
                unit=definition.variables[entry.variable].unit,
                source=entry.source,
                observed_at=entry.observed_at,
                judgement=judgement,
                recorded_by=by,
            )
            for entry in facts
        ]
        saved = Fact.objects.bulk_create(rows)
        keep_counts(participant, entered={entry.variable for entry in facts}, by=by, at=at)
        publish(FactsRecorded(participant.pk, tuple(entry.variable for entry in facts)))
    return saved


def enter_values(
    participant: Participant,
    *,
    visit: Visit,
    facts: Sequence[FactEntry],
    reasons: Mapping[str, str],
    by: Person,
    at: datetime,
) -> list[Fact]:
    """Keeps what a form of a visit says, and returns what was written.

    A value that stands there already, with the same time, writes nothing; another value for the same time corrects it,
    which needs a reason; another time is another measurement. Raises ReasonsWanted, naming each value that would be
    corrected without a reason, and Refused as `record_facts` does.
    """
    with contribution(by=by, reason="Values recorded"):
        # Two equal forms that arrive at once are one after the other.
        Participant.objects.select_for_update().get(pk=participant.pk)
        standing = {
            (fact.variable, to_the_minute(fact.observed_at)): fact
            for fact in Fact.objects.filter(visit=visit, replaced_by__isnull=True).order_by("observed_at", "id")
        }
        definition = queries.definition_for(participant)
        fresh, changed = [], []
        for entry in facts:
            check_value(definition, entry)
            before = standing.get((entry.variable, to_the_minute(entry.observed_at)))
            if before is None:
                fresh.append(entry)
            elif before.value != normal_form(definition.variables[entry.variable], entry.value):
                changed.append((before, entry))
        unexplained = [before for before, entry in changed if not reasons.get(entry.variable, "").strip()]
        if unexplained:
            raise ReasonsWanted(unexplained)
        written = record_facts(participant, facts=fresh, visit=visit, by=by, at=at) if fresh else []
        for before, entry in changed:
            written.append(correct_fact(before, value=entry.value, reason=reasons[entry.variable], by=by, at=at))
    return written


def to_the_minute(moment: datetime) -> datetime:
    """Returns a time as a form can say it."""
    return moment.replace(second=0, microsecond=0)


def correct_fact(fact: Fact, *, value: str, reason: str, by: Person, at: datetime) -> Fact:
    """Writes a corrected value beside the old one.

    Raises Refused without a reason, and Conflict when somebody else corrected it first.
    """
    if not reason.strip():
        raise Refused("Say why the value is corrected.", field="reason")
    if Fact.objects.filter(replaces=fact).exists():
        raise Conflict("Somebody else corrected this value first. Look at the new value, then decide.")
    definition = queries.definition_for(fact.participant)
    entry = FactEntry(fact.variable, value, fact.source, fact.observed_at)
    check_value(definition, entry)
    with contribution(by=by, reason=reason):
        corrected = Fact.objects.create(
            participant=fact.participant,
            site_id=fact.site_id,
            visit=fact.visit,
            variable=fact.variable,
            value=normal_form(definition.variables[fact.variable], value),
            unit=fact.unit,
            source=fact.source,
            observed_at=fact.observed_at,
            replaces=fact,
            reason=reason,
            recorded_by=by,
        )
        keep_counts(fact.participant, entered={fact.variable}, by=by, at=at)
        publish(FactsRecorded(fact.participant_id, (fact.variable,)))
    return corrected


def check_value(definition: ProtocolDefinition, entry: FactEntry) -> None:
    """Raises Refused, naming the field, when a value does not belong to its variable."""
    variable = definition.variables.get(entry.variable)
    if variable is None:
        raise Refused(f"The protocol knows no value called “{entry.variable}”.", field=entry.variable)
    if entry.unit and entry.unit != variable.unit:
        raise Refused(
            f"Give {label(variable)} in {variable.unit or 'no unit'}, not in {entry.unit}.", field=entry.variable
        )
    if variable.type == "bool" and entry.value not in ("true", "false"):
        raise Refused(f"Answer {label(variable)} with yes or no.", field=entry.variable)
    if variable.type == "enum" and entry.value not in variable.values:
        raise Refused(f"Choose one of: {', '.join(variable.values)}.", field=entry.variable)
    if variable.type == "number":
        _check_number(definition, variable, entry.value)


def normal_form(variable: Variable, value: str) -> str:
    """Returns a value as it is stored."""
    if variable.type != "number":
        return value
    return format(Decimal(value.replace(",", ".")).normalize(), "f")


def label(variable: Variable) -> str:
    """Returns a variable's name as a person reads it."""
    return variable.name.replace("_", " ")


def _check_number(definition: ProtocolDefinition, variable: Variable, text: str) -> None:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise Refused(f"{label(variable)}: “{text}” is not a number.", field=variable.name) from None
    if not number.is_finite():
        raise Refused(f"{label(variable)}: “{text}” is not a number.", field=variable.name)
    limits = definition.plausibility.get(variable.name)
    if limits and not limits.hard[0] <= number <= limits.hard[1]:
        low, high = limits.hard
        raise Refused(
            f"{text} {variable.unit} cannot be right: enter {label(variable)} between {low} and {high}.",
            field=variable.name,
        )


def check_open(participant: Participant) -> None:
    """Raises Refused before consent, and for somebody who left."""
    if queries.standing_consent(participant) is None:
        raise Refused("No procedure before consent: record the participant's consent first.")
    if participant.status in CLOSED:
        raise Refused(f"{participant.screening_number} has left the trial; nothing more is recorded.")
