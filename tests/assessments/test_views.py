"""The rater's and the site's pages: answering, resuming, locking, entering, two writers."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments import actions, queries
from assessments.models import Assessment, AssessmentScore, ItemValue
from core.models import Person
from patients.models import Participant, Visit
from tests.assessments.conftest import booked
from tests.assessments.test_actions import answer_all, rating
from tests.cast import AT, PASSWORD

HTMX = {"HTTP_HX_REQUEST": "true"}
# A page's own statements; the frame's are fixed by a test of core.
MOST_STATEMENTS = 12 + 4


@pytest.fixture
def rater_browser(baseline: Visit, client_for: Callable[[Person], Client]) -> Client:
    return client_for(rating(baseline).rater)


@pytest.fixture
def ben_browser(baseline: Visit, client_for: Callable[[Person], Client], ben: Person) -> Client:
    return client_for(ben)


def item_url(assessment: Assessment, number: int) -> str:
    return f"/ratings/{assessment.public_id}/items/{number}/"


# --- rater ---


def test_an_answer_is_kept_and_the_next_item_comes(baseline: Visit, rater_browser: Client) -> None:
    response = rater_browser.post(item_url(rating(baseline), 1), {"value": "3"})

    assert response["Location"].endswith("?item=2")
    assert ItemValue.objects.get(assessment=rating(baseline), item=1).value == 3


def test_a_choice_is_saved_by_itself_and_stays_on_the_item(baseline: Visit, rater_browser: Client) -> None:
    response = rater_browser.post(item_url(rating(baseline), 4), {"value": "1", "stay": "1"}, **HTMX)

    assert response.status_code == 200
    assert 'id="rating_item"' in response.content.decode() and "Item B4" in response.content.decode()


def test_the_rater_resumes_exactly_where_the_answers_end(baseline: Visit, rater_browser: Client) -> None:
    for number in (1, 2, 3):
        rater_browser.post(item_url(rating(baseline), number), {"value": "2"})

    page = rater_browser.get(f"/ratings/{rating(baseline).public_id}/").content.decode()

    assert "Item B4" in page and "3 of 30" in page


def test_an_answer_out_of_range_comes_back_with_its_sentence(baseline: Visit, rater_browser: Client) -> None:
    response = rater_browser.post(item_url(rating(baseline), 1), {"value": "9"}, **HTMX)

    assert response.status_code == 422
    assert "Answer with 0 to 4" in response.content.decode()


def test_the_last_item_leads_to_the_next_part(baseline: Visit, rater_browser: Client) -> None:
    answer_all(rating(baseline), {}, by=rating(baseline).rater)

    response = rater_browser.post(item_url(rating(baseline), 30), {"value": "0"}, **HTMX)

    assert response["HX-Redirect"].startswith("/ratings/")
    assert rating(baseline).public_id not in response["HX-Redirect"]


def test_locking_needs_the_password_and_keeps_what_was_typed(baseline: Visit, rater_browser: Client) -> None:
    rater_browser.post(item_url(rating(baseline), 1), {"value": "2"})

    response = rater_browser.post(
        f"/ratings/{rating(baseline).public_id}/lock/", {"password": "wrong", "missing_reason": "Broke off"}
    )

    assert response.status_code == 422
    assert "Broke off" in response.content.decode()
    assert rating(baseline).state == "started"


def test_after_the_lock_the_scores_are_shown_and_not_before(baseline: Visit, rater_browser: Client) -> None:
    address = f"/ratings/{rating(baseline).public_id}/"
    for part in queries.rating_with(rating(baseline)).parts:
        answer_all(part, {}, by=part.rater, others=1)
    before = rater_browser.get(f"{address}?item=1").content.decode()

    rater_browser.post(f"{address}lock/", {"password": PASSWORD})

    after = rater_browser.get(address).content.decode()
    assert "Criteria met" not in before and "Criteria met" in after
    assert set(Assessment.objects.filter(rater__isnull=False).values_list("state", flat=True)) == {"locked"}


def test_a_locked_rating_takes_no_answer(baseline: Visit, rater_browser: Client) -> None:
    assessment = rating(baseline)
    answer_all(assessment, {}, by=assessment.rater)
    actions.lock_assessment(assessment, password=PASSWORD, by=assessment.rater, at=AT)

    response = rater_browser.post(item_url(assessment, 1), {"value": "4"})

    assert response.status_code == 422


def test_a_slip_of_blinding_is_recorded_from_the_page(
    baseline: Visit, rater_browser: Client, dev: Person, client_for: Callable[[Person], Client]
) -> None:
    response = rater_browser.post(
        f"/ratings/{rating(baseline).public_id}/unblinding/",
        {"kind": "session", "text": "Spoke of music", "submission_id": str(uuid4())},
        follow=True,
    )

    assert "go on with the assessment" in response.content.decode()
    office = client_for(dev)
    listed = re.findall(r"/unblinding-incidents/\w+/", office.get("/unblinding-incidents/").content.decode())
    assert len(listed) == 1
    assert "Spoke of music" in office.get(listed[0]).content.decode()


def test_another_raters_page_does_not_exist(
    baseline: Visit, rhea: Person, rolf: Person, client_for: Callable[[Person], Client]
) -> None:
    other = rolf if rating(baseline).rater == rhea else rhea

    for address in ("", "items/1/", "lock/", "unblinding/"):
        url = f"/ratings/{rating(baseline).public_id}/{address}"
        browser = client_for(other)
        response = browser.post(url, {"value": "1"}) if address.startswith("items") else browser.get(url)
        assert response.status_code == 404


# --- site ---


def test_the_board_shows_rater_and_state(baseline: Visit, ben_browser: Client) -> None:
    page = ben_browser.get("/assessments/").content.decode()

    assert rating(baseline).rater.display_name in page
    assert "Ready" in page and "BDI2" in page


def test_a_rater_is_drawn_from_the_board(
    participant: Participant, ben: Person, client_for: Callable[[Person], Client]
) -> None:
    visit = booked(participant, "V3", by=ben)
    Assessment.objects.filter(visit=visit).update(rater=None, rating_code="")

    client_for(ben).post(f"/visits/{visit.public_id}/raters/assign/")

    assert rating(visit).rater is not None


def test_a_questionnaire_is_saved_for_later_and_completed(baseline: Visit, ben_browser: Client) -> None:
    form = rating(baseline, "AUDIT")
    address = f"/assessments/{form.public_id}/"
    typed = {f"item_{number}": "1" for number in range(1, 6)}
    ben_browser.post(address, typed | {"save": "1"})
    assert "5 of 10" in ben_browser.get(address).content.decode()

    ben_browser.post(address, {f"item_{number}": "1" for number in range(1, 11)} | {"complete": "1"})

    assert AssessmentScore.objects.get(assessment=form, name="total").value == "10"


def test_completing_with_items_left_out_asks_why(baseline: Visit, ben_browser: Client) -> None:
    form = rating(baseline, "AUDIT")

    response = ben_browser.post(f"/assessments/{form.public_id}/", {"item_1": "1", "complete": "1"})

    assert response.status_code == 422
    assert not ItemValue.objects.filter(assessment=form).exists()


def test_the_second_writer_sees_both_and_loses_nothing(baseline: Visit, ben_browser: Client, ben: Person) -> None:
    form = rating(baseline, "AUDIT")
    address = f"/assessments/{form.public_id}/"
    seen = ben_browser.get(address).context["form"].initial["seen_digest"]
    actions.enter_item(form, item=1, value=2, by=ben, at=AT)

    response = ben_browser.post(address, {"item_1": "3", "item_2": "1", "seen_digest": seen, "save": "1"})

    assert response.status_code == 409
    assert response.context["rows"][0] == ("Item 1", "2", "3")
    again = response.context["form"].initial
    ben_browser.post(address, {"item_1": "3", "item_2": "1", "seen_digest": again["seen_digest"], "save": "1"})
    assert queries.answers_for(form)[1] == 3


def test_the_questionnaires_of_another_site_do_not_exist(
    baseline: Visit, world: object, client_for: Callable[[Person], Client]
) -> None:
    carl = world.people["carl"]  # type: ignore[attr-defined]

    assert client_for(carl).get(f"/assessments/{rating(baseline, 'AUDIT').public_id}/").status_code == 404


# --- cost ---


def statements(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(address)
    assert response.status_code == 200, address
    return len([query for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]])


def test_pages_stay_within_their_statements(baseline: Visit, rater_browser: Client, ben_browser: Client) -> None:
    code = rating(baseline).public_id
    for page in ("/ratings/", f"/ratings/{code}/?item=1", f"/ratings/{code}/lock/", f"/ratings/{code}/unblinding/"):
        assert statements(rater_browser, page) <= MOST_STATEMENTS, page
    for page in ("/assessments/", f"/assessments/{rating(baseline, 'BDI2').public_id}/"):
        assert statements(ben_browser, page) <= MOST_STATEMENTS, page


def test_the_board_costs_the_same_for_more_rows(
    participant: Participant, ben: Person, client_for: Callable[[Person], Client]
) -> None:
    browser = client_for(ben)
    booked(participant, "V3", by=ben)
    few = statements(browser, "/assessments/")

    booked(participant, "V9", by=ben)
    booked(participant, "V19", by=ben)

    assert statements(browser, "/assessments/") == few
