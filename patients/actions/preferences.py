"""What a participant wants of touch and recording: narrowed at any moment, never widened in a dosing session."""

from datetime import datetime

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from patients import queries
from patients.actions.consent import locked
from patients.models import Participant, ParticipantPreference


def record_preference(
    participant: Participant, *, code: str, level: str, by: Person, at: datetime
) -> ParticipantPreference | None:
    """Records how much of something the participant wants from now on; the same level again writes nothing.

    Raises Refused for what the protocol does not know, for anything beyond the narrowest without the consent option,
    and for widening while a dosing visit runs.
    """
    with contribution(by=by, reason=f"Preference recorded: {code}"):
        locked(participant)
        now = next((each for each in queries.preferences(participant, at=at) if each.code == code), None)
        if now is None or level not in {each.code for each in now.levels}:
            raise Refused("The protocol knows no such choice.", field="level")
        rank = [each.code for each in now.levels].index(level)
        if rank == now.rank:
            return None
        if rank and not now.agreed:
            raise Refused(
                f"The participant did not agree to this at consent: {now.name.lower()} stays at the narrowest.",
                field="level",
            )
        if rank > now.rank and queries.in_dosing_session(participant):
            raise Refused(
                f"{now.name} is never widened during a dosing session, whatever is said in it."
                " It may be narrowed now, and widened after the session, when it was talked over.",
                field="level",
            )
        return ParticipantPreference.objects.create(
            participant=participant, site=participant.site, code=code, level=level, observed_at=at, recorded_by=by
        )
