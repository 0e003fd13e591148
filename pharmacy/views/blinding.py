"""How well the blind holds: the indices of James and Bang, for the unblinded statistician alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.permissions import Permission, requires
from core.requests import PageRequest
from pharmacy import allocation, drawings
from pharmacy.allocation import GuessCount
from pharmacy.blinding_indices import Index, bang, james
from protocol.definition import ProtocolDefinition
from trials import queries as trial_queries

ROW_HEIGHT, HEAD = 26, 30
# By Bang, within these limits a blind is usually called kept.
KEPT = 0.2


@dataclass(frozen=True)
class Drawn:
    """An index where it stands in the drawing."""

    label: str
    y: float
    x: float
    low: float
    high: float


@dataclass(frozen=True)
class Asked:
    """The guesses of one kind of person at one visit, with the counts of each arm and the indices."""

    who: str
    visit: str
    people: int
    rows: tuple[tuple[str, int, int, int, Index | None], ...]
    james: Index | None


@requires(Permission.ALLOCATION_LIST_MAKE)
@require_GET
@never_cache
def blinding_integrity(request: PageRequest) -> HttpResponse:
    """Shows for everybody who was asked to guess how far the guesses are from chance, by arm and over all."""
    trial = trial_queries.current_trial()
    definition = trial_queries.definition_of(trial_queries.latest_version(trial))
    counts = allocation.guesses_by_arm(trial_id=trial.pk, by=request.viewer.person)
    asked = list(_asked(counts, definition))
    context: dict[str, Any] = {"trial": trial, "asked": asked, "answers": _answers(asked)}
    found = [(each, arm, index) for each in asked for arm, *_, index in each.rows]
    bangs = [(f"{each.who}, {each.visit}, {arm}", index) for each, arm, index in found if index is not None]
    joint = [(f"{each.who}, {each.visit}", each.james) for each in asked if each.james is not None]
    context |= {"bang": _drawing(bangs, low=-1.0, marks=(-1.0, -KEPT, 0.0, KEPT, 1.0))}
    context |= {"james": _drawing(joint, low=0.0, marks=(0.0, 0.5, 1.0))}
    return render(request, "pharmacy/blinding_integrity.html", context)


def _asked(counts: list[GuessCount], definition: ProtocolDefinition) -> Iterator[Asked]:
    order = {visit.code: visit.order for visit in definition.visits}
    places = {(count.procedure, count.visit) for count in counts}
    arms = {arm.code: arm.name for arm in definition.arms}
    for procedure, visit in sorted(places, key=lambda place: (place[0], order.get(place[1], 0), place[1])):
        table: Counter[tuple[str, str]] = Counter({(arm, arm): 0 for arm in arms})
        for count in counts:
            if (count.procedure, count.visit) == (procedure, visit):
                table[count.arm, count.guess] += count.people
        rows = []
        for arm in arms:
            right = table[arm, arm]
            wrong = sum(table[arm, other] for other in arms if other != arm)
            unsure = sum(number for (given, guess), number in table.items() if given == arm and guess not in arms)
            rows.append((arm, right, wrong, unsure, bang(table, arm)))
        known = definition.procedures.get(procedure)
        role = definition.roles[known.role].name if known and known.role in definition.roles else procedure
        yield Asked(role, visit, table.total(), tuple(rows), james(table))


def _drawing(found: list[tuple[str, Index]], *, low: float, marks: tuple[float, ...]) -> dict[str, Any]:
    drawn = [
        Drawn(
            label, HEAD + place * ROW_HEIGHT, drawings.along(index.value, low=low), drawings.along(index.low, low=low),
            drawings.along(index.high, low=low),
        )
        for place, (label, index) in enumerate(found)
    ]  # fmt: skip
    base = HEAD + len(drawn) * ROW_HEIGHT
    return {
        "rows": drawn,
        "base": base - 8,
        "height": base + 22,
        "scale_y": base + 14,
        "scale": [(drawings.along(mark, low=low), f"{mark:g}") for mark in marks],
        "chance": drawings.along(0.0 if low < 0 else 0.5, low=low),
    }


def _answers(asked: list[Asked]) -> list[tuple[str, str, str]]:
    worst = max(
        ((index.value, each, arm) for each in asked for arm, *_, index in each.rows if index), default=None,
        key=lambda found: found[0],
    )  # fmt: skip
    beyond = sum(index is not None and index.error > 0 and index.low > 0 for each in asked for *_, index in each.rows)
    return [
        ("Guesses counted", str(sum(each.people for each in asked)), f"at {len(asked)} times of asking"),
        (
            "Furthest from chance",
            f"{worst[0]:.2f}" if worst else "None",
            f"{worst[1].who}, {worst[2]}" if worst else "",
        ),
        ("Better than chance", str(beyond), "arms whose interval by Bang lies above 0"),
    ]
