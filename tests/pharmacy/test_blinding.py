"""The indices of James and Bang, against published figures and against a second derivation; and who may see them."""

import random
from collections import Counter
from datetime import timedelta
from math import sqrt
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from assessments import actions as assessment_actions
from assessments.instruments import guess_procedures
from core.contributions import reading_as
from pharmacy import allocation
from pharmacy.blinding_indices import bang, james
from tests.arms import swap_arms
from tests.cast import AT
from tests.databases import owner_cursor
from tests.reading import text_of
from tests.sessions.conftest import dosing_day

CELLS = (("T", "T"), ("P", "T"), ("T", "P"), ("P", "P"), ("T", "dk"), ("P", "dk"))


def counts(*numbers):
    return dict(zip(CELLS, numbers, strict=True))


# Counts in the order of CELLS; Bang 2004 table 7 (CRISP), Houweling 2014 table 2 with the figures that packages print.
CRISP = counts(82, 27, 25, 29, 170, 83)
INVESTIGATORS = counts(48, 22, 4, 30, 330, 319)


@pytest.mark.parametrize(
    ("table", "joint", "of_treatment", "of_placebo"),
    [
        (CRISP, 0.75, 0.21, 0.01),
        (INVESTIGATORS, 0.896, 0.115, 0.022),
    ],
    ids=["CRISP", "Houweling, investigators"],
)
def test_indices_are_the_published_ones(table, joint, of_treatment, of_placebo):
    digits = 3 if joint != 0.75 else 2

    assert round(james(table).value, digits) == joint
    assert round(bang(table, "T").value, digits) == of_treatment
    assert round(bang(table, "P").value, digits) == of_placebo


def test_intervals_are_the_published_ones():
    joint, treated, given_placebo = james(INVESTIGATORS), bang(INVESTIGATORS, "T"), bang(INVESTIGATORS, "P")

    assert [round(each, 3) for each in (joint.error, joint.low, joint.high)] == [0.011, 0.875, 0.918]
    assert [round(each, 3) for each in (treated.error, treated.low, treated.high)] == [0.018, 0.080, 0.150]
    assert [round(each, 3) for each in (given_placebo.error, given_placebo.low, given_placebo.high)] == [
        0.019, -0.016, 0.060,
    ]  # fmt: skip


def james_again(shares):
    """James's index as kappa of disagreement, written from the paper; shares in the order of CELLS."""
    unsure = shares[4] + shares[5]
    seen = 0.5 * (shares[1] + shares[2]) / (1 - unsure)
    guessed = (shares[0] + shares[1], shares[2] + shares[3])
    given_arm = (shares[0] + shares[2], shares[1] + shares[3])
    expected = 0.5 * (guessed[0] * given_arm[1] + guessed[1] * given_arm[0]) / (1 - unsure) ** 2
    return (1 + unsure + (1 - unsure) * (seen - expected) / expected) / 2


@given(st.lists(st.integers(1, 200), min_size=6, max_size=6))
def test_james_and_its_error_agree_with_a_numerical_derivation(numbers):
    people = sum(numbers)
    shares = [number / people for number in numbers]
    step, slopes = 1e-6, []
    for place in range(6):
        up, down = list(shares), list(shares)
        up[place] += step
        down[place] -= step
        slopes.append((james_again(up) - james_again(down)) / (2 * step))
    mean = sum(share * slope for share, slope in zip(shares, slopes, strict=True))
    square = sum(share * slope * slope for share, slope in zip(shares, slopes, strict=True))

    found = james(counts(*numbers))

    assert found.value == pytest.approx(james_again(shares), abs=1e-9)
    assert found.error == pytest.approx(sqrt(max(0.0, square - mean * mean) / people), abs=1e-5)


def test_the_interval_of_bang_covers_as_often_as_it_says():
    dice, truth, hits = random.Random(11), 0.5 - 0.3, 0
    for _ in range(400):
        drawn = Counter(dice.choices(["T", "P", "dk"], weights=[0.5, 0.3, 0.2], k=200))
        found = bang({("T", guess): number for guess, number in drawn.items()} | {("P", "P"): 1}, "T")
        hits += found.low <= truth <= found.high

    assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize(
    ("table", "value"),
    [(counts(0, 0, 0, 0, 5, 5), 1.0), (counts(5, 0, 0, 5, 0, 0), 0.0), (counts(5, 5, 5, 5, 0, 0), 0.5)],
    ids=["nobody can tell", "everybody right", "chance"],
)
def test_james_at_its_marks(table, value):
    assert james(table).value == pytest.approx(value)


def test_what_is_not_defined_is_none():
    assert james({("T", "T"): 0, ("P", "P"): 0}) is None
    assert james({("T", "T"): 3, ("P", "P"): 0}) is None
    assert bang({("T", "T"): 3, ("P", "P"): 0}, "P") is None


# --- through the unblinded room ---


@pytest.fixture
def guessed(own_database, world, ada, ben, tess, theo):
    """A dosing day after which both therapists guessed, one by the first option and one by the second."""
    with reading_as(ben):
        day = dosing_day(world, by=ben, investigator=ada, pair=("tess", "theo"), handler="phil")
        visit = day.session.participant.visits.select_related("participant__protocol_version", "site").get(code="V6")
        from patients import actions as patients
        from patients.queries import definition_for

        patients.start_visit(visit, by=ben, at=day.at + timedelta(days=1))
        definition = definition_for(visit.participant)
        procedure = next(each for each in guess_procedures(definition, "V6") if each.role == "therapist")
        options = [arm.code for arm in definition.arms]
    for person, guess in zip((tess, theo), options, strict=True):
        with reading_as(person):
            assessment_actions.record_guess(
                visit, procedure, guess=guess, certainty="unsure", basis="A look", submission_id=uuid4(), by=person,
                at=day.at + timedelta(days=1, hours=1),
            )  # fmt: skip
    return day.session.participant


def test_guesses_are_counted_by_arm_and_follow_the_arms(own_database, world, guessed, stan):
    one = allocation.guesses_by_arm(trial_id=world.trial.pk, by=stan)
    swap_arms(own_database)
    other = allocation.guesses_by_arm(trial_id=world.trial.pk, by=stan)

    assert [(count.procedure, count.visit, count.people) for count in one] == [("BLIND_GUESS_T", "V6", 1)] * 2
    assert {count.arm for count in one} != {count.arm for count in other}
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM audit.access WHERE kind = 'guesses by arm' AND actor_id = %s", [stan.pk])
        assert cursor.fetchone() == (2,)


def test_the_statistician_alone_sees_the_indices(own_database, world, guessed, stan, client_for):
    page = reverse("pharmacy:blinding-integrity")

    shown = text_of(client_for(stan).get(page))
    others = {
        username: client_for(person).get(page).status_code
        for username, person in world.people.items()
        if username != "stan"
    }

    assert "UNBLINDED" in shown and "Therapist" in shown and "1.000" in shown
    assert set(others.values()) == {404}
    for person in (world.people["phil"], world.people["ada"]):
        with pytest.raises(Exception, match="not open to you"):
            allocation.guesses_by_arm(trial_id=world.trial.pk, by=person)


def test_the_page_before_any_guess_says_so(own_database, world, stan, client_for):
    assert "No guess yet" in text_of(client_for(stan).get(reverse("pharmacy:blinding-integrity")))
    assert AT
