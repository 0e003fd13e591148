"""Taper and washout: the medicines that were stopped, and whether they have been away long enough."""

from collections.abc import Sequence
from datetime import datetime

from core.clock import local_date
from core.errors import Refused
from core.models import Person
from patients import queries
from patients.actions.facts import FactEntry, record_facts
from patients.models import Fact, Participant, Visit
from protocol.expressions import Truth
from protocol.washout import StoppedMedicine, washout_truth

LONGEST_SOURCE = 120


def record_washout(
    participant: Participant,
    *,
    visit: Visit,
    medicines: Sequence[StoppedMedicine],
    observed_at: datetime,
    by: Person,
    at: datetime,
) -> Fact:
    """Judges the washout of every stopped medicine on the day of the check and keeps the verdict.

    Raises Refused when a medicine is not in the protocol's list: then nobody can know.
    """
    definition = queries.definition_for(participant)
    on = local_date(observed_at, zone=participant.site.zone)
    truth = washout_truth(definition, medicines, on=on)
    if truth is Truth.UNKNOWN:
        raise Refused("A medicine is not in the protocol's list of half-lives, so its washout cannot be judged.")
    value = "true" if truth is Truth.TRUE else "false"
    entry = FactEntry(definition.washout_yields, value, _source(medicines), observed_at)
    return record_facts(participant, facts=[entry], visit=visit, by=by, at=at)[0]


def _source(medicines: Sequence[StoppedMedicine]) -> str:
    if not medicines:
        return "No medicine of a prohibited class"
    parts = [
        f"{medicine.name} {'still taken' if medicine.last_taken_on is None else f'last {medicine.last_taken_on}'}"
        for medicine in medicines
    ]
    return "; ".join(parts)[:LONGEST_SOURCE]
