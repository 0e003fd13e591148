"""The tables of the monitoring board, computed from who was allocated and what happened. Pure; arms are only labels.

The closed report counts by arm. The open report is the same computation after every arm was given one name, so that
nothing in it can depend on the arms. Intervals of differences of risk by Newcombe, Stat Med 1998;17:873-890, method 10;
time to the first event by Kaplan and Meier.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from math import sqrt
from typing import Any

Z = 1.959964
ALL_ARMS = "All"
# Above this many the plot of events would be read by nobody; the table has every term.
TERMS_DRAWN = 20
NOT_CODED = "Not coded"


@dataclass(frozen=True)
class BoardPerson:
    """One participant who was allocated, with what the board asks; counts and extremes, no name."""

    subject: str
    arm: str
    site: str
    standing: str
    first_dose_at: datetime | None
    sessions: int
    doses: int
    seen_until: datetime | None
    deviations: int
    important: int
    ideation_before: int | None
    ideation_worst: int | None
    systolic_before: int | None
    systolic_highest: int | None


@dataclass(frozen=True)
class BoardEvent:
    """One adverse event as it stands, of a participant who was allocated."""

    subject: str
    arm: str
    term: str
    severity: str
    serious: bool
    causality: str
    sponsor_causality: str
    event_group: str
    abuse_related: bool
    outcome: str
    aware_at: datetime
    # The system organ class of the dictionary; empty while the event is not coded.
    system: str = ""

    @property
    def name(self) -> str:
        """Returns the term under which events are counted together."""
        return " ".join(self.term.casefold().split())


def report_of(
    people: Sequence[BoardPerson], events: Sequence[BoardEvent], *, related: Iterable[str], arms: Sequence[str]
) -> dict[str, Any]:
    """Returns the tables and figures of a report, by the arms given; ready to be frozen as JSON."""
    sizes = {arm: sum(person.arm == arm for person in people) for arm in arms}
    wanted = frozenset(related)

    def involved(test: Callable[[BoardEvent], bool]) -> list[str]:
        found = {(event.subject, event.arm) for event in events if test(event)}
        return [_share(sum(arm == each for _, arm in found), sizes[each]) for each in arms]

    def is_related(event: BoardEvent) -> bool:
        return event.causality in wanted or event.sponsor_causality in wanted

    groups = sorted({event.event_group for event in events} - {"none"})
    overview: list[tuple[str, Callable[[BoardEvent], bool]]] = [
        ("Any event", lambda event: True),
        ("Related to the study drug", is_related),
        *((f"At worst {word}", _worst_is(word, events)) for word in ("mild", "moderate", "severe")),
        ("Serious", lambda event: event.serious),
        ("Serious and related", lambda event: event.serious and is_related(event)),
        ("Fatal", lambda event: event.outcome == "fatal"),
        ("Related to a potential for abuse", lambda event: event.abuse_related),
        *((f"Of special interest: {group.replace('_', ' ')}", _group_is(group)) for group in groups),
    ]
    return {
        "arms": list(arms),
        "sizes": sizes,
        "exposure": _exposure(people, arms),
        "overview": [[name, *involved(test)] for name, test in overview],
        "systems": [
            [name or NOT_CODED, *involved(_system_is(name))]
            for name in sorted({event.system for event in events}, key=lambda name: (not name, name))
        ],
        "terms": _terms(events, arms, sizes),
        "shift_ideation": _shift(people, arms, "ideation_before", "ideation_worst"),
        "systolic": _systolic(people, arms),
        "survival": {arm: _survival(people, events, arm) for arm in arms},
        "severity": [
            [word, *(sum(e.arm == arm and e.severity == word for e in events) for arm in arms)]
            for word in ("mild", "moderate", "severe")
        ],
    }


def without_arms(
    people: Sequence[BoardPerson], events: Sequence[BoardEvent]
) -> tuple[list[BoardPerson], list[BoardEvent]]:
    """Returns the same rows after every arm was given one name."""
    return [replace(row, arm=ALL_ARMS) for row in people], [replace(row, arm=ALL_ARMS) for row in events]


def frozen_text(report: Mapping[str, Any]) -> tuple[str, str]:
    """Returns a report as the text that is kept, and its SHA-256."""
    text = json.dumps(report, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text, sha256(text.encode()).hexdigest()


def risk_difference(first: int, of_first: int, second: int, of_second: int) -> tuple[float, float, float] | None:
    """Returns the difference of two risks with its 95 % interval; None where an arm is empty.

    Newcombe's hybrid of two Wilson intervals.
    """
    if not of_first or not of_second:
        return None
    one, other = first / of_first, second / of_second
    (low1, high1), (low2, high2) = _wilson(one, of_first), _wilson(other, of_second)
    difference = one - other
    low = difference - sqrt((one - low1) ** 2 + (high2 - other) ** 2)
    high = difference + sqrt((high1 - one) ** 2 + (other - low2) ** 2)
    return difference, low, high


def _wilson(share: float, of: int) -> tuple[float, float]:
    middle = (share + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z / (1 + Z * Z / of) * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return middle - half, middle + half


def _exposure(people: Sequence[BoardPerson], arms: Sequence[str]) -> list[list[Any]]:
    rows: list[tuple[str, Callable[[BoardPerson], int]]] = [
        ("Allocated", lambda person: 1),
        ("Dosed", lambda person: int(person.first_dose_at is not None)),
        ("Dosing sessions", lambda person: person.sessions),
        ("Doses given", lambda person: person.doses),
        ("Treatment discontinued", lambda person: int(person.standing == "discontinued")),
        ("Withdrawn", lambda person: int(person.standing == "withdrawn")),
        ("Completed", lambda person: int(person.standing == "completed")),
        ("Deviations", lambda person: person.deviations),
        ("Important deviations", lambda person: person.important),
    ]
    return [[name, *(sum(count(p) for p in people if p.arm == arm) for arm in arms)] for name, count in rows]


def _terms(events: Sequence[BoardEvent], arms: Sequence[str], sizes: Mapping[str, int]) -> list[dict[str, Any]]:
    """Returns each term with the participants in whom it occurred and how often, the commonest first."""
    subjects = Counter((name, arm) for name, _, arm in {(e.name, e.subject, e.arm) for e in events})
    occurrences = Counter((event.name, event.arm) for event in events)
    systems: dict[str, str] = {}
    for event in events:
        # The same words may have been coded for one participant and not yet for another.
        systems[event.name] = max(systems.get(event.name, ""), event.system)
    found = []
    for name in systems:
        counts = [subjects[name, arm] for arm in arms]
        difference = None
        if len(arms) == 2:
            difference = risk_difference(counts[0], sizes[arms[0]], counts[1], sizes[arms[1]])
        found.append(
            {
                "term": name,
                "system": systems[name] or NOT_CODED,
                "participants": counts,
                "events": [occurrences[name, arm] for arm in arms],
                "shares": [_share(count, sizes[arm]) for count, arm in zip(counts, arms, strict=True)],
                "difference": [round(value, 6) for value in difference] if difference else None,
            }
        )
    return sorted(found, key=lambda row: (-sum(row["participants"]), row["term"]))


def _shift(people: Sequence[BoardPerson], arms: Sequence[str], before: str, after: str) -> list[list[Any]]:
    """Returns how many went from which value before the first dose to which worst value after it, by arm."""
    pairs = Counter(
        (getattr(person, before), getattr(person, after), person.arm)
        for person in people
        if getattr(person, before) is not None and getattr(person, after) is not None
    )
    places = sorted({(one, other) for one, other, _ in pairs})
    return [[one, other, *(pairs[one, other, arm] for arm in arms)] for one, other in places]


def _systolic(people: Sequence[BoardPerson], arms: Sequence[str]) -> dict[str, list[list[int]]]:
    """Returns systolic pressure before the first dose and the highest after it, as pairs without a name."""
    return {
        arm: sorted(
            [person.systolic_before, person.systolic_highest]
            for person in people
            if person.arm == arm and person.systolic_before is not None and person.systolic_highest is not None
        )
        for arm in arms
    }


def _survival(people: Sequence[BoardPerson], events: Sequence[BoardEvent], arm: str) -> list[list[float]]:
    """Returns the share of an arm without an event by the day after the first dose: Kaplan and Meier.

    What the site knew of before the first dose is no event of this curve.
    """
    dosed = {person.subject: person.first_dose_at for person in people if person.first_dose_at is not None}
    first: dict[str, datetime] = {}
    for event in events:
        if event.arm == arm and event.subject in dosed and event.aware_at >= dosed[event.subject]:
            first[event.subject] = min(first.get(event.subject, event.aware_at), event.aware_at)
    times = []
    for person in people:
        if person.arm != arm or person.first_dose_at is None:
            continue
        happened = first.get(person.subject)
        ends_at = happened or person.seen_until or person.first_dose_at
        times.append((max(0, (ends_at - person.first_dose_at).days), happened is not None))
    left, share, steps = len(times), 1.0, [[0.0, 1.0]]
    for day in sorted({day for day, _ in times}):
        fell = sum(there == day and happened for there, happened in times)
        if fell and left:
            share *= 1 - fell / left
            steps.append([float(day), round(share, 6)])
        left -= sum(there == day for there, _ in times)
    return steps


def _worst_is(word: str, events: Sequence[BoardEvent]) -> Callable[[BoardEvent], bool]:
    order = ("mild", "moderate", "severe")
    worst: dict[str, int] = {}
    for event in events:
        worst[event.subject] = max(worst.get(event.subject, 0), order.index(event.severity))
    return lambda event: order[worst[event.subject]] == word


def _system_is(name: str) -> Callable[[BoardEvent], bool]:
    return lambda event: event.system == name


def _group_is(group: str) -> Callable[[BoardEvent], bool]:
    return lambda event: event.event_group == group


def _share(number: int, of: int) -> str:
    return f"{number} ({100 * number / of:.1f} %)" if of else str(number)
