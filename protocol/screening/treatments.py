"""Earlier treatments: which were adequate, how many of those failed, and whether that makes resistance.

Dates may be partial: a treatment is adequate, or not, only where it is so whichever days the dates mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value
from protocol.partial_dates import first_day, last_day
from protocol.verdict import judge

UNKNOWN_RESPONSE = "unknown"


@dataclass(frozen=True)
class EarlierTreatment:
    """A treatment that was tried: what, how much, from when to when, and what it did. Dates may be partial or empty."""

    name: str
    kind: str
    started: str
    ended: str
    response: str
    dose_mg: Decimal | None = None
    sessions: int | None = None


@dataclass(frozen=True)
class ResistanceVerdict:
    """Whether earlier treatments make resistance: the count of adequate ones that failed, None while it is open."""

    failed: int | None
    truth: Truth
    adequate: tuple[Truth, ...]
    counted: tuple[Truth, ...]


def adequate_truth(definition: ProtocolDefinition, treatment: EarlierTreatment) -> Truth:
    """Returns whether a treatment was adequate by the protocol's rule of its kind; a kind without a rule never is."""
    rules = definition.screening.treatments
    found = [each.rule for each in rules.adequate if each.kind == treatment.kind] if rules else []
    if not found:
        return Truth.FALSE
    truths = {judge(found[0], values).truth for values in _readings(definition, treatment)}
    return truths.pop() if len(truths) == 1 else Truth.UNKNOWN


def judge_resistance(definition: ProtocolDefinition, treatments: Sequence[EarlierTreatment]) -> ResistanceVerdict:
    """Counts the adequate treatments that failed, and judges resistance; open ones may be either way."""
    rules = definition.screening.treatments
    assert rules is not None
    adequate = tuple(adequate_truth(definition, treatment) for treatment in treatments)
    counted = tuple(
        _both(truth, _failed(treatment, failed=rules.failed))
        for treatment, truth in zip(treatments, adequate, strict=True)
    )
    least = counted.count(Truth.TRUE)
    most = least + counted.count(Truth.UNKNOWN)
    truths = {judge(rules.rule, {rules.counts: Decimal(count)}).truth for count in range(least, most + 1)}
    truth = truths.pop() if len(truths) == 1 else Truth.UNKNOWN
    return ResistanceVerdict(least if least == most else None, truth, adequate, counted)


def _readings(definition: ProtocolDefinition, treatment: EarlierTreatment) -> list[dict[str, Value]]:
    """Returns what is known of a treatment, once for the shortest and once for the longest time it can have lasted."""
    rules = definition.screening.treatments
    values: dict[str, Value] = {}
    if treatment.dose_mg is not None:
        values["treatment_dose_mg"] = treatment.dose_mg
    if treatment.sessions is not None:
        values["treatment_sessions"] = Decimal(treatment.sessions)
    enough = rules.adequate_dose_mg.get(treatment.name.casefold()) if rules else None
    if enough is not None:
        values["adequate_dose_mg"] = enough
    if not treatment.started or not treatment.ended:
        return [values]
    shortest = (first_day(treatment.ended) - last_day(treatment.started)).days
    longest = (last_day(treatment.ended) - first_day(treatment.started)).days
    return [values | {"treatment_weeks": Decimal(max(0, days) // 7)} for days in (shortest, longest)]


def _failed(treatment: EarlierTreatment, *, failed: Sequence[str]) -> Truth:
    if treatment.response == UNKNOWN_RESPONSE:
        return Truth.UNKNOWN
    return Truth.TRUE if treatment.response in failed else Truth.FALSE


def _both(first: Truth, second: Truth) -> Truth:
    if Truth.FALSE in (first, second):
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in (first, second) else Truth.TRUE
