"""The time after treatment: attempts and steps of tracing, what happened in between, the consent of its own."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.forecast import forecasts_of
from core.contributions import recorded_at
from core.errors import Conflict, Refused
from core.permissions import Viewer
from core.worklist import lines_of
from integration import actions, durability
from integration.actions import Happened
from integration.worklist import worklist_items
from patients import actions as patients
from patients.queries import options_given
from protocol.durability import Attempt, proposed_step
from tests.stages import OPTIONS, randomised
from trials.queries import definition_of

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = AT + timedelta(days=300)
CALL, TEXT = "call", "text"


@pytest.fixture
def rules(world):
    return definition_of(world.version).durability


@pytest.fixture
def participant(world, ada, ben):
    return randomised(world, by=ben, investigator=ada, at=AT)


@pytest.fixture
def visit(participant):
    return participant.visits.get(code="LT1")


def attempt(visit, *, by, at=LATER, reached=False, step="", channel="phone"):
    return actions.record_attempt(
        visit, channel=channel, reached=reached, step=step, agreed="Comes on Friday" if reached else "",
        not_reached_reason="" if reached else "Rang out", submission_id=uuid4(), by=by, at=at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "expected", "after_days"),
    [
        ([(0, False, "")] * 2, None, 0),
        ([(0, False, "")] * 3, 0, 0),
        ([(0, False, ""), (1, False, ""), (2, False, "")], 0, 2),
        ([(0, False, "")] * 3 + [(1, False, 0)], 1, 0),
        ([(0, False, "")] * 3 + [(1, False, 0), (2, True, 1)], None, 0),
        ([(0, False, "")] * 3 + [(1, True, "")] + [(2, False, "")] * 3, 0, 2),
    ],
    ids=[
        "too few attempts", "as many as the protocol says", "days count from the last of them", "one step done",
        "reached by a step", "lost again",
    ],
)  # fmt: skip
def test_step_of_tracing_is_proposed(rules, made, expected, after_days):
    codes = [step.code for step in rules.steps]
    attempts = [
        Attempt(AT + timedelta(days=day), reached, codes[step] if step != "" else "") for day, reached, step in made
    ]

    proposed = proposed_step(rules, attempts)

    if expected is None:
        assert proposed is None
        return
    step = rules.steps[expected]
    assert proposed is not None and proposed.step == step
    assert proposed.due_at == AT + timedelta(days=after_days + step.after_days)


def test_attempts_in_vain_lead_to_the_steps_one_after_the_other(visit, rules, ben):
    for _ in range(rules.after_attempts):
        attempt(visit, by=ben)
    first, second = rules.steps[:2]
    with pytest.raises(Refused, match="not the next one"):
        attempt(visit, by=ben, step=second.code)
    attempt(visit, by=ben, step=first.code, channel=first.channel)
    with pytest.raises(Refused, match="is proposed from"):
        attempt(visit, by=ben, step=second.code)
    attempt(visit, by=ben, step=second.code, at=LATER + timedelta(days=second.after_days), reached=True)

    assert durability.next_step(visit) is None
    assert [row.step for row in durability.attempts_about(visit)][:2] == [second.code, first.code]


def test_same_submission_is_one_attempt_and_an_attempt_without_words_is_refused(visit, ben):
    again = uuid4()
    said = {"channel": "phone", "submission_id": again, "by": ben, "at": LATER}
    rows = {actions.record_attempt(visit, reached=False, not_reached_reason="Busy", **said).pk for _ in range(2)}

    assert len(rows) == 1
    with pytest.raises(Refused, match="how you tried"):
        actions.record_attempt(visit, reached=False, **said | {"submission_id": uuid4()})
    with pytest.raises(Refused, match="what was agreed"):
        actions.record_attempt(visit, reached=True, **said | {"submission_id": uuid4()})


def test_follow_up_without_its_own_consent_is_refused(visit, participant, ben, rules):
    planned = definition_of(participant.protocol_version).visits_by_code["LT1"]
    assert planned.separate_consent and options_given([participant.pk])[participant.pk][rules.consent_option]
    consent = participant.consents.get()
    consent.options = OPTIONS | {rules.consent_option: False}

    from patients.queries import follow_up_obstacle

    said = {"visit_code": "LT1", "definition": definition_of(participant.protocol_version)}
    assert follow_up_obstacle(participant, **said) == ""
    assert follow_up_obstacle(participant, **said | {"visit_code": "V20"}) == ""
    nobody = SimpleNamespace(pk=0, screening_number="S01-099")
    assert follow_up_obstacle(nobody, **said) == (
        "S01-099 has not agreed to long-term follow-up assessment. Ask for that consent first."
    )


def test_missed_visit_has_a_reason_of_the_protocol(visit, ben, client_for):
    with pytest.raises(Refused, match="reasons of the protocol"):
        patients.miss_visit(visit, reason="Gone", kind="bored", by=ben, at=LATER)
    page, address = client_for(ben), reverse("patients:visit-miss", args=[visit.public_id])

    empty = page.post(address, {"reason": "Moved abroad"})
    page.post(address, {"kind": "moved", "reason": "Moved abroad"})

    assert empty.status_code == 422 and "Choose why" in empty.content.decode()
    visit.refresh_from_db()
    assert (visit.state, visit.missed_kind, visit.missed_reason) == ("missed", "moved", "Moved abroad")


def test_intercurrent_event_is_kept_corrected_and_taken_back(participant, ben, client_for):
    browser, address = client_for(ben), reverse("integration:intercurrent-list", args=[participant.public_id])
    typed = {"submission_id": uuid4(), "kind": "other_therapy", "what": "EMDR, weekly", "source": "participant",
             "began_on_day": "", "began_on_month": "", "began_on_year": "2025"}  # fmt: skip

    future = browser.post(address, typed | {"began_on_year": "2190"})
    browser.post(address, typed)
    event = durability.events_of(participant).get()
    page = browser.get(address).content.decode()
    back = reverse("integration:intercurrent-change", args=[event.public_id])
    browser.post(back, {"submission_id": uuid4(), "reason": "Somebody else"})

    assert future.status_code == 422 and "in the future" in future.content.decode()
    assert (event.began_on, event.what) == ("2025", "EMDR, weekly") and "treatment policy" in page
    assert list(durability.events_of(participant)) == []
    with pytest.raises(Conflict):
        actions.correct_intercurrent(event, happened=None, reason="Again", submission_id=uuid4(), by=ben, at=LATER)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "holiday"}, "kinds that the protocol names"),
        ({"what": " "}, "what it was"),
        ({"began_on": ""}, "when it began"),
        ({"ended_on": "2024"}, "before it began"),
    ],
    ids=["unknown kind", "no words", "no beginning", "end before beginning"],
)
def test_what_does_not_fit_is_refused(participant, ben, changed, words):
    happened = Happened(**{"kind": "other_therapy", "what": "EMDR", "began_on": "2025-03"} | changed)

    with pytest.raises(Refused, match=words):
        actions.record_intercurrent(participant, happened=happened, submission_id=uuid4(), by=ben, at=LATER)


def test_follow_up_list_shows_who_waits_and_the_next_step(visit, rules, ben, client_for):
    for _ in range(rules.after_attempts):
        attempt(visit, by=ben)
    tried = [Attempt(LATER, False)] * rules.after_attempts
    row = durability._row(visit, tried, {rules.consent_option: False}, LATER.date())

    assert (row.tried, row.agrees) == (rules.after_attempts, False)
    assert row.proposed is not None and row.proposed.step == rules.steps[0]
    with recorded_at(LATER):
        assert client_for(ben).get(reverse("integration:follow-up-list")).status_code == 200
        page = client_for(ben).get(reverse("integration:tracing-detail", args=[visit.public_id]))
    assert rules.steps[0].name in page.content.decode()


def some(code, site, state, *, count):
    """Returns so many visits as the forecast reads them."""
    held = AT if state == "held" else None
    stays = "missed" if state == "missed" else "planned"
    one = SimpleNamespace(code=code, site=SimpleNamespace(code=site), started_at=held, state=stays, latest_on=date.max)
    return [one] * count


def test_forecast_follows_a_site_the_more_was_due_there(world):
    definition = definition_of(world.version)
    rules, code = definition.durability.forecast, definition.durability.forecast.visits[0]
    visits = [
        *some(code, "S01", "held", count=18),
        *some(code, "S01", "missed", count=18),
        *some(code, "S01", "open", count=4),
        *some(code, "S02", "open", count=10),
    ]

    first, second = forecasts_of(visits, definition=definition, today=AT.date())

    rate = (18 + rules.expected * rules.weight) / (36 + rules.weight)
    assert first.share == pytest.approx((18 + 4 * rate) / 40)
    assert (first.due, first.assessed, first.to_come) == (36, 18, 4)
    assert second.share == pytest.approx(rules.expected)
    assert 18 / 40 <= first.low < first.share < first.high <= 22 / 40
    assert second.high - second.low > first.high - first.low


# --- the worklist ---


def tracing_lines(person, at):
    offered = lines_of(worklist_items(Viewer.at(person, at), at))
    return [line for line in offered if line.task == "Look for the participant"]


@pytest.mark.parametrize(
    ("days", "band", "state", "label"),
    [
        (0, "now", "due", "Due"),
        (3, "now", "overdue", "Overdue 3 d"),
    ],
)
def test_who_is_lost_stands_on_the_worklist_until_the_step_is_taken(visit, ben, days, band, state, label):
    for _ in range(3):
        attempt(visit, by=ben)
    at = LATER + timedelta(days=days)

    (line,) = tracing_lines(ben, at)
    attempt(visit, by=ben, at=at, step="write", channel="message")
    (after,) = tracing_lines(ben, at)

    assert (line.band, line.state, line.state_label, line.due_at) == (band, state, label, LATER)
    assert line.detail == f"Write by e-mail and text message, about {visit.name}"
    assert str(line.url) == reverse("integration:tracing-detail", args=[visit.public_id])
    assert after.due_at == LATER + timedelta(days=7) and after.state == "notdue"


def test_who_was_reached_or_whose_visit_is_over_is_not_looked_for(visit, ben, cleo):
    attempt(visit, by=ben)
    attempt(visit, by=ben)
    before = tracing_lines(ben, LATER)
    attempt(visit, by=ben)
    elsewhere = tracing_lines(cleo, LATER)
    patients.miss_visit(visit, reason="Not found", kind="not_reached", by=ben, at=LATER)

    assert before == elsewhere == tracing_lines(ben, LATER) == []
