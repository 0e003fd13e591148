"""Adherence and competence of therapists: what reviewers rate, which recordings, and what the ratings decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from types import MappingProxyType
from typing import Any

from protocol.shapes import TAGS, Block, ListOf, Number, OneOf, Ref, TableOf, Text, Whole

NAME = Text(r"[A-Za-z_][A-Za-z0-9_]*")
CODE = Text(r"[A-Za-z0-9][A-Za-z0-9_-]*")
ADHERENCE_KIND, COMPETENCE_KIND = "adherence", "competence"
# What of a session makes its review certain, by the facts that a session's record has.
RISKS = ("first_of_pair", "touch_outside_preferences", "stop_word", "recording_gap", "ended_early", "touch")
# The same of a session of therapy without a dose, by the record that its therapists sign.
THERAPY_RISKS = ("first_of_pair", "recording_gap", "fewer_therapists", "unwelcome_change")
THERAPY_VISITS = ("preparatory", "integration")
COUNT, NATURAL = Whole(low=1), Whole(low=0)
ADHERENCE = Block(
    {
        "scale": ListOf(NATURAL, size=2),
        "items": ListOf(
            Block({"code": CODE, "kind": OneOf((ADHERENCE_KIND, COMPETENCE_KIND)), "text": Text()}),
            unique="code",
            least=1,
        ),
        "breaches": TableOf(Text(), key=NAME),
        "sample": Number(low=0, high=1),
        "always": ListOf(OneOf(RISKS)),
        "reviewers": COUNT,
        "thresholds": Block({ADHERENCE_KIND: Number(low=0), COMPETENCE_KIND: Number(low=0), "latest": COUNT}),
        "agreement": Block(
            {
                "min_icc": Number(low=0, high=1), "min_kappa": Number(low=0, high=1), "least_pairs": COUNT,
                "drift_points": Number(low=0), "drift_ratings": COUNT,
            }
        ),
        "signed_off_by": Ref("role"),
    },
    {
        "therapy": Block(
            {
                "visit_types": ListOf(OneOf(THERAPY_VISITS), least=1), "items": ListOf(CODE, unique="", least=1),
                "sample": Number(low=0, high=1), "always": ListOf(OneOf(THERAPY_RISKS)),
            }
        )
    },
)  # fmt: skip


@dataclass(frozen=True)
class ReviewItem:
    """One thing that a reviewer rates, by its code."""

    code: str
    kind: str
    text: str


@dataclass(frozen=True)
class Agreement:
    """How far reviewers may be apart, and from how many pairs and ratings on that is judged."""

    min_icc: float = 0.0
    min_kappa: float = 0.0
    least_pairs: int = 2
    drift_points: float = 0.0
    drift_ratings: int = 1


@dataclass(frozen=True)
class AdherenceRules:
    """What the protocol says of reviews; without items nothing is reviewed and nothing rests."""

    low: int = 0
    high: int = 0
    items: tuple[ReviewItem, ...] = ()
    breaches: Mapping[str, str] = field(default_factory=dict)
    sample: float = 0.0
    always: tuple[str, ...] = ()
    reviewers: int = 1
    thresholds: Mapping[str, float] = field(default_factory=dict)
    latest: int = 1
    agreement: Agreement = field(default_factory=Agreement)
    signed_off_by: str = ""
    therapy: "TherapyRules | None" = None

    def of_therapy(self, visit_type: str) -> "AdherenceRules":
        """Returns what holds for a session without a dose at a visit of a type; nothing is reviewed elsewhere.

        Scale, breaches, thresholds and the number of reviewers are the same.
        """
        if self.therapy is None or visit_type not in self.therapy.visit_types:
            return AdherenceRules()
        items = tuple(item for item in self.items if item.code in self.therapy.items)
        return replace(self, items=items, sample=self.therapy.sample, always=self.therapy.always)

    def codes(self, kind: str) -> tuple[str, ...]:
        """Returns the items of adherence, or of competence."""
        return tuple(item.code for item in self.items if item.kind == kind)


@dataclass(frozen=True)
class TherapyRules:
    """Which sessions without a dose are reviewed: at which types of visits, by which items, and how they are drawn."""

    visit_types: tuple[str, ...]
    items: tuple[str, ...]
    sample: float
    always: tuple[str, ...]


def why_sampled(rules: AdherenceRules, *, drawn: float, facts: Sequence[str]) -> str:
    """Returns why a recording is reviewed: a risk of the session, `random`, or nothing.

    AR1 · Protocol adherence.sample. `drawn` is the session's lot, from nought to one.
    """
    risk = next((name for name in rules.always if name in facts), "")
    if risk or not rules.items:
        return risk
    return "random" if drawn < rules.sample else ""


def mean_of(rules: AdherenceRules, answers: Mapping[str, float], kind: str) -> float | None:
    """Returns the mean of the answered items of a kind, or None where none was answered."""
    values = [answers[code] for code in rules.codes(kind) if code in answers]
    return fmean(values) if values else None


def below_threshold(rules: AdherenceRules, latest: Sequence[Mapping[str, float]]) -> str:
    """Returns adherence or competence where the mean of the latest reviews lies below the protocol's threshold.

    AR2 · Protocol adherence.thresholds. Fewer reviews than the protocol asks for decide nothing.
    """
    if len(latest) < rules.latest:
        return ""
    for kind, least in rules.thresholds.items():
        means = [mean for answers in latest[: rules.latest] if (mean := mean_of(rules, answers, kind)) is not None]
        if means and fmean(means) < least:
            return kind
    return ""


def adherence_from(block: Mapping[str, Any]) -> AdherenceRules:
    """Returns the rules that a block of the file describes."""
    if not block:
        return AdherenceRules()
    limits, far = block["thresholds"], block["agreement"]
    return AdherenceRules(
        low=block["scale"][0],
        high=block["scale"][1],
        items=tuple(ReviewItem(row["code"], row["kind"], row["text"]) for row in block["items"]),
        breaches=MappingProxyType({code: words for code, words in block["breaches"].items() if code not in TAGS}),
        sample=float(block["sample"]),
        always=tuple(block["always"]),
        reviewers=block["reviewers"],
        thresholds=MappingProxyType({kind: float(limits[kind]) for kind in (ADHERENCE_KIND, COMPETENCE_KIND)}),
        latest=limits["latest"],
        agreement=Agreement(
            float(far["min_icc"]), float(far["min_kappa"]), far["least_pairs"], float(far["drift_points"]),
            far["drift_ratings"],
        ),
        signed_off_by=block["signed_off_by"],
        therapy=_therapy_from(block.get("therapy")),
    )  # fmt: skip


def _therapy_from(block: Mapping[str, Any] | None) -> TherapyRules | None:
    if not block:
        return None
    return TherapyRules(
        tuple(block["visit_types"]), tuple(block["items"]), float(block["sample"]), tuple(block["always"])
    )
