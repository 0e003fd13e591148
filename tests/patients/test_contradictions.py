"""A later value that speaks against a signed verdict: the flag, what it closes, and how it is opened again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from core.contributions import contribution
from core.errors import Refused
from patients import actions, queries
from patients.models import EligibilityAssessment, Fact, ScreenFailure
from pharmacy import queries as pharmacy_queries
from safety.models import Alert
from sessions import actions as session_actions
from tests.cast import PASSWORD
from tests.reading import text_of
from tests.stages import consented, facts_at, randomised, ready_to_randomise

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def participant(world, ben, ada):
    return ready_to_randomise(world, by=ben, investigator=ada, at=AT)


def late(participant, *, by, code="V0", minutes=5, **values):
    facts_at(participant, values, by=by, at=AT + timedelta(minutes=minutes), visit=queries.visit_of(participant, code))


def line_of(participant, code):
    state = pharmacy_queries.readiness(participant, at=AT)
    return next(line for line in state.lines if line.code == code)


def sign_anew(participant, *, by, investigator, minutes=10):
    at = AT + timedelta(minutes=minutes)
    verdict = actions.judge_eligibility(participant, visit_code="V4", by=by, at=at)
    actions.sign_eligibility(verdict, password=PASSWORD, shown_digest="", by=investigator, at=at)


def test_late_value_raises_one_flag_with_an_alert_and_closes_randomisation(participant, ben):
    late(participant, by=ben, qtcb_ms="471")
    late(participant, by=ben, qtcb_ms="471", minutes=6)

    flag = queries.open_contradiction(participant)
    assert flag is not None and flag.criteria == ["X03"]
    alerts = Alert.objects.filter(participant=participant)
    assert "speaks against the signed eligibility: X03" in alerts.latest("pk").message
    assert "X03" in line_of(participant, "contradiction").evidence
    assert not pharmacy_queries.readiness(participant, at=AT).ready


def test_value_that_agrees_raises_nothing(participant, ben):
    late(participant, by=ben, qtcb_ms="430", weight_kg="75")

    assert queries.open_contradiction(participant) is None
    assert line_of(participant, "contradiction").truth.value == "true"


def test_correction_opens_the_next_step_once_it_is_judged_and_signed(participant, ben, ada):
    late(participant, by=ben, qtcb_ms="471")
    wrong = Fact.objects.get(participant=participant, value="471")

    actions.correct_fact(wrong, value="417", reason="Digits turned", by=ben, at=AT + timedelta(minutes=8))
    assert queries.open_contradiction(participant) is not None
    sign_anew(participant, by=ben, investigator=ada)

    assert queries.open_contradiction(participant) is None


def test_verdict_that_still_fails_opens_nothing(participant, ben, ada):
    late(participant, by=ben, qtcb_ms="471")

    sign_anew(participant, by=ben, investigator=ada)

    assert queries.open_contradiction(participant) is not None


def test_verdict_is_not_signed_over_a_newer_value_against_it(world, ben, ada):
    participant = ready_to_randomise(world, by=ben, investigator=ada, at=AT)
    verdict = actions.judge_eligibility(participant, visit_code="V4", by=ben, at=AT)
    late(participant, by=ben, weight_kg="44")

    with pytest.raises(Refused, match="speak against this verdict"):
        actions.sign_eligibility(verdict, password=PASSWORD, shown_digest="", by=ada, at=AT + timedelta(minutes=6))


def test_dosing_is_neither_booked_nor_started_nor_given_meanwhile(world, ben, ada):
    participant = randomised(world, by=ben, investigator=ada, at=AT)
    late(participant, by=ben, bipolar1="true")
    dosing = queries.visit_of(participant, "V5")
    starts_at = datetime.combine(dosing.target_on, AT.timetz())

    for step in (
        lambda: actions.book_visit(dosing, starts_at=starts_at, by=ben, at=AT),
        lambda: actions.move_visit(dosing, starts_at=starts_at, reason="x", by=ben, at=AT),
        lambda: actions.start_visit(dosing, by=ben, at=AT),
    ):
        with pytest.raises(Refused, match=r"speaks against the signed eligibility \(X13\)"):
            step()
    recorded = queries.recorded_for(participant, visit_code=dosing.code)
    gate = session_actions.rehearse_gate(dosing, recorded=recorded, at=AT)
    assert any("X13" in obstacle.sentence for obstacle in gate.obstacles)
    actions.book_visit(
        queries.visit_of(participant, "V9"),
        starts_at=datetime.combine(queries.visit_of(participant, "V9").target_on, AT.timetz()), by=ben, at=AT,
    )  # fmt: skip


def test_what_treatment_changes_speaks_against_nothing(world, ben, ada):
    participant = randomised(world, by=ben, investigator=ada, at=AT)
    dosing = queries.visit_of(participant, "V5")
    dosing.start()
    dosing.started_at = AT
    with contribution(by=ben, reason="Arranged by the test"):
        dosing.save(update_fields=["state", "started_at"])

    late(participant, by=ben, code="V9", caps5_total="5", dsm5_ptsd_current="false")
    assert queries.open_contradiction(participant) is None
    late(participant, by=ben, code="V0", psychotic_disorder="true")

    assert queries.open_contradiction(participant).criteria == ["X12"]


def test_page_and_worklist_say_what_speaks_against_it(participant, ben, client_for):
    late(participant, by=ben, qtcb_ms="471")

    page = text_of(client_for(ben).get(reverse("patients:eligibility", args=[participant.public_id])))
    worklist = text_of(client_for(ben).get(reverse("overview:worklist")))

    assert "speaks against the signed eligibility (X03)" in page and "471 ms" in page
    assert "Judge eligibility anew" in worklist


# --- an old verdict computed again ------------------------------------------------------------------------------------
def test_old_verdict_is_computed_again_from_version_and_evidence(participant, ben):
    late(participant, by=ben, qtcb_ms="471")
    actions.judge_eligibility(participant, visit_code="V4", by=ben, at=AT)
    actions.judge_eligibility(participant, visit_code="V0", by=ben, at=AT)

    found = actions.recheck_all(EligibilityAssessment.objects.order_by("id"))

    assert len(found) >= 3
    assert [recheck.differences for recheck in found] == [()] * len(found)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        pytest.param(lambda a: setattr(a, "result", "not_eligible"), "result: kept not_eligible", id="the result"),
        pytest.param(lambda a: a.criteria[0].update(state="not_met"), "I01: kept not_met", id="a criterion"),
        pytest.param(lambda a: a.criteria.pop(), "X22: not kept", id="a criterion that is gone"),
        pytest.param(
            lambda a: a.criteria[0]["evidence"][0].update(value="17"), "age_years: kept 17, the record has 40",
            id="evidence that the record does not bear out",
        ),
        pytest.param(
            lambda a: a.criteria[0]["evidence"][0].update(fact="999999999"), "not in the record", id="of nothing"
        ),
    ],
)  # fmt: skip
def test_verdict_that_was_tampered_with_is_found(participant, change, difference):
    assessment = queries.signed_assessment(participant)

    change(assessment)

    assert any(difference in each for each in actions.recheck(assessment).differences)


# --- screen failure ---------------------------------------------------------------------------------------------------
def test_screen_failure_names_its_criteria_and_is_counted(world, ben, dev, client_for):
    participant = consented(world, by=ben, at=AT)
    facts_at(participant, {"weight_kg": "44"}, by=ben, at=AT, visit=queries.visit_of(participant, "V0"))
    url = reverse("patients:screen-failure", args=[participant.public_id])
    form = client_for(ben).get(url).content.decode()

    silent = client_for(ben).post(url, {"category": "criteria"})
    strange = client_for(ben).post(url, {"category": "criteria", "criteria": ["X99"]})
    done = client_for(ben).post(url, {"category": "criteria", "criteria": ["X10"]})

    assert 'value="X10" id="id_criteria_' in form and form.count("checked") >= 1
    assert (silent.status_code, strange.status_code, done.status_code) == (422, 422, 302)
    assert "Say why, in a few words, or tick a criterion" in text_of(silent)
    assert ScreenFailure.objects.get(participant=participant).criteria == ["X10"]
    participant.refresh_from_db()
    assert participant.status_reason == "X10"
    funnel = text_of(client_for(dev).get(reverse("patients:recruitment-funnel")))
    assert "X10 weight below 48 kg" in funnel or "No leads yet" in funnel


def test_screen_failure_of_an_unknown_criterion_or_reason_is_refused(world, ben):
    participant = consented(world, by=ben, at=AT)

    with pytest.raises(Refused, match="no criterion X99"):
        actions.fail_screening(participant, reason="x", criteria=["X99"], by=ben, at=AT)
    with pytest.raises(Refused, match="Choose why"):
        actions.fail_screening(participant, reason="x", category="weather", by=ben, at=AT)
