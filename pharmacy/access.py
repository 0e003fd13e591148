"""The only way a view gets a kit; what is not yours does not exist."""

from django.db.models import QuerySet
from django.http import Http404

from core.permissions import Permission, Viewer
from pharmacy.models import Kit


def kits_for(viewer: Viewer, permission: Permission) -> QuerySet[Kit]:
    """Returns the kits of the sites at which the viewer holds the permission."""
    found = Kit.objects.select_related("site", "participant__protocol_version")
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def kit_for(viewer: Viewer, public_id: str, permission: Permission) -> Kit:
    """Returns one kit, or raises Http404."""
    kit = kits_for(viewer, permission).filter(public_id=public_id).first()
    if kit is None:
        raise Http404
    return kit
