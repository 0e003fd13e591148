"""Sealed envelopes for when the system is away: issued by the pharmacist, opened in an emergency, or returned."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError

from core.contributions import contribution
from core.documents import Heading, Part, Rows, Text, pdf, sealed
from core.errors import Refused
from core.events import publish
from core.models import Person
from patients import queries as patient_queries
from pharmacy import ledger
from pharmacy.actions.people import check_second_person
from pharmacy.actions.unblinding import tell_of
from pharmacy.events import ParticipantUnblinded
from pharmacy.models import Envelope, Unblinding

if TYPE_CHECKING:
    from patients.models import Participant

SHORTEST_CODE = 12
# The length of a file says nothing when every file is as long.
FILE_BYTES = 65_536


@dataclass(frozen=True)
class Issued:
    """An envelope with its encrypted file, which is handed out once and kept nowhere."""

    envelope: Envelope
    file: bytes


def issue_envelope(participant: "Participant", *, code: str, by: Person, at: datetime) -> Issued:
    """Makes the encrypted PDF that says what one participant receives, and puts the envelope on record.

    `code` opens the file and is kept nowhere. Raises Refused when it is too short, when the participant was not
    randomised, and when an envelope lies in the safe already.
    """
    if len(code) < SHORTEST_CODE:
        raise Refused(f"The code has {SHORTEST_CODE} characters at least. Nothing was issued.", field="code")
    try:
        envelope_id, arm = ledger.issue_envelope(participant.pk, by=by, at=at)
    except IntegrityError as error:
        raise Refused("An envelope of this participant lies in the safe already. Nothing was issued.") from error
    envelope = Envelope.objects.select_related("participant", "site").get(pk=envelope_id)
    file = sealed(_paper(envelope, arm, by=by, at=at), password=code, length=FILE_BYTES)
    with contribution(by=by, reason="Envelope issued"):
        envelope.digest = hashlib.sha256(file).hexdigest()
        envelope.save(update_fields=["digest"])
    return Issued(envelope, file)


def return_envelope(envelope: Envelope, *, witness: Person, by: Person, at: datetime) -> Envelope:
    """Takes an envelope out of the safe unopened, before a witness whom the caller has authenticated."""
    check_second_person(witness, by=by)
    return _close(envelope, "returned", reason="Envelope returned unopened", by=by, at=at)


def report_opened(envelope: Envelope, *, opened_by: Person, reason: str, by: Person, at: datetime) -> Unblinding:
    """Records that an envelope was opened: the participant is unblinded, and safety and investigators are told that.

    Raises Refused when no reason is given or the envelope is not in the safe.
    """
    if not reason.strip():
        raise Refused("Say why it was opened. Nothing was recorded.", field="reason")
    with contribution(by=by, reason="Envelope opened"):
        _close(envelope, "opened", reason="Envelope opened", by=opened_by, at=at)
        unblinding = Unblinding.objects.create(
            participant=envelope.participant,
            reason=f"Envelope {envelope} opened by {opened_by.display_name}: {reason.strip()}",
            unblinded_at=at,
            site_id=envelope.site_id,
            recorded_by=by,
        )
        tell_of(unblinding, by=by, at=at)
        publish(ParticipantUnblinded(unblinding.pk, envelope.participant_id))
    return unblinding


def _close(envelope: Envelope, state: str, *, reason: str, by: Person, at: datetime) -> Envelope:
    if envelope.state != "issued":
        raise Refused("This envelope is not in the safe. Nothing was recorded.")
    envelope.state, envelope.closed_at, envelope.closed_by = state, at, by
    with contribution(by=by, reason=reason):
        envelope.save(update_fields=["state", "closed_at", "closed_by"])
    return envelope


def _paper(envelope: Envelope, arm: str, *, by: Person, at: datetime) -> bytes:
    participant = envelope.participant
    names = {each.code: each.name for each in patient_queries.definition_for(participant).arms}
    parts: list[Part] = [
        Text("Open only in an emergency in which knowing this changes what you do for this participant now."),
        Heading("This participant receives"),
        Rows(
            ["Participant", "Site", "Contents"],
            [[participant.screening_number, envelope.site.code, names.get(arm, arm)]],
            [1, 1, 3],
        ),
        Text("Then tell the pharmacist that the envelope is open. Tell nobody else what it says."),
    ]
    return pdf(f"Envelope {envelope}", parts=parts, printed_by=by.display_name, at=at, zone=envelope.site.zone)
