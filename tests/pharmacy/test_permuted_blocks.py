"""Blocks keep the ratio, one by one, and the same seed makes the same list."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pharmacy.permuted_blocks import permuted_blocks, preview_balance

SHARES = st.dictionaries(st.sampled_from(["X", "Y", "Z"]), st.integers(1, 3), min_size=2)


@settings(max_examples=60, deadline=None)
@given(
    ratio=SHARES,
    factors=st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True),
    strata=st.lists(st.text("ABC", min_size=1, max_size=3), min_size=1, max_size=4, unique=True),
    slots=st.integers(1, 60),
    seed=st.text("0123456789abcdef", min_size=16, max_size=32),
)
def test_every_block_holds_the_ratio_and_no_place_is_left_out(ratio, factors, strata, slots, seed):
    sizes = [factor * sum(ratio.values()) for factor in factors]

    made = permuted_blocks(strata=strata, ratio=ratio, block_sizes=sizes, slots_per_stratum=slots, seed=seed)

    blocks = defaultdict(Counter)
    for slot in made:
        blocks[slot.stratum, slot.block][slot.arm] += 1
    for block in blocks.values():
        times = block.total() // sum(ratio.values())
        assert block.total() in sizes
        assert block == {arm: share * times for arm, share in ratio.items()}
    for stratum in strata:
        positions = [slot.position for slot in made if slot.stratum == stratum]
        assert positions == list(range(1, len(positions) + 1)) and slots <= len(positions) < slots + max(sizes)
    assert len({slot.randomisation_number for slot in made}) == len(made)


@given(
    arms=st.integers(2, 3),
    factors=st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True),
    slots=st.integers(1, 80),
    seed=st.text("0123456789abcdef", min_size=16, max_size=32),
)
def test_imbalance_within_a_stratum_is_never_above_half_the_largest_block(arms, factors, slots, seed):
    ratio = dict.fromkeys("XYZ"[:arms], 1)
    sizes = [factor * arms for factor in factors]

    made = permuted_blocks(strata=["A", "B"], ratio=ratio, block_sizes=sizes, slots_per_stratum=slots, seed=seed)

    counts = {stratum: dict.fromkeys(ratio, 0) for stratum in ("A", "B")}
    for slot in made:
        known = counts[slot.stratum]
        known[slot.arm] += 1
        assert max(known.values()) - min(known.values()) <= max(sizes) / 2


def test_the_same_seed_makes_the_same_list_and_another_one_another():
    rules = {"strata": ["S01", "S02"], "ratio": {"X": 1, "Y": 1}, "block_sizes": [2, 4], "slots_per_stratum": 40}

    lists = [permuted_blocks(**rules, seed=seed) for seed in ("first seed", "first seed", "other seed")]

    assert lists[0] == lists[1] != lists[2]


def test_the_numbers_of_a_list_do_not_depend_on_the_arms():
    rules = {"strata": ["S01"], "block_sizes": [2], "slots_per_stratum": 20, "seed": "one seed"}

    pairs = [permuted_blocks(**rules, ratio=ratio) for ratio in ({"X": 1, "Y": 1}, {"P": 1, "Q": 1})]

    assert [slot.randomisation_number for slot in pairs[0]] == [slot.randomisation_number for slot in pairs[1]]


@pytest.mark.parametrize("sizes", [[3], [2, 5], [0], []], ids=["odd", "one odd", "empty block", "no size"])
def test_a_block_that_cannot_hold_the_ratio_is_refused(sizes):
    with pytest.raises(ValueError, match="multiple of 2"):
        permuted_blocks(strata=["S01"], ratio={"X": 1, "Y": 1}, block_sizes=sizes, slots_per_stratum=8, seed="seed")


def test_a_list_longer_than_the_numbers_is_refused():
    with pytest.raises(ValueError, match="more than"):
        permuted_blocks(strata=["S01"], ratio={"X": 1, "Y": 1}, block_sizes=[2], slots_per_stratum=90_001, seed="seed")


def test_the_preview_counts_simulated_people_and_the_worst_difference_in_a_stratum():
    made = permuted_blocks(
        strata=["S01", "S02"], ratio={"X": 1, "Y": 1}, block_sizes=[2, 4], slots_per_stratum=20, seed="one seed"
    )

    lines = preview_balance(made, people=[10, 40], seed="one seed")

    assert [line.people for line in lines] == [10, 40]
    assert all(sum(line.by_arm.values()) == line.people for line in lines)
    assert lines[-1].by_arm == {"X": 20, "Y": 20}
    assert 1 <= lines[-1].worst_difference <= 2
