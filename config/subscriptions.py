"""The URLconf of events: which room reacts to what another room announces.

Every reaction of the system stands here, in the order in which it runs, inside the publisher's transaction.
"""

from integration.events import ConditionWorsened, ContactMissed, NoteSigned, PositiveSuicidality
from patients.events import (
    ConsentWithdrawn,
    EligibilityContradicted,
    FactsRecorded,
    VisitBooked,
    VisitCancelled,
    VisitFinished,
    VisitMissed,
    VisitStarted,
)
from sessions.events import (
    InitialDoseGiven,
    PreparationSigned,
    RecordingAttested,
    SessionClosed,
    TooFewInRoom,
    TouchOutsidePreferences,
    VitalsOutOfLimits,
)

SUBSCRIPTIONS: dict[type, tuple[str, ...]] = {
    VisitBooked: ("assessments.handlers.prepare_for_visit", "sessions.handlers.on_visit_booked"),
    VisitStarted: ("assessments.handlers.prepare_for_visit", "integration.handlers.plan_contact_days"),
    VisitFinished: ("safety.handlers.on_visit_finished",),
    VisitMissed: (
        "assessments.handlers.cancel_for_visit",
        "safety.handlers.on_visit_missed",
        "sessions.handlers.on_visit_gone",
    ),
    VisitCancelled: ("assessments.handlers.cancel_for_visit", "sessions.handlers.on_visit_gone"),
    ConsentWithdrawn: ("safety.handlers.on_consent_withdrawn", "integration.handlers.on_consent_withdrawn"),
    FactsRecorded: ("patients.handlers.on_facts_recorded", "safety.handlers.on_facts_recorded"),
    EligibilityContradicted: ("safety.handlers.on_eligibility_contradicted",),
    VitalsOutOfLimits: ("safety.handlers.on_vitals_out_of_limits",),
    TooFewInRoom: ("safety.handlers.on_too_few_in_room",),
    TouchOutsidePreferences: ("safety.handlers.on_touch_outside_preferences",),
    RecordingAttested: ("safety.handlers.on_recording_attested",),
    InitialDoseGiven: ("safety.handlers.on_initial_dose_given", "integration.handlers.plan_harm_enquiries"),
    NoteSigned: ("integration.handlers.draw_therapy_reviews",),
    PreparationSigned: ("integration.handlers.draw_therapy_reviews",),
    SessionClosed: ("safety.handlers.on_session_closed", "integration.handlers.draw_reviews"),
    PositiveSuicidality: ("safety.handlers.on_positive_suicidality",),
    ConditionWorsened: ("safety.handlers.on_condition_worsened",),
    ContactMissed: ("safety.handlers.on_contact_missed",),
}
