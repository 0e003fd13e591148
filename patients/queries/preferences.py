"""Reads on what a participant wants of touch and recording."""

from dataclasses import dataclass
from datetime import datetime

from patients.models import Consent, ConsentWithdrawal, Participant, ParticipantPreference, Visit, VisitState
from protocol.definition import PreferenceLevel
from trials.queries import definition_of


@dataclass(frozen=True)
class PreferenceNow:
    """What a participant wants of one thing at a moment, since when, and what could be chosen.

    `agreed` says that the consent option was given; without it the narrowest level holds. `rank` 0 is the narrowest.
    """

    code: str
    name: str
    level: str
    text: str
    rank: int
    levels: tuple[PreferenceLevel, ...]
    agreed: bool
    since: datetime | None


def preferences(participant: Participant, *, at: datetime) -> list[PreferenceNow]:
    """Returns what the participant wants at a moment, in the protocol's order; empty before consent.

    What was not narrowed is as wide as the consent option lets it be; once procedures are withdrawn, all is narrowest.
    """
    if participant.protocol_version is None:
        return []
    given = Consent.objects.filter(participant=participant, signed_at__lte=at).order_by("-signed_at", "-id").first()
    withdrawn = (
        given is None
        or ConsentWithdrawal.objects.filter(
            participant=participant,
            scope__in=["treatment", "procedures", "data"],
            observed_at__gte=given.signed_at,
            observed_at__lte=at,
        ).exists()
    )
    rows = ParticipantPreference.objects.filter(participant=participant, observed_at__lte=at)
    latest = {row.code: row for row in rows.order_by("observed_at", "id")}
    found = []
    for asked in definition_of(participant.protocol_version).consenting.preferences:
        agreed = not withdrawn and given is not None and bool(given.options.get(asked.option))
        row, rank = latest.get(asked.code), 0
        if agreed:
            rank = asked.rank(row.level) if row is not None else len(asked.levels) - 1
        level = asked.levels[rank]
        since = row.observed_at if row is not None and agreed else given.signed_at if given else None
        found.append(PreferenceNow(asked.code, asked.name, level.code, level.text, rank, asked.levels, agreed, since))
    return found


def touch_preferences(participant: Participant, *, at: datetime) -> PreferenceNow | None:
    """Returns what the participant wants of touch at a moment, or None where the protocol does not ask."""
    return next((each for each in preferences(participant, at=at) if each.code == "touch"), None)


def preference_history(participant: Participant) -> list[ParticipantPreference]:
    """Returns every change of a preference, the newest first."""
    rows = ParticipantPreference.objects.filter(participant=participant).select_related("recorded_by")
    return list(rows.order_by("-observed_at", "-id"))


def in_dosing_session(participant: Participant) -> bool:
    """Returns whether a dosing visit of the participant is under way."""
    return Visit.objects.filter(participant=participant, kind="dosing", state=VisitState.STARTED).exists()
