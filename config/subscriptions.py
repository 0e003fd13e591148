"""The URLconf of events: which room reacts to what another room announces.

Every reaction of the system stands here, in the order in which it runs, inside the publisher's transaction.
"""

from patients.events import VisitBooked, VisitCancelled, VisitMissed, VisitStarted

SUBSCRIPTIONS: dict[type, tuple[str, ...]] = {
    VisitBooked: ("assessments.handlers.prepare_for_visit",),
    VisitStarted: ("assessments.handlers.prepare_for_visit", "integration.handlers.plan_contact_days"),
    VisitMissed: ("assessments.handlers.cancel_for_visit",),
    VisitCancelled: ("assessments.handlers.cancel_for_visit",),
}
