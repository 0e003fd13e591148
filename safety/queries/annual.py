"""Annual reports as pages show them: what is left, who holds the next step, and whom to telephone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.clock import local_date
from core.models import Membership, Person
from core.roles import Role, roles_of_duty
from protocol.definition import ProtocolDefinition
from safety.models import AnnualReport, AnnualStep
from safety.queries.board import CLOSED_DAYS, clock_label, state_of_clock, words_left

CALLED = Q(calls=True, acknowledged_at__isnull=True, left_out="")


@dataclass(frozen=True)
class AnnualLine:
    """One annual report as it stands at a moment."""

    report: AnnualReport
    state: str
    words: str
    calls: bool

    @property
    def label(self) -> str:
        """Returns the name of the report as people say it, with its region where it has one."""
        region = "" if self.report.region in ("", "all") else f", {self.report.region.upper()}"
        return f"{clock_label(self.report.rule)} {self.report.ends_on:%Y}{region}"


def annual_lines(*, at: datetime, region: str = "") -> list[AnnualLine]:
    """Returns the annual reports that are due, and those sent lately, the nearest first; one statement."""
    since = at - timedelta(days=CLOSED_DAYS)
    found = with_calls().filter(Q(met_at__isnull=True) | Q(met_at__gte=since))
    if region:
        found = found.filter(region__in=("", "all", region))
    return [annual_line(report, at=at) for report in found.order_by("due_at", "id")]


def with_calls() -> QuerySet[AnnualReport]:
    """Returns the annual reports, each with whether people are to be telephoned about it."""
    called = AnnualStep.objects.filter(CALLED, report=OuterRef("pk"), taken_at__isnull=False)
    return AnnualReport.objects.annotate(is_called=Exists(called)).select_related("met_by")


def annual_line(report: AnnualReport, *, at: datetime) -> AnnualLine:
    """Returns an annual report with what is left of its term."""
    if report.reported_on is None:
        state, words = state_of_clock(report, at=at), words_left(report.due_at - at)
    elif report.reported_on <= local_date(report.due_at, zone=report.zone):
        state, words = "complete", "Sent"
    else:
        state, words = "missed", "Sent late"
    calls = report.met_at is None and bool(getattr(report, "is_called", False))
    return AnnualLine(report, state, words, calls)


def annual_steps(report: AnnualReport) -> list[AnnualStep]:
    """Returns the ladder of an annual report, in the order of time."""
    return list(report.steps.select_related("acknowledged_by").order_by("due_at", "id"))


def people_to_call(steps: Sequence[AnnualStep], definition: ProtocolDefinition, *, at: datetime) -> list[Person]:
    """Returns whom to telephone now: those of the latest step that calls who belong to no site."""
    calling = [step.code for step in steps if step.taken_at and step.calls and not step.acknowledged_at]
    rule = next((one for one in definition.escalation.steps if calling and one.code == calling[-1]), None)
    if rule is None:
        return []
    roles: set[Role] = {role for duty in rule.to for role in roles_of_duty(duty)}
    held = Membership.objects.valid_at(at).filter(site__isnull=True, role__in=roles, person__is_active=True)
    rows = held.select_related("person").order_by("person__display_name", "id")
    return list(dict.fromkeys(row.person for row in rows))
