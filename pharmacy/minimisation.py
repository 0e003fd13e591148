"""Minimisation after Pocock and Simon (Biometrics 1975;31:103-115), for arms of equal share: pure and repeatable.

The real allocation is decided in the database, where the arms are (`allocation.minimise`). This is the same rule in
another language: the statistician repeats every allocation with it from the seed, and rehearses on simulated people.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

# All people of the trial stand in one row: balance is sought over the factors, not within each stratum.
ROW = "all participants"
DRAWS = 2**48


@dataclass(frozen=True)
class MinimisationRules:
    """What the protocol says of minimisation."""

    arms: tuple[str, ...]
    probability: Decimal
    measure: str
    weights: Mapping[str, int]


@dataclass
class Minimised:
    """The people allocated so far, counted by factor, level and arm; `allocate` adds one."""

    rules: MinimisationRules
    seed: str
    people: int = 0
    counts: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def allocate(self, levels: Mapping[str, str]) -> str:
        """Returns the arm of the next person and counts it."""
        self.people += 1
        arm = self._choose(levels)
        self.count(levels, arm)
        return arm

    def preferred(self, levels: Mapping[str, str]) -> list[str]:
        """Returns the arms that would balance best if the next person had these levels."""
        uneven = {arm: self._unevenness(levels, arm) for arm in sorted(self.rules.arms)}
        return [arm for arm, value in uneven.items() if value == min(uneven.values())]

    def count(self, levels: Mapping[str, str], arm: str) -> None:
        """Counts a person who is in an arm."""
        for factor in self.rules.weights:
            at_level = self.counts.setdefault((factor, levels[factor]), dict.fromkeys(self.rules.arms, 0))
            at_level[arm] += 1

    def _choose(self, levels: Mapping[str, str]) -> str:
        best = self.preferred(levels)
        preferred = best[self._draw("tie") * len(best) // DRAWS]
        if self._draw("coin") < int(self.rules.probability * DRAWS):
            return preferred
        rest = [arm for arm in sorted(self.rules.arms) if arm != preferred]
        return rest[self._draw("other") * len(rest) // DRAWS]

    def _unevenness(self, levels: Mapping[str, str], arm: str) -> int:
        total = 0
        for factor, weight in self.rules.weights.items():
            known = self.counts.get((factor, levels[factor]), {})
            people = [known.get(each, 0) + (each == arm) for each in self.rules.arms]
            total += weight * _spread(people, measure=self.rules.measure)
        return total

    def _draw(self, purpose: str) -> int:
        digest = hashlib.sha256(f"{self.seed}|minimisation|{self.people}|{purpose}".encode()).digest()
        return int.from_bytes(digest[:6], "big")


def replay(
    taken: Iterable[tuple[int, Mapping[str, str], str]], *, rules: MinimisationRules, seed: str
) -> tuple[int, list[int]]:
    """Repeats allocations of (place, levels, arm) from the seed; returns how many, and the places that do not agree."""
    again, differing = Minimised(rules, seed), []
    for place, levels, arm in taken:
        if again.allocate(levels) != arm:
            differing.append(place)
    return again.people, differing


def _spread(people: Sequence[int], *, measure: str) -> int:
    if measure == "range":
        return max(people) - min(people)
    # The variance times the square of the number of arms: whole numbers, so that a tie is a tie.
    return len(people) * sum(number * number for number in people) - sum(people) ** 2
