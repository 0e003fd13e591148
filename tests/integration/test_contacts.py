"""The suicidality answers and the daily contacts: facts, alerts, attempts."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.errors import Refused
from core.models import Person
from integration import actions
from integration.actions import Told
from integration.events import ContactRecorded, PositiveSuicidality
from integration.models import FollowUpContact, RiskScreen
from patients.models import Fact, Visit
from reminders.models import Reminder
from tests.integration.conftest import DOSED_AT, answers

ON_THE_DAY = DOSED_AT + timedelta(days=2, hours=1)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was announced, beside the reactions that take place as always."""
    from integration.actions import contacts, risk

    heard: list[Any] = []
    for module in (contacts, risk):
        publish = module.publish
        monkeypatch.setattr(module, "publish", lambda event, publish=publish: (heard.append(event), publish(event)))
    return heard


def reach(visit: Visit, *, by: Person, said: dict[str, bool | None] | None = None, **more: Any) -> FollowUpContact:
    return actions.record_contact(
        visit, reached=True, answers=said or answers(), submission_id=uuid4(), by=by, at=ON_THE_DAY, **more
    )


def values(visit: Visit) -> dict[str, str]:
    found = Fact.objects.filter(visit=visit, replaced_by__isnull=True)
    return dict(found.values_list("variable", "value"))


# --- contacts ---


def test_a_participant_who_was_reached_ends_the_contact_day(contact_day: Visit, tess: Person) -> None:
    reach(contact_day, by=tess, told=Told("Tired, calm", 7))

    visit = Visit.objects.get(pk=contact_day.pk)
    assert (visit.state, visit.started_at) == ("done", ON_THE_DAY)
    assert set(visit.procedures.values_list("state", flat=True)) == {"done"}


def test_the_answers_become_the_protocols_variables(contact_day: Visit, tess: Person) -> None:
    reach(contact_day, by=tess, said=answers(I1=True, I2=True))

    assert values(contact_day) == {"cssrs_ideation": "2", "cssrs_behaviour": "0", "clinician_unsafe": "false"}


def test_who_was_not_reached_stays_due(contact_day: Visit, tess: Person, announced: list[Any]) -> None:
    contact = actions.record_contact(
        contact_day, reached=False, not_reached_reason="No answer, twice", submission_id=uuid4(), by=tess, at=ON_THE_DAY
    )

    assert Visit.objects.get(pk=contact_day.pk).state == "planned"
    assert announced == [ContactRecorded(contact.pk)]


def test_not_reached_needs_a_reason(contact_day: Visit, tess: Person) -> None:
    with pytest.raises(Refused, match="how you tried"):
        actions.record_contact(contact_day, reached=False, submission_id=uuid4(), by=tess, at=ON_THE_DAY)


def test_one_form_sent_twenty_times_is_one_contact(contact_day: Visit, tess: Person) -> None:
    submission = uuid4()

    for _ in range(20):
        actions.record_contact(
            contact_day, reached=True, answers=answers(), submission_id=submission, by=tess, at=ON_THE_DAY
        )

    assert (FollowUpContact.objects.count(), RiskScreen.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({}, "Ideation, item 1", id="nothing was asked"),
        pytest.param(answers(I2=True) | {"I4": None}, "item 4", id="a question that the answers open was left out"),
        pytest.param(answers() | {"actual": None}, "actual", id="a behaviour was not asked"),
        pytest.param(answers(I4=True), "Ask both again", id="two answers contradict each other"),
    ],
)
def test_what_was_not_asked_is_not_a_no(contact_day: Visit, tess: Person, asked: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        actions.record_contact(contact_day, reached=True, answers=asked, submission_id=uuid4(), by=tess, at=ON_THE_DAY)
    assert not FollowUpContact.objects.exists()


def test_questions_that_the_answers_close_may_stay_open(contact_day: Visit, tess: Person) -> None:
    contact = reach(contact_day, by=tess, said=answers() | {"I3": None, "I4": None, "I5": None})

    assert contact.ideation_level == 0


def test_a_contact_before_its_day_is_refused(contact_day: Visit, tess: Person) -> None:
    with pytest.raises(Refused, match="not come yet"):
        actions.record_contact(
            contact_day, reached=True, answers=answers(), submission_id=uuid4(), by=tess, at=DOSED_AT
        )


def test_a_contact_day_that_is_done_is_refused(contact_day: Visit, tess: Person) -> None:
    reach(contact_day, by=tess)

    with pytest.raises(Refused, match="done already"):
        reach(contact_day, by=tess)


def test_a_session_is_no_contact_day(session_visit: Visit, tess: Person) -> None:
    with pytest.raises(Refused, match="not a contact day"):
        reach(session_visit, by=tess)


def test_the_therapists_are_reminded_on_each_contact_day(contact_day: Visit, tess: Person, theo: Person) -> None:
    due = Reminder.objects.filter(template="daily_contact", visit=contact_day)

    assert set(due.values_list("person_id", flat=True)) == {tess.pk, theo.pk}
    assert Reminder.objects.filter(template="daily_contact").count() == 12


# --- positive answers ---


@pytest.mark.parametrize(
    ("said", "positive"),
    [
        pytest.param(answers(), False, id="nothing"),
        pytest.param(answers(I1=True, I2=True, I3=True), False, id="ideation just below the protocol's level"),
        pytest.param(answers(I1=True, I2=True, I3=True, I4=True), True, id="ideation at the protocol's level"),
        pytest.param(answers(I1=True, I2=True, I5=True), True, id="ideation above it"),
        pytest.param(answers(preparatory=True), True, id="any behaviour"),
        pytest.param(answers(NSSI=True), False, id="self-injury without intent is recorded apart"),
    ],
)
def test_a_positive_answer_is_announced_by_the_protocols_rules(
    contact_day: Visit, tess: Person, announced: list[Any], said: Any, positive: bool
) -> None:
    reach(contact_day, by=tess, said=said)

    heard = [event for event in announced if isinstance(event, PositiveSuicidality)]
    screen = RiskScreen.objects.get()
    expected = PositiveSuicidality("integration_riskscreen", screen.pk, contact_day.participant_id)
    assert heard == ([expected] if positive else [])


# --- corrections ---


def screen(visit: Visit, *, by: Person, reason: str = "", **yes: bool) -> RiskScreen:
    return actions.record_risk(
        visit, answers=answers(**yes), judged_unsafe=False, submission_id=uuid4(), reason=reason, by=by, at=ON_THE_DAY
    )


def test_a_correction_is_a_new_row_with_a_reason_and_corrected_facts(session_visit: Visit, tess: Person) -> None:
    first = screen(session_visit, by=tess)
    with pytest.raises(Refused, match="why they are corrected"):
        screen(session_visit, by=tess, I1=True)

    second = screen(session_visit, by=tess, I1=True, reason="Misheard")

    assert second.replaces == first
    assert values(session_visit)["cssrs_ideation"] == "1"
    assert Fact.objects.filter(visit=session_visit, variable="cssrs_ideation").count() == 2


def test_a_visit_without_the_questions_has_no_answers(participant: Any, tess: Person) -> None:
    from tests.integration.conftest import visit_of

    with pytest.raises(Refused, match="no suicidality questions"):
        screen(visit_of(participant, "V3"), by=tess)
