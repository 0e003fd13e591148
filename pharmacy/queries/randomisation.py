"""Whether a participant can be randomised, and into which stratum; nothing here can tell an arm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from core.clock import local_date
from core.errors import Refused
from core.signatures import standing_signatures
from patients import queries as patient_queries
from pharmacy.list_file import joined
from pharmacy.minimisation import ROW
from pharmacy.models import AllocationList, Kit
from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value

if TYPE_CHECKING:
    from patients.models import EligibilityAssessment, Participant
    from trials.models import Site

SITE = "site"


@dataclass(frozen=True)
class ReadinessLine:
    """One thing that must be true before the allocation can be asked for, in three values."""

    code: str
    text: str
    truth: Truth
    evidence: str


@dataclass(frozen=True)
class Stratum:
    """The stratum of a participant, and the (factor, value, source) that make it; None where a value is missing."""

    code: str | None
    parts: tuple[tuple[str, str, str], ...]

    @property
    def levels(self) -> dict[str, str]:
        """Returns the value of each factor."""
        return {factor: value for factor, value, _ in self.parts}


@dataclass(frozen=True)
class Readiness:
    """Whether a participant can be randomised now, line by line."""

    lines: tuple[ReadinessLine, ...]
    stratum: Stratum

    @property
    def ready(self) -> bool:
        """Returns whether every line is true; unknown is not true."""
        return all(line.truth is Truth.TRUE for line in self.lines)

    @property
    def open_lines(self) -> tuple[ReadinessLine, ...]:
        """Returns what is still missing or false."""
        return tuple(line for line in self.lines if line.truth is not Truth.TRUE)


def readiness(participant: "Participant", *, at: datetime) -> Readiness:
    """Returns what the protocol asks for before randomisation, and the stratum that would be used."""
    if participant.protocol_version is None:
        never = ReadinessLine("consent", "Consent is recorded", Truth.FALSE, "no consent yet")
        return Readiness((never,), Stratum(None, ()))
    definition = patient_queries.definition_for(participant)
    latest = participant.eligibility_assessments.order_by("-judged_at", "-id").first()
    values = _values(participant, latest, definition=definition, at=at)
    stratum = stratum_of(participant, definition=definition, values=values)
    lines = [
        _status_line(participant),
        *_gate_lines(definition, values),
        _signature_line(latest),
        _contradiction_line(participant),
        _list_line(participant, stratum),
        _stock_line(participant, at=at),
    ]
    return Readiness(tuple(lines), stratum)


def stratum_of(participant: "Participant", *, definition: ProtocolDefinition, values: Mapping[str, Value]) -> Stratum:
    """Returns the participant's stratum; its code is None while a factor's value is missing."""
    parts = []
    for factor in definition.randomisation.stratify_by:
        if factor == SITE:
            parts.append((factor, participant.site.code, "the participant's site"))
            continue
        value = values.get(factor)
        source = definition.variables[factor].source
        parts.append((factor, "" if value is None else _as_text(value), source))
    known = all(value for _, value, _ in parts)
    return Stratum(joined([value for _, value, _ in parts]) if known else None, tuple(parts))


def levels_of(definition: ProtocolDefinition, *, sites: "list[Site]") -> dict[str, list[str]]:
    """Returns the factors of the protocol, each with every level that it can have with these sites.

    Raises Refused when a factor has no list of values to stratify by.
    """
    levels = {}
    for factor in definition.randomisation.stratify_by:
        variable = definition.variables.get(factor)
        if factor == SITE:
            levels[factor] = [site.code for site in sites]
        elif variable is not None and variable.type == "bool":
            levels[factor] = ["false", "true"]
        elif variable is not None and variable.values:
            levels[factor] = list(variable.values)
        else:
            raise Refused(f"The protocol stratifies by “{factor}”, which has no list of values.")
    return levels


def strata_of(definition: ProtocolDefinition, *, sites: "list[Site]") -> list[str]:
    """Returns every stratum that the protocol's factors make with these sites; see levels_of."""
    return [joined(list(values)) for values in product(*levels_of(definition, sites=sites).values())]


def sealed_list(trial_id: int) -> AllocationList | None:
    """Returns the blinded fact that the trial's list is sealed, if it is."""
    return AllocationList.objects.filter(trial_id=trial_id).select_related("protocol_version", "recorded_by").first()


def _values(
    participant: "Participant",
    latest: "EligibilityAssessment | None",
    *,
    definition: ProtocolDefinition,
    at: datetime,
) -> dict[str, Value]:
    values = dict(patient_queries.values_for(participant, visit_code=definition.randomisation.trigger_visit, at=at))
    if latest is not None:
        values["eligibility_result"] = latest.result
    return values


def _gate_lines(definition: ProtocolDefinition, values: Mapping[str, Value]) -> list[ReadinessLine]:
    lines = []
    for token in definition.randomisation.trigger_requires:
        gate = definition.gates[token]
        outcome = gate.expression.evaluate(values)
        known = [f"{_words(name)} {_as_text(values[name])}" for name in gate.expression.names if name in values]
        missing = [f"{_words(name)} missing" for name in outcome.missing]
        lines.append(ReadinessLine(token, _words(token).capitalize(), outcome.truth, ", ".join(known + missing)))
    return lines


def _status_line(participant: "Participant") -> ReadinessLine:
    fits = participant.status == "enrolled"
    return ReadinessLine("enrolled", "Enrolled", _truth(fits), participant.get_status_display())


def _signature_line(latest: "EligibilityAssessment | None") -> ReadinessLine:
    signed = standing_signatures(latest) if latest is not None else []
    evidence = f"{signed[-1].printed_name}" if signed else "no signature stands on the latest verdict"
    return ReadinessLine("signed", "Eligibility signed by the investigator", _truth(bool(signed)), evidence)


def _contradiction_line(participant: "Participant") -> ReadinessLine:
    flag = patient_queries.open_contradiction(participant)
    evidence = f"speaks against {', '.join(flag.criteria)}: judge anew and sign" if flag else "none since the signature"
    return ReadinessLine("contradiction", "No value speaks against the signed eligibility", _truth(not flag), evidence)


def _list_line(participant: "Participant", stratum: Stratum) -> ReadinessLine:
    sealed = sealed_list(participant.site.trial_id)
    # Minimisation has one row for every stratum there can be.
    fits = sealed is not None and stratum.code is not None and bool({stratum.code, ROW} & set(sealed.strata))
    evidence = f"sealed {sealed.sealed_at:%-d %b %Y}" if sealed else "no sealed list"
    return ReadinessLine("list", "Sealed allocation list for the stratum", _truth(fits), evidence)


def _stock_line(participant: "Participant", *, at: datetime) -> ReadinessLine:
    today = local_date(at, zone=participant.site.zone)
    stock = Kit.objects.filter(site_id=participant.site_id, state="in_stock", expires_on__gt=today).count()
    return ReadinessLine("stock", "Kits in stock at the site", _truth(stock > 0), f"{stock} in stock")


def _truth(fits: bool) -> Truth:
    return Truth.TRUE if fits else Truth.FALSE


def _words(name: str) -> str:
    return name.replace("_", " ")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
