"""The frozen protocol document: everything that differs between trials, read once and validated whole.

`load` refuses a bad file with every fault and its place. The shape follows USDM 4.0: visits are encounters with timings
relative to an anchor, procedures are activities, the schedule joins the two.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

from protocol.adherence import AdherenceRules
from protocol.aftercare import Aftercare
from protocol.booking import BookingRules
from protocol.case_reports import CaseReporting
from protocol.conduct import Conduct
from protocol.criteria import Criteria, criteria_of
from protocol.document import Fault, ProtocolFaults, canonical_digest
from protocol.durability import Durability
from protocol.edit_checks import EditCheck
from protocol.expressions import Variable
from protocol.office import SafetyOffice
from protocol.parts import (
    Accountability,
    AdverseEventPolicy,
    AlertPolicy,
    Blinding,
    Clock,
    Coded,
    Consenting,
    ConsentOption,
    DerivedCount,
    DeviationRule,
    DiagnosisRule,
    DoseLabel,
    DosingHolds,
    DosingSession,
    Effect,
    Endpoint,
    Escalation,
    EscalationStep,
    EventProposals,
    Fluids,
    GradeBand,
    HoldRelease,
    Lateness,
    OutcomeRule,
    PhoneContacts,
    Plausibility,
    Preference,
    PreferenceLevel,
    Procedure,
    Qualification,
    Randomisation,
    RaterAgreement,
    Recruitment,
    ReminderRule,
    Rescreening,
    Role,
    Rule,
    Scheme,
    ScreenQuestion,
    SupplementalWindow,
    TrialStoppingRule,
    UnblindedDosing,
    Visit,
    VitalPoint,
)
from protocol.screening.parts import KnownMedicine, Measure, ScreeningRecord
from protocol.sweep_lists import Sweep

__all__ = [
    "Accountability",
    "AdverseEventPolicy",
    "AlertPolicy",
    "Blinding",
    "Clock",
    "Coded",
    "Consenting",
    "ConsentOption",
    "DerivedCount",
    "DeviationRule",
    "DiagnosisRule",
    "DoseLabel",
    "DosingHolds",
    "DosingSession",
    "Effect",
    "Endpoint",
    "Escalation",
    "EscalationStep",
    "EventProposals",
    "Fault",
    "Fluids",
    "GradeBand",
    "HoldRelease",
    "KnownMedicine",
    "Lateness",
    "Measure",
    "OutcomeRule",
    "PhoneContacts",
    "Plausibility",
    "Preference",
    "PreferenceLevel",
    "Procedure",
    "ProtocolDefinition",
    "ProtocolFaults",
    "Qualification",
    "Randomisation",
    "RaterAgreement",
    "Recruitment",
    "ReminderRule",
    "Rescreening",
    "Role",
    "Rule",
    "Scheme",
    "ScreenQuestion",
    "ScreeningRecord",
    "SupplementalWindow",
    "Sweep",
    "TrialStoppingRule",
    "UnblindedDosing",
    "Visit",
    "VitalPoint",
    "canonical_digest",
    "load",
]


@dataclass(frozen=True)
class ProtocolDefinition:
    """One version of a protocol. `source` keeps every block, the typed parts are what rules read."""

    code: str
    version: str
    title: str
    synthetic: bool
    source: Mapping[str, Any]
    arms: tuple[Coded, ...]
    epochs: tuple[Coded, ...]
    roles: Mapping[str, Role]
    randomisation: Randomisation
    blinding: Blinding
    endpoints: tuple[Endpoint, ...]
    visits: tuple[Visit, ...]
    phone_contacts: PhoneContacts
    procedures: Mapping[str, Procedure]
    schedule_of_assessments: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Variable]
    second_sources: Mapping[str, str]
    gates: Mapping[str, Rule]
    inclusion: tuple[Rule, ...]
    exclusion: tuple[Rule, ...]
    eligibility_visits: tuple[str, ...]
    pre_dose_conditions: tuple[Rule, ...]
    withhold_supplemental_if: tuple[Rule, ...]
    discharge_criteria: tuple[Rule, ...]
    discharge_earliest_min: int
    supplemental_window: SupplementalWindow
    unblinded_dosing: UnblindedDosing
    leave_overnight_after: Mapping[str, str]
    vital_parameters: Mapping[str, str]
    fluids: Fluids | None
    vital_points: tuple[VitalPoint, ...]
    intensify_when: Rule
    intensify_every_min: int
    calm_sets_to_end: int
    emergency_when: Rule
    participant_stopping: tuple[Rule, ...]
    trial_stopping: tuple[TrialStoppingRule, ...]
    dosing_holds: DosingHolds
    aesi: tuple[Rule, ...]
    adverse_events: AdverseEventPolicy
    event_proposals: EventProposals
    clocks: tuple[Clock, ...]
    escalation: Escalation
    sweep: Sweep
    washout: Rule
    washout_yields: str
    washout_before: str
    half_life_days: Mapping[str, Decimal]
    prohibited_classes: tuple[str, ...]
    screening: ScreeningRecord
    effects: tuple[Effect, ...]
    alert_policy: Mapping[str, AlertPolicy]
    dose_labels: Mapping[str, DoseLabel]
    overrides: Mapping[str, str]
    plausibility: Mapping[str, Plausibility]
    consent_options: tuple[ConsentOption, ...]
    consenting: Consenting
    deviation_rules: tuple[DeviationRule, ...]
    reminders: tuple[ReminderRule, ...]
    quiet_hours: Mapping[str, tuple[int, int]]
    banned_words: tuple[str, ...]
    grade_bands: tuple[GradeBand, ...]
    grade_rounding: Mapping[str, Decimal]
    diagnosis_rules: Mapping[str, DiagnosisRule]
    skippable_items: Mapping[str, tuple[int, ...]]
    derived_counts: Mapping[str, DerivedCount]
    lateness: Lateness
    conduct: Conduct
    office: SafetyOffice
    aftercare: Aftercare
    adherence: AdherenceRules
    booking: BookingRules
    durability: Durability
    recruitment: Recruitment
    case_reporting: CaseReporting | None
    accountability: Accountability | None
    threshold_variables: Mapping[str, Decimal]
    outcome_rules: tuple[OutcomeRule, ...]
    instruments: Mapping[str, Mapping[str, Any]]
    rater_agreement: RaterAgreement | None
    edit_checks: Mapping[str, tuple[EditCheck, ...]]
    min_session_staff: int
    qualifications: Mapping[str, Qualification]
    expiry_notice_days: int
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
    def duties(self) -> Mapping[str, tuple[str, tuple[str, ...]]]:
        """Returns the name and the parts of each duty by code."""
        return {code: (role.name, role.parts) for code, role in self.roles.items()}

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Returns the unit of each variable by name."""
        return {name: variable.unit for name, variable in self.variables.items()}

    def procedures_of(self, visit_code: str) -> tuple[Procedure, ...]:
        """Returns the procedures that the schedule asks for at a visit or a contact; none elsewhere."""
        codes = self.schedule_of_assessments.get(visit_code, ())
        if not codes and self.contact_pattern.fullmatch(visit_code):
            codes = self.phone_contacts.procedures
        return tuple(self.procedures[code] for code in codes)

    @cached_property
    def washout_procedures(self) -> frozenset[str]:
        """Returns the procedures that ask for each stopped medicine, from which the washout is judged."""
        return frozenset(code for variable in self.washout.expression.variables for code in variable.procedures)

    @cached_property
    def contact_pattern(self) -> re.Pattern[str]:
        """Returns the pattern of the codes of contacts."""
        pattern = re.escape(self.phone_contacts.code_pattern).replace("\\{", "{").replace("\\}", "}")
        after = [re.escape(visit.code) for visit in self.visits if visit.type == self.phone_contacts.after_type]
        return re.compile(pattern.format(dosing_code=f"(?:{'|'.join(after)})", day=r"\d+"))

    def variables_from(self, procedure_code: str, *, visit_code: str | None = None) -> tuple[Variable, ...]:
        """Returns the variables whose value a procedure's form supplies.

        A variable that the protocol takes from one visit alone is left out at another.
        """
        return tuple(
            variable
            for variable in self.variables.values()
            if procedure_code in variable.procedures and (visit_code is None or variable.only_at in ("", visit_code))
        )

    def rule_text(self, code: str) -> str:
        """Returns the clinician's sentence of a rule, or the code if it is none of the protocol's."""
        return next((rule.text for rule in self.all_rules if rule.code == code), code)

    @cached_property
    def criteria(self) -> Criteria:
        """Returns the criteria of eligibility, ready to be judged."""
        return criteria_of(self.inclusion, self.exclusion, visits=self.eligibility_visits)

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """Returns every rule that has an id, for the rules index."""
        return (
            *self.gates.values(), *self.inclusion, *self.exclusion, *self.pre_dose_conditions,
            *self.withhold_supplemental_if, self.intensify_when, self.emergency_when, *self.discharge_criteria,
            *self.participant_stopping, *self.aesi, self.washout,
            *self.screening.rules,
        )  # fmt: skip


def load(text: str) -> ProtocolDefinition:
    """Returns the definition in a protocol file.

    Raises ProtocolFaults with every fault of the file, its place and its line.
    """
    # The builder makes this module's class, so it can only be imported once this module stands.
    from protocol.building import definition_from

    return definition_from(text)


def frozen(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns a view of a mapping that cannot be changed."""
    return MappingProxyType(dict(mapping))
