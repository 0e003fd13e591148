"""The only way a view gets a session or a contact day; what is not yours does not exist."""

from typing import TYPE_CHECKING

from django.http import Http404

from core.permissions import Permission, Viewer
from integration.queries import INTEGRATION, PHONE
from patients.access import visit_for

if TYPE_CHECKING:
    from patients.models import Visit


def session_for(viewer: Viewer, public_id: str, permission: Permission) -> "Visit":
    """Returns an integration session of the viewer's site, or raises Http404."""
    return _of_kind(visit_for(viewer, public_id, permission), INTEGRATION)


def contact_day_for(viewer: Viewer, public_id: str, permission: Permission) -> "Visit":
    """Returns a contact day of the viewer's site, or raises Http404."""
    return _of_kind(visit_for(viewer, public_id, permission), PHONE)


def _of_kind(visit: "Visit", kind: str) -> "Visit":
    if visit.kind != kind:
        raise Http404
    return visit
