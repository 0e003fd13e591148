"""Visits follow where a form beside the protocol's file is asked."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from patients.models import Visit, VisitProcedure, VisitState

if TYPE_CHECKING:
    from trials.models import FormPlacement

ASKING = (VisitState.PLANNED, VisitState.BOOKED, VisitState.STARTED)
NO_LONGER = "No longer asked at this visit"


def follow_placement(placement: "FormPlacement", *, dropped: Collection[str], by: Person) -> list[Visit]:
    """Lets open visits of whoever is under the version ask for the form where it is placed now.

    `dropped` are the visits at which it was placed before: what is due there is kept as not done, with the reason.
    Returns the visits at which it is asked from now on and that are booked or under way.
    """
    version = placement.protocol_version
    visits = Visit.objects.filter(participant__protocol_version=version, state__in=ASKING)
    here = list(visits.filter(code__in=placement.visits).select_related("participant__protocol_version", "site"))
    with contribution(by=by, reason=placement.reason):
        known = VisitProcedure.objects.filter(visit__in=here, code=placement.code)
        known.filter(state="not_done", not_done_reason=NO_LONGER).update(state="due", not_done_reason="")
        there = set(known.values_list("visit_id", flat=True))
        VisitProcedure.objects.bulk_create(
            VisitProcedure(visit=visit, site_id=visit.site_id, code=placement.code, recorded_by=by)
            for visit in here
            if visit.pk not in there
        )
        fallen = VisitProcedure.objects.filter(visit__in=visits, visit__code__in=dropped, code=placement.code)
        fallen.filter(state="due").update(state="not_done", not_done_reason=NO_LONGER)
    return [visit for visit in here if visit.state != VisitState.PLANNED]


def add_procedure(visit: Visit, *, code: str, by: Person) -> VisitProcedure:
    """Lets one visit ask for a form beside the protocol's file, whatever its place in the schedule.

    Raises Refused for a visit that is neither booked nor under way.
    """
    if visit.state not in (VisitState.BOOKED, VisitState.STARTED):
        raise Refused(f"{visit.name} is {visit.get_state_display().lower()}; book or start it first.")
    with contribution(by=by, reason=f"{code} added to {visit.code}"):
        found, _ = VisitProcedure.objects.get_or_create(
            visit=visit, code=code, defaults={"site_id": visit.site_id, "recorded_by": by}
        )
        if found.state == "not_done":
            found.state, found.not_done_reason = "due", ""
            found.save(update_fields=["state", "not_done_reason"])
    return found
