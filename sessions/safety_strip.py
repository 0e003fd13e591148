"""What stays in sight all day: allergies, medicines, suicidality, touch and the stop word, drink, whom to call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.models import Person
from patients.queries import KnownFact
from protocol.definition import ProtocolDefinition
from protocol.vital_signs import ACT, limit_lines
from sessions import queries
from sessions.models import FluidIntake, PreparatorySession, TouchEvent

if TYPE_CHECKING:
    from patients.models import Consent

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class SafetyStrip:
    """Everything on the strip; an empty text means that nobody recorded it."""

    allergies: str
    medicines: str
    suicidality: str
    suicidality_at: datetime | None
    touch: str
    touch_words: str
    stop_word: str
    stopped: TouchEvent | None
    call_at: str
    fluids: str
    fluids_hour: str
    physicians: tuple[Person, ...]


def latest_preparation(participant_id: int) -> PreparatorySession | None:
    """Returns the latest preparatory session, from which the strip has allergies, medicines and the stop word."""
    found = PreparatorySession.objects.filter(participant_id=participant_id)
    return found.order_by("-held_at", "-id").first()


def strip_of(
    definition: ProtocolDefinition,
    *,
    preparation: PreparatorySession | None,
    consent: "Consent | None",
    facts: Mapping[str, KnownFact],
    touches: Sequence[TouchEvent],
    drinks: Sequence[FluidIntake],
    physicians: Sequence[Person],
    at: datetime,
) -> SafetyStrip:
    """Returns the strip from what was read already."""
    ideation = facts.get("cssrs_ideation")
    welcome = bool(consent and consent.options.get("touch"))
    return SafetyStrip(
        allergies=preparation.allergies if preparation else "",
        medicines=preparation.medicines if preparation else "",
        suicidality=f"ideation {ideation.fact.value}{_behaviour(facts)}" if ideation else "",
        suicidality_at=ideation.fact.observed_at if ideation else None,
        touch="Welcome" if welcome else "Not welcome",
        touch_words=preparation.touch_limits if preparation else "",
        stop_word=preparation.stop_word if preparation else "",
        stopped=queries.last_stop(touches, at=at),
        call_at=_call_at(definition),
        fluids=_fluids(definition, drinks),
        fluids_hour=_fluids_of_last_hour(definition, drinks, at=at),
        physicians=tuple(physicians),
    )


def _behaviour(facts: Mapping[str, KnownFact]) -> str:
    known = facts.get("cssrs_behaviour")
    return f", behaviour {known.fact.value}" if known else ""


def _call_at(definition: ProtocolDefinition) -> str:
    """Returns the limits at which somebody is called at once, in a few words."""
    units = {"sbp": "mmHg", "dbp": "mmHg", "temp_c": "°C", "hr": "bpm"}
    found: dict[str, list[str]] = {}
    for line in limit_lines(definition):
        if line.severity == ACT and line.variable in units:
            found.setdefault(units[line.variable], []).append(f"{line.limit.normalize():f}")
    words = [f"{' or '.join(limits)}\N{NO-BREAK SPACE}{unit}" for unit, limits in found.items()]
    bools = [
        name.replace("_", " ")
        for name in definition.emergency_when.expression.names
        if definition.variables[name].type == "bool"
    ]
    return ", ".join([*words, *bools])


def _fluids(definition: ProtocolDefinition, drinks: Sequence[FluidIntake]) -> str:
    if definition.fluids is None:
        return ""
    drunk = sum(row.amount_ml for row in drinks) / 1000
    return f"{drunk:.1f} of {definition.fluids.max_l_session.normalize():f} L"


def _fluids_of_last_hour(definition: ProtocolDefinition, drinks: Sequence[FluidIntake], *, at: datetime) -> str:
    if definition.fluids is None:
        return ""
    drunk = sum(row.amount_ml for row in drinks if at - HOUR < row.observed_at <= at) / 1000
    return f"hour {drunk:.1f} of {definition.fluids.max_l_per_hour.normalize():f} L"
