"""The only way a view gets a session or a contact day; what is not yours does not exist."""

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404

from core.permissions import Permission, Viewer
from integration.models import HarmEnquiry, IntercurrentEvent
from integration.queries import INTEGRATION, PHONE
from patients.access import visit_for
from protocol.adherence import THERAPY_VISITS

if TYPE_CHECKING:
    from patients.models import Visit


def session_for(viewer: Viewer, public_id: str, permission: Permission) -> "Visit":
    """Returns an integration session of the viewer's site, or raises Http404."""
    return _of_kind(visit_for(viewer, public_id, permission), INTEGRATION)


def therapy_for(viewer: Viewer, public_id: str, permission: Permission) -> "Visit":
    """Returns a preparatory or an integration session of the viewer's site, or raises Http404."""
    visit = visit_for(viewer, public_id, permission)
    return _of_kind(visit, visit.kind if visit.kind in THERAPY_VISITS else INTEGRATION)


def contact_day_for(viewer: Viewer, public_id: str, permission: Permission) -> "Visit":
    """Returns a contact day of the viewer's site, or raises Http404."""
    return _of_kind(visit_for(viewer, public_id, permission), PHONE)


def enquiry_for(viewer: Viewer, public_id: str, permission: Permission) -> HarmEnquiry:
    """Returns an enquiry of the viewer's site, or raises Http404."""
    ids = viewer.site_ids(permission)
    found = HarmEnquiry.objects.select_related("participant__site", "participant__protocol_version", "visit", "site")
    return get_object_or_404(found if ids is None else found.filter(site_id__in=ids), public_id=public_id)


def intercurrent_for(viewer: Viewer, public_id: str, permission: Permission) -> IntercurrentEvent:
    """Returns an intercurrent event that stands, of the viewer's site, or raises Http404."""
    ids = viewer.site_ids(permission)
    found = IntercurrentEvent.objects.select_related("participant__site", "participant__protocol_version")
    found = found.filter(replaced_by__isnull=True, withdrawn=False)
    return get_object_or_404(found if ids is None else found.filter(site_id__in=ids), public_id=public_id)


def _of_kind(visit: "Visit", kind: str) -> "Visit":
    if visit.kind != kind:
        raise Http404
    return visit
