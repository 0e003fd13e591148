"""Nobody blinded can guess the next arm: not by order, counts, times, numbers, kits, expiry or the own guess.

Each simulated trial is a site with a shipment of its own and a stratum of a sealed list; people are allocated through
the database's own function. A guesser is trained on one half of the trials with everything that a blinded role reads,
and judged on the other half beside one who knows the enrolment counts alone.
"""

import json
import math
import random
from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import connections

from core.contributions import contribution
from core.models import Person
from patients.models import Participant
from pharmacy import allocation
from pharmacy.allocation import ListDraft
from pharmacy.models import Kit
from pharmacy.permuted_blocks import permuted_blocks
from tests.arms import unlocked
from tests.cast import AT
from tests.conftest import size
from tests.databases import owner_cursor
from trials.models import Site

PEOPLE, KITS_OF_EACH_ARM, BATCH = 8, 8, 250
ARMS = ("X", "Y")
# Bins keep the guesser's table small; a finer one would only learn noise.
BINS = 4


@pytest.fixture
def trials(own_database, world, stan):
    """Sites, a sealed list with a stratum for each, people and a shipment for each; written as the owner."""
    number = size(small=120, full=10_000)
    with unlocked(own_database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute("DELETE FROM allocation.slot; DELETE FROM allocation.list; DELETE FROM pharmacy_allocationlist")
    # The codes of the arms are those of the list; what they stand for is nobody's matter here.
    slots = permuted_blocks(
        strata=[f"T{place:05d}" for place in range(number)], ratio=dict.fromkeys(ARMS, 1), block_sizes=[2, 4],
        slots_per_stratum=PEOPLE, seed="seed of the predictability",
    )  # fmt: skip
    draft = ListDraft("permuted_blocks", slots, "seed of the predictability", dict.fromkeys(ARMS, 1), [2, 4])
    with connections["unblinded"].cursor() as cursor:
        # The list of ten thousand trials in one: no list of one trial comes near what a statement may take.
        cursor.execute("SET statement_timeout = 0")
    made = allocation.make_list(draft, trial_id=world.trial.pk, protocol_version_id=world.version.pk, by=stan, at=AT)
    packed = _fill(world, number)
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT set_config('app.actor', '1', false), set_config('app.reason', 'test', false)")
        cursor.execute("UPDATE allocation.list SET sealed_at = %s WHERE id = %s", [AT, made])
        cursor.execute("UPDATE core_membership SET site_id = NULL WHERE person_id = %s", [world.people["ben"].pk])
        cursor.execute(
            "INSERT INTO sealed.kit_content (kit_number, arm, lot, received_by_id)"
            " SELECT p.number, allocation.seal(p.arm, 'kit_content.arm ' || p.number, 64),"
            " allocation.seal('LOT', 'kit_content.lot ' || p.number, 64), 1"
            " FROM jsonb_to_recordset(%s) AS p(number text, arm text)",
            [json.dumps([{"number": kit, "arm": arm} for kit, arm in packed.items()])],
        )
    return number


def _fill(world, number):
    """Adds the sites with their people and kits; returns what each kit holds."""
    setup, dice, packed, kits, people = Person.objects.system("setup"), random.Random("kits"), {}, [], []
    with contribution(by=setup, reason="Test"):
        sites = Site.objects.bulk_create(
            Site(trial=world.trial, code=f"T{place:05d}", name="Site", zone="UTC", message_alias="the study",
                 public_id=f"sit_pred{place}")
            for place in range(number)
        )  # fmt: skip
        for place, site in enumerate(sites):
            for index, drawn in enumerate(dice.sample(range(100_000), 2 * KITS_OF_EACH_ARM)):
                packed[f"P{place:05d}-{drawn:05d}"] = ARMS[index % 2]
                expires_on = AT.date() + timedelta(days=400 + dice.randrange(4) * 30)
                kit = f"P{place:05d}-{drawn:05d}"
                kits.append(
                    Kit(site=site, number=kit, expires_on=expires_on, public_id=f"kit_{kit}", recorded_by=setup)
                )
            people += [
                Participant(
                    site=site, screening_number=f"{site.code}-{index}", first_contact_on=AT.date(),
                    protocol_version=world.version, public_id=f"ptc_{site.code}{index}", recorded_by=setup,
                )
                for index in range(PEOPLE)
            ]  # fmt: skip
        Kit.objects.bulk_create(kits, batch_size=2000)
        Participant.objects.bulk_create(people, batch_size=2000)
        for status in ("screening", "enrolled"):
            Participant.objects.filter(screening_number__startswith="T").update(status=status)
    return packed


def allocate_everybody(database, ben):
    """Allocates all people of all sites, in order, through the function that the runtime calls."""
    with owner_cursor(database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute(
            "SELECT p.id, s.code FROM patients_participant p JOIN trials_site s ON s.id = p.site_id"
            " WHERE s.code LIKE 'T%' ORDER BY s.code, p.id"
        )
        people = cursor.fetchall()
    for start in range(0, len(people), BATCH):
        with contribution(by=ben, reason="Randomised"):
            for participant, code in people[start : start + BATCH]:
                allocation.allocate(participant_id=participant, stratum=code, levels={"site": code}, at=AT)


def seen_by_the_blinded(database):
    """Yields each allocation with what a blinded role reads of it, and the arm, which only the test knows."""
    with owner_cursor(database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute(
            "SELECT t.stratum, t.position, t.randomisation_number, t.kit_number, k.expires_on - %s::date, t.arm,"
            " (SELECT array_agg(o.number ORDER BY o.number) FROM pharmacy_kit o WHERE o.site_id = k.site_id)"
            " FROM allocation.slot t JOIN pharmacy_kit k ON k.number = t.kit_number"
            " WHERE t.participant_id IS NOT NULL ORDER BY t.stratum, t.position",
            [AT.date()],
        )
        by_trial = defaultdict(list)
        for row in cursor.fetchall():
            by_trial[row[0]].append(row)
    for stratum, rows in by_trial.items():
        dice, left, before = random.Random(stratum), list(rows[0][6]), None
        for _, position, number, kit, days, arm, all_kits in rows:
            rank, rank_left = all_kits.index(kit) / len(all_kits), left.index(kit) / len(left)
            left.remove(kit)
            told = {
                "order": position,
                "number": int(number[1:]) * BINS // 100_000,
                "number after the last": before is not None and number > before,
                "kit": int(rank * BINS),
                "kit among those left": int(rank_left * BINS),
                "days to expiry": days,
                "hours since the last": dice.randrange(BINS),
                "own guess": dice.randrange(3),
            }
            before = number
            yield stratum, position, told, arm


def best_guesses(rows, features):
    """Trains on the even trials and returns, for each guess in the odd ones, whether it is right.

    Naive Bayes with one count for every value: every feature alone, and the pairs with the order, can tell.
    """
    counts, totals = defaultdict(lambda: dict.fromkeys(ARMS, 1)), dict.fromkeys(ARMS, 0)
    for stratum, _, told, arm in rows:
        if int(stratum[1:]) % 2 == 0:
            totals[arm] += 1
            for key in _keys(told, features):
                counts[key][arm] += 1
    right = []
    for stratum, _, told, arm in rows:
        if int(stratum[1:]) % 2:
            scores = {each: math.log(totals[each]) for each in ARMS}
            for key in _keys(told, features):
                for each in ARMS:
                    scores[each] += math.log(counts[key][each] / sum(counts[key].values()))
            right.append(max(ARMS, key=scores.__getitem__) == arm)
    return right


def _keys(told, features):
    for name in features:
        yield name, told[name]
        if name != "order":
            yield name, told[name], told["order"]


def interval(differences):
    """Returns the mean of differences with its 95 % interval."""
    mean = sum(differences) / len(differences)
    variance = sum((each - mean) ** 2 for each in differences) / (len(differences) - 1)
    reach = 1.959964 * math.sqrt(variance / len(differences))
    return mean, mean - reach, mean + reach


@pytest.mark.prove
def test_everything_that_is_read_guesses_no_better_than_enrolment_counts(own_database, trials, ben, evidence):
    allocate_everybody(own_database, ben)
    rows = list(seen_by_the_blinded(own_database))
    everything = list(rows[0][2])

    counts, all_of_it = best_guesses(rows, ["order"]), best_guesses(rows, everything)

    gain, low, high = interval([int(one) - int(other) for one, other in zip(all_of_it, counts, strict=True)])
    evidence(
        "predictability", trials=trials, allocations=len(rows), judged=len(counts), reads=everything,
        right_by_counts=round(sum(counts) / len(counts), 4), right_by_everything=round(sum(all_of_it) / len(counts), 4),
        gain=round(gain, 4), interval_95=[round(low, 4), round(high, 4)],
    )  # fmt: skip
    assert len(rows) == trials * PEOPLE
    assert low <= 0


def test_kits_numbered_by_arm_are_found_out(own_database, trials, ben):
    """The same guesser with a leak: kits of one arm have the higher numbers."""
    allocate_everybody(own_database, ben)
    leaked = [
        (stratum, position, told | {"kit": BINS - 1 if arm == ARMS[0] else 0}, arm)
        for stratum, position, told, arm in seen_by_the_blinded(own_database)
    ]

    counts, everything = best_guesses(leaked, ["order"]), best_guesses(leaked, list(leaked[0][2]))

    assert interval([int(one) - int(other) for one, other in zip(everything, counts, strict=True)])[1] > 0.2
