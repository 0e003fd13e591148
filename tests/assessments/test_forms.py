"""The trial's own forms: kinds of items, what was not done, edit checks at entry, and the licensee's wording."""

from typing import Any

import pytest
from django.test import Client

from assessments import actions, queries
from assessments.models import Assessment, CheckConfirmation, ItemText, ItemValue
from core.errors import Refused
from core.models import Person
from patients.models import Participant
from protocol.scoring import NotDone
from tests.assessments.conftest import booked
from tests.assessments.test_actions import rating
from tests.cast import AT

WHOLE = {1: "7.5", 2: 3, 3: 1, 4: "2026-02", 5: 1, 6: NotDone("Nothing was asked")}
TYPED = {
    "item_1": "7,5", "item_2": "3", "item_3": "1", "item_4_month": "2", "item_4_year": "2026", "item_5": "1",
    "not_done_6": "Nothing was asked",
}  # fmt: skip


@pytest.fixture
def form(participant: Participant, ben: Person) -> Assessment:
    """The trial's own form at the last assessment."""
    return rating(booked(participant, "V19", by=ben), "LIFESTYLE")


def test_every_kind_of_item_is_kept_as_it_was_answered(form: Assessment, ben: Person, client_for: Any) -> None:
    page = client_for(ben).post(f"/assessments/{form.public_id}/", TYPED | {"complete": "1"})

    assert page.status_code == 302
    assert queries.answers_for(form) == WHOLE
    shown = client_for(ben).get(f"/assessments/{form.public_id}/").content.decode()
    assert "7.5 h" in shown and "Not done: Nothing was asked" in shown and "2026-02" in shown


@pytest.mark.parametrize(
    ("item", "value"),
    [
        pytest.param(1, "24.1", id="a number above its range"),
        pytest.param(1, "much", id="no number"),
        pytest.param(2, "3", id="a text where a whole number is asked"),
        pytest.param(2, NotDone("x"), id="not done where it must be done"),
        pytest.param(1, NotDone(" "), id="not done without a reason"),
        pytest.param(4, "2026-13", id="no month"),
        pytest.param(4, "2026-02-30", id="no day"),
        pytest.param(4, "spring", id="no date at all"),
        pytest.param(6, " ", id="an empty text"),
        pytest.param(5, 3, id="a choice that is not offered"),
    ],
)
def test_what_an_item_does_not_allow_is_refused(form: Assessment, ben: Person, item: int, value: Any) -> None:
    with pytest.raises(Refused):
        actions.enter_item(form, item=item, value=value, by=ben, at=AT)

    assert not ItemValue.objects.filter(assessment=form).exists()


def test_answered_and_not_done_at_once_is_asked_back(form: Assessment, ben: Person, client_for: Any) -> None:
    page = client_for(ben).post(f"/assessments/{form.public_id}/", TYPED | {"item_6": "Words", "complete": "1"})

    assert page.status_code == 422 and "Either answer it" in page.content.decode()


def test_what_is_not_asked_is_not_missing_and_must_not_be_answered(form: Assessment, ben: Person) -> None:
    actions.enter_items(form, answers=WHOLE | {3: 0, 4: None}, by=ben, at=AT)
    assert queries.missing_in(form, queries.answers_for(form)) == ()
    audit = rating(form.visit, "AUDIT")

    actions.enter_items(audit, answers={1: 0, 2: 3, 9: 0, 10: 0}, by=ben, at=AT)

    with pytest.raises(Refused, match="Item 2 is asked only where item 1"):
        actions.complete_form(audit, by=ben, at=AT)


def test_a_hard_check_refuses_at_the_field(form: Assessment, ben: Person, client_for: Any) -> None:
    page = client_for(ben).post(f"/assessments/{form.public_id}/", TYPED | {"item_1": "22", "complete": "1"})

    assert page.status_code == 422 and "More than 20 hours" in page.content.decode()
    assert not ItemValue.objects.filter(assessment=form).exists()


def test_a_soft_check_asks_once_why_it_is_right(form: Assessment, ben: Person, client_for: Any) -> None:
    browser, address = client_for(ben), f"/assessments/{form.public_id}/"
    assert "Fewer than 3 hours" not in browser.get(address).content.decode()

    asked = browser.post(address, TYPED | {"item_1": "2", "complete": "1"})
    assert asked.status_code == 422 and "Fewer than 3 hours" in asked.content.decode()
    browser.post(address, TYPED | {"item_1": "2", "complete": "1", "confirm_LS2": "Night shifts"})

    kept = CheckConfirmation.objects.get(assessment=form)
    assert (kept.check_code, kept.reason, kept.recorded_by) == ("LS2", "Night shifts", ben)


def test_a_check_reads_the_other_forms_of_the_visit_and_no_rating(form: Assessment, ben: Person) -> None:
    audit = rating(form.visit, "AUDIT")
    actions.enter_items(audit, answers=dict.fromkeys(range(1, 11), 2), by=ben, at=AT)
    answers = WHOLE | {2: 0}
    assert queries.fired_checks(form, answers) == ()

    actions.complete_form(audit, by=ben, at=AT)

    assert [check.code for check in queries.fired_checks(form, answers)] == ["LS3"]


def test_a_correction_that_cannot_be_right_is_refused(form: Assessment, ben: Person) -> None:
    from tests.assessments.test_corrections import correct

    actions.enter_items(form, answers=WHOLE, by=ben, at=AT)
    actions.complete_form(form, by=ben, at=AT)

    with pytest.raises(Refused, match="More than 20 hours"):
        correct(form, 1, "23", by=ben)
    correct(form, 6, "Sleeps better", by=ben)
    assert form.corrections.get().replaced == "not done: Nothing was asked"


# --- wording ---


def worded(browser: Client, code: str, **texts: str) -> Any:
    return browser.post(f"/instruments/{code}/", {"language": "en", "licence": "Licence 12", **texts})


def test_the_licensee_s_wording_stands_on_the_form_and_each_change_is_a_version(
    baseline: Any, ben: Person, dev: Person, client_for: Any
) -> None:
    browser = client_for(dev)
    worded(browser, "BDI2", text_1="First words")
    worded(browser, "BDI2", text_1="Other words", text_2="Second")

    page = client_for(ben).get(f"/assessments/{rating(baseline, 'BDI2').public_id}/").content.decode()

    assert "Other words" in page and "First words" not in page
    assert [row.version for row in ItemText.objects.filter(item=1).order_by("version")] == [1, 2]


def test_the_raters_page_shows_the_wording_too(baseline: Any, dev: Person, client_for: Any) -> None:
    worded(client_for(dev), "SDS_M", text_1="How was work")
    assessment = rating(baseline, "SDS_M")

    page = client_for(assessment.rater).get(f"/ratings/{assessment.public_id}/?item=1").content.decode()

    assert "How was work" in page


def test_wording_needs_its_licence_and_the_right(dev: Person, ben: Person, client_for: Any) -> None:
    assert worded(client_for(dev), "BDI2", text_1="Words", licence="").status_code == 422
    assert worded(client_for(ben), "BDI2", text_1="Words").status_code == 404
    assert worded(client_for(dev), "LIFESTYLE", text_1="Words").status_code == 404
    assert client_for(dev).get("/instruments/NOTHING/").status_code == 404
    assert not ItemText.objects.exists()


def test_no_wording_is_shipped_but_what_is_own_or_public(world: Any) -> None:
    from assessments.instruments import sheets
    from trials.queries import definition_of

    shipped = {each.code: each.licence_status for each in sheets(definition_of(world.version)) if each.shipped}

    assert set(shipped.values()) <= {"own", "public_domain"}
    assert {"EXPECTANCY", "LIFESTYLE"} <= shipped.keys()
