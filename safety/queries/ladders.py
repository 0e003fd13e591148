"""The ladders of reporting clocks as pages show them, and who is to be telephoned now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from core.models import Membership, Person
from core.roles import Role, roles_of_duty
from protocol.definition import Escalation, ProtocolDefinition
from safety.models import AdverseEvent, AdverseEventRevision, ClockStep
from safety.queries.board import clock_label


@dataclass(frozen=True)
class CallLine:
    """A clock about which people are to be telephoned, because nobody has taken it by name."""

    step: ClockStep
    term: str
    people: tuple[Person, ...]

    @property
    def label(self) -> str:
        """Returns the name of the clock as people say it."""
        return clock_label(self.step.clock.rule)

    @property
    def event(self) -> AdverseEvent:
        """Returns the event that the clock is about."""
        return self.step.clock.event


def steps_of(event: AdverseEvent) -> list[ClockStep]:
    """Returns every step of an event's clocks with the `label` of its clock, in the order of time."""
    found = list(ClockStep.objects.filter(clock__event=event).select_related("clock", "acknowledged_by"))
    for step in found:
        step.label = clock_label(step.clock.rule)  # type: ignore[attr-defined]
    return sorted(found, key=lambda step: (step.due_at, step.pk))


def waits_for_name(steps: Iterable[ClockStep]) -> dict[int, list[ClockStep]]:
    """Returns the steps that people were told of and nobody took, by the id of their clock."""
    waiting: dict[int, list[ClockStep]] = {}
    for step in steps:
        if step.taken_at is not None and step.acknowledged_at is None and not step.left_out:
            waiting.setdefault(step.clock_id, []).append(step)
    return waiting


def call_list(events: QuerySet[AdverseEvent], definition: ProtocolDefinition, *, at: datetime) -> list[CallLine]:
    """Returns whom to telephone now: for each clock the latest step that calls, in two statements."""
    latest = AdverseEventRevision.objects.filter(event=OuterRef("clock__event")).order_by("-number")
    steps = (
        ClockStep.objects.filter(
            calls=True, taken_at__isnull=False, acknowledged_at__isnull=True, clock__met_at__isnull=True,
            clock__superseded_at__isnull=True, clock__event__in=events.values("pk"),
        )
        .select_related("clock__event__participant", "clock__event__site")
        .annotate(term=Subquery(latest.values("term")[:1]))
        .order_by("clock_id", "-due_at")
        .distinct("clock_id")
    )  # fmt: skip
    found = sorted(steps, key=lambda step: step.clock.due_at)
    people = _people(definition.escalation, found, at=at)
    return [CallLine(step, step.term, people[(step.code, step.site_id)]) for step in found]


def _people(
    escalation: Escalation, steps: Sequence[ClockStep], *, at: datetime
) -> Mapping[tuple[str, int], tuple[Person, ...]]:
    roles_by_code = {step.code: {role for duty in step.to for role in roles_of_duty(duty)} for step in escalation.steps}
    wanted: set[Role] = set().union(*(roles_by_code.get(step.code, set()) for step in steps))
    if not wanted:
        return {(step.code, step.site_id): () for step in steps}
    sites = {step.site_id for step in steps}
    held = Membership.objects.valid_at(at).filter(
        Q(site_id__in=sites) | Q(site__isnull=True), role__in=wanted, person__is_active=True
    )
    rows = list(held.select_related("person").order_by("person__display_name", "id"))
    return {
        (step.code, step.site_id): tuple(
            dict.fromkeys(
                row.person
                for row in rows
                if row.role in roles_by_code.get(step.code, set()) and row.site_id in (None, step.site_id)
            )
        )
        for step in steps
    }
