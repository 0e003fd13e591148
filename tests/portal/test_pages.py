"""What a participant does on the own pages: answers, diary, contact, pause, words of two languages."""

import re
from typing import Any

import pytest
from django.conf import settings

from assessments.models import Assessment, ItemValue
from assessments.queries import items_for
from core.models import Person
from patients.queries import may_contact
from portal.models import DiaryEntry, OwnAccess
from portal.stays import show
from portal.words import languages, words_in
from tests.cast import AT
from tests.portal.conftest import OWN, Telephone, sent


@pytest.fixture
def form(opened: Telephone) -> Assessment:
    """A questionnaire of the booked visit."""
    return Assessment.objects.filter(participant=opened.participant, respondent="participant").earliest("id")


def answer(opened: Telephone, form: Assessment, item: int, value: Any) -> int:
    path = f"{OWN}forms/{form.public_id}/answer/"
    return int(opened.browser.post(path, {"item": item, "value": value}).status_code)


def fill(opened: Telephone, form: Assessment) -> dict[str, str]:
    found = {}
    for item in items_for(form):
        found[f"item_{item.number}"] = str(item.low)
    return found


# --- questionnaires ---


def test_what_waits_is_listed_with_what_was_answered(opened: Telephone, form: Assessment) -> None:
    answer(opened, form, items_for(form)[0].number, items_for(form)[0].low)

    assert "answered so far: 1" in opened.page()


def test_an_answer_that_comes_twice_is_kept_once(opened: Telephone, form: Assessment) -> None:
    item = items_for(form)[0]

    statuses = [answer(opened, form, item.number, item.high) for _ in range(3)]

    assert statuses == [204, 204, 204]
    assert list(ItemValue.objects.filter(assessment=form).values_list("item", "value")) == [(item.number, item.high)]


def test_an_answer_is_the_participants_own(opened: Telephone, form: Assessment) -> None:
    item = items_for(form)[0]
    answer(opened, form, item.number, item.low)

    assert ItemValue.objects.get().recorded_by == Person.objects.system("portal")


@pytest.mark.parametrize("value", ["999", "many", "-1"])
def test_an_answer_that_cannot_be_is_refused_in_words(opened: Telephone, form: Assessment, value: str) -> None:
    assert answer(opened, form, items_for(form)[0].number, value) == 422
    assert not ItemValue.objects.exists()


def test_a_questionnaire_is_closed_once_and_what_comes_late_changes_nothing(
    opened: Telephone, form: Assessment
) -> None:
    path, typed = f"{OWN}forms/{form.public_id}/complete/", fill(opened, form)

    answers = [opened.browser.post(path, typed).status_code for _ in range(2)]
    late = answer(opened, form, items_for(form)[0].number, items_for(form)[0].high)

    form.refresh_from_db()
    assert (answers, late, form.state) == ([302, 302], 204, "locked")
    assert ItemValue.objects.get(assessment=form, item=items_for(form)[0].number).value == items_for(form)[0].low


def test_open_questions_ask_why_and_keep_what_was_answered(opened: Telephone, form: Assessment) -> None:
    typed = dict(list(fill(opened, form).items())[:2])

    refused = opened.browser.post(f"{OWN}forms/{form.public_id}/complete/", typed)
    closed = opened.browser.post(f"{OWN}forms/{form.public_id}/complete/", typed | {"missing_reason": "Too tired"})

    assert (refused.status_code, closed.status_code) == (422, 302)
    assert "Some questions have no answer" in refused.content.decode()
    form.refresh_from_db()
    assert form.missing_reason == "Too tired"


def test_an_answer_that_does_not_fit_stands_again_at_its_question(opened: Telephone, form: Assessment) -> None:
    typed = fill(opened, form)
    first, second = list(typed)[:2]

    page = opened.browser.post(
        f"{OWN}forms/{form.public_id}/complete/", typed | {first: "12o", "missing_reason": "Too tired"}
    )

    assert page.status_code == 422
    assert "it cannot be kept" in page.content.decode()
    assert 'value="Too tired"' in page.content.decode()
    kept = set(ItemValue.objects.filter(assessment=form).values_list("item", flat=True))
    assert int(first.removeprefix("item_")) not in kept
    assert int(second.removeprefix("item_")) in kept


def test_a_form_of_somebody_else_does_not_exist(opened: Telephone, world: Any, ben: Person) -> None:
    from tests.assessments.conftest import booked
    from tests.stages import consented

    other = consented(world, by=ben, at=AT, name="Ola Sample")
    booked(other, "V3", by=ben)
    foreign = Assessment.objects.filter(participant=other, respondent="participant").earliest("id")

    assert opened.browser.get(f"{OWN}forms/{foreign.public_id}/").status_code == 404
    assert answer(opened, foreign, 1, 0) == 404


def test_a_rating_is_no_form_of_the_participant(opened: Telephone) -> None:
    rating = Assessment.objects.filter(participant=opened.participant, respondent="independent_assessor").earliest("id")

    assert opened.browser.get(f"{OWN}forms/{rating.public_id}/").status_code == 404


# --- diary, contact, pause, preparation ---


def test_a_page_of_the_diary_is_kept_once(opened: Telephone) -> None:
    typed = sent(about_on=AT.date().isoformat(), wellbeing="6", words="Slept well")

    for _ in range(2):
        opened.browser.post(f"{OWN}diary/", typed)

    assert DiaryEntry.objects.get().words == "Slept well"
    assert "Slept well" in opened.page("diary/")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param({"wellbeing": ""}, "Please choose an answer.", id="no number"),
        pytest.param({"about_on": "2026-02-01"}, "not in the future", id="tomorrow"),
        pytest.param({"about_on": "soon"}, "not in the future", id="no day"),
    ],
)
def test_a_page_that_cannot_be_comes_back_with_what_was_typed(
    opened: Telephone, typed: dict[str, str], words: str
) -> None:
    whole = sent(about_on=AT.date().isoformat(), wellbeing="6", words="A long day") | typed

    answer = opened.browser.post(f"{OWN}diary/", whole)

    assert answer.status_code == 422
    assert words in answer.content.decode() and "A long day" in answer.content.decode()


def test_the_ways_of_contact_are_chosen(opened: Telephone) -> None:
    opened.browser.post(f"{OWN}contact/", {"phone": "on"})

    chosen = {channel: may_contact(opened.participant.pk, channel=channel) for channel in ("email", "sms", "phone")}
    assert chosen == {"email": False, "sms": False, "phone": True}


def test_a_pause_asks_nothing_until_it_ends(opened: Telephone) -> None:
    opened.browser.post(f"{OWN}pause/", {"pause": "1"})
    paused = opened.page()
    opened.browser.post(f"{OWN}pause/", {"go_on": "1"})

    assert "You asked for a pause" in paused and "Questions to answer" not in paused
    assert "Questions to answer" in opened.page()
    assert OwnAccess.objects.get().paused_at is None


def test_appointments_say_no_more_than_needed(opened: Telephone) -> None:
    page = opened.page()

    assert "Interview" in page
    assert [word for word in ("Baseline", "T1", "Experimental", "dosing") if word in page] == []


def test_days_are_said_in_the_language_of_the_page(opened: Telephone) -> None:
    opened.browser.post(f"{OWN}diary/", sent(about_on="2025-03-03", wellbeing="5"))
    opened.browser.post(f"{OWN}choices/", {"own_language": "de", "back": OWN})

    assert "Mo, 3. März 2025: 5" in opened.page("diary/")


# --- words ---


def test_every_language_has_every_word() -> None:
    names = {language: set(words_in(language)) for language in languages()}

    assert languages() == ("de", "en")
    assert names["de"] == names["en"]


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    sources = [*(settings.BASE_DIR / "templates").glob("portal/*.html"), settings.BASE_DIR / "templates/base_own.html"]
    sources += list((settings.BASE_DIR / "portal").rglob("*.py"))
    text = "\n".join(source.read_text() for source in sources)

    used = set(re.findall(r"words\.([a-z_]+)", text)) | set(re.findall(r'"([a-z_]+)"', text))
    named = {name for name in words_in("en") if not name.startswith(("kind_", "line_", "contact_"))}
    assert named - used == set()
    assert set(re.findall(r"{{ words\.([a-z_]+)", text)) - set(words_in("en")) == set()


def test_the_language_is_the_participants_until_another_is_chosen(opened: Telephone) -> None:
    opened.browser.post(f"{OWN}choices/", {"own_language": "de", "back": f"{OWN}diary/"})

    assert 'lang="de"' in opened.page() and "Was ansteht" in opened.page()
    assert "Lassen Sie Wertsachen" in opened.page("preparation/")


def test_choices_lead_nowhere_else(opened: Telephone) -> None:
    answer = opened.browser.post(f"{OWN}choices/", {"own_large": "yes", "back": "https://evil.example/"})

    assert answer["Location"] == OWN
    assert "own-large" in opened.page()


def test_two_who_are_the_first_to_read_a_language_both_get_their_page(rf):
    """Each of them has read the words by itself, as nobody waits for the other."""
    mine = words_in("de")
    words_in.cache_clear()

    answer = show(rf.get("/own/"), "portal/code.html", {}, words=mine)

    assert answer.status_code == 200 and 'lang="de"' in answer.content.decode()
