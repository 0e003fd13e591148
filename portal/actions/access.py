"""How somebody without an account comes in: a link that opens once, and a code that was given on paper.

Whatever is wrong, the answer is the same, takes as long, and says nothing about who has pages here.
"""

import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password, make_password

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from core.own_links import named_in
from portal import queries
from portal.models import FailedOpening, OwnAccess, OwnLink, OwnStay
from reminders.actions import plan_reminder

if TYPE_CHECKING:
    from patients.models import Participant

CODE_DIGITS, LINK_LASTS, MOST_WRONG_CODES = 8, timedelta(days=7), 5
TEMPLATE = "own_pages"


def make_code(participant: "Participant", *, by: Person, at: datetime) -> str:
    """Makes a new code and returns it, this once: it is written on the participant's card and kept as a digest.

    Stays that are open end, and links that were sent before open no more. Raises Refused before consent.
    """
    if participant.protocol_version is None:
        raise Refused("The own pages open once consent is given.")
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    with contribution(by=by, reason="Code for the own pages made"):
        access = OwnAccess.objects.select_for_update().filter(participant=participant).first()
        if access is None:
            access = OwnAccess(participant=participant, site=participant.site, recorded_by=by)
        access.code_digest, access.code_made_at = make_password(code), at
        access.save()
        OwnLink.objects.filter(participant=participant, used_at__isnull=True, ends_at__gt=at).update(ends_at=at)
        OwnStay.objects.filter(participant=participant, ended_at__isnull=True).update(ended_at=at)
    return code


def send_link(participant: "Participant", *, by: Person, at: datetime) -> OwnLink:
    """Makes a link that opens once and plans the message that brings it.

    Raises Refused before the participant has a code.
    """
    if queries.access_of(participant) is None:
        raise Refused("Make the code first, and write it on the participant's card.")
    with contribution(by=by, reason="Link to the own pages sent"):
        link = OwnLink.objects.create(
            participant=participant, site=participant.site, ends_at=at + LINK_LASTS, recorded_by=by
        )
        plan_reminder(
            key=f"{TEMPLATE}:{link.public_id}:{participant.public_id}",
            template=TEMPLATE,
            due_at=at,
            site_id=participant.site_id,
            participant_id=participant.pk,
            by=by,
        )
    return link


def open_pages(token: str, *, code: str, source: str, by: Person, at: datetime) -> str | None:
    """Opens the pages once and returns the key of the stay, or None where it does not open, whatever the cause.

    `source` is where the attempt comes from; after too many failures from one place nothing opens for a while.
    """
    waits = queries.must_wait(source, at=at)
    with contribution(by=by, reason="Own pages opened"):
        link = OwnLink.objects.select_for_update(of=("self",)).filter(public_id=named_in(token)).first()
        fits = link is not None and link.used_at is None and at < link.ends_at and link.failures < MOST_WRONG_CODES
        access = queries.access_of(link.participant) if link is not None and fits else None
        right = check_password(code, access.code_digest if access else _nobodys())
        if link is not None and access is not None and right and not waits:
            return _begin(link, by=by, at=at)
        _keep_failure(link if fits else None, source=source, waits=waits, at=at)
    return None


def leave(stay: OwnStay, *, by: Person, at: datetime) -> None:
    """Ends a stay."""
    with contribution(by=by, reason="Own pages left"):
        stay.ended_at = at
        stay.save(update_fields=["ended_at"])


@cache
def _nobodys() -> str:
    # Checked where there is nothing to check, so that a wrong link takes as long as a wrong code.
    return make_password("nobody's code")


def _begin(link: OwnLink, *, by: Person, at: datetime) -> str:
    key = secrets.token_urlsafe(32)
    link.used_at = at
    link.save(update_fields=["used_at"])
    OwnStay.objects.create(
        participant_id=link.participant_id, site_id=link.site_id, link=link, key_digest=queries.digest_of(key),
        began_at=at, seen_at=at, recorded_by=by,
    )  # fmt: skip
    return key


def _keep_failure(link: OwnLink | None, *, source: str, waits: bool, at: datetime) -> None:
    # Whoever waits already adds no rows: a flood of attempts must not fill the table.
    if not waits:
        FailedOpening.objects.create(source_digest=queries.digest_of(source), tried_at=at)
    if link is not None:
        link.failures += 1
        link.save(update_fields=["failures"])
