"""Reviews of recordings: drawn when a session is closed, rated blind, and what the ratings decide."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.identifiers import ALPHABET
from core.models import Person, SignatureMeaning
from core.permissions import people_with
from core.roles import Role
from core.signatures import sign
from integration import adherence, recordings
from integration.models import AdherenceReview, BoundaryReview, ReviewState
from patients.queries import definition_for
from protocol.adherence import AdherenceRules, below_threshold, why_sampled
from sessions import actions as session_actions
from sessions import privilege
from trials.queries import definition_of

if TYPE_CHECKING:
    from patients.models import Participant, Visit
    from sessions.models import DosingSession

# What is drawn and judged is Vigil's own doing; the reviewer's rights open no other row of the session.
SYSTEM = "scoring"
CODE_LENGTH, LOT_BYTES = 6, 8


def sample_for_review(session: "DosingSession", *, at: datetime) -> list[AdherenceReview]:
    """Draws the reviews of a closed session, where a risk or the lot falls on it; else nothing.

    Where fewer reviewers are free than the protocol asks for, the rest waits and is given out at the next draw.
    """
    participant = session.participant
    # Nobody has a session before consent, and consent puts a participant under a version.
    assert participant.protocol_version is not None
    rules = definition_for(participant).adherence
    closing = Person.objects.system(SYSTEM)
    with contribution(by=closing, reason="Drawn for a review"):
        on = local_date(session.initial_dose_at or at, zone=session.site.zone)
        pair = privilege.therapists_of(session, on=on)
        lot = int.from_bytes(_digest(f"lot:{_name(session)}")[:LOT_BYTES], "big") / 2 ** (8 * LOT_BYTES)
        why = why_sampled(rules, drawn=lot, facts=sorted(privilege.facts_of(session, pair=pair)))
        if not why or not pair or session.reviews.exists():
            return []
        drawn = {"session": session, "code": _code(_name(session)), "recording": privilege.recording_of(session)}
        return _draw(participant, pair, rules, **drawn, why=why, by=closing, at=at)


def sample_therapy(visit: "Visit", *, at: datetime) -> list[AdherenceReview]:
    """Draws the reviews of a session without a dose, where a risk or the lot falls on it; else nothing.

    It is drawn once its record is signed by everybody present and its recording is indexed, whichever comes last.
    """
    participant = visit.participant
    assert participant.protocol_version is not None
    rules = definition_for(participant).adherence.of_therapy(visit.kind)
    held, index = recordings.held_at(visit), recordings.index_of(visit)
    if held is None or not held.signed or index is None or index.extent == recordings.NOT_RECORDED:
        return []
    closing = Person.objects.system(SYSTEM)
    name = f"{participant.screening_number}:{visit.code}"
    with contribution(by=closing, reason="Drawn for a review"):
        lot = int.from_bytes(_digest(f"lot:{name}")[:LOT_BYTES], "big") / 2 ** (8 * LOT_BYTES)
        why = why_sampled(rules, drawn=lot, facts=sorted(recordings.facts_of(held, index)))
        if not why or not held.pair or visit.reviews.exists():
            return []
        drawn = {"visit": visit, "visit_type": visit.kind, "code": _code(name), "recording": index.shown_lines}
        return _draw(participant, held.pair, rules, **drawn, why=why, by=closing, at=at)


def _draw(
    participant: "Participant", pair: Sequence[Person], rules: AdherenceRules, *, by: Person, at: datetime, **drawn: Any
) -> list[AdherenceReview]:
    assert participant.protocol_version is not None
    made = [
        AdherenceReview.objects.create(
            site_id=participant.site_id,
            protocol_version=participant.protocol_version,
            pair=[person.pk for person in pair],
            recorded_by=by,
            **drawn,
        )
        for _ in range(rules.reviewers)
    ]
    give_out_reviews(at=at)
    return list(AdherenceReview.objects.filter(pk__in=[review.pk for review in made]).order_by("id"))


def give_out_reviews(*, at: datetime) -> int:
    """Gives the reviews that wait to reviewers who have not rated the session and have the least to do."""
    giving = Person.objects.system(SYSTEM)
    given = 0
    with contribution(by=giving, reason="Review given to a reviewer"):
        pool = list(people_with(Role.ADHERENCE_REVIEWER, site_id=None, moment=at))
        for review in adherence.waiting_reviews():
            taken = adherence.reviewers_of(review)
            free = [person for person in pool if person.pk not in taken]
            if not free:
                continue
            load = adherence.load_of(free)
            review.reviewer = min(free, key=lambda person: (load.get(person.pk, 0), _keyed(review.code, person)))
            review.save(update_fields=["reviewer"])
            given += 1
    return given


def lock_review(
    review: AdherenceReview,
    *,
    answers: Mapping[str, int],
    breaches: Sequence[str],
    seen_at_codes: str,
    note: str,
    password: str,
    by: Person,
    at: datetime,
) -> AdherenceReview:
    """Locks a review under the reviewer's signature; what it decides about the pair happens with it.

    Raises Refused for somebody else's review, for an item without a rating on the protocol's scale, and for a breach
    without the time code at which it is seen; Conflict when it is locked already.
    """
    rules = adherence.rules_of(review)
    for item in rules.items:
        if answers.get(item.code) not in range(rules.low, rules.high + 1):
            raise Refused(f"Rate this from {rules.low} to {rules.high}.", field=item.code)
    if breaches and not seen_at_codes.strip():
        raise Refused("Say at which time code it is seen.", field="seen_at_codes")
    with contribution(by=by, reason="Review locked"):
        held = AdherenceReview.objects.select_for_update(of=("self",)).filter(pk=review.pk, reviewer=by).first()
        if held is None:
            raise Refused("This review is not yours.")
        if held.state != ReviewState.READY:
            raise Conflict("This review is locked already.")
        held.lock()
        held.answers = {item.code: answers[item.code] for item in rules.items}
        held.breaches = [code for code in rules.breaches if code in breaches]
        held.seen_at_codes, held.note, held.locked_at = seen_at_codes.strip(), note.strip(), at
        held.save()
        sign(held, by=by, password=password, meaning=SignatureMeaning.AUTHORSHIP, at=at)
    _judge(held, definition_of(review.protocol_version).adherence, at=at)
    return held


def review_boundaries(
    session: "DosingSession", *, findings: str, concern: bool, password: str, by: Person, at: datetime
) -> BoundaryReview:
    """Keeps the boundary review of a session under signature; a concern lets the privilege of its pair rest.

    Raises Refused without findings and for whoever was in the room, Conflict when it was reviewed already.
    """
    if not findings.strip():
        raise Refused("Write what you found.", field="findings")
    on = local_date(session.initial_dose_at or at, zone=session.site.zone)
    pair = privilege.therapists_of(session, on=on)
    if privilege.was_in_room(session, by):
        raise Refused("You were in the room of this session: somebody else looks at it.")
    try:
        with transaction.atomic(), contribution(by=by, reason="Boundary review"):
            row = BoundaryReview.objects.create(
                session=session, site_id=session.site_id, findings=findings.strip(), concern=concern, reviewed_at=at,
                recorded_by=by,
            )  # fmt: skip
            sign(row, by=by, password=password, meaning=SignatureMeaning.REVIEW, at=at)
    except IntegrityError as error:
        raise Conflict("Somebody else has looked at this session first.") from error
    if concern:
        _rest(pair, site_id=session.site_id, cause="boundary", reason="a boundary review raised a concern", at=at)
    return row


def _judge(review: AdherenceReview, rules: AdherenceRules, *, at: datetime) -> None:
    judging = Person.objects.system(SYSTEM)
    with contribution(by=judging, reason="What a review decides"):
        people = list(Person.objects.filter(pk__in=review.pair).order_by("pk"))
        if review.breaches:
            words = rules.breaches[review.breaches[0]].lower()
            _rest(people, site_id=review.site_id, cause="breach", reason=f"a review saw a breach: {words}", at=at)
        for person in people:
            kind = below_threshold(rules, adherence.latest_ratings(person, rules))
            if kind:
                reason = f"{kind} lies below the protocol's threshold in the latest {rules.latest} sessions reviewed"
                _rest([person], site_id=review.site_id, cause="threshold", reason=reason, at=at)


def _rest(people: Sequence[Person], *, site_id: int, cause: str, reason: str, at: datetime) -> None:
    resting = Person.objects.system(SYSTEM)
    for person in people:
        session_actions.rest_therapist(person, site_id=site_id, cause=cause, reason=f"{reason}.", by=resting, at=at)


def _code(name: str) -> str:
    letters = [ALPHABET[byte % len(ALPHABET)] for byte in _digest(f"review:{name}")[:CODE_LENGTH]]
    return f"{''.join(letters[:3])}-{''.join(letters[3:])}".upper()


def _name(session: "DosingSession") -> str:
    """Returns what draw and code are keyed by: a trial played again from the same start draws the same."""
    return f"{session.participant.screening_number}:{session.number}"


def _keyed(code: str, person: Person) -> bytes:
    return _digest(f"reviewer:{code}:{person.username}")


def _digest(text: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).digest()
