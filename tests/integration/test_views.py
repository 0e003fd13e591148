"""Pages of sessions and contacts: drafts, two editors, signatures, contact days, cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.contributions import recorded_at
from core.models import Person
from core.permissions import Viewer
from core.worklist import lines_of
from integration import actions, queries
from integration.models import FollowUpContact, IntegrationNote, RiskScreen
from integration.worklist import worklist_items
from patients.models import Participant, Visit
from tests.cast import PASSWORD
from tests.integration.conftest import DOSED_AT, answers

HTMX = {"HTTP_HX_REQUEST": "true"}
NOW = DOSED_AT + timedelta(days=2, hours=1)
MOST_STATEMENTS = 12 + 4


@pytest.fixture(autouse=True)
def _now() -> Any:
    with recorded_at(NOW):
        yield


@pytest.fixture
def typed(tess: Person, theo: Person) -> dict[str, Any]:
    """What a therapist types into the note."""
    return {
        "held_at": "2026-02-03T09:00",
        "minutes": "90",
        "place": "site",
        "present": [str(tess.pk), str(theo.pk)],
        "sleep": "Six hours",
        "substances": "None",
        "medicines": "None",
        "change_kind": "welcome",
        "changes_in_feeling": "More open",
        "attendance": "whole",
        "elements": ["ID1", "SO1"],
        "theme_0": "Grief and loss",
        "course_0": "new",
        "practices": "Walk each morning",
        "seen_version": "0",
    }


@pytest.fixture
def tess_browser(session_visit: Visit, tess: Person, client_for: Callable[[Person], Client]) -> Client:
    return client_for(tess)


def note_url(visit: Visit, more: str = "") -> str:
    return f"/visits/{visit.public_id}/note/{more}"


def risk_typed(**said: str) -> dict[str, str]:
    told = {f"risk_{code}": "yes" if said.get(code) == "yes" else "no" for code in answers()}
    return told | {"judged_unsafe": "no", "submission_id": str(uuid4())}


# --- the note ---


def test_the_empty_note_asks_everything(session_visit: Visit, tess_browser: Client) -> None:
    page = tess_browser.get(note_url(session_visit)).content.decode()

    assert "Did they mention any change in how they feel or function, welcome or not?" in page
    assert "Nothing saved yet" in page


def test_a_draft_saves_itself_and_tells_its_version(session_visit: Visit, tess_browser: Client, typed: Any) -> None:
    first = tess_browser.post(note_url(session_visit), typed, **HTMX).content.decode()
    second = tess_browser.post(note_url(session_visit), typed | {"body": "Warm", "seen_version": "1"}, **HTMX)

    assert 'name="seen_version" value="1"' in first
    assert 'name="seen_version" value="2"' in second.content.decode()


def test_a_draft_that_cannot_be_saved_says_why_and_keeps_its_version(
    session_visit: Visit, tess_browser: Client, typed: Any
) -> None:
    response = tess_browser.post(note_url(session_visit), typed | {"minutes": "9999"}, **HTMX)

    assert response.status_code == 422
    assert "Not saved yet" in response.content.decode()


def test_a_theme_in_own_words_needs_its_course(session_visit: Visit, tess_browser: Client, typed: Any) -> None:
    response = tess_browser.post(note_url(session_visit), typed | {"theme_1": "Her brother", "course_1": ""})

    assert response.status_code == 422
    assert "new, returning or eased?" in response.content.decode()


def test_of_two_editors_the_second_sees_both_texts(
    session_visit: Visit, tess_browser: Client, theo: Person, client_for: Callable[[Person], Client], typed: Any
) -> None:
    client_for(theo).post(note_url(session_visit), typed | {"body": "As Theo saw it"})

    quiet = tess_browser.post(note_url(session_visit), typed | {"body": "As Tess saw it"}, **HTMX)
    loud = tess_browser.post(note_url(session_visit), typed | {"body": "As Tess saw it"})

    assert "Theo Tahk changed this note" in quiet.content.decode()
    assert loud.status_code == 409
    assert "As Theo saw it" in loud.content.decode() and "As Tess saw it" in loud.content.decode()
    assert loud.context["form"].data["seen_version"] == "1"


def test_the_next_session_begins_with_the_last_ones_themes(
    participant: Participant, session_visit: Visit, tess_browser: Client, typed: Any
) -> None:
    tess_browser.post(note_url(session_visit), typed)
    following = participant.visits.get(code="V7")

    page = tess_browser.get(note_url(following)).content.decode()

    assert "Grief and loss" in page and "Walk each morning" in page


def test_the_suicidality_answers_are_recorded_from_the_page(session_visit: Visit, tess_browser: Client) -> None:
    tess_browser.post(f"/visits/{session_visit.public_id}/risk/", risk_typed(I1="yes"))

    assert RiskScreen.objects.get(visit=session_visit).ideation_level == 1


def test_a_question_left_out_comes_back_beside_the_others(session_visit: Visit, tess_browser: Client) -> None:
    told = risk_typed()
    del told["risk_actual"]

    response = tess_browser.post(f"/visits/{session_visit.public_id}/risk/", told)

    assert response.status_code == 422
    assert "Still to be asked" in response.content.decode()


def test_the_note_is_reviewed_and_signed(session_visit: Visit, tess_browser: Client, typed: Any) -> None:
    tess_browser.post(f"/visits/{session_visit.public_id}/risk/", risk_typed())
    tess_browser.post(note_url(session_visit), typed | {"review": "1"})
    digest = tess_browser.get(note_url(session_visit, "review/")).context["form"].initial["shown_digest"]

    tess_browser.post(note_url(session_visit, "review/"), {"password": PASSWORD, "shown_digest": digest})

    note = IntegrationNote.objects.get()
    assert [s.signer.username for s in queries.standing_of(note, needed=2).signatures] == ["tess"]
    assert tess_browser.get(note_url(session_visit))["Location"].endswith("/review/")


def test_a_note_that_changed_since_it_was_shown_is_not_signed(
    session_visit: Visit, tess_browser: Client, typed: Any
) -> None:
    tess_browser.post(f"/visits/{session_visit.public_id}/risk/", risk_typed())
    tess_browser.post(note_url(session_visit), typed)
    digest = tess_browser.get(note_url(session_visit, "review/")).context["form"].initial["shown_digest"]
    tess_browser.post(note_url(session_visit), typed | {"body": "Added", "seen_version": "1"})

    response = tess_browser.post(note_url(session_visit, "review/"), {"password": PASSWORD, "shown_digest": digest})

    assert response.status_code == 422
    assert "changed while you were reading" in response.content.decode()


def test_a_late_note_says_so(participant: Participant, session_visit: Visit, tess_browser: Client, typed: Any) -> None:
    tess_browser.post(note_url(session_visit), typed)

    page = tess_browser.get(note_url(session_visit)).content.decode()

    assert "Late entry" in page and "25 h" in page


def test_the_investigator_reads_and_does_not_write(
    session_visit: Visit, tess_browser: Client, typed: Any, ada: Person, client_for: Callable[[Person], Client]
) -> None:
    tess_browser.post(note_url(session_visit), typed)
    browser = client_for(ada)

    assert browser.get(note_url(session_visit))["Location"].endswith("/review/")
    assert "Grief and loss" in browser.get(note_url(session_visit, "review/")).content.decode()
    assert browser.post(f"/visits/{session_visit.public_id}/risk/", risk_typed()).status_code == 404


@pytest.mark.parametrize("username", ["cleo", "carl", "ben", "mona", "dev", "rhea", "eve", "phil"])
def test_a_note_does_not_exist_for_others(
    session_visit: Visit, world: Any, client_for: Callable[[Person], Client], username: str
) -> None:
    browser = client_for(world.people[username])

    assert browser.get(note_url(session_visit)).status_code == 404
    assert browser.get(note_url(session_visit, "review/")).status_code == 404


def test_a_visit_of_another_kind_has_no_note_page(contact_day: Visit, tess_browser: Client) -> None:
    assert tess_browser.get(note_url(contact_day)).status_code == 404


# --- contacts ---


def contact_typed(**said: str) -> dict[str, str]:
    return risk_typed(**said) | {
        "reached": "yes",
        "wellbeing": "Tired, calm",
        "wellbeing_score": "7",
        "changes_in_feeling": "None",
        "medicines": "None",
    }


def test_a_contact_is_recorded_from_the_page(contact_day: Visit, tess_browser: Client) -> None:
    response = tess_browser.post(f"/visits/{contact_day.public_id}/contact/", contact_typed(), follow=True)

    assert "Contact recorded" in response.content.decode() and "Every answer no" in response.content.decode()
    assert Visit.objects.get(pk=contact_day.pk).state == "done"


def test_not_reached_needs_only_the_reason(contact_day: Visit, tess_browser: Client) -> None:
    tess_browser.post(
        f"/visits/{contact_day.public_id}/contact/",
        {"reached": "no", "not_reached_reason": "No answer", "submission_id": str(uuid4())},
    )

    assert not FollowUpContact.objects.get().reached


def test_reached_without_the_open_question_comes_back(contact_day: Visit, tess_browser: Client) -> None:
    response = tess_browser.post(
        f"/visits/{contact_day.public_id}/contact/", contact_typed() | {"changes_in_feeling": " "}
    )

    assert response.status_code == 422
    assert not FollowUpContact.objects.exists()


def test_the_coordinator_records_contacts_too(
    contact_day: Visit, ben: Person, client_for: Callable[[Person], Client]
) -> None:
    client_for(ben).post(f"/visits/{contact_day.public_id}/contact/", contact_typed(I1="yes"))

    assert FollowUpContact.objects.get().ideation_level == 1


def test_a_contact_that_nobody_planned_is_recorded_from_its_page(
    participant: Participant, tess: Person, client_for: Callable[[Person], Client]
) -> None:
    browser, address = client_for(tess), f"/participants/{participant.public_id}/contacts/"
    typed = contact_typed() | {"contacted_at": "2026-02-04T09:30", "channel": "phone", "initiated_by": "relative"}

    refused = browser.post(address, typed | {"wellbeing_score": ""})
    page = browser.post(address, typed, follow=True).content.decode()

    assert refused.status_code == 422 and "Ask for a number" in refused.content.decode()
    assert "Contact recorded" in page and "A relative or friend, by phone" in page


@pytest.mark.parametrize("username", ["cleo", "carl", "mona", "rhea", "eve"])
def test_a_contact_day_does_not_exist_for_others(
    contact_day: Visit, world: Any, client_for: Callable[[Person], Client], username: str
) -> None:
    assert client_for(world.people[username]).get(f"/visits/{contact_day.public_id}/contact/").status_code == 404


# --- lists ---


def test_the_list_shows_due_contacts_and_sessions(contact_day: Visit, tess_browser: Client) -> None:
    page = tess_browser.get("/integration/").content.decode()

    assert "Due today" in page and "V5-PH2" in page and "Integrative session 1.1" in page


def test_the_coordinators_list_has_contacts_and_no_sessions(
    contact_day: Visit, ben: Person, client_for: Callable[[Person], Client]
) -> None:
    page = client_for(ben).get("/integration/").content.decode()

    assert "V5-PH2" in page and "Integrative session" not in page


def test_the_worklist_names_what_is_due(
    session_visit: Visit, contact_day: Visit, tess: Person, typed: Any, tess_browser: Client
) -> None:
    tess_browser.post(note_url(session_visit), typed)

    lines = list(lines_of(worklist_items(Viewer.at(tess, NOW), NOW)))

    assert {(line.task, line.state) for line in lines if line.band == "now"} == {
        ("Sign the integration note", "overdue"),
        ("Phone contact, day 2", "due"),
    }


def test_who_has_signed_waits_for_the_other(
    session_visit: Visit, tess: Person, theo: Person, typed: Any, tess_browser: Client
) -> None:
    tess_browser.post(f"/visits/{session_visit.public_id}/risk/", risk_typed())
    tess_browser.post(note_url(session_visit), typed)
    note = IntegrationNote.objects.select_related("visit__participant__protocol_version", "visit__site").get()
    actions.sign_note(note, password=PASSWORD, by=tess, at=NOW)

    line = next(line for line in lines_of(worklist_items(Viewer.at(tess, NOW), NOW)) if "note" in line.task)

    assert (line.band, line.owner) == ("waiting", "Theo Tahk")


# --- cost ---


def statements(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(address)
    assert response.status_code == 200, address
    return len([query for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]])


def test_pages_stay_within_their_statements(
    participant: Participant, session_visit: Visit, contact_day: Visit, typed: Any, tess_browser: Client
) -> None:
    tess_browser.post(f"/visits/{session_visit.public_id}/risk/", risk_typed())
    tess_browser.post(note_url(session_visit), typed)

    pages = [note_url(session_visit), note_url(session_visit, "review/"), f"/visits/{contact_day.public_id}/contact/"]
    for page in [*pages, note_url(participant.visits.get(code="V7")), "/integration/"]:
        assert statements(tess_browser, page) <= MOST_STATEMENTS, (page, statements(tess_browser, page))
