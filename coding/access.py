"""The only way a view gets a coding or a dictionary; what is not yours does not exist."""

from django.db.models import QuerySet
from django.http import Http404

from coding.models import Coding, Dictionary
from core.permissions import Permission, Viewer


def codings_for(viewer: Viewer, permission: Permission) -> QuerySet[Coding]:
    """Returns the codings of the viewer's sites."""
    found = Coding.objects.select_related("participant", "site", "coded_by", "dictionary")
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def coding_for(viewer: Viewer, public_id: str, permission: Permission) -> Coding:
    """Returns one coding, or raises Http404."""
    coding = codings_for(viewer, permission).filter(public_id=public_id).first()
    if coding is None:
        raise Http404
    return coding


def dictionary_for(viewer: Viewer, public_id: str, permission: Permission) -> Dictionary:
    """Returns one version of a dictionary, or raises Http404."""
    found = Dictionary.objects.filter(public_id=public_id).select_related("recorded_by").first()
    if found is None or not viewer.may(permission):
        raise Http404
    return found
