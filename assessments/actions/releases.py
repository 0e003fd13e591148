"""Opening the ratings of one participant to the site."""

from datetime import datetime
from typing import TYPE_CHECKING

from assessments import queries
from assessments.models import RatingRelease
from core.contributions import contribution
from core.errors import Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign

if TYPE_CHECKING:
    from patients.models import Participant


def release_ratings(
    participant: "Participant", *, reason: str, password: str, by: Person, at: datetime
) -> RatingRelease:
    """Opens the raters' scores of one participant to the investigator, under the signature of whoever releases them.

    Raises Refused while an interview is still to come, because a site that knows the earlier scores could colour it.
    """
    if not reason.strip():
        raise Refused("Say why the ratings are released.", field="reason")
    if queries.release_of(participant) is not None:
        raise Refused("The ratings of this participant are released already.")
    waiting = queries.interviews_to_come(participant)
    if waiting:
        where = ", ".join(waiting)
        raise Refused(f"Interviews are still to come at {where}. Release the ratings when all are done or missed.")
    with contribution(by=by, reason=reason.strip()):
        release = RatingRelease.objects.create(
            participant=participant, site_id=participant.site_id, reason=reason.strip(), released_at=at, recorded_by=by
        )
        sign(release, by=by, password=password, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
        return release
