"""The gateway's hand: beat asks what is due. What must leave, and what has left, stands in Postgres."""

import logging

from celery import shared_task

from core import clock
from core.contributions import contribution, reading_as
from core.errors import Refused
from core.models import Person
from reports.actions import claim_next, deliver, keep_acknowledgement, settle_doubts
from reports.gateways import configured, folder

logger = logging.getLogger("vigil.reports")
BATCH = 50


@shared_task
def send_reports() -> int:
    """Sends what is due, one by one, each claimed before it leaves, and returns how many left or failed."""
    by, gateways = Person.objects.system("reports"), configured()
    with contribution(by=by, reason="Watch of transmissions"):
        settle_doubts(gateways=gateways, by=by, at=clock.now())
    done = 0
    while done < BATCH:
        with reading_as(by) as moment:
            found = claim_next(by=by, at=moment)
        if found is None:
            break
        with reading_as(by) as moment:
            deliver(found, gateways=gateways, by=by, at=moment)
        done += 1
    return done


@shared_task
def collect_acknowledgements() -> int:
    """Keeps the acknowledgements that lie in the folder, puts each away, and returns how many were read."""
    by, inbox, kept = Person.objects.system("reports"), folder(), 0
    for answer in inbox.answers():
        with reading_as(by) as moment:
            try:
                keep_acknowledgement(answer.read_bytes(), by=by, at=moment)
                kept += 1
            except Refused as refusal:
                logger.warning("An acknowledgement could not be kept: %s", refusal.message)
        inbox.put_away(answer)
    return kept
