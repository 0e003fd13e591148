"""The parts of a protocol document: frozen, plain, each the noun that the trial uses.

The shape follows USDM 4.0: visits are encounters with timings relative to an anchor, procedures are activities, the
schedule of assessments joins the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from protocol.expressions import Expression


@dataclass(frozen=True)
class Coded:
    """A code with a name, a short one for narrow places, and how sure the protocol is of it."""

    code: str
    name: str
    status: str = ""
    short: str = ""


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
    anchor_event: str = "start"
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
    short: str = ""


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
    short: str = ""


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
    """A reporting deadline: elapsed hours or calendar days from its start, while its condition is true.

    `follow_up_days` are the further days for what is still missing from the first report.
    """

    rule: str
    starts: str
    expression: Expression | None
    hours: int | None = None
    calendar_days: int | None = None
    status: str = ""
    follow_up_days: int | None = None
    days_after_anniversary: int | None = None
    region: str = ""
    # From which day anniversaries are counted: the first approval at any site, or a day; without one, none is.
    anchor: str = ""


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
    status: str = ""


@dataclass(frozen=True)
class PreferenceLevel:
    """How much of something a participant wants."""

    code: str
    text: str


@dataclass(frozen=True)
class Preference:
    """What a participant may narrow at any moment; `levels` go from the narrowest to the widest.

    The widest is open to whoever agreed to the consent option.
    """

    code: str
    option: str
    name: str
    levels: tuple[PreferenceLevel, ...]

    def rank(self, level: str) -> int:
        """Returns how wide a level is; the narrowest is 0."""
        return [each.code for each in self.levels].index(level)


@dataclass(frozen=True)
class Consenting:
    """Who obtains consent, what may be narrowed later, and what exports do when the use of data is withdrawn."""

    discussed_by: tuple[str, ...] = ()
    data_withdrawal: str = "exclude"
    preferences: tuple[Preference, ...] = ()


@dataclass(frozen=True)
class DeviationRule:
    """What is proposed as a deviation."""

    code: str
    when: str
    category: str
    importance: str
    status: str = ""


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
    status: str = ""


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
class Role:
    """A duty of the protocol; a composite one needs all of its parts."""

    code: str
    name: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Qualification:
    """What a person must hold, unexpired, to do certain duties; `valid_months` is None when it does not expire."""

    code: str
    name: str
    kind: str
    duties: tuple[str, ...]
    valid_months: int | None = None


@dataclass(frozen=True)
class Scheme:
    """By which method arms are allocated.

    `probability`, `measure` and `weights` are those of minimisation: how likely the arm is that balances best, how
    imbalance is measured, and how much each factor counts.
    """

    kind: str = "permuted_blocks"
    probability: Decimal | None = None
    measure: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Randomisation:
    """How participants are allocated, and what must be true first."""

    ratio: Mapping[str, int]
    stratify_by: tuple[str, ...]
    scheme: Scheme
    block_sizes: tuple[int, ...]
    trigger_visit: str
    trigger_requires: tuple[str, ...]
    unblinding_roles: tuple[str, ...] = ()
    unblinding_notifies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blinding:
    """What an assessor must not see, how often one may meet a participant, and where the arm is guessed."""

    assessor_must_not_see: tuple[str, ...]
    max_assessments_per_participant: int
    guess_visits: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Endpoint:
    """An outcome: the change of a score between two visits."""

    instrument: str
    score: str
    baseline_visit: str
    endpoint_visit: str


@dataclass(frozen=True)
class DosingSession:
    """The amounts of one dosing visit: what is given by default, what is allowed, what follows each."""

    session: int
    visit: str
    initial_default: Decimal
    initial_allowed: tuple[Decimal, ...]
    supplemental: Mapping[Decimal, Decimal]


@dataclass(frozen=True)
class UnblindedDosing:
    """Amounts and capsules. For the pharmacy alone: blinded pages show the labels of doses."""

    unit: str
    sessions: tuple[DosingSession, ...]
    capsule_strengths: tuple[Decimal, ...]

    def session_at(self, visit_code: str) -> DosingSession:
        """Returns the amounts of a dosing visit; raises KeyError for any other visit."""
        found = {session.visit: session for session in self.sessions}
        return found[visit_code]

    def packed_for(self, visit_code: str) -> dict[Decimal, int]:
        """Returns the capsules that a kit holds for a dosing visit, by strength.

        Each amount that is given by default is made of the strongest capsules that make it whole. Raises KeyError for a
        visit without a dose, ValueError when no strength fits.
        """
        session = self.session_at(visit_code)
        packed: dict[Decimal, int] = {}
        for amount in (session.initial_default, session.supplemental.get(session.initial_default)):
            if not amount:
                continue
            strength = next((each for each in sorted(self.capsule_strengths, reverse=True) if amount % each == 0), None)
            if strength is None:
                raise ValueError(f"{amount} {self.unit} cannot be made of whole capsules.")
            packed[strength] = packed.get(strength, 0) + int(amount / strength)
        return packed


@dataclass(frozen=True)
class Fluids:
    """How much a participant may drink in a session, in litres."""

    max_l_per_hour: Decimal
    max_l_session: Decimal
    reason: str = ""


@dataclass(frozen=True)
class EscalationStep:
    """One step of the ladder of a clock: at a share of its term or some hours before its end, to which duties."""

    code: str
    to: tuple[str, ...]
    channels: tuple[str, ...]
    at_share: Decimal | None = None
    hours_before: int | None = None
    always: bool = False


@dataclass(frozen=True)
class Escalation:
    """The ladder of a reporting clock, and what counts as late in climbing it."""

    steps: tuple[EscalationStep, ...] = ()
    late_after_min: int = 0
    undelivered_after_min: int = 0


@dataclass(frozen=True)
class HoldRelease:
    """Whose signature ends the hold of a rule.

    `while_true` says whether it may end while the rule is still true; `reference` is the paper that must be named.
    """

    rule: str
    by: str
    while_true: bool
    reference: str = ""


@dataclass(frozen=True)
class DosingHolds:
    """The duties that are told of a hold at once, and how the hold of each rule is ended."""

    told: tuple[str, ...] = ()
    release: Mapping[str, HoldRelease] = field(default_factory=dict)


@dataclass(frozen=True)
class EventProposals:
    """Beginnings of words that propose a group of special interest, or that an event is related to abuse."""

    groups: Mapping[str, tuple[str, ...]]
    abuse_related: tuple[str, ...]


@dataclass(frozen=True)
class AdverseEventPolicy:
    """The words in which adverse events are judged."""

    definition: str
    severity_scales: tuple[str, ...]
    causality: tuple[str, ...]
    related_means: tuple[str, ...]
    seriousness: tuple[str, ...]
    expectedness_reference: str = ""
    collection_start: str = ""
    collects_positive_effects: bool = False


@dataclass(frozen=True)
class TrialStoppingRule:
    """A count over the whole trial that pauses dosing."""

    code: str
    text: str
    count: str
    at_least: int
    action: str
    status: str = ""


@dataclass(frozen=True)
class DiagnosisRule:
    """What an instrument's diagnosis needs beside its clusters, in item numbers."""

    present_from: int
    duration_item: int
    distress_items: tuple[int, ...]
    dissociative_items: tuple[int, ...] = ()


@dataclass(frozen=True)
class DerivedCount:
    """A variable that counts readings of a list: missing until enough occasions are recorded."""

    over: str
    of: tuple[str, ...]
    expression: Expression
    occasions: int


@dataclass(frozen=True)
class RaterAgreement:
    """How many interviews are rated a second time, and how far raters may be apart.

    `sample` is a share of the interviews; `drift_points` is the mean difference, over the latest `drift_ratings`
    second ratings, from which a rater drifts.
    """

    sample: Decimal
    min_icc: Decimal
    min_kappa: Decimal
    least_pairs: int
    drift_points: Decimal
    drift_ratings: int


@dataclass(frozen=True)
class ScreenQuestion:
    """A question of the first contact: the answer that lets a person go on, and the criterion that it foresees."""

    code: str
    text: str
    wanted: bool
    criterion: str
    status: str = ""


@dataclass(frozen=True)
class Rescreening:
    """How often somebody who failed screening may come again, and how many days later."""

    most: int
    wait_days: int


@dataclass(frozen=True)
class Recruitment:
    """How people are found: where they come from, what they are asked first, why they do not go on."""

    sources: Mapping[str, str]
    questions: tuple[ScreenQuestion, ...]
    close_reasons: Mapping[str, str]
    rescreening: Rescreening | None


@dataclass(frozen=True)
class Lateness:
    """From when on work that is not done is late, or about to be."""

    integration_note_hours: int
    visit_record_days: int
    window_closing_days: int
    supplemental_closing_min: int
    device_clock_s: int | None = None


@dataclass(frozen=True)
class Accountability:
    """What may happen to a kit of study drug, and which of it two people sign."""

    events: tuple[str, ...]
    double_signature_for: tuple[str, ...]
    retention_years: int | None = None
    storage_c: tuple[Decimal, Decimal] | None = None
    discrepancy_hours: int | None = None
    count_every_days: int | None = None
    inventory_every_days: int | None = None
    resupply_lead_days: int | None = None
