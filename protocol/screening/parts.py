"""The parts of a protocol from which the screening record is made: what is measured, judged, taken and tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from protocol.parts import Rule

UPPER_LIMITS = "upper_limits"


@dataclass(frozen=True)
class Computed:
    """How a measure follows from two others where it was not reported itself."""

    method: str
    qt: str
    rate: str


@dataclass(frozen=True)
class Measure:
    """What a laboratory, an ECG or a screen reports: a number in a UCUM unit, or one of a few words.

    `factors` turn a value of another unit into `unit`. `supplies` names the variable that a value gives, as it is or,
    where `in_terms_of` says so, as a multiple of the upper limit of normal; `baseline` one that it gives besides, at
    the visit from which that variable is taken.
    """

    code: str
    name: str
    procedure: str
    unit: str = ""
    factors: Mapping[str, Decimal] = field(default_factory=dict)
    plausible: tuple[Decimal, Decimal] | None = None
    values: tuple[str, ...] = ()
    abnormal: tuple[str, ...] = ()
    supplies: str = ""
    baseline: str = ""
    in_terms_of: str = ""
    computed: Computed | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """Returns the units in which a value is understood, the measure's own first."""
        return (self.unit, *self.factors) if self.unit else ()


@dataclass(frozen=True)
class PriorUse:
    """Which variables the earlier use of the study drug gives, and over how many years it is counted."""

    uses: str
    years: int
    last: str
    never: Decimal
    contexts: Mapping[str, str]


@dataclass(frozen=True)
class KnownMedicine:
    """A medicine that the protocol knows: its class, and for how many days it is tapered at least."""

    name: str
    medicine_class: str
    taper_days: int


@dataclass(frozen=True)
class AdequateTreatment:
    """What makes an earlier treatment of one kind adequate."""

    kind: str
    rule: Rule


@dataclass(frozen=True)
class TreatmentRules:
    """How earlier treatments are judged, counted, and when they make resistance."""

    kinds: Mapping[str, str]
    responses: Mapping[str, str]
    failed: tuple[str, ...]
    adequate: tuple[AdequateTreatment, ...]
    adequate_dose_mg: Mapping[str, Decimal]
    counts: str
    yields: str
    rule: Rule


@dataclass(frozen=True)
class ScreeningRecord:
    """Everything of the protocol that the screening record needs beside variables and rules; empty where it is silent.

    `judgements` names the duty that judges each variable which nobody measures.
    """

    result_age_days: Mapping[str, int] = field(default_factory=dict)
    judgements: Mapping[str, str] = field(default_factory=dict)
    failure_reasons: Mapping[str, str] = field(default_factory=dict)
    sex_variable: str = ""
    age_variable: str = ""
    significance_by: str = ""
    medicine_started: str = ""
    measures: Mapping[str, Measure] = field(default_factory=dict)
    panels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prior_use: PriorUse | None = None
    class_names: Mapping[str, str] = field(default_factory=dict)
    medicines: Mapping[str, KnownMedicine] = field(default_factory=dict)
    treatments: TreatmentRules | None = None

    def measures_of(self, procedure: str) -> tuple[Measure, ...]:
        """Returns what a procedure reports, in the order of the protocol."""
        return tuple(measure for measure in self.measures.values() if measure.procedure == procedure)

    @property
    def measured(self) -> frozenset[str]:
        """Returns the variables that results supply."""
        supplied = {name for m in self.measures.values() for name in (m.supplies, m.baseline) if name}
        return frozenset(supplied) | frozenset(self.panels)

    @property
    def counted_uses(self) -> frozenset[str]:
        """Returns the variables that the entries of earlier use supply."""
        return frozenset({self.prior_use.uses, self.prior_use.last}) if self.prior_use else frozenset()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Returns the rules on earlier treatments."""
        found = self.treatments
        return () if found is None else (*(adequate.rule for adequate in found.adequate), found.rule)
