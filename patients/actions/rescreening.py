"""Whether somebody who failed screening may be screened again, by the protocol in force."""

from datetime import date

from core.audit import history_of
from core.clock import local_date
from core.errors import Refused
from patients.identity import IdentityDetails, participants_of_same_person
from patients.models import Participant, ParticipantStatus
from protocol.recruitment import judge_rescreening
from trials.models import ProtocolVersion, Site
from trials.queries import definition_of, protocol_in_force


def check_rescreening(site: Site, details: IdentityDetails, *, on: date) -> list[str]:
    """Returns the codes under which the person failed screening before.

    Raises Refused when the protocol does not let the person come again, or not yet.
    """
    before = [
        participant
        for participant in participants_of_same_person(site.pk, details)
        if participant.status == ParticipantStatus.SCREEN_FAILED
    ]
    failed_on = [day for day in (_failed_on(participant) for participant in before) if day is not None]
    if failed_on:
        verdict = judge_rescreening(definition_of(version_at(site, on=on)).recruitment, failed_on=failed_on, on=on)
        if not verdict.allowed:
            raise Refused(f"Screened before as {before[0].screening_number}. {verdict.why}", field="comes_again")
    return [participant.screening_number for participant in before]


def version_at(site: Site, *, on: date) -> ProtocolVersion:
    """Returns the protocol version in force at a site, or raises Refused."""
    version = protocol_in_force(site, on=on)
    if version is None:
        raise Refused("No protocol is in force at this site yet.")
    return version


def _failed_on(participant: Participant) -> date | None:
    for entry in reversed(history_of(Participant._meta.db_table, participant.pk)):
        if ("status", ParticipantStatus.SCREEN_FAILED.value) in ((name, new) for name, _, new in entry.changes):
            return local_date(entry.recorded_at, zone=participant.site.zone)
    return None
