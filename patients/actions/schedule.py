"""The participant's visits follow the protocol from actual anchor dates; replanned whenever one becomes actual."""

from collections.abc import Iterable
from datetime import date

from core.clock import local_date
from core.contributions import contribution
from core.models import Person
from patients import queries
from patients.models import Participant, Visit, VisitProcedure, VisitState
from protocol.definition import ProtocolDefinition
from protocol.schedule import PlannedVisit, plan_schedule
from trials.queries import placed_procedures

OPEN = (VisitState.PLANNED, VisitState.BOOKED)


def create_visits(participant: Participant, *, consent_on: date, by: Person) -> None:
    """Writes every visit and contact of the protocol with the procedures it asks for."""
    definition = queries.definition_for(participant)
    _write(participant, definition, plan_schedule(definition, consent_on=consent_on).values(), by=by)


def replan(participant: Participant, *, by: Person) -> list[Visit]:
    """Moves targets and windows of open visits to what the actual dates give, and returns those that moved."""
    planned = planned_schedule(participant, queries.actual_dates(participant))
    moved = []
    for visit in Visit.objects.filter(participant=participant, state__in=OPEN).order_by("order", "id"):
        line = planned.get(visit.code)
        if line is not None and _differs(visit, line):
            visit.target_on, visit.earliest_on, visit.latest_on = line.target_on, line.earliest_on, line.latest_on
            visit.anchored_on_actual = line.anchored_on_actual
            moved.append(visit)
    if moved:
        with contribution(by=by, reason="Schedule follows the actual dates"):
            Visit.objects.bulk_update(moved, ["target_on", "earliest_on", "latest_on", "anchored_on_actual"])
    return moved


def add_missing_visits(participant: Participant, *, by: Person) -> None:
    """Writes the visits of the participant's version that are not there yet, with their procedures."""
    definition = queries.definition_for(participant)
    planned = planned_under(definition, participant, queries.actual_dates(participant))
    there = set(participant.visits.values_list("code", flat=True))
    _write(participant, definition, [line for code, line in planned.items() if code not in there], by=by)


def planned_schedule(participant: Participant, actual: dict[str, date]) -> dict[str, PlannedVisit]:
    """Returns the protocol's schedule for the participant, given the days on which visits took place."""
    return planned_under(queries.definition_for(participant), participant, actual)


def planned_under(
    definition: ProtocolDefinition, participant: Participant, actual: dict[str, date]
) -> dict[str, PlannedVisit]:
    """Returns the schedule that a version of the protocol gives for the participant."""
    first = participant.consents.order_by("signed_at", "id").first()
    assert first is not None
    consent_on = local_date(first.signed_at, zone=participant.site.zone)
    missed = participant.visits.filter(state__in=(VisitState.MISSED, VisitState.CANCELLED))
    return plan_schedule(
        definition,
        consent_on=consent_on,
        actual={code: day for code, day in actual.items() if _is_planned(definition, code)},
        last_dose_on=_last_dose_on(participant, definition, actual),
        missed=frozenset(missed.values_list("code", flat=True)),
    )


def _is_planned(definition: ProtocolDefinition, code: str) -> bool:
    return code in definition.visits_by_code or bool(definition.contact_pattern.fullmatch(code))


def _write(
    participant: Participant, definition: ProtocolDefinition, lines: Iterable[PlannedVisit], *, by: Person
) -> None:
    visits = Visit.objects.bulk_create(_row(participant, line, by=by) for line in lines)
    # Nobody has visits before consent, and consent puts a participant under a version.
    assert participant.protocol_version is not None
    placed = placed_procedures(participant.protocol_version) if visits else {}
    VisitProcedure.objects.bulk_create(
        VisitProcedure(visit=visit, site=participant.site, code=procedure.code, recorded_by=by)
        for visit in visits
        for procedure in (*definition.procedures_of(visit.code), *placed.get(visit.code, ()))
    )


def _last_dose_on(participant: Participant, definition: ProtocolDefinition, actual: dict[str, date]) -> date | None:
    dosed = [actual[visit.code] for visit in definition.dosing_visits if visit.code in actual]
    return max(dosed, default=None)


def _row(participant: Participant, line: PlannedVisit, *, by: Person) -> Visit:
    return Visit(
        participant=participant,
        site=participant.site,
        code=line.code,
        name=line.name,
        kind=line.type,
        order=line.order,
        target_on=line.target_on,
        earliest_on=line.earliest_on,
        latest_on=line.latest_on,
        anchored_on_actual=line.anchored_on_actual,
        recorded_by=by,
    )


def _differs(visit: Visit, line: PlannedVisit) -> bool:
    there = (visit.target_on, visit.earliest_on, visit.latest_on, visit.anchored_on_actual)
    return there != (line.target_on, line.earliest_on, line.latest_on, line.anchored_on_actual)
