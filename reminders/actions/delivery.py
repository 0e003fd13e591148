"""From due to sent: one set-based claim puts due reminders into the outbox, then each message leaves by itself.

A message is locked, sent and marked in one transaction. A worker that dies between sending and marking leaves it
waiting: it is sent again under the same Message-ID. For a reminder a repeat is better than silence; no message here is
of a kind for which it is not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.db.models import Q

from core.calendar_entries import CANCEL, REQUEST
from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from reminders.catalogue import DEFAULT_LANGUAGE, PARTICIPANT, MessageTemplate, current_template, current_versions
from reminders.content import banned_words_in
from reminders.entries import ENTRY_FILE, keep_entry
from reminders.models import OutboxMessage
from reminders.quiet_hours import is_quiet, quiet_until
from reminders.recipients import MessageRules, Recipient, directory, recipient_of
from reminders.rendering import Text, write_out

CLAIM_AT_ONCE = 5000
# How long a message waits after each failure; after the last one a person must look.
BACK_OFF_MINUTES = (1, 5, 15, 60, 240)

CLAIM = """
WITH catalogue AS (
  SELECT * FROM unnest(%(codes)s::text[], %(versions)s::int[]) AS c(template, version)
), due AS (
  SELECT r.id, r.site_id, r.template, c.version,
         'msg_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 20) AS name
  FROM reminders_reminder r JOIN catalogue c ON c.template = r.template
  WHERE r.state = 'waiting' AND r.due_at <= %(at)s
  ORDER BY r.due_at, r.id
  LIMIT %(limit)s
  FOR UPDATE OF r SKIP LOCKED
), put AS (
  INSERT INTO reminders_outboxmessage
    (public_id, reminder_id, site_id, template, template_version, language, message_id, state, attempts, failure,
     recorded_by_id)
  SELECT name, id, site_id, template, version, %(language)s, '<' || name || '@' || %(domain)s || '>', 'waiting', 0, '',
         %(by)s
  FROM due
  ON CONFLICT (reminder_id) DO NOTHING
)
UPDATE reminders_reminder r SET state = 'handed_over' FROM due WHERE r.id = due.id
"""


def hand_over_due(*, by: Person, at: datetime) -> int:
    """Puts every reminder that is due into the outbox, each once, in one statement, and returns how many."""
    versions = current_versions()
    with contribution(by=by, reason="Reminder is due"), connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "codes": [code for code, _ in versions],
                "versions": [version for _, version in versions],
                "at": at,
                "limit": CLAIM_AT_ONCE,
                "language": DEFAULT_LANGUAGE,
                "domain": parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2],
                "by": by.pk,
            },
        )
        handed_over: int = cursor.rowcount
    return handed_over


def send_next(*, mail: BaseEmailBackend, by: Person, at: datetime) -> OutboxMessage | None:
    """Sends the next waiting message that nobody else is sending and returns it; None when nothing waits.

    A failure is kept on the message, which is tried again later.
    """
    with contribution(by=by, reason="Message delivered"):
        ready = OutboxMessage.objects.filter(
            Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=at), state="waiting"
        )
        message = (
            ready.select_for_update(skip_locked=True, of=("self",))
            .select_related("reminder__site", "reminder__person")
            .order_by("id")
            .first()
        )
        if message is None:
            return None
        _deliver(message, mail=mail, by=by, at=at)
        message.save(
            update_fields=[
                "state", "attempts", "next_attempt_at", "sent_at", "failure", "template_version", "language",
            ]
        )  # fmt: skip
    return message


def send_again(message: OutboxMessage, *, by: Person, at: datetime) -> OutboxMessage:
    """Puts a failed message back into the queue, under the same Message-ID.

    Raises Refused for one that did not fail.
    """
    with contribution(by=by, reason="Message is to be sent again"):
        locked = OutboxMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
        if locked.state != "failed":
            raise Refused(f"This message is {locked.get_state_display().lower()}; only a failed one is sent again.")
        locked.state, locked.attempts, locked.next_attempt_at, locked.failure = "waiting", 0, at, ""
        locked.save(update_fields=["state", "attempts", "next_attempt_at", "failure"])
    return locked


@dataclass(frozen=True)
class _Letter:
    text: Text
    template: MessageTemplate
    recipient: Recipient
    rules: MessageRules


def _deliver(message: OutboxMessage, *, mail: BaseEmailBackend, by: Person, at: datetime) -> None:
    recipient = recipient_of(message.reminder)
    if recipient.refusal:
        message.state, message.failure = "cancelled", recipient.refusal[:200]
        return
    letter = _write(message, recipient, at=at)
    message.template_version, message.language = letter.template.version, letter.template.language
    hours = letter.rules.quiet_hours.get(PARTICIPANT if letter.template.audience == PARTICIPANT else "staff")
    if hours and not letter.template.urgent and is_quiet(at, zone=recipient.zone, hours=hours):
        message.next_attempt_at = quiet_until(at, zone=recipient.zone, hours=hours)
        return
    _leave(message, letter, mail=mail, by=by, at=at)


def _write(message: OutboxMessage, recipient: Recipient, *, at: datetime) -> _Letter:
    template = current_template(message.template, language=recipient.language)
    rules = directory().message_rules(message.site_id, at=at)
    return _Letter(write_out(message.reminder, template, recipient), template, recipient, rules)


def _leave(message: OutboxMessage, letter: _Letter, *, mail: BaseEmailBackend, by: Person, at: datetime) -> None:
    banned = banned_words_in(letter.text.nameless, words=letter.rules.banned_words)
    if banned:
        message.state, message.failure = "failed", f"The text holds a word that may not leave the house: {banned[0]}"
        return
    message.attempts += 1
    try:
        if settings.MESSAGES_LEAVE_THE_HOUSE:
            _mail(message, letter.text, mail)
    except (SMTPException, OSError) as error:
        _keep_failure(message, error, at=at)
        return
    message.state, message.sent_at, message.failure, message.next_attempt_at = "sent", at, "", None
    if letter.text.entry is not None:
        keep_entry(message.reminder, letter.text.entry, by=by)


def _mail(message: OutboxMessage, text: Text, mail: BaseEmailBackend) -> None:
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    letter = EmailMessage(text.subject, text.body, text.sender, [text.address], headers=headers, connection=mail)
    if text.entry is not None:
        method = CANCEL if text.entry.cancelled else REQUEST
        letter.attach(ENTRY_FILE, text.invitation.decode(), f"text/calendar; method={method}")
    letter.send()


def _keep_failure(message: OutboxMessage, error: Exception, *, at: datetime) -> None:
    # The server's own words may repeat the address, so only the kind of failure is kept.
    message.failure = f"The mail server refused or could not be reached ({type(error).__name__})"
    if message.attempts > len(BACK_OFF_MINUTES):
        message.state, message.next_attempt_at = "failed", None
        return
    message.next_attempt_at = at + timedelta(minutes=BACK_OFF_MINUTES[message.attempts - 1])
