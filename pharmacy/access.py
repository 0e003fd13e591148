"""The only way a view gets a kit; what is not yours does not exist."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from core.permissions import Permission, Viewer
from pharmacy.models import Envelope, Kit, StockCount, UnblindingDrill

Row = TypeVar("Row", bound=Model)


def kits_for(viewer: Viewer, permission: Permission) -> QuerySet[Kit]:
    """Returns the kits of the sites at which the viewer holds the permission."""
    found = Kit.objects.select_related("site", "participant__protocol_version", "shipment")
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def kit_for(viewer: Viewer, public_id: str, permission: Permission) -> Kit:
    """Returns one kit, or raises Http404."""
    kit = kits_for(viewer, permission).filter(public_id=public_id).first()
    if kit is None:
        raise Http404
    return kit


def count_for(viewer: Viewer, public_id: str, permission: Permission) -> StockCount:
    """Returns one count, or raises Http404."""
    found = StockCount.objects.select_related("site", "recorded_by", "second__recorded_by", "discrepancy__resolved_by")
    return _one(found, viewer, public_id, permission)


def envelope_for(viewer: Viewer, public_id: str, permission: Permission) -> Envelope:
    """Returns one envelope, or raises Http404."""
    found = Envelope.objects.select_related("site", "participant")
    return _one(found, viewer, public_id, permission)


def drill_for(viewer: Viewer, public_id: str, permission: Permission) -> UnblindingDrill:
    """Returns one drill, or raises Http404."""
    found = UnblindingDrill.objects.select_related("site", "participant", "recorded_by")
    return _one(found, viewer, public_id, permission)


def _one(found: QuerySet[Row], viewer: Viewer, public_id: str, permission: Permission) -> Row:
    ids = viewer.site_ids(permission)
    found = found if ids is None else found.filter(site_id__in=ids)
    row = found.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row
