"""Tells the reminders room, which stands below, how a participant is reached and what may be said."""

from datetime import datetime

from core.clock import local_date
from core.errors import Refused
from patients.identity import read_identity
from patients.models import Participant, Visit
from patients.queries import may_contact
from reminders.recipients import MessageRules, Recipient
from trials.models import Site
from trials.queries import definition_of, protocol_in_force


def participant_recipient(participant_id: int, *, channel: str) -> Recipient:
    """Returns how a participant is reached; the contact consent is asked for again, for it may have been withdrawn."""
    participant = Participant.objects.select_related("site").get(pk=participant_id)
    zone, language = participant.site.zone, participant.language
    if not may_contact(participant_id, channel=channel):
        return Recipient("", zone, language=language, refusal="Contact is not wanted")
    try:
        details = read_identity(participant, purpose="message")
    except Refused as error:
        return Recipient("", zone, language=language, refusal=error.message[:200])
    refusal = "" if details.email else "No e-mail address is known"
    return Recipient(details.email, zone, first_name=details.first_name, language=language, refusal=refusal)


def participant_zone(participant_id: int) -> str:
    """Returns the zone of the participant's site."""
    return Participant.objects.select_related("site").get(pk=participant_id).site.zone


def appointment_at(visit_id: int) -> datetime | None:
    """Returns when a visit is booked."""
    return Visit.objects.values_list("booked_at", flat=True).get(pk=visit_id)


def message_rules(site_id: int, *, at: datetime) -> MessageRules:
    """Returns the quiet hours and banned words of the protocol in force at a site."""
    site = Site.objects.get(pk=site_id)
    version = protocol_in_force(site, on=local_date(at, zone=site.zone))
    if version is None:
        return MessageRules()
    definition = definition_of(version)
    return MessageRules(dict(definition.quiet_hours), definition.banned_words)
