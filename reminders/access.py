"""The only way a view gets a reminder or a message; what is not yours does not exist."""

from django.db.models import QuerySet
from django.http import Http404

from core.permissions import Permission, Viewer
from reminders.catalogue import unlisted
from reminders.models import Reminder


def reminders_for(viewer: Viewer, permission: Permission) -> QuerySet[Reminder]:
    """Returns the reminders of the sites at which the viewer holds the permission."""
    found = Reminder.objects.select_related("site", "participant", "person", "visit", "message")
    found = found.exclude(template__in=unlisted())
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def reminder_for(viewer: Viewer, public_id: str, permission: Permission) -> Reminder:
    """Returns one reminder, or raises Http404."""
    reminder = reminders_for(viewer, permission).filter(public_id=public_id).first()
    if reminder is None:
        raise Http404
    return reminder
