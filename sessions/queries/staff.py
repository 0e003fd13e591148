"""Reads on who may do which duty of a session, by the delegations that stand at its site on the day."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from core.clock import local_date
from core.models import Person
from patients.queries import definition_for
from sessions.models import DosingSession
from trials.queries import people_with_duty, standing_delegations

if TYPE_CHECKING:
    from patients.models import Visit

# The duties that count as qualified session staff; which duties there are is the protocol's own list of roles.
PHYSICIAN = "physician"
ATTENDANT = "attendant"
THERAPIST = "therapist"
SESSION_DUTIES = frozenset({"therapist", PHYSICIAN, "clinician", "nurse"})


@dataclass(frozen=True)
class Staff:
    """Who may do a duty of a session at its site on a day."""

    qualified: set[int]
    leads: set[int]
    physicians: list[Person]


def staff_of(session: DosingSession, *, at: datetime) -> Staff:
    """Reads the delegations that stand at the session's site on the day."""
    on = local_date(at, zone=session.participant.site.zone)
    found = standing_delegations(site_id=session.site_id, on=on).filter(duty__in=SESSION_DUTIES)
    rows = list(found.select_related("person").order_by("person__display_name"))
    leading = definition_for(session.participant).conduct.lead_duties
    return Staff(
        qualified={row.person_id for row in rows},
        leads={row.person_id for row in rows if row.duty in leading},
        physicians=[row.person for row in rows if row.duty == PHYSICIAN and row.person.is_active],
    )


def people_on_duty(session: DosingSession, *, at: datetime) -> QuerySet[Person]:
    """Returns the people with a duty at the session's site on the day."""
    standing = standing_delegations(site_id=session.site_id, on=local_date(at, zone=session.site.zone))
    return Person.objects.filter(pk__in=standing.values("person_id"), is_active=True).order_by("display_name")


def physicians_on_duty(session: DosingSession, *, at: datetime) -> QuerySet[Person]:
    """Returns the physicians who may be called."""
    return people_with_duty(PHYSICIAN, site_id=session.site_id, on=local_date(at, zone=session.site.zone))


def attendants_on_duty(session: DosingSession, *, at: datetime) -> QuerySet[Person]:
    """Returns who may watch over the participant in the night."""
    return people_with_duty(ATTENDANT, site_id=session.site_id, on=local_date(at, zone=session.site.zone))


def therapists_on(visit: "Visit", *, at: datetime) -> QuerySet[Person]:
    """Returns who may lead a session of a visit on a day."""
    return people_with_duty(THERAPIST, site_id=visit.site_id, on=local_date(at, zone=visit.site.zone))


def people_for(visit: "Visit", *, at: datetime) -> dict[str, list[Person]]:
    """Returns who may do each duty of a visit's day, by duty."""
    on = local_date(at, zone=visit.site.zone)
    duties = (THERAPIST, ATTENDANT, PHYSICIAN)
    rows = standing_delegations(site_id=visit.site_id, on=on).filter(duty__in=duties, person__is_active=True)
    found: dict[str, list[Person]] = {duty: [] for duty in duties}
    for row in rows.select_related("person").order_by("person__display_name"):
        found[row.duty].append(row.person)
    return found
