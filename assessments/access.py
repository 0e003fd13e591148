"""The only way a view gets an assessment; what is not yours does not exist."""

from django.http import Http404

from assessments.instruments import RATED
from assessments.models import Assessment, UnblindingIncident
from assessments.queries import incidents, ratings_by, site_assessments
from core.permissions import Permission, Viewer


def rating_for(viewer: Viewer, public_id: str) -> Assessment:
    """Returns a rating of the viewer's own, or raises Http404."""
    found = ratings_by(viewer.person).filter(public_id=public_id).first()
    if found is None or not viewer.may(Permission.RATING_ENTER):
        raise Http404
    return found


def form_for(viewer: Viewer, public_id: str, permission: Permission) -> Assessment:
    """Returns a questionnaire that the viewer's site enters, or raises Http404; ratings are none of them."""
    forms = site_assessments(viewer, permission).exclude(respondent__in=RATED)
    found = forms.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def incident_for(viewer: Viewer, public_id: str) -> UnblindingIncident:
    """Returns one slip of blinding for whoever assesses them, or raises Http404."""
    found = incidents().filter(public_id=public_id).first()
    if found is None or not viewer.may(Permission.BLINDING_INCIDENT_VIEW):
        raise Http404
    return found
