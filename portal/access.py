"""The only way a view gets what is said past a site; what is not yours does not exist."""

from django.http import Http404

from core.permissions import Viewer
from portal.models import ConfidentialReport
from portal.queries import reports_for


def report_for(viewer: Viewer, public_id: str) -> ConfidentialReport:
    """Returns one report for the desk that reads them, or raises Http404."""
    found = reports_for(viewer).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found
