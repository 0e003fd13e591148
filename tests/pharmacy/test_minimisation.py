"""Minimisation: the database and the second programme agree, and both balance as an independent one does."""

import json
import math
import random
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contributions import reading_as
from core.errors import Refused
from pharmacy import allocation
from pharmacy.minimisation import MinimisationRules, Minimised, replay
from tests.arms import unlocked
from tests.cast import AT, receive_kits
from tests.conftest import size
from tests.databases import owner_cursor
from tests.pharmacy.test_allocation import enrolled
from tests.reading import text_of

WEIGHTS = {"site": 2, "sex": 1, "age": 1}
LEVELS = {"site": ["S01", "S02", "S03"], "sex": ["female", "male"], "age": ["young", "old"]}
PEOPLE = 60


def people(seed, *, number=PEOPLE):
    dice = random.Random(seed)
    return [{factor: dice.choice(levels) for factor, levels in LEVELS.items()} for _ in range(number)]


def independently(everybody, *, arms, probability, measure, seed):
    """Pocock and Simon written again from the paper, with floating point, lists and another generator."""
    dice, placed = random.Random(seed), []
    for who in everybody:
        scores = []
        for trial in arms:
            score = 0.0
            for factor, weight in WEIGHTS.items():
                numbers = [
                    sum(arm == each for other, arm in placed if other[factor] == who[factor]) + (each == trial)
                    for each in arms
                ]
                mean = sum(numbers) / len(numbers)
                variance = sum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1)
                score += weight * (max(numbers) - min(numbers) if measure == "range" else variance)
            scores.append(score)
        order = sorted(range(len(arms)), key=lambda index: (round(scores[index], 9), dice.random()))
        first, rest = arms[order[0]], [arms[index] for index in order[1:]]
        placed.append((who, first if dice.random() < float(probability) else dice.choice(rest)))
    return [arm for _, arm in placed]


def imbalance(everybody, given_arms, arms):
    """The weighted sum over all levels of how far the arms are apart."""
    total = 0
    for factor, levels in LEVELS.items():
        for level in levels:
            counts = Counter(arm for who, arm in zip(everybody, given_arms, strict=True) if who[factor] == level)
            total += WEIGHTS[factor] * (max(counts[arm] for arm in arms) - min(counts[arm] for arm in arms))
    return total


def kolmogorov_smirnov(one, other):
    """Returns the p value of the two-sample test, by the limiting distribution; with ties it is on the safe side."""
    points = sorted({*one, *other})
    gap = max(
        abs(sum(value <= point for value in one) / len(one) - sum(value <= point for value in other) / len(other))
        for point in points
    )
    strength = gap * math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    if strength < 0.2:
        return 1.0
    terms = ((-1) ** (k - 1) * math.exp(-2 * k * k * strength * strength) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * sum(terms)))


@pytest.mark.prove
@pytest.mark.parametrize("measure", ["range", "variance"])
@pytest.mark.parametrize("arms", [("X", "Y"), ("X", "Y", "Z")], ids=["two arms", "three arms"])
def test_imbalance_is_distributed_as_an_independent_programme_has_it(arms, measure, evidence):
    trials, probability = size(small=150, full=2000), Decimal("0.8")
    rules = MinimisationRules(arms, probability, measure, WEIGHTS)
    ours, theirs = [], []
    for number in range(trials):
        here, there = people(f"ours {number}"), people(f"theirs {number}")
        again = Minimised(rules, f"seed {number}")
        ours.append(imbalance(here, [again.allocate(who) for who in here], arms))
        arms_there = independently(there, arms=arms, probability=probability, measure=measure, seed=f"dice {number}")
        theirs.append(imbalance(there, arms_there, arms))

    likelihood = kolmogorov_smirnov(ours, theirs)

    MEASURED[f"{len(arms)} arms, {measure}"] = round(likelihood, 4)
    evidence("minimisation", trials=trials, people=PEOPLE, p_of_two_sample_ks=MEASURED)
    assert likelihood > 0.01


MEASURED: dict[str, float] = {}


@pytest.mark.parametrize("wrong", [Decimal("0.5"), Decimal("0.99")], ids=["a coin", "nearly fixed"])
def test_another_probability_is_told_apart(wrong):
    ours, theirs = [], []
    for number in range(150):
        here = people(f"ours {number}")
        again = Minimised(MinimisationRules(("X", "Y"), wrong, "range", WEIGHTS), f"seed {number}")
        ours.append(imbalance(here, [again.allocate(who) for who in here], ("X", "Y")))
        there = independently(here, arms=("X", "Y"), probability=0.8, measure="range", seed=f"dice {number}")
        theirs.append(imbalance(here, there, ("X", "Y")))

    assert kolmogorov_smirnov(ours, theirs) < 0.01


@given(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=30))
def test_the_arm_that_balances_best_is_never_further_behind(order):
    """Whoever is preferred makes the weighted spread no larger than any other choice would."""
    everybody = people("fixed", number=4)
    again = Minimised(MinimisationRules(("X", "Y"), Decimal("0.9"), "range", {"site": 1}), "a seed of a test")
    for place in order:
        who = everybody[place]
        counts = dict(again.counts.get(("site", who["site"]), {"X": 0, "Y": 0}))
        best = again.preferred(who)
        assert all(counts[arm] == min(counts.values()) for arm in best)
        again.allocate(who)


def test_the_database_allocates_what_the_second_programme_repeats(own_database, minimising, ben, stan, client_for):
    receive_kits(minimising, site="A", pharmacist="phil", witness="ben", kits=60)
    dice, everybody = random.Random("levels"), enrolled(minimising, by=ben, number=40)
    for participant in everybody:
        levels = {"site": "S01", "sex_at_birth": dice.choice(["female", "male"])}
        with reading_as(ben, reason="Randomised"):
            stratum = " · ".join(levels.values())
            allocation.allocate(participant_id=participant.pk, stratum=stratum, levels=levels, at=AT)

    (shown,) = allocation.lists(trial_id=minimising.trial.pk, by=stan)
    taken = allocation.taken_places(shown.list_id, by=stan)
    rules = MinimisationRules(tuple(shown.ratio), Decimal("0.8"), "range", {"site": 2, "sex_at_birth": 1})

    assert [place for place, _, _ in taken] == list(range(1, 41))
    assert replay(taken, rules=rules, seed=shown.seed) == (40, [])
    assert replay(taken, rules=rules, seed="another seed of a test")[1] != []
    assert abs(Counter(arm for *_, arm in taken).most_common()[0][1] - 20) <= 3
    assert "All 40 allocations" in text_of(client_for(stan).get("/pharmacy/allocation-list/"))


@pytest.mark.parametrize("measure", ["range", "variance"])
def test_the_database_minimises_as_the_second_programme_does(own_database, minimising, stan, measure):
    """Three arms, other weights and the other measure, decided by the function of the schema place by place."""
    arms, weights = ("X", "Y", "Z"), {"site": 3, "sex": 2, "age": 1}
    rules = MinimisationRules(arms, Decimal("0.75"), measure, weights)
    again, everybody = Minimised(rules, "seed of the other list"), people("database", number=60)
    wanted = [again.allocate(who) for who in everybody]

    rows = {"measure": measure, "probability": "0.75", "weights": weights}
    found = []
    with unlocked(own_database) as cursor:
        cursor.execute(
            "UPDATE sealed.list l SET ratio = allocation.seal(%s, 'list.ratio ' || l.id, 256),"
            " seed = allocation.seal(%s, 'list.seed ' || l.id, 64),"
            " rules = allocation.seal((v.rules || %s)::text, 'list.rules ' || l.id, 256)"
            " FROM allocation.list v WHERE v.id = l.id RETURNING l.id",
            [json.dumps(dict.fromkeys(arms, 1)), "seed of the other list", json.dumps(rows)],
        )
        list_id = cursor.fetchone()[0]
        for place, who in enumerate(everybody, start=1):
            cursor.execute("SELECT allocation.minimise(%s, %s, %s)", [list_id, json.dumps(who), place])
            found.append(cursor.fetchone()[0])
            cursor.execute(
                "UPDATE sealed.slot SET levels = %s, arm = allocation.seal(%s, 'slot.arm '"
                " || concat_ws(' ', list_id, stratum, position), 64) WHERE list_id = %s AND position = %s",
                [json.dumps(who), found[-1], list_id, place],
            )

    assert found == wanted and len(set(found)) == 3


def test_a_missing_level_refuses_and_writes_nothing(own_database, minimising, ben):
    (participant,) = enrolled(minimising, by=ben, number=1)

    with reading_as(ben, reason="Randomised"), pytest.raises(Refused, match="balances the arms is missing"):
        allocation.allocate(participant_id=participant.pk, stratum="S01", levels={"site": "S01"}, at=AT)

    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(participant_id) FROM allocation.slot")
        assert cursor.fetchone() == (0,)


def test_numbers_of_the_places_tell_no_order(minimising, own_database):
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT randomisation_number FROM allocation.slot ORDER BY position")
        numbers = [row[0] for row in cursor.fetchall()]

    rises = sum(one < other for one, other in pairwise(numbers))
    assert len(set(numbers)) == 120 and 40 < rises < 80
