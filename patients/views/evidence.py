"""What stands beside each criterion: the evidence with its age, and where to record what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from core.clock import local_date
from patients import queries
from patients.models import EligibilityAssessment
from patients.views.facts import values_of
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
        }
        for criterion in assessment.criteria
    ]


def missing_tasks(
    assessment: EligibilityAssessment, definition: ProtocolDefinition, *, may_record: bool
) -> list[MissingTask]:
    """Returns what must still be recorded, one line for each procedure."""
    wanted: dict[str, list[str]] = {}
    for criterion in assessment.criteria:
        for name in criterion["missing"] if criterion["state"] == "not_yet_known" else ():
            wanted.setdefault(name, []).append(criterion["code"])
    places: dict[tuple[str, str], list[str]] = {}
    for name in wanted:
        places.setdefault(_place(name, assessment.visit_code, definition), []).append(name)
    tasks = [_task(place, names, wanted, assessment, definition, may_record) for place, names in places.items()]
    return [*tasks, *_second_source_tasks(assessment, definition, may_record=may_record)]


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
    by_hand = values_of(definition, code)
    url = ""
    if may_record and by_hand.intersection(names):
        url = reverse("patients:screening-record", args=[assessment.participant.public_id, visit_code, code])
    return MissingTask(f"{procedure.name}, {visit_code}", values, criteria, definition.duties[procedure.role][0], url)


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
