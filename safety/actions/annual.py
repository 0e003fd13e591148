"""Annual reports: opened by the calendar, called for by the ladder of clocks, closed with date and reference."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from protocol.definition import EscalationStep, ProtocolDefinition
from protocol.escalation import ladder
from protocol.reporting import AnnualDeadline, annual_reports
from reminders.actions import cancel_reminders_about
from reminders.queries import undelivered
from safety.actions.ladders import CALL, MAIL, NO_LONGER, TAKEN, people_of, take_by_name, write_to
from safety.models import AnnualReport, AnnualStep
from trials.queries import current_trial, definition_of, first_approved_on, latest_version

if TYPE_CHECKING:
    from trials.models import Trial


def open_annual_reports(*, by: Person, at: datetime) -> list[AnnualReport]:
    """Opens the report for each year that has ended, with its ladder, and returns those that were not open before."""
    trial = current_trial()
    definition, zone = definition_of(latest_version(trial)), trial.sponsor_zone
    # The approvals of every site are read as well: only who acts sees them.
    with contribution(by=by, reason="Calendar of annual reports"):
        first, today = first_approved_on(trial), local_date(at, zone=zone)
        due = annual_reports(definition, first_approved_on=first, until_on=today, zone=zone)
        known = set(AnnualReport.objects.filter(trial=trial).values_list("rule", "ends_on"))
        new = [deadline for deadline in due if (deadline.rule, deadline.ends_on) not in known]
        return [_open(trial, deadline, definition, by=by) for deadline in new]


def climb_annual(*, by: Person, at: datetime, most: int) -> list[AnnualStep]:
    """Takes every step of an annual report that is due, in the order of time, and returns them; each once."""
    with contribution(by=by, reason="Watch of annual reports"):
        waiting = AnnualStep.objects.filter(taken_at__isnull=True, due_at__lte=at).select_for_update(
            skip_locked=True, of=("self",)
        )
        steps = list(waiting.select_related("report__trial").order_by("due_at", "id")[:most])
        for step in steps:
            _take(step, by=by, at=at)
    return steps


def take_annual_report(report: AnnualReport, *, note: str, by: Person, at: datetime) -> int:
    """Takes an annual report by name, and returns how many steps were acknowledged; raises as `take_by_name` does."""
    return take_by_name(AnnualStep.objects.filter(report=report), note=note, by=by, at=at)


def record_annual_report(
    report: AnnualReport, *, reported_on: date, reference: str, note: str, by: Person, at: datetime
) -> AnnualReport:
    """Closes the clock with the report's date and reference.

    Raises Refused for a date in the future or before the year ended, without a reference, and for a late report that
    says not why; Conflict when somebody else recorded it first.
    """
    if reported_on > local_date(at, zone=report.zone):
        raise Refused("The report cannot have been sent in the future.", field="reported_on")
    if reported_on < report.ends_on:
        raise Refused("The year that it is about had not ended then.", field="reported_on")
    if not reference.strip():
        raise Refused("Give the reference by which the report can be found again.", field="reference")
    if reported_on > local_date(report.due_at, zone=report.zone) and not note.strip():
        raise Refused("This is late. Say why.", field="note")
    with contribution(by=by, reason=note.strip() or f"Annual report {reference.strip()}"):
        locked = AnnualReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
        if locked.met_at is not None:
            raise Conflict("Somebody else recorded this report first.")
        locked.reported_on, locked.reference, locked.note = reported_on, reference.strip()[:100], note.strip()[:300]
        locked.met_at, locked.met_by = at, by
        locked.save(update_fields=["reported_on", "reference", "note", "met_at", "met_by"])
        cancel_reminders_about(report.public_id, reason="The annual report was sent", by=by)
    return locked


def _open(trial: "Trial", deadline: AnnualDeadline, definition: ProtocolDefinition, *, by: Person) -> AnnualReport:
    report = AnnualReport.objects.create(
        trial=trial,
        rule=deadline.rule,
        region=deadline.region,
        begins_on=deadline.begins_on,
        ends_on=deadline.ends_on,
        starts_at=deadline.starts_at,
        due_at=deadline.due_at,
        basis=deadline.basis,
        zone=trial.sponsor_zone,
        recorded_by=by,
    )
    for rung in ladder(definition.escalation, starts_at=report.starts_at, due_at=report.due_at):
        AnnualStep.objects.create(report=report, code=rung.step.code, due_at=rung.due_at, recorded_by=by)
    return report


def _take(step: AnnualStep, *, by: Person, at: datetime) -> None:
    escalation = definition_of(latest_version(step.report.trial)).escalation
    rule = next((one for one in escalation.steps if one.code == step.code), None)
    step.taken_at = at
    step.late = at - step.due_at > timedelta(minutes=escalation.late_after_min)
    step.left_out = _why_not(step, rule)
    if rule is not None and not step.left_out:
        earlier = at - timedelta(minutes=escalation.undelivered_after_min)
        step.calls = CALL in rule.channels or undelivered(step.report.public_id, due_before=earlier)
        step.told = _tell(step.report, rule, by=by, at=at) if MAIL in rule.channels else 0
    step.save(update_fields=["taken_at", "late", "left_out", "calls", "told"])


def _why_not(step: AnnualStep, rule: EscalationStep | None) -> str:
    if rule is None or step.report.met_at is not None:
        return NO_LONGER
    taken = AnnualStep.objects.filter(report=step.report, acknowledged_at__isnull=False).exists()
    return TAKEN if taken and not rule.always else ""


def _tell(report: AnnualReport, rule: EscalationStep, *, by: Person, at: datetime) -> int:
    """Writes to those of the step who belong to no site, under the name that the first site has in messages."""
    first = report.trial.sites.order_by("code", "id")[0]
    people = people_of(rule, site_id=None, at=at)
    write_to(people, about=report.public_id, step=rule.code, site_id=first.pk, by=by, at=at)
    return len(people)
