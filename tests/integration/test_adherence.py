"""Reviews of recordings: drawn by risk and lot, rated blind, and what they decide at the gate."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.urls import reverse

from core.contributions import reading_as
from core.errors import Conflict, Refused, WrongPassword
from integration import actions, adherence
from integration.models import AdherenceReview
from protocol.adherence import below_threshold, why_sampled
from sessions import actions as sessions
from sessions import privilege
from sessions.models import DosingSession, PairSignOff, TherapistRest
from tests.cast import PASSWORD
from tests.sessions.conftest import waiting_day
from trials.queries import definition_of

AT = datetime(2026, 1, 20, 9, tzinfo=UTC)


@pytest.fixture
def rules(world):
    return definition_of(world.version).adherence


@pytest.fixture
def day(in_day_database, world):
    return waiting_day(world)


def dose(day):
    """Gives the initial dose, with the measurement that must come before."""
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()


@pytest.fixture
def review(day, world):
    dose(day)
    return actions.sample_for_review(day.session, at=AT)[0]


def rated(review, rules, *, value=4, reviewer, breaches=(), seen=""):
    answers = {item.code: value for item in rules.items}
    with reading_as(reviewer):
        own = adherence.review_of(reviewer, review.public_id)
        return actions.lock_review(
            own, answers=answers, breaches=breaches, seen_at_codes=seen, note="", password=PASSWORD, by=reviewer, at=AT
        )


@pytest.mark.parametrize(
    ("latest", "expected"),
    [([], ""), ([0], ""), ([0, 4], "adherence"), ([3, 2], ""), ([2, 2], "adherence"), ([4, 4, 0], "")],
    ids=["no review", "one is too few", "a mean below", "at the threshold", "both below", "older ones do not count"],
)
def test_mean_of_the_latest_reviews_is_held_to_the_threshold(rules, latest, expected):
    answers = [{item.code: value for item in rules.items} for value in latest]

    assert below_threshold(rules, answers) == expected


@pytest.mark.parametrize(
    ("drawn", "facts", "why"),
    [(0.999, ["stop_word", "touch"], "stop_word"), (0.999, ["touch"], ""), (0.2, [], ""), (0.199, [], "random")],
    ids=["a risk is always reviewed", "what is no risk of the protocol", "lot at the share", "lot below the share"],
)
def test_recording_is_reviewed_for_a_risk_or_by_lot(rules, drawn, facts, why):
    assert why_sampled(rules, drawn=drawn, facts=facts) == why


def test_first_session_of_a_pair_is_drawn_once_and_given_to_a_reviewer(review, day, world, rules):
    again = actions.sample_for_review(day.session, at=AT)

    assert again == [] and day.session.reviews.count() == rules.reviewers
    assert (review.why, review.reviewer) == ("first_of_pair", world.people["rita"])
    assert sorted(review.pair) == sorted(each.pk for each in (world.people["tess"], world.people["theo"]))
    assert [each.reviewer for each in day.session.reviews.order_by("id")] == [world.people["rita"], None]


def test_reviewer_sees_the_own_review_and_nothing_of_whom_it_is_about(review, day, world, client_for):
    rita, participant = world.people["rita"], day.session.participant
    browser = client_for(rita)

    pages = [
        browser.get(reverse("integration:review-list")).content.decode(),
        browser.get(reverse("integration:review-detail", args=[review.public_id])).content.decode(),
        browser.get("/").content.decode(),
    ]

    telling = [participant.screening_number, participant.public_id, day.session.public_id, day.session.visit.name,
               "first_of_pair", day.kit.number, "S01", "Lisbon"]  # fmt: skip
    assert [word for word in telling for page in pages if word in page] == []
    assert all(review.code in page for page in pages)
    with reading_as(rita):
        assert list(AdherenceReview.objects.values_list("pk", flat=True)) == [review.pk]
        assert not DosingSession.objects.exists()


def test_locked_review_is_signed_and_refuses_what_does_not_fit(review, rules, world):
    rita, item = world.people["rita"], rules.items[0].code
    said = {"seen_at_codes": "", "note": "", "password": PASSWORD, "by": rita, "at": AT}
    full = {each.code: 3 for each in rules.items}
    with reading_as(rita):
        with pytest.raises(Refused, match="Rate this from 0 to 4"):
            actions.lock_review(review, answers=full | {item: 5}, breaches=[], **said)
        with pytest.raises(Refused, match="time code"):
            actions.lock_review(review, answers=full, breaches=["touch"], **said)
        with pytest.raises(WrongPassword):
            actions.lock_review(review, answers=full, breaches=[], **said | {"password": "wrong"})
    rated(review, rules, reviewer=rita)
    with pytest.raises(Conflict):
        rated(review, rules, reviewer=rita)
    with pytest.raises(Refused, match="not yours"):
        actions.lock_review(review, answers=full, breaches=[], **said | {"by": world.people["ada"]})


def test_breach_in_a_recording_closes_the_gate_for_the_pair_until_it_is_restored(review, day, rules, world, ada):
    rated(review, rules, reviewer=world.people["rita"], breaches=["stop_word"], seen="2:10:00")

    rests = list(TherapistRest.objects.order_by("id"))
    sentences = privilege.team_obstacles(day.session, [day.first, day.second], definition_of(world.version))

    assert {rest.person for rest in rests} == {day.first, day.second}
    assert sentences[0] == "Tess Marr may not give doses: a review saw a breach: a stop word was not heeded."
    with pytest.raises(Refused, match="Only a principal investigator"):
        sessions.restore_therapist(rests[0], reason="Talked", password=PASSWORD, by=day.second, at=AT)
    for rest in rests:
        sessions.restore_therapist(rest, reason="Talked it through", password=PASSWORD, by=ada, at=AT)
    assert privilege.team_obstacles(day.session, [day.first, day.second], definition_of(world.version)) == []
    with pytest.raises(Conflict):
        sessions.restore_therapist(rests[0], reason="Again", password=PASSWORD, by=ada, at=AT)


def test_gate_of_the_session_refuses_with_the_reason(day, world):
    system = type(day.first).objects.system("scoring")
    sessions.rest_therapist(
        day.first, site_id=day.session.site_id, cause="threshold", reason="adherence lies below.", by=system, at=AT
    )

    gate = sessions.judge_gate(day.session, at=day.at)

    assert "Tess Marr may not give doses: adherence lies below." in [each.sentence for each in gate.obstacles]
    with pytest.raises(Refused) as refused:
        dose(day)
    assert refused.value.details == ("Tess Marr may not give doses: adherence lies below.",)


def test_pair_gives_no_dose_to_another_participant_before_it_is_signed_off(day, world, ada, ben):
    definition = definition_of(world.version)
    other = SimpleNamespace(pk=None, site_id=day.session.site_id, participant_id=0, initial_dose_at=None)
    pair = [day.first, day.second]
    assert privilege.team_obstacles(other, pair, definition) == []
    with pytest.raises(Refused, match="after the pair's first session"):
        sessions.sign_off_pair(day.session, findings="Good", password=PASSWORD, by=ada, at=AT)
    dose(day)

    assert privilege.team_obstacles(other, pair, definition) == [
        "The first participant of Tess Marr and Theo Tahk is not signed off yet by the principal investigator."
    ]
    assert privilege.team_obstacles(day.session, pair, definition) == []
    with pytest.raises(Refused, match="own pair"):
        sessions.sign_off_pair(day.session, findings="Good", password=PASSWORD, by=day.first, at=AT)
    with pytest.raises(Refused, match="Only a principal investigator"):
        sessions.sign_off_pair(day.session, findings="Good", password=PASSWORD, by=ben, at=AT)
    sessions.sign_off_pair(day.session, findings="Good", password=PASSWORD, by=ada, at=AT)
    assert privilege.team_obstacles(other, pair, definition) == []
    with pytest.raises(Conflict):
        sessions.sign_off_pair(day.session, findings="Again", password=PASSWORD, by=ada, at=AT)


def test_board_shows_means_agreement_and_what_waits(review, day, rules, world, ada, client_for):
    rated(review, rules, reviewer=world.people["rita"], value=3)

    page = client_for(ada).get(reverse("integration:adherence-board"))
    signed = client_for(ada).post(
        reverse("integration:pair-sign-off", args=[day.session.public_id]), {"findings": "Calm", "password": PASSWORD}
    )

    lines = {line.person: line for line, _ in page.context["lines"]}
    assert (lines[day.first].sessions, lines[day.first].adherence) == (1, 3.0)
    assert [pair.people for pair in page.context["pairs"]] == [(day.first, day.second)]
    assert signed.status_code == 302 and PairSignOff.objects.count() == 1


def test_reviewers_agree_or_drift_by_the_limits_of_the_protocol(rules):
    codes = [item.code for item in rules.items]

    def of(session, reviewer, value):
        return SimpleNamespace(
            session_id=session, visit_id=None, reviewer_id=reviewer,
            reviewer=SimpleNamespace(pk=reviewer, display_name=str(reviewer)),
            state="locked", answers=dict.fromkeys(codes, value),
        )  # fmt: skip

    near = [of(session, reviewer, session % 4) for session in range(6) for reviewer in (1, 2)]
    apart = [of(session, reviewer, 1 + 2 * (reviewer == 2)) for session in range(6) for reviewer in (1, 2)]

    assert adherence.agreement_of(near, rules).holds is True
    assert adherence.agreement_of(apart[:4], rules).holds is None
    assert {line.drift for line in adherence.reviewer_lines(near, rules)} == {"steady"}
    assert {line.drift for line in adherence.reviewer_lines(apart, rules)} == {"drifting"}


def test_boundary_review_is_made_from_outside_the_pair_and_a_concern_rests_it(day, world, client_for):
    dose(day)
    sessions.record_touch(
        day.session, code="hand", offered_from="participant", response="stopped", stop_word=True, observed_at=day.at,
        submission_id=uuid4(), by=day.first, at=day.at + timedelta(minutes=1),
    )  # fmt: skip
    sofia, address = world.people["sofia"], reverse("portal:boundary-detail", args=[day.session.public_id])
    said = {"findings": "Heeded late", "concern": True, "password": PASSWORD, "at": AT}
    with pytest.raises(Refused, match="You were in the room"):
        actions.review_boundaries(day.session, by=day.first, **said)

    listed = client_for(sofia).get(reverse("portal:boundary-list")).context["rows"]
    answer = client_for(sofia).post(address, {"findings": "Heeded late", "concern": "yes", "password": PASSWORD})

    assert [(row.session.stop_words, row.reviewed) for row in listed] == [(1, False)]
    assert answer.status_code == 302
    assert {rest.person for rest in TherapistRest.objects.all()} == {day.first, day.second}
    with pytest.raises(Conflict):
        actions.review_boundaries(day.session, by=sofia, **said)
