"""The index of the recording of a session without a dose."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from integration import recordings
from integration.actions.adherence import sample_therapy
from integration.models import RecordingIndex
from protocol.adherence import THERAPY_VISITS

if TYPE_CHECKING:
    from patients.models import Visit

TIME_CODE = re.compile(r"\d{1,2}:[0-5]\d(:[0-5]\d)?")


@dataclass(frozen=True)
class Line:
    """One line of the index: a time code such as 0:42:10, and what is there by its code."""

    time_code: str
    kind: str


def index_recording(
    visit: "Visit",
    *,
    extent: str,
    reference: str,
    lines: Sequence[Line],
    reason: str,
    seen_number: int,
    by: Person,
    at: datetime,
) -> RecordingIndex:
    """Keeps the index of a session's recording; another one stands beside it. Reviews are drawn where it is their time.

    `seen_number` is the number of the index that the writer saw, nought for none. Raises Refused for a visit that has
    no such session, without consent to recordings, for a time code that is none, and without the reason why it is not
    whole or indexed anew; Conflict when somebody else indexed it meanwhile.
    """
    if visit.kind not in THERAPY_VISITS or visit.state in ("missed", "cancelled"):
        raise Refused(f"{visit.name} has no recording.")
    if extent != recordings.NOT_RECORDED:
        _check_recorded(visit, reference, lines)
    if not reason.strip() and (extent != "whole" or seen_number):
        raise Refused("Say why it is not whole, or why it is indexed anew.", field="reason")
    with contribution(by=by, reason=reason or "Recording indexed"):
        # Two who index at once are told of each other.
        type(visit).objects.select_for_update(of=("self",)).get(pk=visit.pk)
        latest = recordings.index_of(visit)
        if (latest.number if latest else 0) != seen_number:
            raise Conflict("Somebody else has indexed this recording meanwhile. Read theirs, then yours.")
        index = RecordingIndex.objects.create(
            visit=visit,
            site_id=visit.site_id,
            number=seen_number + 1,
            extent=extent,
            reference=reference.strip() if extent != recordings.NOT_RECORDED else "",
            lines=[{"time_code": line.time_code, "kind": line.kind} for line in lines],
            reason=reason.strip(),
            indexed_at=at,
            recorded_by=by,
        )
        sample_therapy(visit, at=at)
    return index


def _check_recorded(visit: "Visit", reference: str, lines: Sequence[Line]) -> None:
    if not recordings.may_be_recorded(visit):
        raise Refused("The participant has not consented to recordings.", field="extent")
    if not reference.strip():
        raise Refused("Give the number of the file or card.", field="reference")
    said = reference.upper()
    if visit.participant.screening_number.upper() in said or visit.code.upper() in re.findall(r"[A-Z0-9]+", said):
        raise Refused("The number must tell neither the participant nor the visit.", field="reference")
    for place, line in enumerate(lines):
        if not TIME_CODE.fullmatch(line.time_code):
            raise Refused("Give a time such as 0:42:10.", field=f"time_code_{place}")
