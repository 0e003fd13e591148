"""The watch of windows: who must book what before it is too late. Times live in Postgres."""

from datetime import datetime, timedelta

from celery import shared_task

from core import clock
from core.clock import local_date
from core.contributions import contribution
from core.models import Person
from core.permissions import people_with
from core.roles import Role
from patients.models import ACTIVE, Visit, VisitState
from patients.queries import definition_for, moment_of_window_end, open_visits
from protocol.definition import ReminderRule
from reminders.actions import plan_reminder

WINDOW_CLOSES = "window_closes"
# Windows that close later are looked at in a later round.
AHEAD = timedelta(days=8)


@shared_task
def remind_of_windows() -> int:
    """Plans a reminder of each open window that closes soon without a booking, once, and returns how many windows.

    A window that is only counted from planned dates moves with them: nobody can be late for it yet.
    """
    by = Person.objects.system("reminders")
    with contribution(by=by, reason="Watch of windows"):
        moment = clock.now()
        closing = [visit for visit in open_visits(None) if _closes_soon(visit, moment)]
        for visit in closing:
            for rule in definition_for(visit.participant).reminders:
                if rule.relative_to == WINDOW_CLOSES and (not rule.visit_types or visit.kind in rule.visit_types):
                    _remind(visit, rule, by=by, at=moment)
    return len(closing)


def _closes_soon(visit: Visit, moment: datetime) -> bool:
    today = local_date(moment, zone=visit.site.zone)
    assert visit.earliest_on is not None and visit.latest_on is not None
    is_open = visit.earliest_on <= today <= visit.latest_on
    waits = visit.state == VisitState.PLANNED and visit.participant.status in ACTIVE
    return is_open and waits and visit.anchored_on_actual and moment_of_window_end(visit) < moment + AHEAD


def _remind(visit: Visit, rule: ReminderRule, *, by: Person, at: datetime) -> None:
    due_at = moment_of_window_end(visit) + timedelta(hours=rule.hours)
    assert visit.earliest_on is not None
    # A window shorter than the offset closes before anybody could have been reminded of it.
    if local_date(due_at, zone=visit.site.zone) < visit.earliest_on:
        return
    for person in people_with(Role(rule.to), site_id=visit.site_id, moment=at):
        plan_reminder(
            key=f"{rule.template}:{visit.public_id}:{visit.latest_on}:{person.public_id}",
            template=rule.template,
            due_at=due_at,
            site_id=visit.site_id,
            person=person,
            visit_id=visit.pk,
            by=by,
        )
