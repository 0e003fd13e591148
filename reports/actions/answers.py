"""What a receiver answers: read, kept as it came, and told of the transmission that it answers."""

import hashlib
from datetime import datetime

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from reports import queries
from reports.icsr.acknowledgements import BATCH_CODES, read_acknowledgement
from reports.icsr.safe_xml import UnreadableXml
from reports.models import Acknowledgement, Transmission, TransmissionStep

ACCEPTED, REFUSED = "acknowledged", "rejected"


def keep_acknowledgement(content: bytes, *, by: Person, at: datetime) -> Acknowledgement:
    """Keeps an acknowledgement and says what became of its transmission; the same file answers what is kept.

    Raises Refused, in a sentence, for a file that is no acknowledgement or that answers nothing that left.
    """
    try:
        read = read_acknowledgement(content)
    except UnreadableXml as error:
        raise Refused(str(error), field="file") from error
    transmission = queries.batch_of(read.batch_number)
    if transmission is None:
        raise Refused(f"No batch {read.batch_number} left from here (ACK.A.1).", field="file")
    digest = hashlib.sha256(content).hexdigest()
    known = Acknowledgement.objects.filter(transmission=transmission, digest=digest).first()
    if known is not None:
        return known
    answer = read.of(transmission.report.safety_report_id)
    if answer is None and read.batch_code == "AE":
        raise Refused("Some reports were not taken, but this one is not named (ACK.B.r.1).", field="file")
    taken = answer.is_taken if answer is not None else read.batch_code == "AA"
    with contribution(by=by, reason=f"Acknowledgement {read.number}: {BATCH_CODES[read.batch_code]}"):
        locked = Transmission.objects.select_for_update(of=("self",)).get(pk=transmission.pk)
        if locked.state not in ("sent", ACCEPTED, REFUSED):
            raise Refused(f"This transmission is {locked.get_state_display().lower()}; nothing was sent to answer.")
        kept = Acknowledgement.objects.create(
            transmission=locked, site_id=locked.site_id, number=read.number[:100], batch_code=read.batch_code,
            report_code=answer.code if answer else "", content=content.decode("utf-8", "replace"), digest=digest,
            words="\n".join(each for each in (read.batch_words, answer.words if answer else "") if each),
            read_at=at, recorded_by=by,
        )  # fmt: skip
        if locked.state == "sent":
            _answer(locked, ACCEPTED if taken else REFUSED, kept, by=by, at=at)
    return kept


def _answer(transmission: Transmission, state: str, kept: Acknowledgement, *, by: Person, at: datetime) -> None:
    transmission.state, transmission.answered_at = state, at
    transmission.save(update_fields=["state", "answered_at"])
    TransmissionStep.objects.create(
        transmission=transmission, site_id=transmission.site_id, state=state, happened_at=at, recorded_by=by,
        detail=f"Acknowledgement {kept.number}: {kept.batch_code} {kept.report_code}".strip(),
    )  # fmt: skip
