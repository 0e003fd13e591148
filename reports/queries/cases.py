"""Serious cases with what was reported of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from reports.models import CaseReport, Narrative, Transmission, TransmissionStep
from safety import queries as safety_queries

if TYPE_CHECKING:
    from safety.models import AdverseEvent, AdverseEventRevision

# The state of a case is that of what needs somebody most.
BY_NEED = ("rejected", "failed", "doubt", "queued", "sending", "sent", "acknowledged")


@dataclass(frozen=True)
class CaseLine:
    """One serious event, what is known of it, its latest report, and where its transmissions stand."""

    event: "AdverseEvent"
    revision: "AdverseEventRevision"
    report: CaseReport | None
    transmissions: Sequence[Transmission]

    @property
    def state(self) -> str:
        """Returns the state that needs somebody most; empty where nothing was sent."""
        states = {each.state for each in self.transmissions}
        return next((state for state in BY_NEED if state in states), "")


def case_lines(events: "QuerySet[AdverseEvent]") -> list[CaseLine]:
    """Returns the events that were ever serious, the newest first, in a constant number of statements."""
    transmissions = Transmission.objects.defer("content").order_by("id")
    reports = CaseReport.objects.defer("content").order_by("-number")
    prefetched = safety_queries.serious(events).prefetch_related(
        Prefetch("case_reports", queryset=reports, to_attr="newest_reports"),
        Prefetch("case_reports__transmissions", queryset=transmissions, to_attr="sent_to"),
    )
    return [_line(event) for event in safety_queries.with_clocks(prefetched.order_by("-site_aware_at", "-id"))]


def _line(event: "AdverseEvent") -> CaseLine:
    reports: list[CaseReport] = getattr(event, "newest_reports", [])
    latest = reports[0] if reports else None
    sent = list(latest.transmissions.all()) if latest is not None else []
    return CaseLine(event, safety_queries.standing(event), latest, sent)


def narratives_of(event: "AdverseEvent") -> list[Narrative]:
    """Returns every revision of a case's narrative, the latest first."""
    return list(Narrative.objects.filter(event=event).select_related("recorded_by").order_by("-number"))


def latest_narrative(event: "AdverseEvent") -> Narrative | None:
    """Returns the narrative as it stands, or None."""
    return Narrative.objects.filter(event=event).order_by("-number").first()


def reports_of(event: "AdverseEvent") -> list[CaseReport]:
    """Returns every report of a case, the latest first."""
    found = CaseReport.objects.filter(event=event).select_related("recorded_by", "revision", "narrative")
    return list(found.order_by("-number"))


def transmissions_of(event: "AdverseEvent") -> list[Transmission]:
    """Returns every transmission of a case with its answers, the latest first."""
    found = Transmission.objects.filter(report__event=event).select_related("report", "recorded_by").defer("content")
    return list(found.prefetch_related("acknowledgements").order_by("-report__number", "id"))


def steps_of(event: "AdverseEvent") -> list[TransmissionStep]:
    """Returns everything that happened to a case's transmissions, the latest first."""
    found = TransmissionStep.objects.filter(transmission__report__event=event)
    return list(found.select_related("transmission__report", "recorded_by").order_by("-happened_at", "-id"))


def batch_of(batch_number: str) -> Transmission | None:
    """Returns the transmission of a batch, or None."""
    return Transmission.objects.filter(batch_number=batch_number).select_related("report__event").first()
