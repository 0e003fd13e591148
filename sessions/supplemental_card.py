"""The card of the supplemental dose: not yet, open, closing, closed; the reasons to withhold as lines that are met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from protocol.definition import ProtocolDefinition, Rule
from protocol.dosing import Judgement, SupplementalTimes, supplemental_times
from protocol.expressions import Value
from protocol.verdict import Verdict
from sessions.chart import Clock
from sessions.models import DoseRecord
from sessions.queries import OpenHold

# What the pair answers when it decides; everything else is known before.
ASKED = frozenset({"participant_agrees", "clinician_contraindication"})
SHAPES = {None: "unknown", True: "notmet", False: "met"}


@dataclass(frozen=True)
class Criterion:
    """One line of the card."""

    shape: str
    text: str
    value: str
    rule: str


@dataclass(frozen=True)
class Supplemental:
    """The card; `passes` says that nothing but questions to the pair is open."""

    state: str
    label: str
    headline: str
    minutes_left: int
    minutes_open: int
    opens_at: datetime
    closes_at: datetime
    criteria: tuple[Criterion, ...]
    met: int
    to_ask: int
    failed: int
    passes: bool
    decided: DoseRecord | None
    holds: tuple[str, ...] = ()


def card_of(
    definition: ProtocolDefinition,
    *,
    initial_at: datetime,
    decided: DoseRecord | None,
    judgement: Judgement,
    known: Mapping[str, Value],
    at: datetime,
    clock: Clock,
    holds: Sequence[OpenHold] = (),
) -> Supplemental:
    """Returns the card at a moment; `known` are the values by which the edges of rises over a baseline are found."""
    times = supplemental_times(definition, initial_at=initial_at)
    state = "decided" if decided else times.state_at(at)
    rules = {rule.code: rule for rule in definition.withhold_supplemental_if}
    criteria = tuple(_criterion(rules[v.rule], v, known, times, clock) for v in judgement.verdicts)
    label = definition.dose_labels["supplemental"]
    return Supplemental(
        state=state,
        label=f"{label.label}, bottle {label.bottle}",
        headline=_headline(state, times, at, decided),
        minutes_left=max(int((times.closes_at - at).total_seconds() // 60), 0),
        minutes_open=int((times.closes_at - times.opens_at).total_seconds() // 60),
        opens_at=times.opens_at,
        closes_at=times.closes_at,
        criteria=criteria,
        met=sum(line.shape == "met" for line in criteria),
        to_ask=sum(line.shape == "unknown" for line in criteria),
        failed=sum(line.shape == "notmet" for line in criteria),
        passes=not holds
        and all(verdict.holds is None and set(verdict.missing) <= ASKED for verdict in judgement.blocking),
        decided=decided,
        holds=tuple(hold.sentence for hold in holds),
    )


def _only_questions_open(judgement: Judgement) -> bool:
    return all(verdict.holds is None and set(verdict.missing) <= ASKED for verdict in judgement.blocking)


def _headline(state: str, times: SupplementalTimes, at: datetime, decided: DoseRecord | None) -> str:
    if decided is not None:
        return decided.get_decision_display()
    minutes = int(((times.opens_at if state == "not_yet" else times.closes_at) - at).total_seconds() // 60)
    return {
        "not_yet": f"Not yet, opens in {minutes} min",
        "open": f"Open, {minutes} min left",
        "closing": f"Closing, {minutes} min left",
        "closed": "Closed",
    }[state]


def _criterion(
    rule: Rule, verdict: Verdict, known: Mapping[str, Value], times: SupplementalTimes, clock: Clock
) -> Criterion:
    # The rules say when to withhold: what is false stands for the participant.
    shape = SHAPES[verdict.holds]
    return Criterion(shape, rule.short or rule.text, _value(rule, verdict, known, times, clock), rule.code)


def _value(rule: Rule, verdict: Verdict, known: Mapping[str, Value], times: SupplementalTimes, clock: Clock) -> str:
    names = rule.expression.names
    if "minutes_since_initial" in names:
        return f"{clock(times.opens_at)} to {clock(times.closes_at)}"
    if set(names) & ASKED:
        return "not asked" if verdict.holds is None else "no" if verdict.holds else "yes"
    measured = verdict.evidence[0].text if verdict.evidence else "not known"
    baselines = {
        name: value for name, value in known.items() if isinstance(value, Decimal) and name.endswith("baseline")
    }
    edges = [edge for edge in rule.expression.edges(baselines) if edge.variable not in baselines]
    lowest = min(edges, key=lambda edge: edge.number, default=None)
    if lowest is None:
        return measured
    word = "to" if lowest.operator == ">" else "below"
    return f"{measured}, {word} {lowest.number.normalize():f}"
