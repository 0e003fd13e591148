"""Reads a protocol document into the definition and collects every fault on the way."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from protocol import definition as d
from protocol.document import Document, Fault, Path
from protocol.expressions import Expression, ExpressionError, Variable, parse

T = TypeVar("T")
Block = Mapping[str, Any]
KINDS = ("bool", "number", "enum", "text", "list")
STATUSES = ("verified", "derived", "recalled", "assumption")
ANCHORS_WITHOUT_VISIT = "anchors"
VISIT_KEYS = {
    "code", "name", "type", "epoch", "anchor", "offset", "before", "after", "mode", "duration_min", "order",
    "window_unit", "dosing_session", "overnight", "assessor", "timepoint", "nominal_week", "is_baseline",
    "is_primary_endpoint", "separate_consent", "must_follow", "requires", "status", "src", "note",
}  # fmt: skip
RULE_KEYS = {"code", "text", "expr", "status", "src", "note", "action", "check_at", "condition"}


class Reader:
    """Turns the blocks of a document into typed parts; a faulty part is left out and its fault kept."""

    def __init__(self, read: Document, faults: list[Fault]) -> None:
        self.document = read
        self.values = read.values
        self.faults = list(faults)
        self.variables: dict[str, Variable] = {}

    def definition(self) -> d.ProtocolDefinition | None:
        """Returns the definition, or None when faults leave it incomplete."""
        self.variables = self._variables()
        try:
            found = self._build()
        except _Incomplete:
            return None
        self._check_references(found)
        self._check_statuses(self.values, ())
        return found

    # --- places and faults ---------------------------------------------------------------------------------------
    def fault(self, path: Path, message: str) -> None:
        """Keeps a fault with its place and line."""
        place = ".".join(str(part) for part in path)
        self.faults.append(Fault(place, self.document.line_of(path), message))

    def get(self, path: Path, kind: type[T] | tuple[type, ...], default: Any = None) -> Any:
        """Returns the value at a place, or the default with a fault if it is absent or of another kind."""
        value: Any = self.values
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
            if value is None:
                self.fault(path, "This is missing.")
                return default
        wrong_bool = isinstance(value, bool) and kind in (int, (int, Decimal))
        if not isinstance(value, kind) or wrong_bool:
            self.fault(path, f"“{value}” is not what belongs here ({_kind_name(kind)}).")
            return default
        return value

    def rows(self, path: Path) -> list[tuple[Path, Block]]:
        """Returns the mappings of a list, each with its place."""
        found = []
        for index, row in enumerate(self.get(path, list, [])):
            if isinstance(row, dict):
                found.append(((*path, index), row))
            else:
                self.fault((*path, index), f"“{row}” must be a block with named values.")
        return found

    def field(self, path: Path, row: Block, name: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """Returns a value of a row; a fault if it is of another kind, or absent without a default."""
        if name not in row or row[name] is None:
            if default is ...:
                self.fault(path, f"“{name}” is missing.")
                return None
            return default
        value = row[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool and kind != (bool,)):
            self.fault((*path, name), f"“{value}” is not what belongs here ({_kind_name(kind)}).")
            return None if default is ... else default
        return value

    def unique(self, path: Path, codes: Iterable[str], what: str) -> None:
        """Keeps a fault for each code that is given twice."""
        seen: set[str] = set()
        for code in codes:
            if code in seen:
                self.fault(path, f"The {what} code “{code}” is given twice.")
            seen.add(code)

    def expression(self, path: Path, text: Any) -> Expression | None:
        """Returns the checked expression, or None with a fault."""
        if not isinstance(text, str):
            self.fault(path, f"“{text}” must be an expression in quotes.")
            return None
        try:
            return parse(text, variables=self.variables)
        except ExpressionError as error:
            self.fault(path, str(error))
            return None

    # --- parts -----------------------------------------------------------------------------------------------------
    def _variables(self) -> dict[str, Variable]:
        found: dict[str, Variable] = {}
        for block in ("variables", "runtime_variables", "event_variables"):
            for name, row in self.get((block,), dict, {}).items():
                variable = self._variable((block, name), str(name), row)
                if variable is None:
                    continue
                if name in found:
                    self.fault((block, name), f"“{name}” is declared twice.")
                found[str(name)] = variable
        return found

    def _variable(self, path: Path, name: str, row: Any) -> Variable | None:
        if not isinstance(row, dict):
            self.fault(path, "A variable needs at least its type.")
            return None
        kind = row.get("type")
        if kind not in KINDS:
            self.fault(path, f"“{kind}” is not a type; use one of {', '.join(KINDS)}.")
            return None
        values = tuple(str(value) for value in row.get("values", ()))
        if kind == "enum" and not values:
            self.fault(path, "An enum needs its values.")
        return Variable(
            name, kind, str(row.get("unit", "")), values, str(row.get("from", "")), str(row.get("note", ""))
        )

    def _rules(self, path: Path) -> tuple[d.Rule, ...]:
        found = [self._rule(place, row) for place, row in self.rows(path)]
        rules = tuple(rule for rule in found if rule is not None)
        self.unique(path, (rule.code for rule in rules), "rule")
        return rules

    def _rule(self, path: Path, row: Block, *, code: str = "") -> d.Rule | None:
        for key in row.keys() - RULE_KEYS - {"then_every_min", "until", "before_visit", "yields", "unlisted_medicine", "status_note"}:
            self.fault((*path, key), f"“{key}” is not known here.")
        expression = self.expression((*path, "expr"), row.get("expr"))
        code = code or self.field(path, row, "code", str, "")
        if expression is None or not code:
            return None
        return d.Rule(
            code=code,
            text=self.field(path, row, "text", str, code),
            expression=expression,
            status=str(row.get("status", "")),
            action=str(row.get("action", "")),
            check_at=tuple(row.get("check_at", ())),
            note=str(row.get("note", "")),
        )

    def _one_rule(self, path: Path, code: str) -> d.Rule:
        rule = self._rule(path, self.get(path, dict, {}), code=code)
        return self._needed(rule)

    def _visits(self) -> tuple[d.Visit, ...]:
        visits = [self._visit(place, row) for place, row in self.rows(("visits",))]
        found = tuple(visit for visit in visits if visit is not None)
        self.unique(("visits",), (visit.code for visit in found), "visit")
        return found

    def _visit(self, path: Path, row: Block) -> d.Visit | None:
        for key in row.keys() - VISIT_KEYS:
            self.fault((*path, key), f"“{key}” is not known for a visit.")
        code = self.field(path, row, "code", str)
        unscheduled = row.get("type") == "unscheduled"
        number: Any = None if unscheduled else ...
        offset, before, after = (self.field(path, row, key, int, number) for key in ("offset", "before", "after"))
        for key, value in (("before", before), ("after", after)):
            if value is not None and value < 0:
                self.fault((*path, key), f"The window of {code} cannot be negative.")
        if code is None:
            return None
        optional = {
            key: row[key]
            for key in (
                "window_unit", "dosing_session", "overnight", "assessor", "timepoint", "nominal_week", "is_baseline",
                "is_primary_endpoint", "separate_consent", "status", "note",
            )
            if key in row
        }  # fmt: skip
        return d.Visit(
            code=code,
            name=self.field(path, row, "name", str, code),
            type=self.field(path, row, "type", str, ""),
            epoch=self.field(path, row, "epoch", str, ""),
            anchor=self.field(path, row, "anchor", str, number),
            offset=offset,
            before=before,
            after=after,
            mode=self.field(path, row, "mode", str, ""),
            duration_min=self.field(path, row, "duration_min", int, 0),
            order=self.field(path, row, "order", int, 0),
            must_follow=tuple(row.get("must_follow", ())),
            requires=tuple(row.get("requires", ())),
            **optional,
        )

    def _phone_contacts(self) -> d.PhoneContacts:
        row, path = self.get(("phone_contacts",), dict, {}), ("phone_contacts",)
        return d.PhoneContacts(
            after_type=self.field(path, row, "after_type", str, ""),
            days=tuple(self.field(path, row, "days", list, [])),
            in_person_days=tuple(self.field(path, row, "in_person_days", list, [])),
            before=self.field(path, row, "before", int, 0),
            after=self.field(path, row, "after", int, 0),
            code_pattern=self.field(path, row, "code_pattern", str, "{dosing_code}-PH{day}"),
            procedures=tuple(self.field(path, row, "procedures", list, [])),
        )

    def _procedures(self) -> dict[str, d.Procedure]:
        found = {}
        for code, row in self.get(("procedures",), dict, {}).items():
            path = ("procedures", code)
            if not isinstance(row, dict):
                self.fault(path, "A procedure needs a name and a role.")
                continue
            name, role = self.field(path, row, "name", str, ""), self.field(path, row, "role", str, "")
            instrument = str(row.get("instrument", ""))
            found[str(code)] = d.Procedure(str(code), name, role, instrument, str(row.get("instrument_version", "")))
        return found

    def _vital_points(self) -> tuple[d.VitalPoint, ...]:
        points = []
        for name in ("required_points", "additional_points"):
            for path, row in self.rows(("vital_signs", name)):
                minutes = row.get("minutes", [row.get("minute")])
                for position, minute in enumerate(minutes):
                    code = self.field(path, row, "code", str, "")
                    points.append(
                        d.VitalPoint(
                            code=code if "minute" in row else f"{code}{position + 1}",
                            label=self.field(path, row, "label", str, ""),
                            minute=minute,
                            before=self.field(path, row, "before", int, 0),
                            after=self.field(path, row, "after", int, 0),
                            mandatory=self.field(path, row, "mandatory", bool, False),
                        )
                    )
        return tuple(sorted(points, key=lambda point: point.minute))

    def _clocks(self) -> tuple[d.Clock, ...]:
        found = []
        for path, row in self.rows(("adverse_event_policy", "clocks")):
            when = row.get("when")
            expression = None if when is None else self.expression((*path, "when"), when)
            found.append(
                d.Clock(
                    rule=self.field(path, row, "rule", str, ""),
                    starts=self.field(path, row, "starts", str, ""),
                    expression=expression,
                    hours=self.field(path, row, "hours", int, None),
                    calendar_days=self.field(path, row, "calendar_days", int, None),
                    status=str(row.get("status", "")),
                )
            )
        return tuple(found)

    def _simple(self, path: Path, make: Callable[..., T]) -> tuple[T, ...]:
        """Returns rows whose keys are the parameters of a plain dataclass; status tags are kept in the source."""
        found = []
        for place, row in self.rows(path):
            values = {key: tuple(v) if isinstance(v, list) else v for key, v in row.items() if key not in ("status", "src", "note")}
            try:
                found.append(make(**values))
            except TypeError as error:
                self.fault(place, f"The block does not fit: {str(error).split('__init__() ')[-1]}.")
        return tuple(found)

    def _plausibility(self) -> dict[str, d.Plausibility]:
        found = {}
        for name, row in self.get(("plausibility",), dict, {}).items():
            if name == "status":
                continue
            limits = {}
            for kind in ("hard", "soft"):
                pair = row.get(kind) if isinstance(row, dict) else None
                if not isinstance(pair, list) or len(pair) != 2:
                    self.fault(("plausibility", name), f"“{kind}” needs a lower and an upper limit.")
                    continue
                limits[kind] = (Decimal(pair[0]), Decimal(pair[1]))
            if len(limits) == 2:
                found[str(name)] = d.Plausibility(**limits)
        return found

    def _grade_bands(self) -> tuple[d.GradeBand, ...]:
        found = []
        for path, row in self.rows(("ctcae_bands",)):
            expression = self.expression((*path, "expr"), row.get("expr"))
            if expression is not None:
                found.append(d.GradeBand(row.get("term", ""), row.get("grade", 0), expression))
        return tuple(found)

    def _mapping_of(self, path: Path, make: Callable[..., T]) -> dict[str, T]:
        found = {}
        for name, row in self.get(path, dict, {}).items():
            if name == "status":
                continue
            try:
                found[str(name)] = make(**row)
            except TypeError as error:
                self.fault((*path, name), f"The block does not fit: {str(error).split('__init__() ')[-1]}.")
        return found

    def _coded(self, path: Path) -> tuple[d.Coded, ...]:
        rows = self.rows(path)
        found = tuple(d.Coded(str(r.get("code", "")), str(r.get("name", "")), str(r.get("status", ""))) for _, r in rows)
        self.unique(path, (row.code for row in found), path[0].__str__().rstrip("s"))
        return found

    def _schedule(self) -> dict[str, tuple[str, ...]]:
        table = self.get(("schedule_of_assessments",), dict, {})
        return {str(code): tuple(codes) for code, codes in table.items() if isinstance(codes, list)}

    def _gates(self) -> dict[str, d.Rule]:
        found = {}
        for token, row in self.get(("gates",), dict, {}).items():
            rule = self._rule(("gates", token), row, code=str(token))
            if rule is not None:
                found[str(token)] = rule
        return found

    def _build(self) -> d.ProtocolDefinition:
        get = self.get
        return d.ProtocolDefinition(
            code=get(("protocol", "code"), str, ""),
            version=get(("protocol", "version"), str, ""),
            title=get(("protocol", "title"), str, ""),
            source=d.frozen(self.values),
            arms=self._coded(("arms",)),
            epochs=self._coded(("epochs",)),
            duties={
                str(code): (str(row.get("name", code)), tuple(row.get("composite", ())))
                for code, row in get(("roles",), dict, {}).items()
                if isinstance(row, dict)
            },
            visits=self._visits(),
            phone_contacts=self._phone_contacts(),
            procedures=self._procedures(),
            schedule_of_assessments=self._schedule(),
            variables=self.variables,
            gates=self._gates(),
            inclusion=self._rules(("eligibility", "inclusion")),
            exclusion=self._rules(("eligibility", "exclusion")),
            eligibility_visits=tuple(get(("eligibility", "check_at_default"), list, [])),
            pre_dose_conditions=self._rules(("dosing", "pre_dose_conditions")),
            withhold_supplemental_if=self._rules(("dosing", "withhold_supplemental_if")),
            discharge_criteria=self._rules(("discharge", "criteria")),
            discharge_earliest_min=get(("discharge", "earliest_minutes_after_initial"), int, 0),
            supplemental_window=d.SupplementalWindow(
                get(("dosing", "supplemental_window_min", "earliest"), int, 0),
                get(("dosing", "supplemental_window_min", "latest"), int, 0),
            ),
            vital_points=self._vital_points(),
            intensify_when=self._one_rule(("vital_signs", "intensify_when"), "intensify_when"),
            intensify_every_min=get(("vital_signs", "intensify_when", "then_every_min"), int, 0),
            emergency_when=self._one_rule(("vital_signs", "emergency_when"), "emergency_when"),
            participant_stopping=self._rules(("stopping_rules", "participant")),
            aesi=self._rules(("aesi",)),
            clocks=self._clocks(),
            washout=self._one_rule(("washout", "rule"), "washout"),
            half_life_days={
                str(name): Decimal(days) for name, days in get(("washout", "half_life_days"), dict, {}).items()
            },
            effects=self._simple(("effects_grid", "terms"), d.Effect),
            alert_policy=self._mapping_of(("alert_policy",), d.AlertPolicy),
            dose_labels=self._mapping_of(("dose_labels",), d.DoseLabel),
            overrides={row.get("condition", ""): row.get("by", "") for _, row in self.rows(("overrides",))},
            plausibility=self._plausibility(),
            consent_options=self._simple(("consent_options",), d.ConsentOption),
            deviation_rules=self._simple(("deviation_rules",), d.DeviationRule),
            reminders=self._simple(("reminders", "catalogue"), d.ReminderRule),
            quiet_hours={
                str(who): (hours[0], hours[1]) for who, hours in get(("reminders", "quiet_hours"), dict, {}).items()
            },
            banned_words=tuple(get(("message_rules", "banned_words"), list, [])),
            grade_bands=self._grade_bands(),
            outcome_rules=tuple(
                d.OutcomeRule(**{key: value for key, value in row.items() if key not in ("src", "note")})
                for _, row in self.rows(("outcome_rules",))
            ),
            instruments=get(("instruments",), dict, {}),
            min_session_staff=get(("staffing", "dosing_session", "min_staff"), int, 0),
            assessor_max_per_participant=get(("blinding", "assessor_reuse", "max_assessments_per_participant"), int, 1),
        )

    def _needed(self, value: T | None) -> T:
        if value is None:
            raise _Incomplete
        return value

    # --- references ------------------------------------------------------------------------------------------------
    def _check_references(self, found: d.ProtocolDefinition) -> None:
        codes = set(found.visits_by_code)
        anchors = codes | set(self.get((ANCHORS_WITHOUT_VISIT,), dict, {}))
        epochs = {epoch.code for epoch in found.epochs}
        for index, visit in enumerate(found.visits):
            path: Path = ("visits", index)
            self._known(path, "epoch", [visit.epoch], epochs)
            self._known(path, "anchor", [visit.anchor] if visit.anchor else [], anchors)
            self._known(path, "must_follow", visit.must_follow, codes)
            self._known(path, "requires", visit.requires, set(found.gates))
        self._check_anchor_cycles(found)
        for code, procedures in found.schedule_of_assessments.items():
            self._known(("schedule_of_assessments", code), "visit", [code], codes)
            self._known(("schedule_of_assessments", code), "procedure", procedures, set(found.procedures))
        for code, procedure in found.procedures.items():
            self._known(("procedures", code), "role", [procedure.role], set(found.duties))
            if procedure.instrument:
                self._known(("procedures", code), "instrument", [procedure.instrument], set(found.instruments))
        for duty, (_, parts) in found.duties.items():
            self._known(("roles", duty), "composite", parts, set(found.duties))
        for rule in (*found.inclusion, *found.exclusion):
            self._known(("eligibility",), f"check_at of {rule.code}", rule.check_at, codes)
        conditions = {rule.code for rule in (*found.pre_dose_conditions, *found.discharge_criteria)}
        for condition, duty in found.overrides.items():
            self._known(("overrides",), "condition", [condition], conditions)
            self._known(("overrides",), "by", [duty], set(found.duties))

    def _check_anchor_cycles(self, found: d.ProtocolDefinition) -> None:
        for index, visit in enumerate(found.visits):
            seen, here = {visit.code}, visit
            while here.anchor in found.visits_by_code:
                here = found.visits_by_code[here.anchor]
                if here.code in seen:
                    self.fault(("visits", index, "anchor"), f"The anchor of {visit.code} leads back to itself.")
                    break
                seen.add(here.code)

    def _known(self, path: Path, what: str, names: Iterable[str | None], known: set[str]) -> None:
        for name in names:
            if name not in known:
                self.fault(path, f"{what}: “{name}” is not defined in this file.")

    def _check_statuses(self, value: Any, path: Path) -> None:
        if isinstance(value, dict):
            status = value.get("status")
            if status is not None and isinstance(status, str) and status not in STATUSES:
                self.fault((*path, "status"), f"“{status}” is not a status; use one of {', '.join(STATUSES)}.")
            for key, child in value.items():
                self._check_statuses(child, (*path, key))
        elif isinstance(value, list):
            for index, child in enumerate(value):
                self._check_statuses(child, (*path, index))


class _Incomplete(Exception):
    """A part without which nothing can be judged is missing; its fault is kept."""


def _kind_name(kind: type | tuple[type, ...]) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    words = {str: "a text", int: "a whole number", Decimal: "a number", list: "a list", dict: "a block", bool: "true or false"}
    return " or ".join(words.get(each, each.__name__) for each in kinds)
