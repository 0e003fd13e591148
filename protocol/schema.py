"""The shape of a whole protocol file, block by block. Nothing stands in a file that is not described here."""

from protocol.adherence import ADHERENCE
from protocol.aftercare.shape import AFTERCARE
from protocol.booking import BOOKING
from protocol.case_reports import GATEWAYS
from protocol.document import Path
from protocol.durability import DURABILITY
from protocol.screening.shape import SCREENING_RECORD
from protocol.shapes import (
    Anything,
    Block,
    Condition,
    Day,
    Flag,
    ListOf,
    Number,
    OneOf,
    Ref,
    Shape,
    TableOf,
    Text,
    Watch,
    Whole,
)
from protocol.sweep_lists import SWEEP

NAME = Text(r"[A-Za-z_][A-Za-z0-9_]*")
CODE = Text(r"[A-Za-z0-9][A-Za-z0-9_-]*")
NATURAL = Whole(low=0)
COUNT = Whole(low=1)
TEXTS = ListOf(Text())
RANGE = ListOf(Number(), size=2)
SPAN = ListOf(COUNT, size=2)
ANCHORS = ("CONSENT", "LAST_DOSE")
VISIT_TYPES = ("screening", "preparatory", "assessment", "dosing", "integration", "follow_up", "unscheduled")
DEVIATIONS = (
    "window_missed",
    "procedure_not_done",
    "mandatory_vital_signs_missed",
    "too_few_in_room",
    "dose_outside_window",
    "touch_outside_preferences",
    "recording_gap",
    "effects_not_asked",
    "condition_overridden",
    "consent_outdated",
)
TRIAL_COUNTS = ("related_fatal_or_life_threatening", "related_serious_of_one_term")
CLOCK_STARTS = (
    "site awareness",
    "sponsor receipt",
    "sponsor awareness",
    "sponsor determination",
    "anniversary date in the study settings",
)


class _Either:
    """One shape or another, by the kind of value that stands there."""

    def __init__(self, kind: type, then: Shape, otherwise: Shape) -> None:
        self.kind, self.then, self.otherwise = kind, then, otherwise

    def check(self, value: object, *, at: Path, watch: Watch) -> None:
        """Keeps the faults of the shape that belongs to the kind of value."""
        shape = self.then if isinstance(value, self.kind) else self.otherwise
        shape.check(value, at=at, watch=watch)


def _each(shape: Shape, names: str) -> dict[str, Shape]:
    return dict.fromkeys(names.split(), shape)


def _rule(**more: Shape) -> Block:
    return Block({"code": CODE, "text": Text(), "expr": Condition()}, more)


ENDPOINT = Block(
    {"instrument": Ref("instrument"), "baseline_visit": Ref("visit"), "endpoint_visit": Ref("visit")},
    {"score": Text(), "comparison": Text(), "week": NATURAL},
)
PROTOCOL = Block(
    {"code": Text(), "version": Text(), "title": Text(), "synthetic": Flag()},
    {
        "modelled_on": TEXTS,
        "phase": Text(),
        "design": Block(rest=Anything()),
        "population": Text(),
        "planned_n": COUNT,
        "primary_endpoint": ENDPOINT,
        "key_secondary_endpoint": ENDPOINT,
    },
)
SCHEMES = ("permuted_blocks", "minimisation", "uploaded_list")
MEASURES = ("range", "variance")
RANDOMISATION = Block(
    {
        "ratio": TableOf(COUNT, key=Ref("arm")),
        "stratify_by": ListOf(NAME, unique=""),
        "trigger": Block({"visit": Ref("visit"), "requires": ListOf(Ref("gate"), unique="")}),
    },
    {
        "method": Block(rest=Text()),
        "scheme": Block(
            {"kind": OneOf(SCHEMES)},
            {"probability": Number(low=0, high=1), "measure": OneOf(MEASURES), "weights": TableOf(COUNT, key=NAME)},
        ),
        "block_size": Block({"values": ListOf(COUNT, unique="", least=1)}, {"hidden_from_site": Flag()}),
        "one_time": Flag(),
        "emergency_unblinding": Block(
            {"roles": ListOf(Ref("role"), least=1)}, {"reason_required": Flag(), "notify": ListOf(Ref("role"))}
        ),
    },
)
BLINDING = Block(
    {
        "assessor_must_not_see": ListOf(NAME, unique=""),
        "assessor_reuse": Block({"max_assessments_per_participant": COUNT}),
    },
    {
        "independent_assessor_pool": Block({"text": Text()}),
        "in_session_staff_blinded_formally": Flag(),
        "functional_unblinding_known_issue": Flag(),
        "recommended_split": Block({"text": Text()}, {"enforce": OneOf(("warn", "block"))}),
        "blinding_guess_visits": TableOf(ListOf(Ref("visit"), unique=""), key=Ref("procedure")),
    },
)
VISIT = Block(
    {
        "code": CODE,
        "name": Text(),
        "type": OneOf(VISIT_TYPES),
        "epoch": Ref("epoch"),
        "mode": OneOf(("site", "remote", "phone")),
        "duration_min": COUNT,
        "order": NATURAL,
    },
    {
        "anchor": Ref("anchor"),
        "anchor_event": OneOf(("start", "end", "initial_dose")),
        "offset": Whole(),
        "before": NATURAL,
        "after": NATURAL,
        "window_unit": OneOf(("days", "hours")),
        "assessor": OneOf(("independent",)),
        "timepoint": Text(),
        "nominal_week": NATURAL,
        "dosing_session": COUNT,
        "overnight": Flag(),
        "is_baseline": Flag(),
        "is_primary_endpoint": Flag(),
        "separate_consent": Flag(),
        "must_follow": ListOf(Ref("visit"), unique=""),
        "requires": ListOf(Ref("gate"), unique=""),
    },
)
SHORT_NAMES = Block({}, {"epochs": TableOf(Text(), key=Ref("epoch")), "visits": TableOf(Text(), key=Ref("visit"))})
PHONE_CONTACTS = Block(
    {
        "after_type": OneOf(VISIT_TYPES),
        "days": ListOf(NATURAL, unique="", least=1),
        "in_person_days": ListOf(NATURAL, unique=""),
        "before": NATURAL,
        "after": NATURAL,
        "code_pattern": Text(r"[^{}]*\{dosing_code\}[^{}]*\{day\}[^{}]*"),
        "procedures": ListOf(Ref("procedure"), unique="", least=1),
    }
)
PROCEDURE = Block(
    {"name": Text(), "role": Ref("role")}, {"instrument": Ref("instrument"), "instrument_version": Text()}
)
AMOUNT = Number(low=0)
DOSING = Block(
    {
        "unit": Text(),
        "supplemental_fraction": Number(low=0, high=1),
        "sessions": ListOf(
            Block(
                {
                    "session": COUNT,
                    "visit": Ref("visit"),
                    "initial_default": AMOUNT,
                    "initial_allowed": ListOf(AMOUNT, unique="", least=1),
                    "supplemental": TableOf(AMOUNT, key=AMOUNT),
                }
            ),
            unique="visit",
        ),
        "supplemental_window_min": Block({"earliest": NATURAL, "latest": NATURAL}),
        "capsule_strengths_mg": Block({"values": ListOf(AMOUNT, unique="", least=1)}),
        "pre_dose_conditions": ListOf(_rule(), unique="code"),
        "withhold_supplemental_if": ListOf(_rule(short=Text()), unique="code"),
    },
    {
        "route": Text(),
        "total_per_session_mg": Block({"min": AMOUNT, "max": AMOUNT}),
        "amounts": Block(),
        "placebo_matches": Flag(),
        "flexible_rule": Block({"text": Text()}),
        "formulation_note": Text(),
        "redose_never": Block({"text": Text()}),
    },
)
POINT: dict[str, Shape] = {"code": CODE, "label": Text(), "before": NATURAL, "after": NATURAL, "mandatory": Flag()}
VITAL_SIGNS = Block(
    {
        "parameters": TableOf(Text(), key=Ref("variable")),
        "required_points": ListOf(Block({**POINT, "minute": Whole()}), unique="code"),
        "intensify_when": Block({"expr": Condition(), "then_every_min": COUNT}, {"until": Text()}),
        "emergency_when": Block({"expr": Condition(), "action": Text()}),
    },
    {
        "additional_points": ListOf(Block({**POINT, "minutes": ListOf(Whole(), unique="", least=1)}), unique="code"),
        "fluids": Block({"max_l_per_hour": AMOUNT, "max_l_session": AMOUNT}, {"reason": Text()}),
    },
)
DISCHARGE = Block(
    {"earliest_minutes_after_initial": NATURAL, "criteria": ListOf(_rule(), unique="code")},
    {"overnight": Block({"required": Flag(), "leave_after_visit": TableOf(Ref("visit"), key=Ref("visit"))})},
)
WASHOUT = Block(
    {
        "rule": Block(
            {"expr": Condition(), "text": Text(), "before_visit": Ref("visit"), "yields": Ref("variable")},
            {"unlisted_medicine": OneOf(("Unknown",))},
        ),
        "half_life_days": TableOf(AMOUNT, key=NAME),
    },
    {"half_life_status": OneOf(("verified", "derived", "recalled", "assumption"))},
)
VARIABLES = TableOf(
    Block(
        {"type": OneOf(("bool", "number", "enum", "text", "list"))},
        {"unit": Text(), "values": ListOf(NAME, unique="", least=1), "from": Text()},
    ),
    key=NAME,
)
CRITERION = _rule(check_at=ListOf(Ref("visit"), unique="", least=1))
ELIGIBILITY = Block(
    {
        "check_at_default": ListOf(Ref("visit"), unique="", least=1),
        "inclusion": ListOf(CRITERION, unique="code"),
        "exclusion": ListOf(CRITERION, unique="code"),
    },
    {"logic": Text()},
)
STOPPING = Block(
    {"participant": ListOf(_rule(action=Text()), unique="code")},
    {
        "trial": ListOf(Block({"code": CODE, "text": Text()}), unique="code"),
        "interim": Block({"at_fraction": Number(low=0, high=1), "purpose": Text()}),
    },
)
CLOCK = Block(
    {"rule": NAME, "starts": OneOf(CLOCK_STARTS)},
    {
        "when": Condition(),
        "region": NAME,
        "hours": COUNT,
        "calendar_days": COUNT,
        "days_after_anniversary": COUNT,
        "anchor": _Either(str, OneOf(("first_approval",)), Day()),
        "follow_up_days": COUNT,
    },
)
ADVERSE_EVENTS = Block(
    {
        "severity_scales": ListOf(NAME, least=1),
        "causality": ListOf(NAME, unique="", least=1),
        "related_means": ListOf(NAME, unique="", least=1),
        "seriousness": ListOf(NAME, unique="", least=1),
        "clocks": ListOf(CLOCK, unique="rule"),
    },
    {
        "collection_start": Ref("anchor"),
        "teae_start": Text(),
        "teae_definition": Text(),
        "collect_positive_effects": Block({"value": Flag()}, {"text": Text()}),
        "expectedness_reference": NAME,
        "ctcae_v5": TableOf(Block({}, {**{f"g{grade}": Text() for grade in range(1, 6)}, "unit": Text()}), key=NAME),
    },
)
QUALIFICATION = Block(
    {
        "name": Text(),
        "kind": OneOf(("training", "licence", "certificate")),
        "duties": ListOf(Ref("role"), unique="", least=1),
    },
    {"valid_months": COUNT},
)
STAFFING = Block(
    {"dosing_session": Block({"min_staff": COUNT}, {"lead": Text(), "second": Text(), "physician_on_call": Flag()})},
    {
        "delegation": Block({}, {"requires": TEXTS, "enforce": OneOf(("warn", "block"))}),
        "video": Block({}, {"record": ListOf(Ref("procedure")), "consent_item_required": Flag()}),
        "adherence_rating": Block({}, {"who": Text(), "sample": Text(), "threshold": Number()}),
        "qualifications": TableOf(QUALIFICATION, key=NAME),
        "expiry_notice_days": COUNT,
        "touch": Block(rest=Anything()),
    },
)
ACCOUNTABILITY = Block(
    {"events": ListOf(NAME, unique="", least=1), "double_signature_for": ListOf(NAME, unique="")},
    {
        "schedule": Text(),
        "unit_of_record": Text(),
        "invariant": Text(),
        "storage_c": RANGE,
        **_each(COUNT, "retention_years_dea discrepancy_hours count_every_days inventory_every_days"),
        "resupply_lead_days": COUNT,
    },
)
BANDS = TableOf(RANGE)
INSTRUMENT = Block(
    {"licence": Text()},
    {
        **_each(COUNT, "items scored_items dimensions ideation_items intensity_items exposure_columns"),
        **_each(COUNT, "suicidality_item step reverse_item short_11d_items"),
        **_each(RANGE, "range_item total original_total levels vas ideation_score intensity_total"),
        **_each(Number(), "reliable_change meaningful_change cut_male cut_female cut_dependence"),
        **_each(Text(), "symptom_present_if criteria_met provisional_dx diagnosis dissociative_subtype missing"),
        **_each(Text(), "admin score scoring serious_ideation positive_behaviour state_pattern utility"),
        **_each(TEXTS, "behaviour versions options certainty"),
        "cut_point": _Either(list, RANGE, Number()),
        "clusters": TableOf(SPAN, key=NAME),
        "other_items": TableOf(_Either(list, SPAN, COUNT), key=NAME),
        "bands": BANDS,
        "zones": BANDS,
        "subscales": TableOf(COUNT, key=NAME),
        "nssi_separate": Flag(),
        "before_first_dose": Flag(),
        "complete_experience": Text(),
    },
)
RESPONDENTS = ("participant", "clinician", "site")
# public_domain: wording may be shipped; own: wording of this file; the others leave the wording to the licensee.
LICENCES = ("public_domain", "own", "free", "permission", "purchase")
ITEM_KINDS = ("choice", "yes_no", "whole", "number", "date", "partial_date", "text")
FORM_ITEM = Block(
    {"number": COUNT, "code": CODE, "text": Text(), "kind": OneOf(ITEM_KINDS)},
    {"range": RANGE, "unit": Text(), "options": TEXTS, "may_be_not_done": Flag(), "asked_after": COUNT},
)
# Over which of its items a form is scored; an item in `reverse` counts from the other end of its range.
FORM_SCORE = Block(
    {"method": OneOf(("sum", "mean")), "items": ListOf(COUNT, unique="", least=1)},
    {"reverse": ListOf(COUNT, unique=""), "may_miss": COUNT},
)
VECTOR = Block(
    {"instrument": Ref("instrument"), "name": Text(), "expect": Anything()},
    {
        "items": Anything(),
        "items_fill": TableOf(NATURAL),
        "others": NATURAL,
        "totals": ListOf(NATURAL),
        "mean": Number(),
    },
)
WORKED_EXAMPLE = Block(
    {
        "consent_date": Day(),
        "visits": TableOf(Block({"target": Day(), "earliest": Day(), "latest": Day()}), key=Ref("visit")),
    },
    rest=Anything(),
)
HOURS = ListOf(Whole(low=0, high=24), size=2)
ADDITIONS: dict[str, Shape] = {
    "effects_grid": Block(
        {"terms": ListOf(Block({"code": NAME, "term": Text()}, {"abuse_related": Flag()}), unique="code")}
    ),
    "dose_labels": TableOf(
        Block({"flag": Text(), "label": Text(), "bottle": Text()}), key=OneOf(("initial", "supplemental"))
    ),
    "alert_policy": TableOf(
        Block({"acknowledge_within_min": COUNT, "by": Ref("role"), "instruction": Text()}), key=OneOf(("watch", "act"))
    ),
    "overrides": ListOf(Block({"condition": Ref("condition"), "by": Ref("role")}), unique="condition"),
    "plausibility": TableOf(Block({"hard": RANGE, "soft": RANGE}), key=Ref("variable")),
    "consent_options": ListOf(Block({"code": NAME, "text": Text(), "required": Flag()}), unique="code"),
    "lateness": Block(
        {
            "integration_note_hours": COUNT,
            "visit_record_days": COUNT,
            "window_closing_days": NATURAL,
            "supplemental_closing_min": NATURAL,
        },
        {"device_clock_s": COUNT},
    ),
    "deviation_rules": ListOf(
        Block(
            {"code": CODE, "when": OneOf(DEVIATIONS), "category": Text(), "importance": OneOf(("minor", "important"))}
        ),
        unique="code",
    ),
    "reminders": Block(
        {
            "catalogue": ListOf(
                Block(
                    {"template": NAME, "to": NAME, "relative_to": NAME, "hours": Whole()},
                    {"visit_types": ListOf(OneOf((*VISIT_TYPES, "phone"))), "urgent": Flag()},
                ),
                unique="template",
            ),
            "quiet_hours": TableOf(HOURS, key=NAME),
        }
    ),
    "message_rules": Block({"banned_words": TEXTS}),
    "intensified_measurement": Block({"calm_sets_to_end": COUNT}),
    "ae_definition": Block({"text": Text()}),
}
ESCALATION = Block(
    {
        "late_after_min": COUNT,
        "undelivered_after_min": COUNT,
        "steps": ListOf(
            Block(
                {
                    "code": CODE,
                    "to": ListOf(Ref("role"), unique="", least=1),
                    "channels": ListOf(OneOf(("mail", "call")), unique="", least=1),
                },
                {"at_share": Number(low=0, high=1), "hours_before": Whole(low=0), "always": Flag()},
            ),
            unique="code",
            least=1,
        ),
    }
)
DOSING_HOLDS = Block(
    {"told": ListOf(Ref("role"), unique="", least=1)},
    {
        "release": ListOf(
            Block({"rule": CODE, "by": Ref("role"), "while_true": Flag()}, {"reference": Text()}), unique="rule"
        )
    },
)
# A group is a value of the variable `event_group`; the check of coherence asks for that.
EVENT_PROPOSALS = Block({}, {"groups": TableOf(TEXTS, key=NAME), "abuse_related": TEXTS})
SESSION_CONDUCT = Block(
    {
        "lead_duties": ListOf(Ref("role"), unique="", least=1),
        "portions_ml": ListOf(COUNT, unique=""),
        "checklist": ListOf(Block({"code": CODE, "text": Text(), "hard": Flag()}), unique="code"),
        "effects_enquiry": Block({"minutes": ListOf(NATURAL, unique="", least=1), "before": NATURAL, "after": NATURAL}),
        "touch": TableOf(Text(), key=NAME),
        "setting": TableOf(Text(), key=NAME),
        "early_end": Block({"release_by": Ref("role"), "reasons": TableOf(Text(), key=NAME)}),
        "overnight": Block({"checks": TEXTS, "every_min": COUNT}),
        "preparation": ListOf(
            Block({"code": CODE, "text": Text()}, {"at": ListOf(Ref("visit"), unique="")}), unique="code"
        ),
        "expectancy": Block({"low": NATURAL, "high": NATURAL}),
    }
)
SAFETY_OFFICE = Block(
    {"event_near_result_days": COUNT, "mention_decided_within_days": COUNT},
    {
        "deviations": Block(
            {
                "categories": TableOf(Text(), key=NAME),
                "root_causes": TableOf(Text(), key=NAME),
                "ethics": ListOf(Block({"region": NAME, "zones": TEXTS, "days": COUNT}), unique="region"),
                "action_notice_days": NATURAL,
            }
        ),
        "complaints": Block({"kinds": TableOf(Text(), key=NAME), "acknowledge_within_hours": COUNT}),
    },
)
COUNTRY_CODE = Text(r"[A-Z]{2}")
SAFETY_REPORTS = Block(
    {
        "number_prefix": Text(r"[A-Z0-9]+"),
        "language": Text(r"[a-z]{3}"),
        "method": Text(),
        "study": Block(
            {"kind": OneOf(("1", "2", "3"))},
            {"registrations": ListOf(Block({"number": Text(), "country": COUNTRY_CODE}), unique="number")},
        ),
        "product": Block(
            {"name": Text()}, _each(Text(), "route indication") | {"by_arm": TableOf(Text(), key=Ref("arm"))}
        ),
        "site_countries": TableOf(COUNTRY_CODE, key=Text()),
        "sex": Block({"variable": Ref("variable"), "codes": TableOf(OneOf(("1", "2")), key=NAME)}),
        "age_variable": Ref("variable"),
        "sender": Block(
            {"kind": OneOf(tuple("1234567")), "organisation": Text(), "identifier": Text(r"[A-Z0-9]+")},
            _each(Text(), "department street city state postcode telephone email") | {"country": COUNTRY_CODE},
        ),
        "receivers": TableOf(
            Block({"name": Text(), "batch": Text(), "message": Text(), "gateway": OneOf(GATEWAYS)}), key=NAME
        ),
        "revealing_words": TEXTS,
        "retry_minutes": ListOf(COUNT, unique="", least=1),
    }
)
FURTHER: dict[str, Shape] = {
    "safety_reports": SAFETY_REPORTS,
    "session_conduct": SESSION_CONDUCT,
    "safety_office": SAFETY_OFFICE,
    "aftercare": AFTERCARE,
    "adherence": ADHERENCE,
    "booking": BOOKING,
    "durability": DURABILITY,
    "consenting": Block(
        {"discussed_by": ListOf(Ref("role"), unique="", least=1)},
        {
            "data_withdrawal": OneOf(("exclude", "flag")),
            "preferences": ListOf(
                Block(
                    {
                        "code": NAME,
                        "option": Ref("consent option"),
                        "name": Text(),
                        "levels": ListOf(Block({"code": NAME, "text": Text()}), unique="code", least=2),
                    }
                ),
                unique="code",
            ),
        },
    ),
    "screening_record": SCREENING_RECORD,
    "recruitment": Block(
        {
            "sources": TableOf(Text(), key=NAME),
            "questions": ListOf(
                Block({"code": CODE, "text": Text(), "wanted": Flag(), "criterion": Ref("criterion")}), unique="code"
            ),
            "close_reasons": TableOf(Text(), key=NAME),
        },
        {"rescreening": Block({"most": NATURAL, "wait_days": NATURAL})},
    ),
    "outcome_rules": ListOf(
        Block(
            {"code": NAME, "instrument": Ref("instrument"), "text": Text()},
            {"min_fall": NATURAL, "max_total": NATURAL, "needs_no_diagnosis": Flag()},
        ),
        unique="code",
    ),
    "trial_stopping": ListOf(
        Block({"code": Ref("trial rule"), "count": OneOf(TRIAL_COUNTS), "at_least": COUNT, "action": Text()}),
        unique="code",
    ),
    "ctcae_bands": ListOf(Block({"term": NAME, "grade": Whole(low=1, high=5), "expr": Condition()})),
    "ctcae_rounding": TableOf(AMOUNT, key=Ref("variable")),
    "diagnosis_rules": TableOf(
        Block(
            {"present_from": COUNT, "duration_item": COUNT, "distress_items": SPAN},
            {"dissociative_items": SPAN},
        ),
        key=Ref("instrument"),
    ),
    "rater_agreement": Block(
        {
            "sample": Number(low=0, high=1),
            "min_icc": Number(low=-1, high=1),
            "min_kappa": Number(low=-1, high=1),
            "least_pairs": COUNT,
            "drift_points": AMOUNT,
            "drift_ratings": COUNT,
        }
    ),
    "conditional_items": TableOf(Block({"gate": COUNT, "items": SPAN}), key=Ref("instrument")),
    "event_proposals": EVENT_PROPOSALS,
    "subscale_items": TableOf(TableOf(ListOf(COUNT, unique="", least=1), key=NAME), key=Ref("instrument")),
    "instrument_catalogue": TableOf(
        Block(
            {"name": Text(), "respondent": OneOf(RESPONDENTS), "licence_status": OneOf(LICENCES)},
            {
                **_each(Text(), "edition recall cdisc_category cdisc_prefix loinc"),
                "languages": TEXTS,
                "texts": TableOf(Text(), key=COUNT),
            },
        ),
        key=Ref("instrument"),
    ),
    "own_forms": TableOf(
        Block(
            {"name": Text(), "items": ListOf(FORM_ITEM, unique="number", least=1)},
            {
                "edition": Text(),
                "recall": Text(),
                "respondent": OneOf(RESPONDENTS),
                "languages": TEXTS,
                "scoring": FORM_SCORE,
            },
        ),
        key=CODE,
    ),
    "edit_checks": TableOf(
        ListOf(Block({"code": CODE, "level": OneOf(("hard", "soft")), "expr": Text(), "text": Text()}), unique="code"),
        key=Ref("instrument"),
    ),
    "clock_escalation": ESCALATION,
    "free_text_sweep": SWEEP,
    "dosing_holds": DOSING_HOLDS,
    "skippable_items": TableOf(ListOf(COUNT, unique=""), key=Ref("instrument")),
    "variant_variables": TableOf(Text(), key=Ref("variable")),
    "derived_counts": TableOf(
        Block({"over": Ref("variable"), "of": ListOf(Ref("variable")), "expr": Condition(), "occasions": COUNT}),
        key=Ref("variable"),
    ),
}
FILE = Block(
    {
        "schema_version": Whole(low=1, high=1),
        "protocol": PROTOCOL,
        "sources": TableOf(Block({"title": Text()}, {"doi": Text(), "seen": Text()})),
        "arms": ListOf(
            Block({"code": CODE, "name": Text()}, {"type": Text(), "planned_share": Number(low=0, high=1)}),
            unique="code",
            least=1,
        ),
        "randomisation": RANDOMISATION,
        "gates": TableOf(Block({"expr": Condition()}, {"text": Text()}), key=NAME),
        "roles": TableOf(Block({"name": Text()}, {"composite": ListOf(Ref("role"), least=1)}), key=NAME),
        "blinding": BLINDING,
        "epochs": ListOf(Block({"code": CODE, "name": Text(), "order": NATURAL}), unique="code", least=1),
        "anchors": TableOf(Block({"is": Text()}), key=OneOf(ANCHORS)),
        "visits": ListOf(VISIT, unique="code", least=1),
        "phone_contacts": PHONE_CONTACTS,
        "procedures": TableOf(PROCEDURE, key=CODE),
        "schedule_of_assessments": TableOf(ListOf(Ref("procedure"), unique=""), key=Ref("visit")),
        "dosing": DOSING,
        "vital_signs": VITAL_SIGNS,
        "discharge": DISCHARGE,
        "washout": WASHOUT,
        "variables": VARIABLES,
        "runtime_variables": VARIABLES,
        "event_variables": VARIABLES,
        "eligibility": ELIGIBILITY,
        "stopping_rules": STOPPING,
        "aesi": ListOf(_rule(), unique="code"),
        "adverse_event_policy": ADVERSE_EVENTS,
        "staffing": STAFFING,
        "instruments": TableOf(INSTRUMENT, key=NAME),
        **ADDITIONS,
    },
    {
        "variants": TableOf(Block({}, {"severity": Text()}, rest=Number()), key=NAME),
        "active_variant": Ref("variant"),
        "short_names": SHORT_NAMES,
        "second_sources": TableOf(Text(), key=Ref("variable")),
        "prohibited_medication_classes": Block({"list": ListOf(NAME, unique="")}),
        "drug_accountability": ACCOUNTABILITY,
        "scoring_test_vectors": ListOf(VECTOR),
        "worked_example": WORKED_EXAMPLE,
        **FURTHER,
    },
)
