"""The only way a view gets a dosing session; what is not yours does not exist."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from core.permissions import Permission, Viewer
from core.prepared import prepared, site_keys
from sessions.models import Absence, Booking, DosingHold, DosingSession, StreamPosition, TrialHold

# Whose session it is, for which visit, under which protocol.
READ_WITH_IT = ("participant__site", "participant__protocol_version", "visit", "site")


def booking_for(viewer: Viewer, public_id: str, permission: Permission) -> Booking:
    """Returns a booking of the viewer's site, or raises Http404."""
    ids = viewer.site_ids(permission)
    found = Booking.objects.filter(public_id=public_id, person__isnull=False).select_related("site", "person")
    booking = (found if ids is None else found.filter(site_id__in=ids)).first()
    if booking is None:
        raise Http404
    return booking


def absence_of(viewer: Viewer, public_id: str) -> Absence:
    """Returns one of the viewer's own absences, or raises Http404."""
    absence = Absence.objects.filter(person=viewer.person, public_id=public_id).first()
    if absence is None:
        raise Http404
    return absence


def sessions_for(viewer: Viewer, permission: Permission) -> QuerySet[DosingSession]:
    """Returns the sessions of the sites at which the viewer holds the permission."""
    found = DosingSession.objects.select_related(*READ_WITH_IT)
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


@prepared
def _sessions(public_id: Any, at_sites: Any) -> QuerySet[DosingSession]:
    latest = StreamPosition.objects.filter(session=OuterRef("pk")).order_by("-sequence").values("sequence")[:1]
    found = DosingSession.objects.filter(public_id=public_id, site_id__in=at_sites).select_related(*READ_WITH_IT)
    return found.annotate(
        latest_sequence=Coalesce(Subquery(latest), 0),
        is_held=Exists(DosingHold.objects.filter(participant=OuterRef("participant"), lifted_at__isnull=True))
        | Exists(TrialHold.objects.filter(trial=OuterRef("site__trial"), lifted_at__isnull=True)),
    )


def session_for(viewer: Viewer, public_id: str, permission: Permission) -> DosingSession:
    """Returns one session for its pages, or raises Http404.

    It comes with the latest number of its stream as `latest_sequence`, and with `is_held`, whether dosing is on hold.
    """
    found = _sessions(public_id=public_id, at_sites=site_keys(viewer.site_ids(permission)))
    if not found:
        raise Http404
    return found[0]
