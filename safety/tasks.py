"""The watch of safety: alerts that nobody acknowledged, clocks and windows that end. Times live in Postgres."""

from celery import shared_task

from core import clock
from core.contributions import contribution
from core.models import Person
from patients.models import ACTIVE
from patients.queries import definition_for, moment_of_window_end, overdue_visits
from safety.actions import (
    climb,
    climb_annual,
    escalate_alert,
    open_annual_reports,
    propose_deviation,
    sweep_texts,
)
from safety.handlers import deviation_rule
from safety.models import Alert

BATCH = 200


@shared_task
def escalate_overdue() -> int:
    """Escalates the alerts that were not acknowledged in time and returns how many."""
    by = Person.objects.system("safety")
    with contribution(by=by, reason="Watch of alerts"):
        moment = clock.now()
        overdue = Alert.objects.filter(
            acknowledged_at__isnull=True, escalated_at__isnull=True, acknowledge_by_at__lt=moment
        ).select_for_update(skip_locked=True, of=("self",))[:BATCH]
        alerts = list(overdue)
        for alert in alerts:
            escalate_alert(alert, by=by, at=moment)
    return len(alerts)


@shared_task
def climb_ladders() -> int:
    """Takes the steps of reporting clocks that are due, late ones too, and returns how many."""
    return len(climb(by=Person.objects.system("safety"), at=clock.now(), most=BATCH))


@shared_task
def watch_annual_reports() -> int:
    """Opens the annual reports whose year has ended, takes the steps that are due, and returns how many it took."""
    by, moment = Person.objects.system("safety"), clock.now()
    open_annual_reports(by=by, at=moment)
    return len(climb_annual(by=by, at=moment, most=BATCH))


@shared_task
def sweep_notes() -> int:
    """Reads the notes and calls that were not read yet, and returns how many."""
    return sweep_texts(by=Person.objects.system("safety"), at=clock.now(), most=BATCH)


@shared_task
def propose_deviations() -> int:
    """Proposes a deviation for every visit whose window closed without it, and returns how many are open.

    A window that is only counted from planned dates moves with them: nothing was missed in it yet.
    """
    by = Person.objects.system("safety")
    with contribution(by=by, reason="Watch of windows"):
        overdue = [
            visit
            for visit in overdue_visits(at=clock.now())
            if visit.anchored_on_actual and visit.participant.status in ACTIVE
        ]
        for visit in overdue:
            participant = visit.participant
            rule = deviation_rule(definition_for(participant), "window_missed")
            if rule is not None:
                propose_deviation(
                    participant,
                    key=f"{rule.code}:{visit.public_id}",
                    category=rule.category,
                    description=f"{visit.code} {visit.name} did not take place in its window.",
                    importance=rule.importance,
                    occurred_at=moment_of_window_end(visit),
                    by=by,
                    visit=visit,
                )
    return len(overdue)
