"""The only way a view gets a dosing session; what is not yours does not exist."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from core.permissions import Permission, Viewer
from sessions.models import DosingSession, StreamPosition


def sessions_for(viewer: Viewer, permission: Permission) -> QuerySet[DosingSession]:
    """Returns the sessions of the sites at which the viewer holds the permission."""
    found = DosingSession.objects.select_related("participant__site", "participant__protocol_version", "visit", "site")
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def session_for(viewer: Viewer, public_id: str, permission: Permission) -> DosingSession:
    """Returns one session with the latest number of its stream as `latest_sequence`, or raises Http404."""
    latest = StreamPosition.objects.filter(session=OuterRef("pk")).order_by("-sequence").values("sequence")[:1]
    found = sessions_for(viewer, permission).annotate(latest_sequence=Coalesce(Subquery(latest), 0))
    session = found.filter(public_id=public_id).first()
    if session is None:
        raise Http404
    return session
