"""From the text of a protocol file to the definition: shapes first, then agreement, and only then the parts."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from protocol import definition as d
from protocol.adherence import adherence_from
from protocol.aftercare import aftercare_from
from protocol.booking import booking_from
from protocol.case_reports import case_reporting_from
from protocol.coherence import (
    check_adherence,
    check_conduct,
    check_forms,
    check_rules,
    check_visits,
    names_of,
    variables_of,
)
from protocol.conduct import conduct_from
from protocol.document import Document, Fault, Path, ProtocolFaults, read
from protocol.durability import durability_from
from protocol.edit_checks import EditCheck, check_variables
from protocol.expressions import Expression, Variable, parse
from protocol.office import office_from
from protocol.schema import FILE
from protocol.screening.building import screening_record_from
from protocol.screening.shape import check_screening
from protocol.shapes import TAGS, Watch
from protocol.sweep_lists import sweep_from

T = TypeVar("T")
OPTIONAL_OF_VISIT = (
    "window_unit", "anchor_event", "dosing_session", "overnight", "assessor", "timepoint", "nominal_week",
    "is_baseline", "is_primary_endpoint", "separate_consent", "note",
)  # fmt: skip


def definition_from(text: str) -> d.ProtocolDefinition:
    """Returns the definition in the text of a protocol file.

    Raises ProtocolFaults with every fault, in the order of their lines.
    """
    document, faults = read(text)
    return definition_in(document, faults=faults)


def definition_in(document: Document, *, faults: list[Fault]) -> d.ProtocolDefinition:
    """Returns the definition in a document of whose form the faults are known.

    Raises ProtocolFaults with those and every further fault, in the order of their lines.
    """
    variables = variables_of(document.values)
    faults = [*faults, *faults_of(document, variables)]
    if faults:
        raise ProtocolFaults(tuple(sorted(faults, key=lambda fault: (fault.line, fault.place))))
    return _Builder(document.values, variables).definition()


def faults_of(document: Document, variables: Mapping[str, Variable]) -> list[Fault]:
    """Returns every fault of a document: places that do not fit their shape, and parts that contradict each other."""
    watch = Watch(document, names=names_of(document.values), variables=variables)
    FILE.check(document.values, at=(), watch=watch)
    check_visits(document.values, watch)
    check_rules(document.values, watch)
    check_conduct(document.values, watch)
    check_forms(document.values, watch)
    check_adherence(document.values, watch)
    check_screening(document.values, watch)
    return watch.faults


class _Builder:
    """Makes the typed parts of a document in which no fault was found."""

    def __init__(self, values: dict[str, Any], variables: Mapping[str, Variable]) -> None:
        self.values = values
        self.variables = variables

    def definition(self) -> d.ProtocolDefinition:
        """Returns the definition."""
        at = self.at
        protocol = at("protocol")
        return d.ProtocolDefinition(
            code=protocol["code"],
            version=protocol["version"],
            title=protocol["title"],
            synthetic=protocol["synthetic"],
            source=d.frozen(self.values),
            arms=self._coded("arms"),
            epochs=self._coded("epochs"),
            roles=d.frozen(
                {
                    code: d.Role(code, row["name"], tuple(row.get("composite") or ()))
                    for code, row in self.table("roles")
                }
            ),
            second_sources=d.frozen(dict(self.table("second_sources"))),
            randomisation=self._randomisation(),
            blinding=self._blinding(),
            endpoints=self._endpoints(),
            visits=tuple(self._visit(place, row) for place, row in self.rows("visits")),
            phone_contacts=self._phone_contacts(),
            procedures=d.frozen({code: self._procedure(code, row) for code, row in self.table("procedures")}),
            schedule_of_assessments=d.frozen(
                {code: tuple(codes) for code, codes in self.table("schedule_of_assessments")}
            ),
            variables=d.frozen(self.variables),
            **self._rules_of_people(),
            **self._rules_of_dosing(),
            **self._rules_of_safety(),
            **self._what_pages_need(),
            instruments=self._instruments(),
            edit_checks=self._edit_checks(),
            rater_agreement=_make(d.RaterAgreement, at("rater_agreement")) if at("rater_agreement") else None,
            min_session_staff=at("staffing", "dosing_session", "min_staff"),
            qualifications=d.frozen(
                {
                    code: d.Qualification(code, row["name"], row["kind"], tuple(row["duties"]), row.get("valid_months"))
                    for code, row in self.table("staffing", "qualifications")
                }
            ),
            expiry_notice_days=at("staffing", "expiry_notice_days", default=0),
            assessor_max_per_participant=at("blinding", "assessor_reuse", "max_assessments_per_participant"),
        )

    def _rules_of_people(self) -> dict[str, Any]:
        return {
            "gates": d.frozen({code: self.rule(("gates", code), row, code=code) for code, row in self.table("gates")}),
            "inclusion": self.rules("eligibility", "inclusion"),
            "exclusion": self.rules("eligibility", "exclusion"),
            "eligibility_visits": tuple(self.at("eligibility", "check_at_default")),
            "washout": self.rule(("washout", "rule"), self.at("washout", "rule"), code="washout"),
            "washout_yields": self.at("washout", "rule", "yields"),
            "washout_before": self.at("washout", "rule", "before_visit"),
            "half_life_days": d.frozen({name: Decimal(days) for name, days in self.table("washout", "half_life_days")}),
            "prohibited_classes": tuple(self.at("prohibited_medication_classes", "list", default=())),
            "threshold_variables": self._threshold_variables(),
            "screening": screening_record_from(self.at("screening_record", default={}), make_rule=self.rule),
            "derived_counts": d.frozen({name: self._derived_count(row) for name, row in self.table("derived_counts")}),
        }

    def _rules_of_dosing(self) -> dict[str, Any]:
        window = self.at("dosing", "supplemental_window_min")
        intensify = self.at("vital_signs", "intensify_when")
        return {
            "pre_dose_conditions": self.rules("dosing", "pre_dose_conditions"),
            "withhold_supplemental_if": self.rules("dosing", "withhold_supplemental_if"),
            "supplemental_window": d.SupplementalWindow(window["earliest"], window["latest"]),
            "unblinded_dosing": self._unblinded_dosing(),
            "discharge_criteria": self.rules("discharge", "criteria"),
            "discharge_earliest_min": self.at("discharge", "earliest_minutes_after_initial"),
            "leave_overnight_after": d.frozen(dict(self.table("discharge", "overnight", "leave_after_visit"))),
            "vital_parameters": d.frozen(dict(self.table("vital_signs", "parameters"))),
            "vital_points": self._vital_points(),
            "intensify_when": self.rule(("vital_signs", "intensify_when"), intensify, code="intensify_when"),
            "intensify_every_min": intensify["then_every_min"],
            "calm_sets_to_end": self.at("intensified_measurement", "calm_sets_to_end"),
            "emergency_when": self.rule(
                ("vital_signs", "emergency_when"), self.at("vital_signs", "emergency_when"), code="emergency_when"
            ),
            "fluids": self._fluids(),
        }

    def _rules_of_safety(self) -> dict[str, Any]:
        return {
            "participant_stopping": self.rules("stopping_rules", "participant"),
            "trial_stopping": self._trial_stopping(),
            "dosing_holds": self._dosing_holds(),
            "escalation": self._escalation(),
            "sweep": sweep_from(self.at("free_text_sweep", default={})),
            "aesi": self.rules("aesi"),
            "adverse_events": self._adverse_events(),
            "event_proposals": self._event_proposals(),
            "clocks": tuple(self._clock(place, row) for place, row in self.rows("adverse_event_policy", "clocks")),
            "grade_bands": tuple(
                d.GradeBand(row["term"], row["grade"], self.expression(row["expr"]), self.status(place))
                for place, row in self.rows("ctcae_bands")
            ),
            "grade_rounding": d.frozen({name: Decimal(step) for name, step in self.table("ctcae_rounding")}),
            "accountability": self._accountability(),
        }

    def _what_pages_need(self) -> dict[str, Any]:
        return {
            "effects": self.plain(d.Effect, "effects_grid", "terms"),
            "alert_policy": d.frozen({code: _make(d.AlertPolicy, row) for code, row in self.table("alert_policy")}),
            "dose_labels": d.frozen({code: _make(d.DoseLabel, row) for code, row in self.table("dose_labels")}),
            "overrides": d.frozen({row["condition"]: row["by"] for _, row in self.rows("overrides")}),
            "plausibility": d.frozen(
                {
                    name: d.Plausibility(_pair(row["hard"]), _pair(row["soft"]))
                    for name, row in self.table("plausibility")
                }
            ),
            "consent_options": self.plain(d.ConsentOption, "consent_options"),
            "consenting": self._consenting(),
            "deviation_rules": self.plain(d.DeviationRule, "deviation_rules"),
            "reminders": self.plain(d.ReminderRule, "reminders", "catalogue"),
            "quiet_hours": d.frozen(
                {who: (hours[0], hours[1]) for who, hours in self.table("reminders", "quiet_hours")}
            ),
            "banned_words": tuple(self.at("message_rules", "banned_words")),
            "outcome_rules": self.plain(d.OutcomeRule, "outcome_rules"),
            "diagnosis_rules": d.frozen({code: _diagnosis(row) for code, row in self.table("diagnosis_rules")}),
            "skippable_items": d.frozen({code: tuple(items) for code, items in self.table("skippable_items")}),
            "lateness": _make(d.Lateness, self.at("lateness")),
            "conduct": conduct_from(self.at("session_conduct", default={})),
            "office": office_from(self.at("safety_office", default={})),
            "aftercare": aftercare_from(self.at("aftercare", default={})),
            "durability": durability_from(self.at("durability", default={})),
            "adherence": adherence_from(self.at("adherence", default={})),
            "booking": booking_from(self.at("booking", default={})),
            "recruitment": self._recruitment(),
            "case_reporting": case_reporting_from(self.at("safety_reports", default={})),
        }

    # --- reading places ----------------------------------------------------------------------------------------------
    def at(self, *path: str, default: Any = None) -> Any:
        """Returns what stands at a place, or the default."""
        value: Any = self.values
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return default if value is None else value

    def rows(self, *path: str) -> list[tuple[Path, dict[str, Any]]]:
        """Returns the blocks of a list, each with its place."""
        return [((*path, index), row) for index, row in enumerate(self.at(*path, default=()))]

    def table(self, *path: str) -> list[tuple[Any, Any]]:
        """Returns the named values of a block without its tags."""
        return [(name, item) for name, item in self.at(*path, default={}).items() if name not in TAGS]

    def status(self, path: Path) -> str:
        """Returns how sure the file is of a place: its own status, else that of the nearest block around it."""
        found, value = "assumption", self.values
        for part in path:
            found = value.get("status") or found if isinstance(value, dict) else found
            value = value[part]  # type: ignore[index]
        return value.get("status") or found

    def expression(self, text: str) -> Expression:
        """Returns a checked expression."""
        return parse(text, variables=self.variables)

    def rules(self, *path: str) -> tuple[d.Rule, ...]:
        """Returns the rules of a list."""
        return tuple(self.rule(place, row, code=row["code"]) for place, row in self.rows(*path))

    def rule(self, path: Path, row: dict[str, Any], *, code: str) -> d.Rule:
        """Returns the rule at a place."""
        return d.Rule(
            code=code,
            text=row.get("text") or row["expr"],
            expression=self.expression(row["expr"]),
            status=self.status(path),
            action=row.get("action") or "",
            check_at=tuple(row.get("check_at") or ()),
            note=row.get("note") or "",
            short=row.get("short") or "",
        )

    def plain(self, make: type[T], *path: str) -> tuple[T, ...]:
        """Returns the rows of a list as parts whose fields bear the names of the keys."""
        has_status = "status" in getattr(make, "__dataclass_fields__", {})
        return tuple(
            _make(make, row | ({"status": self.status(place)} if has_status else {})) for place, row in self.rows(*path)
        )

    # --- parts -------------------------------------------------------------------------------------------------------
    def _coded(self, block: str) -> tuple[d.Coded, ...]:
        return tuple(
            d.Coded(row["code"], row["name"], self.status(place), self._short(block, row["code"], row["name"]))
            for place, row in self.rows(block)
        )

    def _short(self, block: str, code: str, otherwise: str) -> str:
        """Returns the short name of a coded thing, or what else it is called."""
        return str(self.at("short_names", block, code, default=otherwise))

    def _randomisation(self) -> d.Randomisation:
        block, unblinding = self.at("randomisation"), self.at("randomisation", "emergency_unblinding", default={})
        return d.Randomisation(
            ratio=d.frozen(dict(self.table("randomisation", "ratio"))),
            stratify_by=tuple(block["stratify_by"]),
            scheme=self._scheme(),
            block_sizes=tuple(self.at("randomisation", "block_size", "values", default=())),
            trigger_visit=block["trigger"]["visit"],
            trigger_requires=tuple(block["trigger"]["requires"]),
            unblinding_roles=tuple(unblinding.get("roles") or ()),
            unblinding_notifies=tuple(unblinding.get("notify") or ()),
        )

    def _scheme(self) -> d.Scheme:
        block = self.at("randomisation", "scheme", default={})
        if block.get("kind") != "minimisation":
            return d.Scheme(block.get("kind", "permuted_blocks"))
        weights = dict(self.table("randomisation", "scheme", "weights"))
        return d.Scheme(block["kind"], Decimal(block["probability"]), block["measure"], d.frozen(weights))

    def _recruitment(self) -> d.Recruitment:
        rescreening = self.at("recruitment", "rescreening")
        return d.Recruitment(
            sources=d.frozen(dict(self.table("recruitment", "sources"))),
            questions=self.plain(d.ScreenQuestion, "recruitment", "questions"),
            close_reasons=d.frozen(dict(self.table("recruitment", "close_reasons"))),
            rescreening=None if rescreening is None else _make(d.Rescreening, rescreening),
        )

    def _consenting(self) -> d.Consenting:
        return d.Consenting(
            tuple(self.at("consenting", "discussed_by", default=())),
            self.at("consenting", "data_withdrawal", default="exclude"),
            tuple(
                d.Preference(
                    row["code"],
                    row["option"],
                    row["name"],
                    tuple(d.PreferenceLevel(level["code"], level["text"]) for level in row["levels"]),
                )
                for _, row in self.rows("consenting", "preferences")
            ),
        )

    def _blinding(self) -> d.Blinding:
        return d.Blinding(
            tuple(self.at("blinding", "assessor_must_not_see")),
            self.at("blinding", "assessor_reuse", "max_assessments_per_participant"),
            d.frozen({code: tuple(visits) for code, visits in self.table("blinding", "blinding_guess_visits")}),
        )

    def _endpoints(self) -> tuple[d.Endpoint, ...]:
        found = [self.at("protocol", name) for name in ("primary_endpoint", "key_secondary_endpoint")]
        return tuple(
            d.Endpoint(row["instrument"], row.get("score") or "total", row["baseline_visit"], row["endpoint_visit"])
            for row in found
            if row is not None
        )

    def _visit(self, place: Path, row: dict[str, Any]) -> d.Visit:
        always = ("code", "name", "type", "epoch", "mode", "duration_min", "order")
        found: dict[str, Any] = {name: row[name] for name in always}
        found |= {name: row.get(name) for name in ("anchor", "offset", "before", "after")}
        found |= {name: row[name] for name in OPTIONAL_OF_VISIT if row.get(name) is not None}
        found |= {name: tuple(row.get(name) or ()) for name in ("must_follow", "requires")}
        return d.Visit(**found, status=self.status(place), short=self._short("visits", row["code"], row["code"]))

    def _phone_contacts(self) -> d.PhoneContacts:
        return _make(d.PhoneContacts, self.at("phone_contacts"))

    def _procedure(self, code: str, row: dict[str, Any]) -> d.Procedure:
        return d.Procedure(
            code, row["name"], row["role"], row.get("instrument") or "", row.get("instrument_version") or ""
        )

    def _instruments(self) -> Mapping[str, Mapping[str, Any]]:
        """Returns the instruments and the trial's own forms, which are read as one more instrument each."""
        scales = {code: self._instrument(code, row) for code, row in self.table("instruments")}
        own = {
            code: self._instrument(
                code,
                {"items": len(row["items"]), "form_items": row["items"], "licence": "own"}
                | ({"form_score": row["scoring"]} if row.get("scoring") else {}),
            )
            for code, row in self.table("own_forms")
        }
        return d.frozen(scales | own)

    def _edit_checks(self) -> Mapping[str, tuple[EditCheck, ...]]:
        blocks = self._instruments()
        return d.frozen(
            {
                code: tuple(
                    EditCheck(
                        row["code"],
                        row["level"],
                        parse(row["expr"], variables=check_variables(blocks, code)),
                        row["text"],
                    )
                    for row in rows
                )
                for code, rows in self.table("edit_checks")
            }
        )

    def _instrument(self, code: str, row: dict[str, Any]) -> Mapping[str, Any]:
        """Returns the block of an instrument together with what the file says of its items elsewhere."""
        further = {
            "diagnosis_rule": self.at("diagnosis_rules", code),
            "skippable_items": self.at("skippable_items", code),
            "conditional_items": self.at("conditional_items", code),
            "subscale_items": dict(self.table("subscale_items", code)) or None,
            "catalogue": self.at("instrument_catalogue", code) or self.at("own_forms", code),
        }
        return d.frozen(row | {name: value for name, value in further.items() if value is not None})

    def _threshold_variables(self) -> Mapping[str, Decimal]:
        variant = self.at("variants", self.at("active_variant", default=""), default={})
        return d.frozen({name: Decimal(variant[key]) for name, key in self.table("variant_variables") if variant})

    def _derived_count(self, row: dict[str, Any]) -> d.DerivedCount:
        return d.DerivedCount(row["over"], tuple(row["of"]), self.expression(row["expr"]), row["occasions"])

    def _unblinded_dosing(self) -> d.UnblindedDosing:
        sessions = tuple(
            d.DosingSession(
                session=row["session"],
                visit=row["visit"],
                initial_default=Decimal(row["initial_default"]),
                initial_allowed=tuple(Decimal(amount) for amount in row["initial_allowed"]),
                supplemental=MappingProxyType(_amounts(row["supplemental"])),
            )
            for _, row in self.rows("dosing", "sessions")
        )
        strengths = tuple(Decimal(strength) for strength in self.at("dosing", "capsule_strengths_mg", "values"))
        return d.UnblindedDosing(self.at("dosing", "unit"), sessions, strengths)

    def _vital_points(self) -> tuple[d.VitalPoint, ...]:
        points = [
            d.VitalPoint(code, row["label"], minute, row["before"], row["after"], row["mandatory"])
            for block in ("required_points", "additional_points")
            for _, row in self.rows("vital_signs", block)
            for code, minute in _minutes(row)
        ]
        return tuple(sorted(points, key=lambda point: point.minute))

    def _fluids(self) -> d.Fluids | None:
        row = self.at("vital_signs", "fluids")
        if row is None:
            return None
        return d.Fluids(Decimal(row["max_l_per_hour"]), Decimal(row["max_l_session"]), row.get("reason") or "")

    def _trial_stopping(self) -> tuple[d.TrialStoppingRule, ...]:
        texts = {row["code"]: row["text"] for _, row in self.rows("stopping_rules", "trial")}
        return tuple(
            d.TrialStoppingRule(
                row["code"], texts[row["code"]], row["count"], row["at_least"], row["action"], self.status(place)
            )
            for place, row in self.rows("trial_stopping")
        )

    def _adverse_events(self) -> d.AdverseEventPolicy:
        policy = self.at("adverse_event_policy")
        return d.AdverseEventPolicy(
            definition=self.at("ae_definition", "text"),
            severity_scales=tuple(policy["severity_scales"]),
            causality=tuple(policy["causality"]),
            related_means=tuple(policy["related_means"]),
            seriousness=tuple(policy["seriousness"]),
            expectedness_reference=policy.get("expectedness_reference") or "",
            collection_start=policy.get("collection_start") or "",
            collects_positive_effects=bool((policy.get("collect_positive_effects") or {}).get("value")),
        )

    def _escalation(self) -> d.Escalation:
        steps = tuple(
            d.EscalationStep(
                row["code"],
                tuple(row["to"]),
                tuple(row["channels"]),
                None if row.get("at_share") is None else Decimal(row["at_share"]),
                row.get("hours_before"),
                bool(row.get("always")),
            )
            for _, row in self.rows("clock_escalation", "steps")
        )
        limits = (self.at("clock_escalation", name, default=0) for name in ("late_after_min", "undelivered_after_min"))
        return d.Escalation(steps, *limits)

    def _dosing_holds(self) -> d.DosingHolds:
        lines = {
            row["rule"]: d.HoldRelease(row["rule"], row["by"], row["while_true"], row.get("reference") or "")
            for _, row in self.rows("dosing_holds", "release")
        }
        return d.DosingHolds(tuple(self.at("dosing_holds", "told", default=())), d.frozen(lines))

    def _event_proposals(self) -> d.EventProposals:
        groups = {group: tuple(words) for group, words in self.table("event_proposals", "groups")}
        return d.EventProposals(d.frozen(groups), tuple(self.at("event_proposals", "abuse_related", default=())))

    def _clock(self, place: Path, row: dict[str, Any]) -> d.Clock:
        lengths = ("hours", "calendar_days", "follow_up_days", "days_after_anniversary")
        return d.Clock(
            rule=row["rule"],
            starts=row["starts"],
            expression=None if row.get("when") is None else self.expression(row["when"]),
            status=self.status(place),
            region=row.get("region") or "",
            anchor=str(row.get("anchor") or ""),
            **{name: row.get(name) for name in lengths},
        )

    def _accountability(self) -> d.Accountability | None:
        row = self.at("drug_accountability")
        if row is None:
            return None
        return d.Accountability(
            tuple(row["events"]),
            tuple(row["double_signature_for"]),
            row.get("retention_years_dea"),
            _pair(row["storage_c"]) if row.get("storage_c") else None,
            row.get("discrepancy_hours"),
            row.get("count_every_days"),
            row.get("inventory_every_days"),
            row.get("resupply_lead_days"),
        )


def _make(make: type[T], row: Mapping[str, Any]) -> T:
    fields = getattr(make, "__dataclass_fields__", {})
    values = {name: row[name] for name in fields if row.get(name) is not None}
    return make(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _amounts(row: dict[Any, Any]) -> dict[Decimal, Decimal]:
    return {Decimal(initial): Decimal(then) for initial, then in row.items() if initial not in TAGS}


def _minutes(row: dict[str, Any]) -> list[tuple[str, int]]:
    if "minute" in row:
        return [(row["code"], row["minute"])]
    return [(f"{row['code']}{place}", minute) for place, minute in enumerate(row["minutes"], start=1)]


def _pair(limits: list[Any]) -> tuple[Decimal, Decimal]:
    return Decimal(limits[0]), Decimal(limits[1])


def _diagnosis(row: dict[str, Any]) -> d.DiagnosisRule:
    return d.DiagnosisRule(
        present_from=row["present_from"],
        duration_item=row["duration_item"],
        distress_items=_span(row["distress_items"]),
        dissociative_items=_span(row["dissociative_items"]) if row.get("dissociative_items") else (),
    )


def _span(limits: list[int]) -> tuple[int, ...]:
    return tuple(range(limits[0], limits[1] + 1))
