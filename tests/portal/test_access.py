"""How somebody without an account comes in: once, with the code; nothing is replayed, shared, guessed or told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.contributions import recorded_at
from core.errors import Refused
from core.models import Person
from core.own_links import named_in, own_address
from patients.models import Participant
from portal import actions, queries
from portal.models import FailedOpening, OwnAccess, OwnLink, OwnStay
from reminders.models import Reminder
from tests.cast import AT
from tests.portal.conftest import OWN, Telephone

REFUSED = "This did not open"


def test_link_and_code_open_the_pages(opened: Telephone) -> None:
    assert "What is waiting" in opened.page()


def test_before_the_code_a_page_tells_nothing_of_anybody(telephone: Telephone) -> None:
    page = telephone.browser.get(telephone.link()).content.decode()

    told = ("Noor", "noor@example.org", telephone.participant.screening_number, "MAPPLIKE", "Vigil")
    assert [word for word in told if word in page] == []


def test_a_used_link_opens_no_second_time(telephone: Telephone) -> None:
    path = telephone.link()
    telephone.open(path)

    again = Client().post(path, {"code": telephone.code})

    assert (again.status_code, REFUSED in again.content.decode()) == (422, True)
    assert OwnStay.objects.count() == 1


def test_a_stay_is_not_shared_by_passing_on_an_address(opened: Telephone) -> None:
    answer = Client().get(OWN)

    assert (answer.status_code, "You have left your pages" in answer.content.decode()) == (403, True)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"code": "00000000"}, id="a wrong code"),
        pytest.param({"code": ""}, id="no code"),
        pytest.param({"code": "x" * 500}, id="nonsense"),
    ],
)
def test_what_does_not_open_says_the_same_as_an_unknown_link(telephone: Telephone, wrong: dict[str, str]) -> None:
    known = Client().post(telephone.link(), wrong)
    unknown = Client().post(f"{OWN}lnk_2222222222222222.{'A' * 43}/", {"code": telephone.code})

    texts = [answer.content.decode().split("<main")[1] for answer in (known, unknown)]
    assert (known.status_code, unknown.status_code) == (422, 422)
    assert without_marks(texts[0]) == without_marks(texts[1])


def without_marks(page: str) -> str:
    return "".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_a_name_of_a_link_without_the_mark_is_no_link(telephone: Telephone) -> None:
    link = actions.send_link(telephone.participant, by=telephone.by, at=AT)

    assert named_in(link.public_id) == "" and named_in(f"{link.public_id}.guess") == ""
    assert named_in(own_address(link.public_id).rstrip("/").rpartition("/")[2]) == link.public_id


def test_five_wrong_codes_end_a_link_for_the_right_one_too(telephone: Telephone) -> None:
    path = telephone.link()
    for _ in range(5):
        telephone.open(path, code="00000000")

    assert telephone.open(path).status_code == 422
    assert OwnLink.objects.get().failures == 5


def test_a_press_on_the_empty_box_is_no_wrong_code(telephone: Telephone) -> None:
    path = telephone.link()

    refused = [telephone.open(path, code=" ").status_code for _ in range(5)]

    assert refused == [422] * 5
    assert telephone.open(path).status_code == 302


def test_after_ten_failures_from_one_place_everything_from_there_waits(telephone: Telephone) -> None:
    for _ in range(2):
        path = telephone.link()
        for _ in range(5):
            telephone.open(path, code="00000000")
    path = telephone.link()

    waits = telephone.open(path)
    elsewhere = Client(REMOTE_ADDR="198.51.100.7").post(path, {"code": telephone.code})

    assert "Too many tries" in waits.content.decode()
    assert elsewhere.status_code == 302
    assert FailedOpening.objects.count() == 10


def test_ten_minutes_later_it_opens_again(telephone: Telephone) -> None:
    for _ in range(2):
        path = telephone.link()
        for _ in range(5):
            telephone.open(path, code="00000000")
    path = telephone.link()
    with recorded_at(AT + timedelta(minutes=11)):
        assert telephone.open(path).status_code == 302


def test_a_link_ends_after_a_week(telephone: Telephone) -> None:
    path = telephone.link()
    with recorded_at(AT + timedelta(days=7)):
        assert telephone.open(path).status_code == 422


@pytest.mark.parametrize(
    "later", [pytest.param(timedelta(minutes=31), id="idle"), pytest.param(timedelta(hours=5), id="too long at all")]
)
def test_a_stay_ends_by_itself(opened: Telephone, later: timedelta) -> None:
    with recorded_at(AT + later):
        assert opened.browser.get(OWN).status_code == 403


def test_leaving_ends_the_stay(opened: Telephone) -> None:
    opened.browser.post(f"{OWN}leave/")

    assert opened.browser.get(OWN).status_code == 403


def test_a_new_code_ends_links_and_stays(opened: Telephone) -> None:
    waiting = opened.link()
    actions.make_code(opened.participant, by=opened.by, at=AT + timedelta(minutes=1))

    with recorded_at(AT + timedelta(minutes=1)):
        assert opened.browser.get(OWN).status_code == 403
        assert opened.open(waiting).status_code == 422


def test_neither_code_nor_key_is_kept(opened: Telephone) -> None:
    access, stay = OwnAccess.objects.get(), OwnStay.objects.get()
    key = opened.browser.cookies["own_key"].value

    assert opened.code not in access.code_digest and key not in stay.key_digest
    assert queries.stay_with(key, at=AT) == stay


def test_the_key_is_out_of_reach_of_scripts_and_no_cache_keeps_a_page(opened: Telephone) -> None:
    cookie, answer = opened.browser.cookies["own_key"], opened.browser.get(OWN)

    assert (cookie["httponly"], cookie["path"], cookie["samesite"]) == (True, OWN, "Lax")
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "same-origin")


def test_a_key_opens_no_page_of_the_house(opened: Telephone) -> None:
    for path in ("/", "/participants/", f"/participants/{opened.participant.public_id}/own-pages/", "/confidential/"):
        assert opened.browser.get(path).status_code == 302


# --- the site's side ---


def test_a_link_before_the_code_is_refused(participant: Participant, ben: Person) -> None:
    with pytest.raises(Refused, match="Make the code first"):
        actions.send_link(participant, by=ben, at=AT)


def test_the_code_is_shown_once(participant: Participant, ben: Person, client_for: Callable[[Person], Client]) -> None:
    browser, path = client_for(ben), f"/participants/{participant.public_id}/own-pages/"

    made = browser.post(path, {"make_code": "1"}).content.decode()
    later = browser.get(path).content.decode()

    assert "The code is" in made and "The code is" not in later


def test_the_site_reads_the_message_without_the_link(
    telephone: Telephone, ben: Person, client_for: Callable[[Person], Client]
) -> None:
    path = telephone.link()
    reminder = Reminder.objects.get(template="own_pages")

    page = client_for(ben).get(f"/messages/{reminder.public_id}/").content.decode()

    assert "Your pages open once" in page and path not in page and "only the participant sees" in page


def test_where_nothing_leaves_the_house_the_link_arrives_on_the_page(
    telephone: Telephone, ben: Person, client_for: Callable[[Person], Client], settings: Any
) -> None:
    settings.MESSAGES_LEAVE_THE_HOUSE = False
    path = telephone.link()
    reminder = Reminder.objects.get(template="own_pages")

    page = client_for(ben).get(f"/messages/{reminder.public_id}/").content.decode()

    assert f'{path}"' in page


def test_the_participant_gets_the_link(telephone: Telephone, ben: Person) -> None:
    from patients import actions as patient_actions
    from reminders.catalogue import current_template
    from reminders.recipients import recipient_of
    from reminders.rendering import write_out

    patient_actions.record_contact_consent(telephone.participant, channel="email", given=True, by=ben, at=AT)
    path = telephone.link()
    reminder: Any = Reminder.objects.get(template="own_pages")

    english = write_out(reminder, current_template("own_pages"), recipient_of(reminder))
    german = write_out(reminder, current_template("own_pages", language="de"), recipient_of(reminder))

    assert path in english.body and path in german.body and "Noor" in english.body
