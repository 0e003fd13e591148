"""Reads on the enquiries about late harm: which are open, and who may make them."""

from datetime import datetime

from django.db.models import QuerySet

from core.models import Person
from core.permissions import Permission, Viewer
from integration.models import HarmEnquiry
from patients.queries import definition_for
from sessions.queries import accompanied_participants


def opened_enquiries(*, at: datetime) -> QuerySet[HarmEnquiry]:
    """Returns the enquiries about late harm that are open to be made, at every site."""
    found = HarmEnquiry.objects.filter(state="planned", opens_at__lte=at, closes_at__gte=at)
    return found.select_related("participant__protocol_version", "site", "visit").order_by("due_at", "id")


def waits_for_others(enquiry: HarmEnquiry, *, person: Person) -> bool:
    """Returns whether the protocol has this enquiry made by somebody outside the pair, which the person is of."""
    rules = {rule.code: rule for rule in definition_for(enquiry.participant).aftercare.harm.times}
    rule = rules.get(enquiry.code)
    asked_outside = rule is not None and rule.outside_pair
    return asked_outside and enquiry.participant_id in accompanied_participants(person)


def enquiries_for(viewer: Viewer) -> QuerySet[HarmEnquiry]:
    """Returns the enquiries of the viewer's sites."""
    ids = viewer.site_ids(Permission.CONTACT_RECORD)
    found = HarmEnquiry.objects.select_related("participant__protocol_version", "visit", "site", "asked_by")
    return found if ids is None else found.filter(site_id__in=ids)


def open_enquiries(viewer: Viewer, *, at: datetime) -> list[HarmEnquiry]:
    """Returns the enquiries of the viewer's sites that wait to be made, or for a word on why they were not."""
    if not viewer.may(Permission.CONTACT_RECORD):
        return []
    return list(enquiries_for(viewer).filter(state="planned", opens_at__lte=at).order_by("due_at", "id"))


def state_of_enquiry(enquiry: HarmEnquiry, *, now: datetime) -> tuple[str, str]:
    """Returns the shape and the word of an enquiry's state."""
    if enquiry.state != "planned":
        shape = {"done": "complete", "missed": "missed", "cancelled": "notdone"}[enquiry.state]
        return shape, enquiry.get_state_display()
    if now > enquiry.closes_at:
        return "overdue", "Not made"
    return ("due", "Due") if now >= enquiry.opens_at else ("notdue", "Not due")
