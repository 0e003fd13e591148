"""Whether a pair may give a dose: rests of a therapist, and the sign-off after the pair's first participant. Reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models import Value as Constant
from django.http import Http404

from core.models import Person
from core.permissions import Permission, Viewer
from protocol.definition import ProtocolDefinition
from sessions.models import (
    DosingSession,
    PairSignOff,
    RecordingMark,
    RoomPresence,
    SessionState,
    TherapistRest,
    TouchEvent,
)
from trials.queries import people_with_duty

if TYPE_CHECKING:
    from datetime import date

THERAPIST = "therapist"


@dataclass(frozen=True)
class PairToSignOff:
    """A pair whose first participant has had a session that supervision has not looked at."""

    session: DosingSession
    people: tuple[Person, Person]


def team_obstacles(session: DosingSession, therapists: Sequence[Person], definition: ProtocolDefinition) -> list[str]:
    """Returns in sentences why these therapists may not give a dose in this session.

    AR3 · Protocol adherence.signed_off_by. One statement, none where the protocol reviews nobody.
    """
    rules = definition.adherence
    if not rules.items or not therapists:
        return []
    people = {person.pk: person for person in sorted(therapists, key=lambda person: person.pk)}
    pairs = list(combinations(people.values(), 2))
    rests = TherapistRest.objects.filter(site_id=session.site_id, person__in=list(people), restored_at__isnull=True)
    # What rests is told by the person, a pair that waits by its place below nought.
    waiting = [
        _unsigned(session, pair).values_list(Constant(-place, output_field=BigIntegerField()), Constant(""))
        for place, pair in enumerate(pairs, start=1)
    ]
    rows = sorted(rests.values_list("person_id", "reason").union(*waiting), key=lambda row: (row[0] < 0, abs(row[0])))
    who = definition.roles[rules.signed_off_by].name.lower()
    return [_sentence(key, reason, people, pairs, who=who) for key, reason in rows]


def _sentence(
    key: int, reason: str, people: Mapping[int, Person], pairs: Sequence[tuple[Person, Person]], *, who: str
) -> str:
    if key > 0:
        return f"{people[key].display_name} may not give doses: {reason}"
    one, other = pairs[-key - 1]
    return f"The first participant of {one.display_name} and {other.display_name} is not signed off yet by the {who}."


def rests_for(viewer: Viewer, permission: Permission) -> QuerySet[TherapistRest]:
    """Returns the rests of the viewer's sites that nobody ended."""
    ids = viewer.site_ids(permission)
    found = TherapistRest.objects.filter(restored_at__isnull=True).select_related("person", "site")
    return (found if ids is None else found.filter(site_id__in=ids)).order_by("rested_at", "id")


def therapists_of(session: DosingSession, *, on: "date") -> list[Person]:
    """Returns who was in the room of a session and holds the duty of a therapist that day, in order of their keys."""
    inside = RoomPresence.objects.filter(session=session, amended_by__isnull=True, withdrawn=False)
    able = people_with_duty(THERAPIST, site_id=session.site_id, on=on)
    return list(able.filter(pk__in=inside.values("person_id")).order_by("pk"))


def was_in_room(session: DosingSession, person: Person) -> bool:
    """Returns whether somebody was in the room of a session."""
    return RoomPresence.objects.filter(session=session, person=person, withdrawn=False).exists()


def rest_for(viewer: Viewer, public_id: str) -> TherapistRest:
    """Returns an open rest of the viewer's site, or raises Http404."""
    rest = rests_for(viewer, Permission.SUPERVISION_SIGN).filter(public_id=public_id).first()
    if rest is None:
        raise Http404
    return rest


def touched_sessions(viewer: Viewer) -> list[DosingSession]:
    """Returns the sessions with how often a stop word was said, touch stopped or declined, or not welcome before.

    The counts are `stop_words`, `stopped` and `outside`; the latest session comes first.
    """
    ids = viewer.site_ids(Permission.BOUNDARY_REVIEW)
    rows = DosingSession.objects.filter(initial_dose_at__isnull=False)
    rows = rows if ids is None else rows.filter(site_id__in=ids)
    stands = Q(touchevent_entries__isnull=False, touchevent_entries__withdrawn=False)
    stands &= Q(touchevent_entries__amended_by__isnull=True)
    kinds = {
        "stop_words": Q(touchevent_entries__stop_word=True),
        "stopped": Q(touchevent_entries__response__in=["stopped", "declined"]),
        "outside": Q(touchevent_entries__outside_preferences=True),
    }
    counts = {name: Count("touchevent_entries", filter=stands & kind, distinct=True) for name, kind in kinds.items()}
    found = rows.annotate(**counts).select_related("participant", "site", "visit")
    return list(found.order_by("-initial_dose_at", "-id"))


def touches_of(session: DosingSession) -> list[TouchEvent]:
    """Returns the touch ledger of a session, in order of observation."""
    found = TouchEvent.objects.filter(session=session, amended_by__isnull=True, withdrawn=False)
    return list(found.select_related("recorded_by").order_by("observed_at", "id"))


def facts_of(session: DosingSession, *, pair: Sequence[Person]) -> frozenset[str]:
    """Returns what of a session may make its recording worth a review, by the words of the protocol."""
    touches = TouchEvent.objects.filter(session=session, amended_by__isnull=True, withdrawn=False)
    rows = list(touches.values_list("outside_preferences", "stop_word"))
    gaps = RecordingMark.objects.filter(session=session, kind="gap", amended_by__isnull=True, withdrawn=False)
    found = {
        "touch": bool(rows),
        "touch_outside_preferences": any(outside for outside, _ in rows),
        "stop_word": any(said for _, said in rows),
        "recording_gap": gaps.exists(),
        "ended_early": session.ended_early_at is not None,
        "first_of_pair": len(pair) > 1 and not _earlier(session, (pair[0], pair[1])).exists(),
    }
    return frozenset(name for name, holds in found.items() if holds)


def recording_of(session: DosingSession) -> list[dict[str, str]]:
    """Returns the index of a session's recording: time codes, what is there, and the number of the file, no words."""
    marks = RecordingMark.objects.filter(session=session, amended_by__isnull=True, withdrawn=False)
    return [
        {"time_code": mark.time_code, "kind": mark.get_kind_display(), "reference": mark.reference}
        for mark in marks.order_by("observed_at", "id")
    ]


def pairs_to_sign_off(viewer: Viewer) -> list[PairToSignOff]:
    """Returns the pairs whose first session waits for supervision, the oldest first; a fixed number of statements."""
    ids = viewer.site_ids(Permission.SUPERVISION_SIGN)
    sessions = DosingSession.objects.filter(initial_dose_at__isnull=False).exclude(state=SessionState.ABANDONED)
    sessions = sessions if ids is None else sessions.filter(site_id__in=ids)
    rows = list(sessions.select_related("participant", "site", "visit").order_by("initial_dose_at", "id"))
    present = _pairs_in(rows)
    signed = set(PairSignOff.objects.values_list("site_id", "first_id", "second_id"))
    found: dict[tuple[int, int, int], PairToSignOff] = {}
    for session in rows:
        for one, other in present.get(session.pk, ()):
            key = (session.site_id, one.pk, other.pk)
            if key not in signed:
                found.setdefault(key, PairToSignOff(session, (one, other)))
    return list(found.values())


def sessions_to_sign_off(session: DosingSession, therapists: Sequence[Person]) -> list[DosingSession]:
    """Returns the earlier sessions of pairs among these therapists that wait for supervision, one for each pair."""
    found = []
    for one, other in combinations(sorted(therapists, key=lambda person: person.pk), 2):
        earlier = _unsigned(session, (one, other)).select_related("participant", "site", "visit")
        found += list(earlier.order_by("initial_dose_at", "id")[:1])
    return found


def _pairs_in(sessions: Iterable[DosingSession]) -> dict[int, list[tuple[Person, Person]]]:
    """Returns the pairs of therapists of sessions, by the role under which they work there."""
    rows = RoomPresence.objects.filter(session__in=list(sessions), amended_by__isnull=True, withdrawn=False)
    rows = rows.filter(person__delegations__duty=THERAPIST).select_related("person").order_by("person_id")
    inside: dict[int, dict[int, Person]] = {}
    for row in rows.distinct():
        inside.setdefault(row.session_id, {})[row.person_id] = row.person
    return {session: list(combinations(people.values(), 2)) for session, people in inside.items()}


def _unsigned(session: DosingSession, pair: tuple[Person, Person]) -> QuerySet[DosingSession]:
    """Returns the earlier sessions of a pair that nobody signed off."""
    signed = PairSignOff.objects.filter(site_id=session.site_id, first=pair[0], second=pair[1])
    return _earlier(session, pair).filter(~Exists(signed))


def _earlier(session: DosingSession, pair: tuple[Person, Person]) -> QuerySet[DosingSession]:
    """Returns the sessions in which both were in the room when somebody else was given a dose before."""
    both = [
        Exists(RoomPresence.objects.filter(session=OuterRef("pk"), person=person, withdrawn=False)) for person in pair
    ]
    found = DosingSession.objects.filter(*both, site_id=session.site_id, initial_dose_at__isnull=False)
    if session.initial_dose_at is not None:
        found = found.filter(initial_dose_at__lt=session.initial_dose_at)
    return found.exclude(participant_id=session.participant_id)
