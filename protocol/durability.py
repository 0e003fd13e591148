"""What happens after treatment: why visits are missing, what else was taken, and how somebody is found again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from protocol.shapes import TAGS, Block, ListOf, Number, OneOf, Ref, TableOf, Text, Whole

NAME = Text(r"[A-Za-z_][A-Za-z0-9_]*")
CHANNELS = ("phone", "message", "letter", "relative", "registry")
# How the estimand treats what happened in between (ICH E9(R1)).
STRATEGIES = ("treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum")
COUNT, NATURAL = Whole(low=1), Whole(low=0)
DURABILITY = Block(
    {
        "missing_reasons": TableOf(Text(), key=NAME),
        "intercurrent_events": ListOf(
            Block({"code": NAME, "name": Text(), "strategy": OneOf(STRATEGIES)}), unique="code"
        ),
        "tracing": Block(
            {
                "after_attempts": COUNT,
                "steps": ListOf(
                    Block({"code": NAME, "name": Text(), "channel": OneOf(CHANNELS), "after_days": NATURAL}),
                    unique="code",
                ),
            }
        ),
        "forecast": Block({"expected": Number(low=0, high=1), "weight": COUNT, "visits": ListOf(Ref("visit"))}),
    },
    {"consent_option": Ref("consent option")},
)


@dataclass(frozen=True)
class IntercurrentKind:
    """Something after the start of treatment that changes what an outcome means, and how the estimand treats it."""

    code: str
    name: str
    strategy: str

    @property
    def strategy_in_words(self) -> str:
        """Returns the strategy as people write it."""
        return self.strategy.replace("_", " ")


@dataclass(frozen=True)
class TracingStep:
    """One more way to find somebody, so many days after the attempts were in vain."""

    code: str
    name: str
    channel: str
    after_days: int


@dataclass(frozen=True)
class Attempt:
    """One attempt as the rule sees it: when, whether the participant was reached, and as which step."""

    at: datetime
    reached: bool
    step: str = ""


@dataclass(frozen=True)
class Forecast:
    """What share is expected to be assessed, how much that counts beside a site's own numbers, and at which visits."""

    expected: float = 1.0
    weight: int = 1
    visits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Durability:
    """What the protocol says of the time after treatment; an absent block asks for nothing."""

    consent_option: str = ""
    missing_reasons: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[IntercurrentKind, ...] = ()
    after_attempts: int = 0
    steps: tuple[TracingStep, ...] = ()
    forecast: Forecast = field(default_factory=Forecast)

    def kind(self, code: str) -> IntercurrentKind | None:
        """Returns one kind of intercurrent event by its code."""
        return next((kind for kind in self.kinds if kind.code == code), None)


@dataclass(frozen=True)
class ProposedStep:
    """A step that is proposed, from when on."""

    step: TracingStep
    due_at: datetime


def proposed_step(rules: Durability, attempts: Sequence[Attempt]) -> ProposedStep | None:
    """Returns the next step by which somebody is looked for, or None while attempts go on or once they were reached.

    TR · Protocol durability.tracing. Only what came after the last time they were reached counts.
    """
    since = _since_reached(attempts)
    tried = [attempt for attempt in since if not attempt.step]
    if not rules.after_attempts or len(tried) < rules.after_attempts:
        return None
    done: Collection[str] = {attempt.step for attempt in since if attempt.step}
    failed_at = tried[rules.after_attempts - 1].at
    for step in rules.steps:
        if step.code not in done:
            return ProposedStep(step, failed_at + timedelta(days=step.after_days))
    return None


def _since_reached(attempts: Sequence[Attempt]) -> list[Attempt]:
    ordered = sorted(attempts, key=lambda attempt: attempt.at)
    last = max((place for place, attempt in enumerate(ordered) if attempt.reached), default=-1)
    return ordered[last + 1 :]


def durability_from(block: Mapping[str, Any]) -> Durability:
    """Returns what a block of the file describes."""
    if not block:
        return Durability()
    tracing, forecast = block["tracing"], block["forecast"]
    reasons = {code: words for code, words in block["missing_reasons"].items() if code not in TAGS}
    return Durability(
        consent_option=block.get("consent_option", ""),
        missing_reasons=MappingProxyType(reasons),
        kinds=tuple(
            IntercurrentKind(row["code"], row["name"], row["strategy"]) for row in block["intercurrent_events"]
        ),
        after_attempts=tracing["after_attempts"],
        steps=tuple(
            TracingStep(row["code"], row["name"], row["channel"], row["after_days"]) for row in tracing["steps"]
        ),
        forecast=Forecast(float(forecast["expected"]), forecast["weight"], tuple(forecast["visits"])),
    )
