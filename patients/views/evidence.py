"""What stands beside each criterion: the evidence with its age, and where to record what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from core.clock import local_date
from patients import queries
from patients.completeness import values_of
from patients.models import EligibilityAssessment, Fact
from protocol.definition import ProtocolDefinition

STATES = {
    "met": ("met", "Met"),
    "not_met": ("notmet", "Not met"),
    "present": ("notmet", "Present"),
    "not_present": ("met", "Not present"),
    "not_yet_known": ("unknown", "Not yet known"),
    "not_yet_due": ("notdue", "Not yet due"),
}


@dataclass(frozen=True)
class MissingTask:
    """One procedure that must still say something: which values, for which criteria, whose duty, and where."""

    title: str
    values: str
    criteria: str
    duty: str
    url: str


def shown_criteria(assessment: EligibilityAssessment, definition: ProtocolDefinition) -> list[dict[str, Any]]:
    """Returns the criteria of a verdict with names as a person reads them, evidence by source, and its age."""
    rated = queries.rated_variables(definition)
    return [
        criterion
        | {
            "shown": STATES[criterion["state"]],
            "sources": _by_source(criterion["evidence"], assessment, rated),
            "missing_names": [_name(name) for name in criterion["missing"]],
            "old": [(_name(item["variable"]), _source(item, assessment)) for item in criterion.get("outdated", ())],
        }
        for criterion in assessment.criteria
    ]


def shown_fact(fact: Fact, definition: ProtocolDefinition) -> str:
    """Returns a value with its unit and source as the site may read it; a rater's score stays with the rater."""
    value = "known to the rater" if fact.variable in queries.rated_variables(definition) else f"{fact.text} {fact.unit}"
    return f"{fact.name}: {value.strip()}, {fact.source}"


def missing_tasks(
    assessment: EligibilityAssessment, definition: ProtocolDefinition, *, may_record: bool
) -> list[MissingTask]:
    """Returns what must still be recorded, one line for each procedure."""
    wanted: dict[str, list[str]] = {}
    for criterion in assessment.criteria:
        for name in criterion["missing"] if criterion["state"] == "not_yet_known" else ():
            wanted.setdefault(name, []).append(criterion["code"])
    places: dict[tuple[str, str, str], list[str]] = {}
    for name in wanted:
        # What a clinician judges, and what is counted from the history, is entered elsewhere than the rest.
        kind = _kind(name, definition)
        places.setdefault((*_place(name, assessment.visit_code, definition), kind), []).append(name)
    tasks = [_task(place[:2], names, wanted, assessment, definition, may_record) for place, names in places.items()]
    return [*tasks, *_second_source_tasks(assessment, definition, may_record=may_record)]


def _kind(name: str, definition: ProtocolDefinition) -> str:
    if name in definition.screening.judgements:
        return "judged"
    return "counted" if name in definition.screening.counted_uses else "entered"


def _by_source(
    evidence: list[dict[str, Any]], assessment: EligibilityAssessment, rated: frozenset[str]
) -> list[dict[str, Any]]:
    sources: dict[tuple[str, str, str], dict[str, Any]] = {}
    for item in evidence:
        key = (item["source"], item.get("entered_by", ""), item.get("observed_at", ""))
        # A rater's score stays with the rater: what it means for the criterion is all that is shown.
        hidden = item["variable"] in rated
        value = "known to the rater" if hidden else f"{item['value']} {item['unit']}".strip()
        line = sources.setdefault(key, _source(item, assessment) | {"values": [], "second": []})
        line["values"].append((_name(item["variable"]).removesuffix(f" {item['unit'].lower()}"), value))
        if "second" in item:
            line["second"].append((_name(item["variable"]), item["second"] | _source(item["second"], assessment)))
    return list(sources.values())


def _source(item: dict[str, Any], assessment: EligibilityAssessment) -> dict[str, Any]:
    stated = {"source": item.get("source", ""), "by": item.get("entered_by", ""), "on": None, "age": ""}
    if not item.get("observed_at"):
        return stated
    zone = assessment.participant.site.zone
    on = local_date(datetime.fromisoformat(item["observed_at"]), zone=zone)
    days = (local_date(assessment.judged_at, zone=zone) - on).days
    return stated | {"on": on, "age": "same day" if days == 0 else f"{days} day{'' if days == 1 else 's'} old"}


def _place(name: str, visit_code: str, definition: ProtocolDefinition) -> tuple[str, str]:
    """Returns the visit and the procedure that supply a value: at the judged visit, else the nearest one before it."""
    variable = definition.variables.get(name)
    supplied_by = variable.procedures if variable else ()
    last = definition.visits_by_code[visit_code].order
    before = sorted((v for v in definition.visits if v.order <= last), key=lambda visit: -visit.order)
    for visit in before:
        for procedure in definition.procedures_of(visit.code):
            if procedure.code in supplied_by:
                return visit.code, procedure.code
    return "", ""


def _task(
    place: tuple[str, str],
    names: Iterable[str],
    wanted: dict[str, list[str]],
    assessment: EligibilityAssessment,
    definition: ProtocolDefinition,
    may_record: bool,
) -> MissingTask:
    visit_code, code = place
    names = list(names)
    values = ", ".join(_name(name) for name in names)
    criteria = ", ".join(dict.fromkeys(criterion for name in names for criterion in wanted[name]))
    procedure = definition.procedures.get(code)
    if procedure is None:
        return MissingTask(values.capitalize(), "computed from other values", criteria, "", "")
    url = _where(assessment, names, visit_code, code, definition) if may_record else ""
    duty = definition.screening.judgements.get(names[0], procedure.role)
    return MissingTask(f"{procedure.name}, {visit_code}", values, criteria, definition.duties[duty][0], url)


def _where(
    assessment: EligibilityAssessment, names: list[str], visit_code: str, code: str, definition: ProtocolDefinition
) -> str:
    """Returns the page on which the values are entered: that of judgements, of the history, or of the procedure."""
    person = assessment.participant.public_id
    if definition.screening.judgements.keys() & set(names):
        return reverse("patients:judgements", args=[person])
    if definition.screening.counted_uses & set(names):
        return reverse("patients:history", args=[person])
    if values_of(definition, code).intersection(names):
        return reverse("patients:screening-record", args=[person, visit_code, code])
    return ""


def _second_source_tasks(
    assessment: EligibilityAssessment, definition: ProtocolDefinition, *, may_record: bool
) -> list[MissingTask]:
    tasks = []
    for criterion in assessment.criteria:
        for item in criterion["evidence"]:
            if "second" not in item or "source" in item["second"]:
                continue
            place = _place(item["variable"], assessment.visit_code, definition)
            line = _task(
                place, [item["variable"]], {item["variable"]: [criterion["code"]]}, assessment, definition, may_record
            )
            asked = f"second source: {item['second']['asked']}"
            tasks.append(MissingTask(_name(item["variable"]).capitalize(), asked, line.criteria, line.duty, line.url))
    return tasks


def _name(variable: str) -> str:
    return variable.replace("_", " ")
