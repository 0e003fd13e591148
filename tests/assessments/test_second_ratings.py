"""Second ratings from the recording: who is drawn, what they touch and do not, how agreement and drift are told."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from assessments import queries, second_ratings
from assessments.actions import second_ratings as sampling
from assessments.instruments import SECOND
from assessments.models import Assessment
from assessments.queries.raters import free_raters
from core.contributions import contribution
from core.models import Person
from patients.models import Fact, Participant, Visit
from protocol.definition import RaterAgreement
from tests.assessments.conftest import booked, consented_participant, delegate_raters
from tests.assessments.test_actions import NO_DIAGNOSIS, lock, rating
from tests.cast import AT
from tests.stages import amended
from trials.models import Qualification
from trials.queries import definition_of

RULE = RaterAgreement(Decimal("0.15"), Decimal("0.8"), Decimal("0.6"), 2, Decimal(4), 2)


LOWEST = {"LEC5": 1, "SDS_M": 0, "CAPS5": 0}
# Everything is rated again, raters may come back, and one pair is enough to judge by.
EVERYTHING = (
    ('version: "1.0"', 'version: "2.0"'),
    ("max_assessments_per_participant: 1", "max_assessments_per_participant: 4"),
    ("sample: 0.15", "sample: 1"),
    ("min_kappa: 0.60, least_pairs: 5", "min_kappa: 0.60, least_pairs: 2"),
    ("drift_points: 4, drift_ratings: 4", "drift_points: 4, drift_ratings: 1"),
)


@pytest.fixture
def sampled(world: Any, ada: Person, ben: Person) -> Any:
    """The baseline of a participant under a protocol that rates everything again, with its interview locked."""
    with contribution(by=ada, reason="Pool delegated"):
        delegate_raters(world, "rhea", "rolf")
    with contribution(by=ben, reason="Arranged by the test"):
        form = amended(world, on=AT.date() - timedelta(days=1), by=ada, changes=EVERYTHING)
        baseline = booked(consented_participant(world, by=ben, form=form), "V3", by=ben)
        for instrument in ("LEC5", "SDS_M", "CAPS5"):
            lock(rating(baseline, instrument), NO_DIAGNOSIS if instrument == "CAPS5" else {}, others=LOWEST[instrument])
        yield baseline


def again(visit: Visit, instrument: str = "CAPS5") -> Assessment:
    found = Assessment.objects.select_related("rater", "protocol_version")
    return found.get(visit=visit, instrument=instrument, respondent=SECOND)


def test_another_rater_rates_the_interview_again(sampled: Visit) -> None:
    seconds = Assessment.objects.filter(visit=sampled, respondent=SECOND)

    assert {each.instrument for each in seconds} == {"CAPS5", "SDS_M", "LEC5"}
    first = Assessment.objects.get(visit=sampled, instrument="CAPS5", respondent="independent_assessor")
    assert {each.rater_id for each in seconds} == {again(sampled).rater_id} != {first.rater_id}
    assert again(sampled).rating_code != first.rating_code


def test_the_second_rater_counts_as_having_met_the_participant(sampled: Visit, ben: Person) -> None:
    met = Assessment.objects.filter(participant=sampled.participant, rater=again(sampled).rater)
    assert set(met.values_list("visit__code", flat=True)) == {"V3"}
    assert sum(free_raters(sampled.participant, visit=sampled, most=4, at=AT).values()) == 8 - 2


def test_a_second_rating_changes_nothing_of_the_participant(sampled: Visit, ben: Person, client_for: Any) -> None:
    facts = Fact.objects.filter(participant=sampled.participant).count()

    second = lock(again(sampled), {1: 4, **NO_DIAGNOSIS})

    assert Fact.objects.filter(participant=sampled.participant).count() == facts
    assert queries.standing_scores([second])[second.pk][0].value == "4"
    assert second not in queries.course_rows(sampled.participant)
    page = client_for(ben).get("/assessments/?show=locked").content.decode()
    assert second.rater is not None and second.rater.display_name not in page


def test_the_second_rater_is_told_to_use_the_recording_and_nothing_else(sampled: Visit, client_for: Any) -> None:
    second = again(sampled)

    page = client_for(second.rater).get(f"/ratings/{second.public_id}/?item=1").content.decode()

    # The drawn code of a rating may hold the same letters, and more behind them.
    assert "from the recording" in page and not re.search(rf"\b{sampled.code}\b", page)


def test_nobody_is_drawn_whom_a_later_interview_would_miss(baseline: Visit) -> None:
    """Two raters who may come once each have five interviews before them."""
    for instrument in ("LEC5", "SDS_M", "CAPS5"):
        lock(rating(baseline, instrument), {}, others=LOWEST[instrument])

    assert not Assessment.objects.filter(respondent=SECOND).exists()
    assert sampling.sample_for_second_rating(rating(baseline, "BDI2"), at=AT) == []


def test_the_share_of_the_sample_is_that_of_the_protocol(participant: Participant) -> None:
    visits = list(participant.visits.select_related("participant"))

    assert all(queries.is_sampled(visit, share=Decimal(1)) for visit in visits)
    assert not any(queries.is_sampled(visit, share=Decimal(0)) for visit in visits)
    some = [queries.is_sampled(visit, share=Decimal("0.5")) for visit in visits]
    assert some == [queries.is_sampled(visit, share=Decimal("0.5")) for visit in visits] and 0 < sum(some) < len(some)


def test_pairs_and_their_agreement(sampled: Visit, world: Any) -> None:
    lock(again(sampled), {1: 4, **NO_DIAGNOSIS})
    lock(again(sampled, "SDS_M"), {})

    found = {pair.instrument: pair for pair in second_ratings.pairs()}

    assert found["CAPS5"].values == (Decimal(0), Decimal(4))
    assert len(found["CAPS5"].items) == 30 and (0, 4) in found["CAPS5"].items
    definition = definition_of(world.version)
    by_code = {each.instrument: each for each in second_ratings.agreements(definition, found.values())}
    assert by_code["CAPS5"].pairs == 1 and by_code["CAPS5"].icc is None and by_code["CAPS5"].holds is None
    first, second = (
        second_ratings.differences_of(person, found.values())
        for person in (found["CAPS5"].first, found["CAPS5"].second)
    )
    assert (first[0] + first[1], second[0] + second[1]) == (-4, 4)


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        pytest.param([9.0], "too few", id="one pair says nothing"),
        pytest.param([4.0, 4.0], "steady", id="at the limit"),
        pytest.param([4.0, 4.1], "drifting", id="just above"),
        pytest.param([-9.0, 0.0], "drifting", id="to the other side"),
        pytest.param([9.0, 9.0, 1.0, 1.0], "steady", id="the latest count"),
    ],
)
def test_drift(differences: list[float], expected: str) -> None:
    assert second_ratings.drift_of(RULE, differences) == expected
    assert second_ratings.drift_of(None, differences) == "too few"


def test_the_desk_sees_pool_agreement_and_drift_and_no_rating(sampled: Visit, dev: Person, client_for: Any) -> None:
    lock(again(sampled), dict.fromkeys(range(1, 9), 2) | NO_DIAGNOSIS)
    browser = client_for(dev)

    page, worklist = (browser.get(address).content.decode() for address in ("/raters/", "/"))

    assert "Drifts" in page and "Rhea Lund" in page and "CAPS5" in page
    assert sampled.participant.screening_number not in page
    assert "Look at the rater" in worklist


def test_whose_certificate_has_expired_is_not_drawn_and_is_told_so(
    participant: Participant, ben: Person, rhea: Person, world: Any, client_for: Any
) -> None:
    held = Qualification.objects.filter(person=rhea, code="rater_certification")
    assert "Your certificate is valid" in client_for(rhea).get("/ratings/").content.decode()

    held.update(expires_on=(AT - timedelta(days=1)).date())

    assert rating(booked(participant, "V3", by=ben)).rater != rhea
    assert "Your certificate is not valid" in client_for(rhea).get("/ratings/").content.decode()
