"""Contact days without an answer, answers past the limit, contacts that nobody planned: who is told, and how soon."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.errors import Refused
from core.models import Person
from integration import actions
from integration.actions import Told
from integration.models import FollowUpContact, RiskScreen
from patients.models import Fact, Participant, Visit
from reminders.models import Reminder
from safety.models import Alert
from tests.integration.conftest import DOSED_AT, answers, visit_of

ON_THE_DAY = DOSED_AT + timedelta(days=2, hours=1)


def try_in_vain(visit: Visit, *, by: Person) -> None:
    actions.record_contact(
        visit, reached=False, not_reached_reason="No answer", submission_id=uuid4(), by=by, at=ON_THE_DAY
    )


def reach(visit: Visit, *, by: Person, score: int, **more: Any) -> FollowUpContact:
    at = ON_THE_DAY + (visit.target_on - visit_of(visit.participant, "V5-PH2").target_on)  # type: ignore[operator]
    return actions.record_contact(
        visit, reached=True, answers=answers(), told=Told("As asked", score, "None", "None"), submission_id=uuid4(),
        by=by, at=at, **more,
    )  # fmt: skip


def rules() -> list[str]:
    return list(Alert.objects.order_by("id").values_list("rule", flat=True))


def test_the_protocols_attempts_in_vain_alert_once_and_write_to_the_investigator(
    contact_day: Visit, tess: Person, ada: Person
) -> None:
    for _ in range(2):
        try_in_vain(contact_day, by=tess)
    before = rules()
    for _ in range(2):
        try_in_vain(contact_day, by=tess)

    assert (before, rules()) == ([], ["contact_missed"])
    told = Reminder.objects.filter(template="action_today")
    assert list(told.values_list("person_id", flat=True)) == [ada.pk]


@pytest.mark.parametrize(
    ("hour", "alerts"),
    [pytest.param(16, 0, id="an hour before the protocol's"), pytest.param(17, 1, id="at the protocol's hour")],
)
def test_a_day_without_an_answer_alerts_at_the_protocols_hour(
    contact_day: Visit, tess: Person, hour: int, alerts: int
) -> None:
    # Lisbon's winter clock is UTC.
    at = ON_THE_DAY.replace(hour=hour)

    actions.announce_missed_contacts(by=tess, at=at)
    actions.announce_missed_contacts(by=tess, at=at + timedelta(minutes=1))

    assert rules() == ["contact_missed"] * alerts


def test_who_was_reached_is_not_missed(contact_day: Visit, tess: Person) -> None:
    reach(contact_day, by=tess, score=8)

    assert actions.announce_missed_contacts(by=tess, at=ON_THE_DAY.replace(hour=20)) == 0


def test_an_answer_at_the_limit_opens_a_case_and_a_fall_does_too(participant: Participant, tess: Person) -> None:
    days = [visit_of(participant, f"V5-PH{number}") for number in (2, 3, 4)]

    found = []
    for day, score in zip(days, (8, 5, 1), strict=True):
        reach(day, by=tess, score=score)
        found.append(rules())

    assert found == [[], [], ["condition_worsened"]]


def test_who_is_judged_unsafe_opens_a_case_whatever_the_number(contact_day: Visit, tess: Person) -> None:
    reach(contact_day, by=tess, score=9, judged_unsafe=True)

    assert "condition_worsened" in rules()


def test_a_number_beyond_the_scale_is_refused(contact_day: Visit, tess: Person) -> None:
    with pytest.raises(Refused, match="protocol's scale"):
        reach(contact_day, by=tess, score=11)


# --- contacts that nobody planned ---


def call_in(participant: Participant, *, by: Person, submission_id: Any = None, **yes: bool) -> FollowUpContact:
    return actions.record_unscheduled_contact(
        participant, contacted_at=ON_THE_DAY, channel="phone", initiated_by="participant", answers=answers(**yes),
        judged_unsafe=False, told=Told("Could not sleep", 5), submission_id=submission_id or uuid4(), by=by,
        at=ON_THE_DAY,
    )  # fmt: skip


def test_an_unscheduled_contact_keeps_the_answers_as_facts(participant: Participant, tess: Person) -> None:
    contact = call_in(participant, by=tess, I1=True)

    fact = Fact.objects.filter(participant=participant, variable="cssrs_ideation").latest("id")
    assert (contact.visit, fact.value, RiskScreen.objects.get().visit) == (None, "1", None)


def test_a_positive_answer_in_it_alerts_as_everywhere(participant: Participant, tess: Person) -> None:
    call_in(participant, by=tess, actual=True)

    assert "suicidality" in rules()


def test_an_unscheduled_contact_sent_twice_is_one(participant: Participant, tess: Person) -> None:
    submission = uuid4()

    for _ in range(3):
        call_in(participant, by=tess, submission_id=submission)

    assert (FollowUpContact.objects.count(), RiskScreen.objects.count()) == (1, 1)


def test_a_contact_of_tomorrow_is_refused(participant: Participant, tess: Person) -> None:
    with pytest.raises(Refused, match="future"):
        actions.record_unscheduled_contact(
            participant, contacted_at=ON_THE_DAY + timedelta(days=1), channel="phone", initiated_by="site",
            answers=answers(), judged_unsafe=False, told=Told(), submission_id=uuid4(), by=tess, at=ON_THE_DAY,
        )  # fmt: skip
