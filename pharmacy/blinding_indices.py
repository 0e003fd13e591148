"""How well a blind held, from who guessed what: the indices of James and of Bang, with intervals. Pure.

James, Bloch, Lee, Kraemer, Fuller, Stat Med 1996;15:1421-1434: one index for all arms, from 0 (everybody guesses right)
over 0.5 (chance) to 1 (nobody can tell); its variance is that of the delta method for multinomial counts.
Bang, Ni, Davis, Control Clin Trials 2004;25:143-156: one index for each arm, right guesses less wrong ones among all
who were asked; 0 is chance, 1 everybody right, -1 everybody wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

Z = 1.959964
# (arm, guess) to how many; a guess that names no arm is "cannot tell".
Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Index:
    """An index with its standard error and 95 % interval."""

    value: float
    error: float
    low: float
    high: float


def bang(counts: Counts, arm: str) -> Index | None:
    """Returns the index of one arm; None where nobody of it was asked."""
    asked = {guess: number for (given, guess), number in counts.items() if given == arm}
    people = sum(asked.values())
    if not people:
        return None
    arms = {given for given, _ in counts}
    right = asked.get(arm, 0) / people
    wrong = sum(number for guess, number in asked.items() if guess in arms and guess != arm) / people
    value = right - wrong
    return _index(value, max(0.0, right + wrong - value * value) / people, low=-1.0)


def james(counts: Counts) -> Index | None:
    """Returns the index of all arms together; None where it is not defined, as when all guess alike and right."""
    arms = sorted({given for given, _ in counts})
    people = sum(counts.values())
    if not people:
        return None
    told = {(given, guess): counts.get((given, guess), 0) / people for given in arms for guess in arms}
    sure = sum(told.values())
    if sure == 0:
        return Index(1.0, 0.0, 1.0, 1.0)
    by_arm = {arm: sum(told[arm, guess] for guess in arms) for arm in arms}
    by_guess = {arm: sum(told[given, arm] for given in arms) for arm in arms}
    wrong = sum(share for (given, guess), share in told.items() if given != guess)
    by_chance = sum(by_arm[given] * by_guess[guess] for given in arms for guess in arms if given != guess)
    if by_chance == 0:
        return None
    # With K = (wrong/sure) / (by_chance/sure²) - 1 the index (1 + unsure + sure·K) / 2 is this:
    value = 1 - sure + wrong * sure * sure / (2 * by_chance)
    slopes = {
        (given, guess): -1
        + sure * wrong / by_chance
        + (given != guess) * sure * sure / (2 * by_chance)
        - wrong * sure * sure / (2 * by_chance**2)
        * ((sure - by_guess[given]) + (sure - by_arm[guess]))
        for given, guess in told
    }  # fmt: skip
    mean = sum(told[cell] * slope for cell, slope in slopes.items())
    square = sum(told[cell] * slope * slope for cell, slope in slopes.items())
    return _index(value, max(0.0, square - mean * mean) / people, low=0.0)


def _index(value: float, variance: float, *, low: float) -> Index:
    error = sqrt(variance)
    return Index(value, error, max(low, value - Z * error), min(1.0, value + Z * error))
