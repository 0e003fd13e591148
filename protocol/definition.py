"""The frozen protocol document: everything that differs between trials, read once and validated whole.

`load` refuses a bad file with every fault and its place. The shape follows USDM 4.0: visits are encounters with timings
relative to an anchor, procedures are activities, the schedule joins the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

from protocol import document
from protocol.document import Fault, ProtocolFaults
from protocol.expressions import Expression, Variable

__all__ = ["Fault", "ProtocolDefinition", "ProtocolFaults", "load"]


@dataclass(frozen=True)
class Coded:
    """A code with a name and how sure the protocol is of it."""

    code: str
    name: str
    status: str = ""


@dataclass(frozen=True)
class Visit:
    """One visit: its window counts from the actual date of its anchor, in days unless `window_unit` says hours."""

    code: str
    name: str
    type: str
    epoch: str
    anchor: str | None
    offset: int | None
    before: int | None
    after: int | None
    mode: str
    duration_min: int
    order: int
    window_unit: str = "days"
    dosing_session: int | None = None
    overnight: bool = False
    assessor: str = ""
    timepoint: str = ""
    nominal_week: int | None = None
    is_baseline: bool = False
    is_primary_endpoint: bool = False
    separate_consent: bool = False
    must_follow: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    status: str = ""
    note: str = ""


@dataclass(frozen=True)
class Procedure:
    """An activity: who may do it, and the instrument it uses if the codes differ."""

    code: str
    name: str
    role: str
    instrument: str = ""
    instrument_version: str = ""


@dataclass(frozen=True)
class Rule:
    """A condition of the protocol with its own id; `rule` in the code means this."""

    code: str
    text: str
    expression: Expression
    status: str = ""
    action: str = ""
    check_at: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class PhoneContacts:
    """The contacts that follow each visit of one type, by day after it."""

    after_type: str
    days: tuple[int, ...]
    in_person_days: tuple[int, ...]
    before: int
    after: int
    code_pattern: str
    procedures: tuple[str, ...]


@dataclass(frozen=True)
class SupplementalWindow:
    """When the supplemental dose may be given, in minutes after the initial one."""

    earliest: int
    latest: int


@dataclass(frozen=True)
class VitalPoint:
    """A scheduled set of vital signs, in minutes after the initial dose."""

    code: str
    label: str
    minute: int
    before: int
    after: int
    mandatory: bool


@dataclass(frozen=True)
class Clock:
    """A reporting deadline: elapsed hours or calendar days from its start, while its condition is true."""

    rule: str
    starts: str
    expression: Expression | None
    hours: int | None = None
    calendar_days: int | None = None
    status: str = ""


@dataclass(frozen=True)
class Effect:
    """A term of the grid of observed effects."""

    code: str
    term: str
    abuse_related: bool = False


@dataclass(frozen=True)
class AlertPolicy:
    """How soon an alert of one severity must be acknowledged, by which duty, and what to do."""

    acknowledge_within_min: int
    by: str
    instruction: str


@dataclass(frozen=True)
class DoseLabel:
    """What blinded people see of a dose: a flag, a label, a bottle letter."""

    flag: str
    label: str
    bottle: str


@dataclass(frozen=True)
class Plausibility:
    """Hard limits refuse a slip; soft limits ask once and save."""

    hard: tuple[Decimal, Decimal]
    soft: tuple[Decimal, Decimal]


@dataclass(frozen=True)
class ConsentOption:
    """Something consented to separately."""

    code: str
    text: str
    required: bool


@dataclass(frozen=True)
class DeviationRule:
    """What is proposed as a deviation."""

    code: str
    when: str
    category: str
    importance: str


@dataclass(frozen=True)
class ReminderRule:
    """A message of the catalogue: to whom, relative to what, in hours."""

    template: str
    to: str
    relative_to: str
    hours: int
    visit_types: tuple[str, ...] = ()
    urgent: bool = False


@dataclass(frozen=True)
class GradeBand:
    """One numeric grade of a term, from the highest down."""

    term: str
    grade: int
    expression: Expression


@dataclass(frozen=True)
class OutcomeRule:
    """What counts as an outcome between two ratings of one instrument."""

    code: str
    instrument: str
    text: str
    min_fall: int | None = None
    max_total: int | None = None
    needs_no_diagnosis: bool = False
    status: str = ""


@dataclass(frozen=True)
class ProtocolDefinition:
    """One version of a protocol. `source` keeps every block, the typed parts are what rules read."""

    code: str
    version: str
    title: str
    source: Mapping[str, Any]
    arms: tuple[Coded, ...]
    epochs: tuple[Coded, ...]
    duties: Mapping[str, tuple[str, tuple[str, ...]]]
    visits: tuple[Visit, ...]
    phone_contacts: PhoneContacts
    procedures: Mapping[str, Procedure]
    schedule_of_assessments: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Variable]
    gates: Mapping[str, Rule]
    inclusion: tuple[Rule, ...]
    exclusion: tuple[Rule, ...]
    eligibility_visits: tuple[str, ...]
    pre_dose_conditions: tuple[Rule, ...]
    withhold_supplemental_if: tuple[Rule, ...]
    discharge_criteria: tuple[Rule, ...]
    discharge_earliest_min: int
    supplemental_window: SupplementalWindow
    vital_points: tuple[VitalPoint, ...]
    intensify_when: Rule
    intensify_every_min: int
    emergency_when: Rule
    participant_stopping: tuple[Rule, ...]
    aesi: tuple[Rule, ...]
    clocks: tuple[Clock, ...]
    washout: Rule
    half_life_days: Mapping[str, Decimal]
    effects: tuple[Effect, ...]
    alert_policy: Mapping[str, AlertPolicy]
    dose_labels: Mapping[str, DoseLabel]
    overrides: Mapping[str, str]
    plausibility: Mapping[str, Plausibility]
    consent_options: tuple[ConsentOption, ...]
    deviation_rules: tuple[DeviationRule, ...]
    reminders: tuple[ReminderRule, ...]
    quiet_hours: Mapping[str, tuple[int, int]]
    banned_words: tuple[str, ...]
    grade_bands: tuple[GradeBand, ...]
    outcome_rules: tuple[OutcomeRule, ...]
    instruments: Mapping[str, Mapping[str, Any]]
    min_session_staff: int
    assessor_max_per_participant: int

    @cached_property
    def visits_by_code(self) -> Mapping[str, Visit]:
        """Returns the visits by code."""
        return {visit.code: visit for visit in self.visits}

    @property
    def dosing_visits(self) -> tuple[Visit, ...]:
        """Returns the dosing visits in order."""
        return tuple(visit for visit in self.visits if visit.type == "dosing")

    @property
    def baseline_visit(self) -> Visit:
        """Returns the visit that is day 0."""
        return next(visit for visit in self.visits if visit.is_baseline)

    @property
    def threshold_variables(self) -> Mapping[str, Decimal]:
        """Returns the values that the active variant gives to derived variables."""
        variant = self.source["variants"][self.source["active_variant"]]
        return {"caps5_min": Decimal(variant["caps5_min_baseline"])} if "caps5_min_baseline" in variant else {}

    def procedures_of(self, visit_code: str) -> tuple[Procedure, ...]:
        """Returns the procedures that the schedule asks for at a visit or contact."""
        codes = self.schedule_of_assessments.get(visit_code)
        if codes is None:
            codes = self.phone_contacts.procedures
        return tuple(self.procedures[code] for code in codes)

    def variables_from(self, procedure_code: str) -> tuple[Variable, ...]:
        """Returns the variables whose value a procedure's form supplies."""
        return tuple(
            variable for variable in self.variables.values() if procedure_code in variable.source.replace(",", "").split()
        )

    def rule_text(self, code: str) -> str:
        """Returns the clinician's sentence of a rule, or the code if it is none of the protocol's."""
        return next((rule.text for rule in self.all_rules if rule.code == code), code)

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """Returns every rule that has an id, for the rules index."""
        return (
            *self.gates.values(), *self.inclusion, *self.exclusion, *self.pre_dose_conditions,
            *self.withhold_supplemental_if, self.intensify_when, self.emergency_when, *self.discharge_criteria,
            *self.participant_stopping, *self.aesi, self.washout,
        )  # fmt: skip


def load(text: str) -> ProtocolDefinition:
    """Returns the definition in a protocol file.

    Raises ProtocolFaults with every fault of the file and its place.
    """
    from protocol.reader import Reader

    read, faults = document.read(text)
    reader = Reader(read, faults)
    definition = reader.definition()
    if reader.faults or definition is None:
        raise ProtocolFaults(tuple(sorted(reader.faults, key=lambda fault: fault.line)))
    return definition


def frozen(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns a view of a mapping that cannot be changed."""
    return MappingProxyType(dict(mapping))
