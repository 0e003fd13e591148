"""Values that no form supplies: derived from what was recorded, and kept as facts that say so."""

from collections.abc import Collection
from datetime import datetime

from core.models import Person
from patients import queries
from patients.models import Fact, Participant
from protocol.definition import DerivedCount, ProtocolDefinition
from protocol.derived import count_readings
from protocol.expressions import Value


def keep_counts(participant: Participant, *, entered: Collection[str], by: Person, at: datetime) -> None:
    """Keeps each count of the protocol anew when one of its readings was entered; nothing while it is not known."""
    definition = queries.definition_for(participant)
    for name, count in definition.derived_counts.items():
        if set(count.of) & set(entered):
            _keep_count(participant, definition, name=name, count=count, by=by, at=at)


def _keep_count(
    participant: Participant,
    definition: ProtocolDefinition,
    *,
    name: str,
    count: DerivedCount,
    by: Person,
    at: datetime,
) -> None:
    occasions = _occasions(participant, definition, count)
    counted = count_readings(definition, name, occasions=list(occasions.values()))
    latest = queries.latest_facts(participant, [name]).get(name)
    if counted is None or (latest is not None and latest.value == str(counted)):
        return
    Fact.objects.create(
        participant=participant,
        site=participant.site,
        variable=name,
        value=str(counted),
        source=f"Counted over {', '.join(occasions)}",
        observed_at=at,
        recorded_by=by,
    )


def _occasions(
    participant: Participant, definition: ProtocolDefinition, count: DerivedCount
) -> dict[str, dict[str, Value]]:
    """Returns the readings of each visit before treatment at which the protocol takes them; the latest counts."""
    procedures = set(definition.variables[count.over].procedures)
    last = max(definition.visits_by_code[code].order for code in definition.eligibility_visits)
    found: dict[str, dict[str, Value]] = {}
    for fact in queries.facts_of(participant):
        visit_code = fact.visit.code if fact.visit else ""
        asked = procedures & set(definition.schedule_of_assessments.get(visit_code, ()))
        before = fact.visit is not None and fact.visit.order <= last
        if asked and before and fact.variable in count.of:
            kind = definition.variables[fact.variable].type
            found.setdefault(visit_code, {})[fact.variable] = queries.as_value(fact.value, kind)
    return found
