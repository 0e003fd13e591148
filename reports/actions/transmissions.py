"""The way of a report to a receiver: queued by a person, claimed and sent by the gateway, each once.

A transmission is claimed in a transaction of its own before it is handed to the gateway. A worker that dies in between
leaves it claimed: of a folder it can be seen whether the report lies there; of a letter nobody can tell, and a person
decides. Nothing is sent again on a guess.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from protocol.case_reports import FOLDER
from reports import queries
from reports.gateways import Gateway, GatewayError
from reports.icsr.moments import stamp
from reports.icsr.reading import read
from reports.icsr.rules import faults_of
from reports.icsr.writing import write
from reports.models import CaseReport, Transmission, TransmissionStep

# Longer than any gateway takes; after it a claim is a worker that died.
CLAIM_LASTS = timedelta(minutes=15)


def queue_report(report: CaseReport, *, receiver: str, by: Person, at: datetime) -> Transmission:
    """Puts a report on its way to a receiver; asked for again, it answers the transmission that is there.

    Raises Refused for an unknown receiver, and with each fault for a report that may not go there.
    """
    reporting = queries.case_of(report.event)
    if receiver not in reporting.receivers:
        raise Refused("Choose one of the receivers that the protocol names.", field="receiver")
    known = Transmission.objects.filter(report=report, receiver=receiver).first()
    if known is not None:
        return known
    goes_to = reporting.receivers[receiver]
    batch_number = f"{report.safety_report_id}-{report.number}-{receiver}"
    zone = report.event.site.trial.sponsor_zone
    message = queries.addressed(
        read(report.content.encode()), receiver=goes_to, batch_number=batch_number, transmitted=stamp(at, zone=zone)
    )
    faults = faults_of(message, banned_words=reporting.revealing_words)
    if faults:
        raise Refused("This report may not leave:", details=tuple(str(fault) for fault in faults))
    content = write(message)
    with contribution(by=by, reason=f"Report to {goes_to.name}"):
        transmission, made = Transmission.objects.get_or_create(
            report=report,
            receiver=receiver,
            defaults={
                "site_id": report.site_id, "receiver_name": goes_to.name, "gateway": goes_to.gateway,
                "batch_number": batch_number, "content": content.decode(),
                "digest": hashlib.sha256(content).hexdigest(), "recorded_by": by,
            },
        )  # fmt: skip
        if made:
            _step(transmission, "queued", by=by, at=at)
    return transmission


def claim_next(*, by: Person, at: datetime) -> Transmission | None:
    """Claims the next transmission that is due, so that nobody else sends it; None when nothing waits."""
    with contribution(by=by, reason="Transmission leaves"):
        ready = Transmission.objects.filter(state="queued").exclude(next_attempt_at__gt=at)
        found = ready.select_for_update(skip_locked=True, of=("self",)).order_by("id").first()
        if found is None:
            return None
        found.state, found.claimed_at, found.attempts = "sending", at, found.attempts + 1
        found.save(update_fields=["state", "claimed_at", "attempts"])
    return found


def deliver(transmission: Transmission, *, gateways: Mapping[str, Gateway], by: Person, at: datetime) -> Transmission:
    """Hands a claimed transmission to its gateway and keeps what came of it; a failure is tried again later."""
    try:
        gateways[transmission.gateway].send(transmission)
    except GatewayError as error:
        return _failed(transmission, str(error), by=by, at=at)
    return _move(transmission, "sent", detail=f"Attempt {transmission.attempts}", by=by, at=at)


def settle_doubts(*, gateways: Mapping[str, Gateway], by: Person, at: datetime) -> int:
    """Settles claims of workers that died, and returns how many: a report that lies in the folder was sent."""
    with contribution(by=by, reason="Transmission was left claimed"):
        left = Transmission.objects.filter(state="sending", claimed_at__lt=at - CLAIM_LASTS)
        found = list(left.select_for_update(skip_locked=True, of=("self",)).order_by("id"))
        for transmission in found:
            arrived = gateways[transmission.gateway].has(transmission) if transmission.gateway == FOLDER else None
            if arrived is None:
                _move(transmission, "doubt", detail="The gateway stopped while the report left", by=by, at=at)
            elif arrived:
                _move(transmission, "sent", detail="Found in the folder", by=by, at=at)
            else:
                _move(transmission, "queued", detail="Not found in the folder", by=by, at=at)
    return len(found)


def decide_doubt(transmission: Transmission, *, arrived: bool, reason: str, by: Person, at: datetime) -> Transmission:
    """Keeps a person's word on a report of which nobody knows whether it left: it arrived, or it is sent again.

    Raises Refused without a reason, and where there is no doubt.
    """
    if not reason.strip():
        raise Refused("Say how you know.", field="reason")
    with contribution(by=by, reason=reason):
        locked = _locked(transmission)
        if locked.state != "doubt":
            raise Refused(f"This transmission is {locked.get_state_display().lower()}; nothing is in doubt.")
        return _move(locked, "sent" if arrived else "queued", detail=reason, by=by, at=at)


def retry(transmission: Transmission, *, by: Person, at: datetime) -> Transmission:
    """Puts a failed transmission back into the queue, under the same number. Raises Refused for any other."""
    with contribution(by=by, reason="Transmission is to be tried again"):
        locked = _locked(transmission)
        if locked.state != "failed":
            raise Refused(
                f"This transmission is {locked.get_state_display().lower()}; only a failed one is tried again."
            )
        locked.attempts, locked.next_attempt_at = 0, None
        locked.save(update_fields=["attempts", "next_attempt_at"])
        return _move(locked, "queued", detail="To be tried again", by=by, at=at)


def _failed(transmission: Transmission, sentence: str, *, by: Person, at: datetime) -> Transmission:
    waits = queries.case_of(transmission.report.event).retry_minutes
    is_last = transmission.attempts > len(waits)
    due = None if is_last else at + timedelta(minutes=waits[transmission.attempts - 1])
    with contribution(by=by, reason="Transmission failed"):
        transmission.next_attempt_at, transmission.failure = due, sentence[:200]
        transmission.save(update_fields=["next_attempt_at", "failure"])
        return _move(transmission, "failed" if is_last else "queued", detail=sentence, by=by, at=at)


def _move(transmission: Transmission, state: str, *, detail: str, by: Person, at: datetime) -> Transmission:
    with contribution(by=by, reason=f"Transmission: {state}"):
        transmission.state = state
        if state == "sent":
            transmission.sent_at, transmission.failure, transmission.next_attempt_at = at, "", None
        transmission.save(update_fields=["state", "sent_at", "failure", "next_attempt_at"])
        _step(transmission, state, detail=detail, by=by, at=at)
    return transmission


def _step(transmission: Transmission, state: str, *, by: Person, at: datetime, detail: str = "") -> None:
    TransmissionStep.objects.create(
        transmission=transmission, site_id=transmission.site_id, state=state, happened_at=at, detail=detail[:300],
        recorded_by=by,
    )  # fmt: skip


def _locked(transmission: Transmission) -> Transmission:
    return Transmission.objects.select_for_update(of=("self",)).get(pk=transmission.pk)
