"""Complaints as those on their lists see them; row security stands below every query here."""

from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.models import Membership, Person
from core.permissions import Permission, Viewer
from protocol.office import SafetyOffice
from safety.models import Complaint, ComplaintNamed, ComplaintReader, ComplaintStep
from trials.queries import current_trial, definition_of, latest_version


def complaints_of(person: Person, *, part: str) -> QuerySet[Complaint]:
    """Returns the complaints that a person told, or works on, the one that is due first in front."""
    mine = ComplaintReader.objects.filter(
        complaint_key=OuterRef("public_id"), person=person, part=part, ended_at__isnull=True
    )
    found = Complaint.objects.filter(Exists(mine)).select_related("site", "acknowledged_by")
    return found.order_by("acknowledge_by_at", "id")


def unread(complaints: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """Returns the complaints that nobody acknowledged."""
    return complaints.filter(state="waiting")


def steps_of_complaint(complaint: Complaint) -> list[ComplaintStep]:
    """Returns what was done about a complaint, in its order."""
    found = ComplaintStep.objects.filter(complaint_key=complaint.public_id)
    return list(found.select_related("recorded_by", "delegation__person").order_by("id"))


def steps_of_kind(kind: str) -> set[str]:
    """Returns the complaints, among those that open to the actor, about which a kind of step was taken."""
    return set(ComplaintStep.objects.filter(kind=kind).values_list("complaint_key", flat=True))


def named_in(complaint: Complaint) -> list[Person]:
    """Returns whom a complaint is about."""
    found = ComplaintNamed.objects.filter(complaint_key=complaint.public_id)
    return list(Person.objects.filter(pk__in=found.values("person")).order_by("display_name"))


def readers_of(complaint: Complaint) -> list[tuple[str, str]]:
    """Returns who is on the list of a complaint, each with the part played: the database tells those on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT display_name, part FROM public.safety_readers_of(%s)", [complaint.public_id])
        parts = dict(ComplaintReader.PARTS)
        return [(name, parts[part]) for name, part in cursor.fetchall()]


def people_to_name(viewer: Viewer, *, at: datetime) -> list[Person]:
    """Returns the people of the viewer's sites and of the sponsor, of whom a complaint may be."""
    members = Membership.objects.valid_at(at).filter(person__is_active=True, person__is_system=False)
    ids = viewer.site_ids(Permission.WORKLIST_VIEW)
    if ids is not None:
        members = members.filter(Q(site_id__in=ids) | Q(site__isnull=True))
    found = Person.objects.filter(pk__in=members.values("person")).exclude(pk=viewer.person.pk)
    return list(found.order_by("display_name", "id"))


def office() -> SafetyOffice:
    """Returns the safety office of the version that was loaded last."""
    return definition_of(latest_version(current_trial())).office
