"""What this room does when something is announced."""

from core.contributions import current
from core.models import Person
from integration import actions
from integration.events import NoteSigned
from patients.events import ConsentWithdrawn, VisitStarted
from patients.queries import definition_for, participant_by_id, visit_by_id
from sessions.events import InitialDoseGiven, PreparationSigned, SessionClosed
from sessions.queries import session_by_id


def plan_harm_enquiries(event: InitialDoseGiven) -> None:
    """Plans the enquiries about harm that shows late from the minute of the dose."""
    session = session_by_id(event.session_id)
    assert session.initial_dose_at is not None
    actions.plan_enquiries(session.visit, dosed_at=session.initial_dose_at, by=_actor())


def draw_reviews(event: SessionClosed) -> None:
    """Draws the reviews of a session's recording once the session is closed."""
    session = session_by_id(event.session_id)
    assert session.closed_at is not None
    actions.sample_for_review(session, at=session.closed_at)


def draw_therapy_reviews(event: NoteSigned | PreparationSigned) -> None:
    """Draws the reviews of a session without a dose once its record is signed."""
    visit = visit_by_id(event.visit_id)
    actions.sample_therapy(visit, at=event.at)


def on_consent_withdrawn(event: ConsentWithdrawn) -> None:
    """Asks nothing more of whoever withdrew from the procedures of the trial."""
    participant = participant_by_id(event.participant_id)
    if participant.status == "withdrawn":
        actions.cancel_enquiries(participant, reason="Consent was withdrawn", by=_actor())


def plan_contact_days(event: VisitStarted) -> None:
    """Plans the reminders of the contact days once their dosing visit takes place."""
    visit = visit_by_id(event.visit_id)
    if visit.kind != definition_for(visit.participant).phone_contacts.after_type:
        return
    actions.plan_contact_reminders(visit, by=_actor())


def _actor() -> Person:
    under_way = current()
    assert under_way is not None
    return Person.objects.get(pk=under_way.actor_id)
