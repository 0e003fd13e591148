"""What simulated people bring with them and what their screening finds, from the profile and the person's own dice."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import yaml
from django.conf import settings

from core.models import Person
from patients import actions
from patients.models import Visit
from protocol.definition import Measure, ProtocolDefinition
from trials.models import Site

if TYPE_CHECKING:
    from demo.simulation.course import Course

Entry = tuple[actions.EntryDetails, actions.Asked, UUID]
PROFILE_FILE = Path(settings.BASE_DIR) / "protocols" / "demo_profile.yaml"
RANGES_FROM = timedelta(days=30)


def profile() -> dict[str, Any]:
    """Returns the synthetic values of the demo trial."""
    found: dict[str, Any] = yaml.safe_load(PROFILE_FILE.read_text())
    return found


def keep_ranges(site: Site, said: dict[str, Any], definition: ProtocolDefinition, *, by: Person, at: datetime) -> None:
    """Keeps the normal ranges of the laboratory that the demo's sites send to."""
    for row in said["results"]["ranges"]:
        low, high = (None if row.get(name) is None else Decimal(str(row[name])) for name in ("low", "high"))
        details = actions.RangeDetails(
            laboratory=said["results"]["laboratory"],
            measure=row["measure"],
            low=low,
            high=high,
            unit=row["unit"],
            valid_from=(at - RANGES_FROM).date(),
            sex=row.get("sex", ""),
        )
        actions.add_range(site, details, definition=definition, by=by, at=at)


def results(course: "Course", visit: Visit, at: datetime) -> list[actions.ResultEntry]:
    """Returns what the procedures of a visit report."""
    screening = course.definition.screening
    asked = [
        measure
        for procedure in course.definition.procedures_of(visit.code)
        for measure in screening.measures_of(procedure.code)
    ]
    return [entry for measure in asked if (entry := _result(course, measure, visit, at)) is not None]


def contradicting(course: "Course", at: datetime) -> list[actions.ResultEntry]:
    """Returns the corrected report that comes after everything was signed."""
    late = course.profile["results"]["late"]
    first = course.participant.results.filter(measure=late["measure"]).earliest("collected_at")
    return [
        actions.ResultEntry(
            late["measure"], str(late["value"]), late["unit"], first.collected_at, first.laboratory, first.report,
            late["reason"],
        )
    ]  # fmt: skip


def entries(course: "Course", at: datetime) -> Sequence[Entry]:
    """Returns the history, the earlier treatments, the earlier use and the medicines of a person."""
    dice = random.Random(f"background {course.plan.number}")
    told, today = course.profile["background"], at.date()
    found: list[actions.EntryDetails] = [_condition(row, today) for row in dice.sample(told["conditions"], 3)]
    found += [_treatment(row, today) for row in dice.sample(told["treatments"], dice.choice([2, 3]))]
    occasions = dice.choice(told["uses"])
    year = today.year - (3 if occasions else 0)
    found.append(actions.UseDetails(year, occasions, context="recreational" if occasions else ""))
    found += [_medicine(row, today, course.definition) for row in dice.sample(told["medicines"], 2)]
    asked = actions.Asked("Participant", at)
    return [(details, asked, course.key()) for details in found]


def sitting(course: "Course") -> actions.Sitting:
    """Returns what the investigator judges of a person: able to consent, and nothing that speaks against."""
    judged = course.definition.screening.judgements
    answers = {name: course.values.get(name, "false") == "true" for name in judged} | {"consent_capable": True}
    return actions.Sitting(answers, {}, "Examined, asked, records of the general practitioner read")


def _result(course: "Course", measure: Measure, visit: Visit, at: datetime) -> actions.ResultEntry | None:
    block = course.profile["results"]
    laboratory = block["laboratory"] if measure.procedure == "LABS" else "Site"
    report = f"{visit.participant.screening_number}-{visit.code}"
    if measure.values:
        by_sex = block["words"].get(measure.code, {})
        word = by_sex.get(course.values["sex_at_birth"], measure.values[0])
        return actions.ResultEntry(measure.code, word, "", at, "Site", report)
    typical = block["measures"].get(measure.code)
    if typical is None:
        return None
    # Dice of the moment, so that a repeated course shows the same body.
    dice = random.Random(f"{measure.code} {course.plan.number} {visit.code}")
    step = Decimal(str(typical["scatter"])) / 10
    value = Decimal(str(typical["value"])) + step * dice.randint(-12, 12)
    shown = course.found.get(measure.code, format(value.normalize(), "f"))
    return actions.ResultEntry(measure.code, shown, typical["unit"], at, laboratory, report)


def _condition(row: dict[str, Any], today: date) -> actions.HistoryDetails:
    started = today.year - row["years_ago"]
    ended = str(started + 1) if row.get("ended") else ""
    return actions.HistoryDetails(row["kind"], row["term"], str(started), ended, ongoing=not ended)


def _treatment(row: dict[str, Any], today: date) -> actions.TreatmentDetails:
    year = today.year - row["years_ago"]
    dose = row.get("dose_mg")
    return actions.TreatmentDetails(
        row["kind"], row["name"], row["response"], None if dose is None else Decimal(dose), row.get("sessions"),
        started=f"{year}-02", ended=f"{year}-09",
    )  # fmt: skip


def _medicine(row: dict[str, Any], today: date, definition: ProtocolDefinition) -> actions.MedicineDetails:
    known = definition.screening.medicines.get(row["name"])
    days = row.get("days_before")
    return actions.MedicineDetails(
        row["name"], known.medicine_class if known else "", row["dose"], row["indication"],
        started=str(today.year - 2), last_taken_on=None if days is None else today - timedelta(days=days),
    )  # fmt: skip
