"""The coders' pages, through a browser's requests."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coding.invented import event_archive
from coding.models import Coding, Dictionary, DictionaryTerm
from tests.coding.conftest import TERMS


def text_of(answer):
    return answer.content.decode()


def address(coding, name="coding-detail"):
    return reverse(f"coding:{name}", args=[coding.public_id])


def test_a_dictionary_is_loaded_looked_at_and_put_in_use(world, dev, client_for):
    client = client_for(dev)
    form = {"kind": "event", "name": "Invented", "version": "1.0"}
    archive = SimpleUploadedFile("d.zip", event_archive(terms=TERMS))
    loaded = client.post(reverse("coding:dictionary-load"), form | {"file": archive}, follow=True)
    assert "is loaded with 8 terms. It is not in use yet." in text_of(loaded)

    dictionary = Dictionary.objects.get()
    used = client.post(address(dictionary, "dictionary-adopt"), {"reason": "The trial begins"}, follow=True)

    assert "Invented 1.0 is in use" in text_of(used)
    assert "In use" in text_of(client.get(reverse("coding:dictionary-list")))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": "new"}, "Write it as 27.1."),
        ({"file": SimpleUploadedFile("d.zip", b"hello")}, "This is no ZIP archive."),
        ({"file": ""}, "empty"),
    ],
)
def test_bad_files_are_told_and_nothing_typed_is_lost(world, dev, client_for, changes, words):
    archive = SimpleUploadedFile("d.zip", event_archive(terms=TERMS))
    form = {"kind": "event", "name": "My dictionary", "version": "1.0", "file": archive} | changes

    answer = client_for(dev).post(reverse("coding:dictionary-load"), form)

    assert answer.status_code == 422
    assert words in text_of(answer) and "My dictionary" in text_of(answer)


def test_words_are_coded_by_a_suggestion(used, written, dev, client_for):
    coding, client = written("headdache"), client_for(dev)
    shown = text_of(client.get(address(coding)))
    assert "Headache (90000001" in shown

    form = {"code": "90000001", "seen_verbatim": "headdache", "keep_synonym": "on"}
    client.post(address(coding, "coding-accept"), form, follow=True)

    coding.refresh_from_db()
    assert (coding.state, coding.term, coding.coded_by) == ("coded", "Headache", dev)
    assert "headdache" in text_of(client.get(reverse("coding:coding-list") + "?show=coded"))


def test_another_term_is_looked_for_by_other_words(used, written, dev, client_for):
    answer = client_for(dev).get(address(written("spins")) + "?q=dizzy")

    assert "Like “dizzy”" in text_of(answer) and "Dizziness" in text_of(answer)


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("coding-accept", {"seen_verbatim": "headdache"}, "Choose a term."),
        ("coding-accept", {"code": "1", "seen_verbatim": "headdache"}, "holds as current"),
        ("coding-ask", {"question": ""}, "Say what the site is asked."),
    ],
)
def test_what_cannot_be_is_told(used, written, dev, client_for, name, form, words):
    answer = client_for(dev).post(address(written("headdache"), name), form)

    assert answer.status_code == 422 and words in text_of(answer)


def test_the_site_is_asked_on_its_worklist(used, nina, dev, ben, client_for):
    from dataclasses import replace
    from uuid import uuid4

    from coding.tasks import code_new
    from safety import actions as safety_actions
    from tests.cast import AT
    from tests.safety.conftest import HEADACHE

    safety_actions.report_adverse_event(
        nina, description=replace(HEADACHE, term="Felt odd"), site_aware_at=AT, submission_id=uuid4(), by=ben, at=AT
    )
    code_new()
    coding = Coding.objects.get()
    client_for(dev).post(address(coding, "coding-ask"), {"question": "What was felt?"})

    assert "What was felt?" in text_of(client_for(ben).get("/"))


def test_a_version_shows_what_it_would_change(used, load, written, dev, client_for):
    from coding import actions
    from tests.cast import AT

    written("Rash")
    actions.code_waiting(kind="event", by=dev, at=AT)
    newer = load(terms=TERMS[:7], version="2.0")

    shown = text_of(client_for(dev).get(address(newer, "dictionary-detail")))

    assert "Not in it" in shown and "“Rash”" in shown
    assert DictionaryTerm.objects.filter(dictionary=newer).count() == 7
