"""The only way a view gets a case, a report or a transmission; what is not yours does not exist."""

from typing import TYPE_CHECKING

from django.http import Http404

from core.permissions import Permission, Viewer
from pharmacy.regulators import RegulatorCase
from reports.models import CaseReport, Transmission
from reports.queries import regulator_case
from safety.access import event_for, events_for

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from safety.models import AdverseEvent


def cases_for(viewer: Viewer, permission: Permission) -> "QuerySet[AdverseEvent]":
    """Returns the events of the viewer's sites."""
    return events_for(viewer, permission)


def case_for(viewer: Viewer, public_id: str, permission: Permission) -> "AdverseEvent":
    """Returns one event, or raises Http404."""
    return event_for(viewer, public_id, permission)


def regulator_case_for(viewer: Viewer, public_id: str, permission: Permission) -> RegulatorCase:
    """Returns one case that regulators are told of, by its blinded report, or raises Http404."""
    if not viewer.may(permission):
        raise Http404
    case = regulator_case(public_id, by=viewer.person)
    if case is None:
        raise Http404
    return case


def report_for(viewer: Viewer, public_id: str, permission: Permission) -> CaseReport:
    """Returns one report of a case, or raises Http404."""
    found = CaseReport.objects.filter(public_id=public_id)
    report = found.select_related("event__participant__protocol_version", "event__site__trial").first()
    if report is None or not viewer.may(permission, site_id=report.site_id):
        raise Http404
    return report


def transmission_for(viewer: Viewer, public_id: str, permission: Permission) -> Transmission:
    """Returns one transmission, or raises Http404."""
    found = Transmission.objects.filter(public_id=public_id)
    transmission = found.select_related("report__event__participant__protocol_version").first()
    if transmission is None or not viewer.may(permission, site_id=transmission.site_id):
        raise Http404
    return transmission
