"""A large trial, made in bulk past the actions: leads, participants with their visits, and what waits for somebody.

The rows are those that the actions would leave, written as the same people under the same rules of the database; only
the way through every page is left out, which would take hours.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Model

from core.contributions import contribution
from core.models import Person
from patients.models import Consent, ContactAttempt, Fact, Lead, Participant, PreScreen, Visit
from protocol.definition import ProtocolDefinition
from safety.models import AdverseEvent, AdverseEventRevision, Alert, Deviation
from trials.models import ConsentForm, ProtocolVersion, Site
from trials.queries import definition_of

SEED, BATCH = 20260105, 2_000
BETWEEN_VISITS = timedelta(days=10)
WINDOW = timedelta(days=3)
# How far participants are, by the hundred: the states they went through, and how many visits they have behind them.
COURSES: tuple[tuple[int, tuple[str, ...], tuple[int, int]], ...] = (
    (8, (), (0, 0)),
    (14, ("screening",), (0, 4)),
    (4, ("screening", "enrolled"), (5, 5)),
    (42, ("screening", "enrolled", "randomised"), (5, 17)),
    (22, ("screening", "enrolled", "randomised", "completed"), (99, 99)),
    (10, ("screening", "screen_failed"), (1, 3)),
)
OPEN_VISITS = {"screening", "enrolled", "randomised"}


@dataclass(frozen=True)
class Course:
    """How far one participant is."""

    states: tuple[str, ...]
    visits_done: int

    @property
    def status(self) -> str:
        """Returns where the participant stands now."""
        return self.states[-1] if self.states else "contacted"


def add_leads(site: Site, version: ProtocolVersion, *, number: int, by: Person, at: datetime) -> list[Lead]:
    """Adds leads of every state, with two attempts and the first questions each."""
    chance, own = random.Random(SEED), {"site": site, "recorded_by": by}
    with contribution(by=by, reason="Large trial made in bulk"):
        leads = Lead.objects.bulk_create(
            (
                Lead(
                    number=f"{site.code}-L{place}", source="referral", heard_on=at.date(),
                    next_contact_on=at.date() + timedelta(days=place % 9), submission_id=_id(chance), **own,
                )
                for place in range(1, number + 1)
            ),
            BATCH,
        )  # fmt: skip
        for model, more in (
            (ContactAttempt, {"attempted_at": at, "channel": "phone", "outcome": "reached"}),
            (ContactAttempt, {"attempted_at": at, "channel": "email", "outcome": "reached"}),
            (PreScreen, {"protocol_version": version, "answers": {}, "result": "passed", "observed_at": at}),
        ):
            rows: Iterable[Any] = (model(lead=lead, submission_id=_id(chance), **more, **own) for lead in leads)
            model.objects.bulk_create(rows, BATCH)  # type: ignore[attr-defined]
        keys = [lead.pk for lead in leads]
        Lead.objects.filter(pk__in=keys[: number * 3 // 4]).update(state="in_contact")
        waiting = Lead.objects.filter(pk__in=keys[: number // 4])
        waiting.update(state="waiting", waiting_rank=F("pk"), waiting_reason="No room yet")
        Lead.objects.filter(pk__in=keys[number // 4 : number // 2]).update(state="closed", close_reason="too_far")
    return leads


def add_participants(
    site: Site, version: ProtocolVersion, *, number: int, by: Person, investigator: Person, at: datetime
) -> list[Participant]:
    """Adds participants of every status with consent, visits, values, events, alerts and deviations."""
    chance, definition = random.Random(SEED), definition_of(version)
    courses = [_course(chance, len(definition.visits)) for _ in range(number)]
    own = {"site": site, "recorded_by": by}
    with contribution(by=by, reason="Large trial made in bulk"):
        people = Participant.objects.bulk_create(
            (
                Participant(
                    screening_number=f"{site.code}-{place:04}", first_contact_on=(at - timedelta(days=200)).date(),
                    protocol_version=version if course.states else None, **own,
                )
                for place, course in enumerate(courses, start=1)
            ),
            BATCH,
        )  # fmt: skip
        placed = list(zip(people, courses, strict=True))
        form = ConsentForm.objects.get(site=site)
        Consent.objects.bulk_create(
            Consent(participant=person, form=form, signed_at=at - timedelta(days=190), discussed_by=by, **own)
            for person, course in placed
            if course.states
        )
        _advance(Participant, "status", {p.pk: course.states for p, course in placed})
        visits = _add_visits(placed, definition, chance, own, at=at)
        _add_facts(placed, visits, definition, chance, own, at=at)
        _add_safety([person for person, course in placed if course.visits_done > 5], chance, own, at=at)
    return people


def _course(chance: random.Random, visits: int) -> Course:
    shares = [share for share, _, _ in COURSES]
    _, states, (least, most) = chance.choices(COURSES, shares)[0]
    return Course(states, min(visits, chance.randint(least, most)))


def _add_visits(
    placed: list[tuple[Participant, Course]],
    definition: ProtocolDefinition,
    chance: random.Random,
    own: dict[str, Any],
    *,
    at: datetime,
) -> dict[tuple[int, str], Visit]:
    visits, ways = [], []
    for person, course in placed:
        # Where the next visit's target lies: a few are late, most are to come.
        next_on = (at + timedelta(days=chance.choice((-6, -2, 0, 2, 4, 6, 9, 14, 20, 26)))).date()
        for place, planned in enumerate(definition.visits):
            target = next_on + (place - course.visits_done) * BETWEEN_VISITS
            done = place < course.visits_done
            moment = at + BETWEEN_VISITS * (place - course.visits_done) - timedelta(days=3) if done else None
            visits.append(
                Visit(
                    participant=person, code=planned.code, name=planned.name, kind=planned.type, order=place,
                    target_on=target, earliest_on=target - WINDOW, latest_on=target + WINDOW,
                    started_at=moment, ended_at=moment, **own,
                )
            )  # fmt: skip
            ends = ("started", "done") if done else () if course.status in OPEN_VISITS else ("cancelled",)
            ways.append(ends)
    made = Visit.objects.bulk_create(visits, BATCH)
    _advance(Visit, "state", {visit.pk: way for visit, way in zip(made, ways, strict=True)})
    return {(visit.participant_id, visit.code): visit for visit in made}


def _add_facts(
    placed: list[tuple[Participant, Course]],
    visits: dict[tuple[int, str], Visit],
    definition: ProtocolDefinition,
    chance: random.Random,
    own: dict[str, Any],
    *,
    at: datetime,
) -> None:
    """Gives everybody the values of the first visit, a few of them missing for whoever is still in screening."""
    first = definition.visits[0].code
    asked = [v for code in definition.procedures_of(first) for v in definition.variables_from(code.code)]
    Fact.objects.bulk_create(
        (
            Fact(
                participant=person, visit=visits[person.pk, first], variable=variable.name,
                value={"bool": "false", "number": "1"}.get(variable.type, next(iter(variable.values), "a")),
                unit=variable.unit, source="Bulk", observed_at=at - timedelta(days=180), **own,
            )
            for person, course in placed
            if course.visits_done
            for variable in asked
            if course.status != "screening" or chance.random() < 0.9
        ),
        BATCH,
    )  # fmt: skip


def _add_safety(treated: list[Participant], chance: random.Random, own: dict[str, Any], *, at: datetime) -> None:
    """Gives some of the treated an event, an alert or a deviation, a part of which waits for somebody."""
    chosen = chance.sample(treated, len(treated) // 2)
    events = AdverseEvent.objects.bulk_create(
        AdverseEvent(participant=p, number=1, site_aware_at=at - timedelta(days=9), submission_id=_id(chance), **own)
        for p in chosen
    )
    AdverseEventRevision.objects.bulk_create(
        AdverseEventRevision(
            event=event, number=1, term="Headache", started_on="2026-01-02", severity="mild", valence="unwelcome",
            seriousness=["hospitalisation"] if place % 40 == 0 else [], reason="First report",
            occurred_at=at - timedelta(days=9), **own,
        )
        for place, event in enumerate(events)
    )  # fmt: skip
    Alert.objects.bulk_create(
        Alert(
            participant=p, key=f"bulk:{p.pk}", rule="WS1", severity="watch", message="Systolic pressure above limit",
            raised_at=at - timedelta(hours=1), acknowledge_by_at=at + timedelta(hours=1), **own,
        )
        for p in chosen[:30]
    )  # fmt: skip
    Deviation.objects.bulk_create(
        Deviation(
            participant=p, key=f"bulk:{p.pk}", category="visit", description="A visit was late", source="proposed",
            importance="minor", occurred_at=at - timedelta(days=2), **own,
        )
        for p in chosen[30:90]
    )  # fmt: skip


def add_events(
    people: list[Participant], *, each: int, terms: tuple[str, ...], by: Person, at: datetime
) -> list[AdverseEvent]:
    """Adds so many further events to each participant: of every severity, some serious, assessed or of interest."""
    chance, severities = random.Random(SEED + 1), ("mild", "mild", "mild", "moderate", "moderate", "severe")
    with contribution(by=by, reason="Large trial made in bulk"):
        events = AdverseEvent.objects.bulk_create(
            (
                AdverseEvent(
                    participant=person, site_id=person.site_id, number=1000 + number, submission_id=_id(chance),
                    site_aware_at=at - timedelta(minutes=chance.randrange(500_000)), recorded_by=by,
                )
                for person in people
                for number in range(each)
            ),
            BATCH,
        )  # fmt: skip
        AdverseEventRevision.objects.bulk_create(
            (
                AdverseEventRevision(
                    event=event, site_id=event.site_id, number=1, term=chance.choice(terms), reason="First report",
                    started_on=event.site_aware_at.date().isoformat(), severity=chance.choice(severities),
                    valence="unwelcome", seriousness=["hospitalisation"] if chance.random() < 0.01 else [],
                    causality=chance.choice(("", "unrelated", "possible", "probable")),
                    event_group="abuse" if chance.random() < 0.02 else "none",
                    ongoing=False, ended_on=event.site_aware_at.date().isoformat(), outcome="recovered",
                    occurred_at=event.site_aware_at, recorded_by=by,
                )
                for event in events
            ),
            BATCH,
        )  # fmt: skip
    return events


def _advance(model: type[Model], column: str, ways: dict[int, tuple[str, ...]]) -> None:
    """Takes rows through their states one step at a time, as the database allows no other."""
    rows: Callable[..., Any] = model._default_manager.filter
    for step in range(max(map(len, ways.values()), default=0)):
        by_state: dict[str, list[int]] = {}
        for key, way in ways.items():
            if len(way) > step:
                by_state.setdefault(way[step], []).append(key)
        for state, keys in by_state.items():
            rows(pk__in=keys).update(**{column: state})


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
