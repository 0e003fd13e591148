"""Enquiries about harm that shows late: planned from the dose, superseded, made, missed, cancelled."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from core.contributions import contribution, recorded_at
from core.errors import Conflict, Refused
from core.models import Person
from integration import actions
from integration.models import HarmEnquiry
from patients import actions as patient_actions
from patients.models import Participant, Visit
from reminders.models import Reminder
from safety.models import Alert
from tests.cast import World
from tests.integration.conftest import DOSED_AT, visit_of
from tests.sessions.conftest import Day, dosing_day

QUESTIONS = ("distress", "sleep", "perception", "relations", "reliance", "boundary", "missed")
NOTHING = dict.fromkeys(QUESTIONS, False)


@pytest.fixture
def planned(participant: Participant, tess: Person) -> list[HarmEnquiry]:
    """The enquiries after the first dose."""
    return actions.plan_enquiries(visit_of(participant, "V5"), dosed_at=DOSED_AT, by=tess)


@pytest.fixture
def first(planned: list[HarmEnquiry]) -> HarmEnquiry:
    """The enquiry after a day."""
    return HarmEnquiry.objects.select_related("participant__protocol_version", "site").get(code="HE1")


def make(enquiry: HarmEnquiry, *, by: Person, unsafe: bool = False, told: str = "", **yes: bool) -> HarmEnquiry:
    return actions.record_enquiry(
        enquiry, answers=NOTHING | yes, told=told, judged_unsafe=unsafe, by=by, at=enquiry.due_at
    )


def dosed(world: World, ben: Person, ada: Person) -> Day:
    day: Day = dosing_day(world, by=ben, investigator=ada, pair=("tess", "theo"), handler="phil")
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    return day


def codes(state: str, visit: Visit) -> list[str]:
    return sorted(HarmEnquiry.objects.filter(state=state, visit=visit).values_list("code", flat=True))


def test_the_dose_plans_the_enquiries(world: World, ben: Person, ada: Person) -> None:
    with contribution(by=ben, reason="Arranged by the test"):
        day = dosed(world, ben, ada)

    found = {enquiry.code: enquiry.due_at for enquiry in HarmEnquiry.objects.all()}
    assert found["HE1"] - day.session.initial_dose_at == timedelta(hours=24)
    assert sorted(found) == ["HE1", "HE2", "HE3", "HE4", "HE5", "HE6"]


def test_the_next_dose_takes_the_place_of_the_late_ones(
    participant: Participant, planned: list[HarmEnquiry], tess: Person
) -> None:
    actions.plan_enquiries(visit_of(participant, "V10"), dosed_at=DOSED_AT + timedelta(days=28), by=tess)

    assert codes("cancelled", visit_of(participant, "V5")) == ["HE4", "HE5", "HE6"]
    assert len(codes("planned", visit_of(participant, "V10"))) == 6


def test_planning_twice_plans_once(participant: Participant, planned: list[HarmEnquiry], tess: Person) -> None:
    actions.plan_enquiries(visit_of(participant, "V5"), dosed_at=DOSED_AT, by=tess)

    assert HarmEnquiry.objects.count() == 6


def test_an_enquiry_keeps_every_answer(first: HarmEnquiry, tess: Person) -> None:
    made = make(first, by=tess, sleep=True, told="Vivid dreams")

    assert (made.state, made.answers["sleep"], made.asked_by) == ("done", True, tess)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param({"told": "", "sleep": True}, "what was told", id="a yes without words"),
        pytest.param({"boundary": None}, "Still to be asked: Anything in a session", id="a question left out"),
    ],
)
def test_what_is_missing_is_named(first: HarmEnquiry, tess: Person, said: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        make(first, by=tess, **said)


def test_before_it_opens_it_is_refused(first: HarmEnquiry, tess: Person) -> None:
    with pytest.raises(Refused, match="not opened"):
        actions.record_enquiry(first, answers=NOTHING, told="", judged_unsafe=False, by=tess, at=DOSED_AT)


def test_it_is_made_once(first: HarmEnquiry, tess: Person) -> None:
    make(first, by=tess)

    with pytest.raises(Conflict):
        make(first, by=tess)


def test_who_is_judged_unsafe_opens_a_case(first: HarmEnquiry, tess: Person) -> None:
    make(first, by=tess, unsafe=True, told="Says she cannot go on", distress=True)

    assert Alert.objects.get().rule == "condition_worsened"


def test_what_the_pair_should_not_ask_is_asked_by_somebody_else(world: World, ben: Person, ada: Person) -> None:
    with contribution(by=ben, reason="Arranged by the test"):
        day = dosed(world, ben, ada)
        after_a_week = HarmEnquiry.objects.select_related("participant__protocol_version", "site").get(code="HE3")

        with pytest.raises(Refused, match="somebody else asks"):
            make(after_a_week, by=day.first)
        made = make(after_a_week, by=ben, missed=True, told="Her fear was called normal")

    assert (made.state, made.answers["missed"]) == ("done", True)


def test_it_is_missed_only_when_its_time_is_over(first: HarmEnquiry, tess: Person) -> None:
    with pytest.raises(Refused, match="until its window closes"):
        actions.miss_enquiry(first, reason="Abroad", by=tess, at=first.closes_at)

    missed = actions.miss_enquiry(first, reason="Abroad", by=tess, at=first.closes_at + timedelta(minutes=1))

    assert (missed.state, missed.reason) == ("missed", "Abroad")


def test_those_on_duty_are_reminded_once_when_it_opens(first: HarmEnquiry, tess: Person, theo: Person) -> None:
    actions.remind_of_enquiries(by=tess, at=first.opens_at - timedelta(minutes=1))
    early = Reminder.objects.filter(template="enquiry_due").count()
    for _ in range(2):
        actions.remind_of_enquiries(by=tess, at=first.opens_at)

    due = Reminder.objects.filter(template="enquiry_due")
    assert (early, set(due.values_list("person_id", flat=True)), due.count()) == (0, {tess.pk, theo.pk}, 2)


def test_withdrawal_of_consent_cancels_what_is_planned(
    participant: Participant, planned: list[HarmEnquiry], ben: Person
) -> None:
    patient_actions.withdraw_consent(
        participant, scope="procedures", reason="Moves away", by=ben, at=DOSED_AT + timedelta(days=1)
    )

    assert set(HarmEnquiry.objects.values_list("state", flat=True)) == {"cancelled"}


def test_the_database_refuses_to_open_it_again(first: HarmEnquiry, tess: Person) -> None:
    make(first, by=tess)

    with pytest.raises(DatabaseError), transaction.atomic():
        HarmEnquiry.objects.filter(pk=first.pk).update(state="planned")


# --- pages ---


def test_an_enquiry_is_recorded_from_the_page(
    first: HarmEnquiry, tess: Person, client_for: Callable[[Person], Client]
) -> None:
    browser, address = client_for(tess), f"/enquiries/{first.public_id}/"
    typed = dict.fromkeys((*QUESTIONS, "judged_unsafe"), "no") | {"sleep": "yes", "told": ""}
    with recorded_at(first.due_at):
        refused = browser.post(address, typed)
        browser.post(address, typed | {"told": "Vivid dreams"})
        page = browser.get(address).content.decode()

    assert refused.status_code == 422 and "Write what was told" in refused.content.decode()
    assert "Vivid dreams" in page and "1 yes" in page


def test_a_late_enquiry_asks_why(first: HarmEnquiry, tess: Person, client_for: Callable[[Person], Client]) -> None:
    browser, address = client_for(tess), f"/enquiries/{first.public_id}/"
    with recorded_at(first.closes_at + timedelta(hours=1)):
        listed = browser.get("/integration/").content.decode()
        browser.post(address, {"reason": "In hospital elsewhere"})

    assert "Not made" in listed
    assert HarmEnquiry.objects.get(pk=first.pk).state == "missed"
