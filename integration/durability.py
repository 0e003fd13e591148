"""Reads on the time after treatment: who must be reached, by which step next, and what happened in between."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from core.permissions import Permission, Viewer
from core.worklist import Window
from integration.models import EnquiryState, FollowUpContact, HarmEnquiry, IntercurrentEvent
from integration.queries import UPCOMING, state_of_window, window_of
from patients.access import visits_for
from patients.queries import all_visits, definition_for, options_given
from protocol.durability import Attempt, ProposedStep, proposed_step

if TYPE_CHECKING:
    from patients.models import Participant, Visit

# Visits after treatment that somebody must come to; sooner than this nobody is called about them.
KINDS, AHEAD = ("assessment", "follow_up"), timedelta(days=14)
GONE = ("missed", "cancelled")
WORDS = {"not_due": ("notdue", "Not due"), "open": ("due", "Due"), "closing": ("closing", "Closing")}


@dataclass(frozen=True)
class FollowUpRow:
    """A visit after treatment that waits, with how often somebody tried and the step that is proposed.

    `agrees` is whether the participant agreed to long-term follow-up; None where nobody needs to ask.
    """

    visit: "Visit"
    state: str
    words: str
    window: Window | None
    tried: int
    proposed: ProposedStep | None
    agrees: bool | None


def follow_up_rows(viewer: Viewer, *, today: date) -> list[FollowUpRow]:
    """Returns the visits of those who were randomised that come soon or wait, the earliest end first."""
    found = visits_for(viewer, Permission.CONTACT_RECORD).filter(
        kind__in=KINDS,
        state__in=UPCOMING,
        anchored_on_actual=True,
        earliest_on__lte=today + AHEAD,
        participant__randomisation__isnull=False,
    )
    visits = list(found.exclude(participant__status="withdrawn").order_by("latest_on", "id"))
    attempts = _attempts(visits)
    given = options_given(visit.participant_id for visit in visits)
    return [_row(visit, attempts.get(visit.pk, []), given.get(visit.participant_id, {}), today) for visit in visits]


def attempts_about(visit: "Visit") -> list[FollowUpContact]:
    """Returns the attempts about a visit, the latest first."""
    found = FollowUpContact.objects.filter(visit=visit).select_related("recorded_by")
    return list(found.order_by("-attempted_at", "-id"))


def next_step(visit: "Visit") -> ProposedStep | None:
    """Returns the step of tracing that is proposed for a visit, if one is."""
    return proposed_step(definition_for(visit.participant).durability, _attempts([visit]).get(visit.pk, []))


def events_of(participant: "Participant") -> QuerySet[IntercurrentEvent]:
    """Returns the intercurrent events that stand."""
    found = IntercurrentEvent.objects.filter(participant=participant, replaced_by__isnull=True, withdrawn=False)
    return found.select_related("recorded_by").order_by("began_on", "id")


def all_intercurrent_events() -> QuerySet[IntercurrentEvent]:
    """Returns every intercurrent event that stands, with what a dataset reads of it."""
    found = IntercurrentEvent.objects.filter(replaced_by__isnull=True, withdrawn=False)
    return found.select_related("site", "participant__protocol_version")


def missed_visits() -> "QuerySet[Visit]":
    """Returns every visit that did not take place or will not, with how often somebody was tried to be reached."""
    return _with_attempts(all_visits().filter(state__in=GONE))


def tried_visits() -> "QuerySet[Visit]":
    """Returns every visit about which somebody was tried to be reached, with how often and when last."""
    tried = FollowUpContact.objects.filter(visit=OuterRef("pk"))
    return _with_attempts(all_visits().filter(Exists(tried)))


def unmade_enquiries() -> QuerySet[HarmEnquiry]:
    """Returns the enquiries about late harm that were not made, with what a dataset reads of them."""
    found = HarmEnquiry.objects.filter(state__in=[EnquiryState.MISSED, EnquiryState.CANCELLED])
    return found.select_related("site", "participant", "visit")


def _with_attempts(visits: "QuerySet[Visit]") -> "QuerySet[Visit]":
    tried = "contact_attempts"
    return visits.select_related("participant__protocol_version").annotate(
        attempts=Count(tried),
        attempts_in_vain=Count(tried, filter=Q(contact_attempts__reached=False)),
        tracing_steps=Count(tried, filter=~Q(contact_attempts__step="")),
        tried_last_at=Max("contact_attempts__attempted_at"),
    )


def _attempts(visits: Iterable["Visit"]) -> dict[int, list[Attempt]]:
    rows = FollowUpContact.objects.filter(visit__in=list(visits)).order_by("attempted_at", "id")
    found: dict[int, list[Attempt]] = {}
    for visit_id, at, reached, step in rows.values_list("visit_id", "attempted_at", "reached", "step"):
        found.setdefault(visit_id, []).append(Attempt(at, reached, step))
    return found


def _row(visit: "Visit", attempts: list[Attempt], given: dict[str, bool], today: date) -> FollowUpRow:
    definition = definition_for(visit.participant)
    planned, option = definition.visits_by_code.get(visit.code), definition.durability.consent_option
    asks = bool(planned and planned.separate_consent and option)
    shape, words = WORDS.get(state_of_window(visit, today=today), ("overdue", "Overdue"))
    return FollowUpRow(
        visit=visit,
        state=shape,
        words=words,
        window=window_of(visit),
        tried=sum(not attempt.reached for attempt in attempts),
        proposed=proposed_step(definition.durability, attempts),
        agrees=bool(given.get(option)) if asks else None,
    )
