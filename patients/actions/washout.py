"""Taper and washout: whether the recorded medicines have been away long enough, judged at a visit."""

from datetime import datetime

from core.clock import local_date
from core.errors import Refused
from core.models import Person
from patients import queries, screening
from patients.actions.entries import washout_source
from patients.actions.facts import FactEntry, record_facts
from patients.models import Fact, Participant, Visit
from protocol.expressions import Truth
from protocol.washout import StoppedMedicine, washout_truth


def record_washout(participant: Participant, *, visit: Visit, observed_at: datetime, by: Person, at: datetime) -> Fact:
    """Judges the washout of every recorded medicine of a prohibited class on the day of the check.

    Raises Refused when a medicine is not in the protocol's list: then nobody can know.
    """
    definition = queries.definition_for(participant)
    medicines = screening.prohibited_of(participant)
    stopped = [StoppedMedicine(row.name, row.last_taken_on) for row in medicines]
    on = local_date(observed_at, zone=participant.site.zone)
    truth = washout_truth(definition, stopped, on=on)
    if truth is Truth.UNKNOWN:
        raise Refused("A medicine is not in the protocol's list of half-lives, so its washout cannot be judged.")
    value = "true" if truth is Truth.TRUE else "false"
    entry = FactEntry(definition.washout_yields, value, washout_source(medicines), observed_at)
    return record_facts(participant, facts=[entry], visit=visit, by=by, at=at)[0]
