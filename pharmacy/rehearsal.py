"""Rehearses the protocol's method on simulated people: how balanced, and how well the next arm could be guessed.

Nothing here knows the real list: the method runs again under seeds of the rehearsal. The guess is the best that
somebody could make who knew every earlier arm (Blackwell and Hodges, Ann Math Stat 1957;28:449-460): the arm that is
behind. A blinded person knows no earlier arm, and is left with the share of an arm.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from pharmacy.list_file import joined
from pharmacy.minimisation import MinimisationRules, Minimised
from pharmacy.permuted_blocks import Slot, arms_of_stratum, below, draws
from protocol.definition import ProtocolDefinition

Z = 1.959964
Levels = Mapping[str, str]
Allocator = Callable[[Levels], str | None]


@dataclass(frozen=True)
class Interval:
    """A share with its 95 % interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Rehearsal:
    """What many simulated trials come to; the tables are those of the first of them."""

    trials: int
    people: int
    by_stratum: Mapping[str, Mapping[str, int]]
    overall_difference: Mapping[int, int]
    worst_in_stratum: Mapping[int, int]
    guessed_by_place: Sequence[Interval]
    guessed: Interval
    chance: float


def rehearse_protocol(
    definition: ProtocolDefinition, *, levels: Mapping[str, Sequence[str]], draft: Sequence[Slot], people: int,
    trials: int, seed: str,
) -> Rehearsal | None:  # fmt: skip
    """Returns what the protocol's own method comes to; None where the list is a file that was not uploaded yet."""
    rules = definition.randomisation
    if rules.scheme.kind == "minimisation":
        method = minimised(rules_of(definition))
    elif rules.scheme.kind == "permuted_blocks":
        method = in_blocks(ratio=rules.ratio, block_sizes=rules.block_sizes, people=people)
    elif draft:
        method = from_list(draft)
    else:
        return None
    return rehearse(method, levels=levels, arms=sorted(rules.ratio), people=people, trials=trials, seed=seed)


def rules_of(definition: ProtocolDefinition) -> MinimisationRules:
    """Returns the protocol's rules of minimisation. Raises ValueError where it goes by another method."""
    rules = definition.randomisation
    if rules.scheme.probability is None:
        raise ValueError("The protocol does not minimise.")
    return MinimisationRules(tuple(rules.ratio), rules.scheme.probability, rules.scheme.measure, rules.scheme.weights)


def rehearse(
    method: Callable[[str], Allocator], *, levels: Mapping[str, Sequence[str]], arms: Sequence[str], people: int,
    trials: int, seed: str,
) -> Rehearsal:  # fmt: skip
    """Returns what `trials` simulated trials of so many people come to; `method` makes an allocator from a seed."""
    first: dict[str, dict[str, int]] = {}
    overall, worst = dict[int, int](), dict[int, int]()
    right, asked = list[float](), list[int]()
    for number in range(trials):
        counts: dict[str, dict[str, int]] = {}
        allocate, difference = method(f"{seed}|trial {number}"), 0
        for who in _arrivals(levels, people=people, seed=f"{seed}|people {number}"):
            arm = allocate(who)
            if arm is None:
                break
            stratum = joined(list(who.values()))
            known = counts.setdefault(stratum, dict.fromkeys(arms, 0))
            _guess(known, arm, right, asked)
            known[arm] += 1
            difference = max(difference, _difference(known))
        totals = {arm: sum(known[arm] for known in counts.values()) for arm in arms}
        overall[_difference(totals)] = overall.get(_difference(totals), 0) + 1
        worst[difference] = worst.get(difference, 0) + 1
        first = first or counts
    return Rehearsal(
        trials, people, dict(sorted(first.items())), _filled(overall), _filled(worst),
        tuple(_interval(hits, tries) for hits, tries in zip(right, asked, strict=True)),
        _interval(sum(right), sum(asked)), 1 / len(arms),
    )  # fmt: skip


def in_blocks(*, ratio: Mapping[str, int], block_sizes: Sequence[int], people: int) -> Callable[[str], Allocator]:
    """Returns the maker of allocators by permuted blocks."""

    def make(seed: str) -> Allocator:
        rows: dict[str, Iterator[tuple[int, str]]] = {}

        def allocate(levels: Levels) -> str:
            stratum = joined(list(levels.values()))
            row = rows.get(stratum)
            if row is None:
                row = arms_of_stratum(stratum, ratio=ratio, block_sizes=block_sizes, slots=people, seed=seed)
                rows[stratum] = row
            return next(row)[1]

        return allocate

    return make


def minimised(rules: MinimisationRules) -> Callable[[str], Allocator]:
    """Returns the maker of allocators by minimisation."""
    return lambda seed: Minimised(rules, seed).allocate


def from_list(slots: Sequence[Slot]) -> Callable[[str], Allocator]:
    """Returns the maker of allocators that go through a draft in its order; a stratum that is used up ends a trial."""

    def make(seed: str) -> Allocator:
        rows: dict[str, list[str]] = {}
        for slot in slots:
            rows.setdefault(slot.stratum, []).append(slot.arm)
        waiting = {stratum: iter(arms) for stratum, arms in rows.items()}
        return lambda levels: next(waiting[joined(list(levels.values()))], None)

    return make


def _arrivals(levels: Mapping[str, Sequence[str]], *, people: int, seed: str) -> Iterator[Levels]:
    draw = draws(seed, "levels")
    for _ in range(people):
        yield {factor: values[below(len(values), draw)] for factor, values in levels.items()}


def _guess(known: Mapping[str, int], arm: str, right: list[float], asked: list[int]) -> None:
    place = sum(known.values())
    behind = [each for each, number in known.items() if number == min(known.values())]
    if place == len(asked):
        right.append(0.0)
        asked.append(0)
    right[place] += (arm in behind) / len(behind)
    asked[place] += 1


def _difference(counts: Mapping[str, int]) -> int:
    return max(counts.values()) - min(counts.values())


def _filled(found: Mapping[int, int]) -> dict[int, int]:
    return {difference: found.get(difference, 0) for difference in range(max(found, default=0) + 1)}


def _interval(hits: float, tries: int) -> Interval:
    # Wilson's, which stays between 0 and 1.
    share, square = hits / tries, Z * Z
    middle = (share + square / (2 * tries)) / (1 + square / tries)
    reach = Z / (1 + square / tries) * sqrt(share * (1 - share) / tries + square / (4 * tries * tries))
    return Interval(share, middle - reach, middle + reach)
