"""Makes stratified permuted blocks: pure, and the same for the same seed on every machine.

The numbers come from HMAC-SHA-256 and not from a library's generator: an auditor can repeat the list in years, in any
language, and nobody can continue it from what he has seen of it.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

LOWEST_NUMBER, HIGHEST_NUMBER = 10_000, 99_999


@dataclass(frozen=True)
class Slot:
    """One place of the list; `position` counts from 1 within its stratum."""

    stratum: str
    position: int
    block: int
    arm: str
    randomisation_number: str


@dataclass(frozen=True)
class Balance:
    """How a number of simulated people would fall: by arm, and the worst difference within a stratum on the way."""

    people: int
    by_arm: Mapping[str, int]
    worst_difference: int


def permuted_blocks(
    *, strata: Sequence[str], ratio: Mapping[str, int], block_sizes: Sequence[int], slots_per_stratum: int, seed: str
) -> tuple[Slot, ...]:
    """Returns the list, stratum by stratum; the last block is whole, so a stratum may get a few slots more.

    Raises ValueError when a block cannot hold the ratio in whole numbers, or when there are more slots than numbers.
    """
    share = sum(ratio.values())
    if not strata or not block_sizes or share == 0 or any(size % share or size <= 0 for size in block_sizes):
        raise ValueError(f"Each block size must be a multiple of {share}, the sum of the ratio.")
    placed = [
        (stratum, position, block, arm)
        for stratum in strata
        for position, (block, arm) in enumerate(
            arms_of_stratum(stratum, ratio=ratio, block_sizes=block_sizes, slots=slots_per_stratum, seed=seed), start=1
        )
    ]
    numbers = randomisation_numbers(len(placed), seed=seed)
    return tuple(Slot(*place, randomisation_number=number) for place, number in zip(placed, numbers, strict=True))


def preview_balance(slots: Sequence[Slot], *, people: Sequence[int], seed: str) -> tuple[Balance, ...]:
    """Returns the balance after each number of simulated people, who arrive at the strata by chance."""
    waiting: dict[str, list[str]] = {}
    for slot in slots:
        waiting.setdefault(slot.stratum, []).append(slot.arm)
    arms = sorted({slot.arm for slot in slots})
    counts = {stratum: dict.fromkeys(arms, 0) for stratum in waiting}
    draw, found, worst = draws(seed, "preview"), [], 0
    for arrived in range(1, min(max(people), len(slots)) + 1):
        open_strata = sorted(stratum for stratum, left in waiting.items() if left)
        stratum = open_strata[below(len(open_strata), draw)]
        counts[stratum][waiting[stratum].pop(0)] += 1
        worst = max(worst, max(counts[stratum].values()) - min(counts[stratum].values()))
        if arrived in people:
            by_arm = {arm: sum(count_of[arm] for count_of in counts.values()) for arm in arms}
            found.append(Balance(arrived, by_arm, worst))
    return tuple(found)


def arms_of_stratum(
    stratum: str, *, ratio: Mapping[str, int], block_sizes: Sequence[int], slots: int, seed: str
) -> Iterator[tuple[int, str]]:
    """Yields block and arm of each place of a stratum, in whole blocks, until there are `slots` at least."""
    draw = draws(seed, f"stratum {stratum}")
    share, made = sum(ratio.values()), 0
    for block in count(1):
        if made >= slots:
            return
        size = block_sizes[below(len(block_sizes), draw)]
        arms = [arm for arm in sorted(ratio) for _ in range(ratio[arm] * size // share)]
        _shuffle(arms, draw)
        yield from ((block, arm) for arm in arms)
        made += size


def randomisation_numbers(wanted: int, *, seed: str) -> list[str]:
    """Returns so many different numbers. Raises ValueError when there are not so many."""
    # Drawn without regard to arm or order: a number says nothing but which slot it is.
    room = HIGHEST_NUMBER - LOWEST_NUMBER + 1
    if wanted > room:
        raise ValueError(f"The list has more than {room} slots.")
    draw, taken = draws(seed, "numbers"), dict[int, None]()
    while len(taken) < wanted:
        taken.setdefault(LOWEST_NUMBER + below(room, draw))
    return [f"R{number}" for number in taken]


def draws(seed: str, purpose: str) -> Iterator[int]:
    """Yields whole numbers below 2**64, the same for the same seed and purpose."""
    for counter in count():
        digest = hmac.digest(seed.encode(), f"{purpose}|{counter}".encode(), "sha256")
        yield int.from_bytes(digest[:8], "big")


def below(limit: int, draw: Iterator[int]) -> int:
    """Returns the next draw as a whole number below the limit, each as likely as the others."""
    # Draws beyond the last whole multiple are thrown away; a plain remainder would favour small numbers.
    ceiling = 2**64 - 2**64 % limit
    return next(value for value in draw if value < ceiling) % limit


def _shuffle(items: list[str], draw: Iterator[int]) -> None:
    for last in range(len(items) - 1, 0, -1):
        other = below(last + 1, draw)
        items[last], items[other] = items[other], items[last]
