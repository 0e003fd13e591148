"""The only way a view gets an event, an alert, a clock or a deviation; what is not yours does not exist."""

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Q, QuerySet
from django.http import Http404

from core.models import SiteRecord
from core.permissions import Permission, Viewer
from safety.models import (
    AdverseEvent,
    Alert,
    AnnualReport,
    Complaint,
    ComplaintReader,
    Deviation,
    EthicsReport,
    EventLine,
    FindingDecision,
    Mention,
    QualityAction,
    ReportingClock,
    SavedListing,
)
from safety.queries import with_calls
from sessions import queries as session_queries

if TYPE_CHECKING:
    from sessions.models import DosingHold, TrialHold

Row = TypeVar("Row", bound=SiteRecord)


def _for_sites(found: "QuerySet[Row]", viewer: Viewer, permission: Permission) -> "QuerySet[Row]":
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def _one(found: "QuerySet[Row]", public_id: str) -> Row:
    row = found.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def events_for(viewer: Viewer, permission: Permission) -> "QuerySet[AdverseEvent]":
    """Returns the adverse events of the viewer's sites."""
    found = AdverseEvent.objects.select_related("participant__site", "participant__protocol_version", "site__trial")
    return _for_sites(found, viewer, permission)


def event_for(viewer: Viewer, public_id: str, permission: Permission) -> AdverseEvent:
    """Returns one adverse event, or raises Http404."""
    return _one(events_for(viewer, permission).select_related("regulator_notice"), public_id)


def alerts_for(viewer: Viewer, permission: Permission) -> "QuerySet[Alert]":
    """Returns the alerts of the viewer's sites."""
    return _for_sites(Alert.objects.select_related("participant", "site", "acknowledged_by"), viewer, permission)


def alert_for(viewer: Viewer, public_id: str, permission: Permission) -> Alert:
    """Returns one alert, or raises Http404."""
    return _one(alerts_for(viewer, permission), public_id)


def clock_for(viewer: Viewer, public_id: str, permission: Permission) -> ReportingClock:
    """Returns one reporting clock, or raises Http404."""
    found = ReportingClock.objects.select_related("event__participant", "site__trial")
    return _one(_for_sites(found, viewer, permission), public_id)


def annual_report_for(viewer: Viewer, public_id: str, permission: Permission) -> AnnualReport:
    """Returns one annual report to who holds the permission for every site, or raises Http404."""
    found = with_calls().filter(public_id=public_id).first()
    if found is None or not viewer.may(permission) or viewer.site_ids(permission) is not None:
        raise Http404
    return found


def deviations_for(viewer: Viewer, permission: Permission) -> "QuerySet[Deviation]":
    """Returns the deviations of the viewer's sites."""
    return _for_sites(
        Deviation.objects.select_related("participant", "visit", "site", "decided_by"), viewer, permission
    )


def deviation_for(viewer: Viewer, public_id: str, permission: Permission) -> Deviation:
    """Returns one deviation, or raises Http404."""
    return _one(deviations_for(viewer, permission), public_id)


def holds_for(viewer: Viewer, permission: Permission) -> "QuerySet[DosingHold]":
    """Returns the holds of the participants of the viewer's sites."""
    return session_queries.holds_at(viewer.site_ids(permission))


def hold_for(viewer: Viewer, participant: str, rule: str, permission: Permission) -> "DosingHold":
    """Returns the latest hold of a participant by a rule, or raises Http404."""
    found = holds_for(viewer, permission).filter(participant__public_id=participant, rule=rule)
    hold = found.select_related("participant__site__trial", "participant__protocol_version").order_by("-id").first()
    if hold is None:
        raise Http404
    return hold


def trial_hold_for(public_id: str) -> "TrialHold":
    """Returns a hold of the whole trial, which everybody of the trial may see, or raises Http404."""
    hold = session_queries.trial_holds().filter(public_id=public_id).first()
    if hold is None:
        raise Http404
    return hold


def mentions_for(viewer: Viewer, permission: Permission) -> "QuerySet[Mention]":
    """Returns the mentions of the viewer's sites; what an integration note says opens to those who may read notes."""
    found = Mention.objects.select_related("participant", "site", "event", "decided_by")
    mine = _for_sites(found, viewer, permission)
    readable = viewer.site_ids(Permission.NOTE_VIEW)
    if readable is None:
        return mine
    return mine.filter(~Q(kind="note") | Q(site_id__in=readable))


def mention_for(viewer: Viewer, public_id: str, permission: Permission) -> Mention:
    """Returns one mention, or raises Http404."""
    return _one(mentions_for(viewer, permission), public_id)


def lines_for(viewer: Viewer, permission: Permission) -> "QuerySet[EventLine]":
    """Returns the adverse events of the viewer's sites, each as one line."""
    return _for_sites(EventLine.objects.all(), viewer, permission)


def listing_for(viewer: Viewer, public_id: str) -> SavedListing:
    """Returns a listing that the viewer keeps, or raises Http404."""
    found = SavedListing.objects.filter(person=viewer.person, public_id=public_id, removed_at__isnull=True).first()
    if found is None:
        raise Http404
    return found


def finding_decisions_for(viewer: Viewer, permission: Permission) -> "QuerySet[FindingDecision]":
    """Returns what was decided on records that do not agree, at the viewer's sites."""
    found = FindingDecision.objects.select_related("participant", "site", "recorded_by")
    return _for_sites(found, viewer, permission)


def actions_for(viewer: Viewer, permission: Permission) -> "QuerySet[QualityAction]":
    """Returns the actions on deviations of the viewer's sites."""
    return _for_sites(QualityAction.objects.select_related("deviation", "site"), viewer, permission)


def action_for(viewer: Viewer, public_id: str, permission: Permission) -> QualityAction:
    """Returns one action on a deviation, or raises Http404."""
    return _one(actions_for(viewer, permission), public_id)


def ethics_reports_for(viewer: Viewer, permission: Permission) -> "QuerySet[EthicsReport]":
    """Returns the clocks of ethics boards at the viewer's sites."""
    return _for_sites(EthicsReport.objects.all(), viewer, permission)


def complaint_for(viewer: Viewer, public_id: str, *, working: bool = False) -> tuple[Complaint, bool]:
    """Returns a complaint on whose list the viewer is, and whether to work on it; otherwise raises Http404.

    `working` leaves out who only told it. Row security stands below: what a filter here forgot opens nothing.
    """
    reader = ComplaintReader.objects.filter(
        complaint_key=public_id, person=viewer.person, ended_at__isnull=True
    ).first()
    found = Complaint.objects.select_related("site", "acknowledged_by").filter(public_id=public_id).first()
    if reader is None or found is None or (working and reader.part != "desk"):
        raise Http404
    return found, reader.part == "desk"
