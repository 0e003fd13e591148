"""Tests of coding: certain by itself in one statement, else by a person; another version tells what it changes."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from coding import actions, queries
from coding.models import Coding, Dictionary, DictionaryTerm, Synonym
from coding.tasks import code_new
from core.errors import Conflict, Refused
from safety import actions as safety_actions
from tests.cast import AT
from tests.coding.conftest import TERMS
from tests.safety.conftest import HEADACHE


@pytest.fixture
def report(nina, ben):
    def reported(term):
        description = replace(HEADACHE, term=term)
        return safety_actions.report_adverse_event(
            nina, description=description, site_aware_at=AT, submission_id=uuid4(), by=ben, at=AT
        )

    return reported


def code(coding, *, by, code, synonym=False, seen=None):
    return actions.code_by_hand(
        coding, code=code, seen_verbatim=coding.verbatim if seen is None else seen, keep_synonym=synonym, by=by, at=AT
    )


def code_of(name, dictionary):
    return DictionaryTerm.objects.get(dictionary=dictionary, name=name).code


def test_exact_names_and_synonyms_are_coded_in_one_statement(used, written, dev):
    exact, misspelt = written("head-ache."), written("headdache")
    first = written("HEADACHE")
    with_synonym = written("Migraine like")
    code(with_synonym, by=dev, code=code_of("Headache", used), synonym=True)
    same_words = written("migraine, like", source="aev_other")

    with CaptureQueriesContext(connection) as captured:
        coded = actions.code_waiting(kind="event", by=dev, at=AT)

    assert coded == 2
    assert sum("UPDATE coding_coding" in query["sql"] for query in captured) == 1
    for each in (first, same_words, misspelt, exact):
        each.refresh_from_db()
    assert (first.state, first.way, first.term) == ("coded", "exact", "Headache")
    assert (same_words.way, same_words.term) == ("synonym", "Headache")
    assert (misspelt.state, exact.state) == ("waiting", "waiting")


def test_a_name_that_stands_for_two_codes_waits_for_a_person(load, written, dev):
    dictionary = load(terms=("Head ache", "Head-ache"))
    actions.adopt_dictionary(dictionary, reason="x", by=dev, at=AT)
    written("head ache")

    assert actions.code_waiting(kind="event", by=dev, at=AT) == 0


def test_without_a_dictionary_in_use_nothing_is_coded(load, written, dev):
    load()
    waiting = written("Headache")

    assert actions.code_waiting(kind="event", by=dev, at=AT) == 0
    with pytest.raises(Refused, match="No dictionary is in use"):
        code(waiting, by=dev, code="90000001")


def test_the_likest_terms_are_suggested_first(used):
    assert queries.suggestions(used, "headdache")[0].name == "Headache"
    assert queries.suggestions(used, "zzzz") == []


@pytest.mark.parametrize("wrong", ["1", ""])
def test_only_a_current_term_of_the_dictionary_in_use_is_taken(used, written, dev, wrong):
    with pytest.raises(Refused, match="holds as current"):
        code(written("Headdache"), by=dev, code=wrong)


def test_words_that_changed_meanwhile_are_not_coded(used, written, dev):
    with pytest.raises(Conflict, match="changed meanwhile"):
        code(written("Headdache"), by=dev, code=code_of("Headache", used), seen="other words")


def test_a_synonym_is_kept_once(used, written, dev):
    for source in ("aev_1", "aev_2"):
        code(written("Skull pain", source=source), by=dev, code=code_of("Headache", used), synonym=True)

    assert Synonym.objects.get().plain == "skull pain"


def test_a_site_is_asked_and_answers_by_other_words(used, report, dev, ben):
    event = report("Felt odd")
    code_new()
    coding = Coding.objects.get(kind="event")
    with pytest.raises(Refused, match="Say what the site is asked"):
        actions.query_wording(coding, question=" ", by=dev)
    actions.query_wording(coding, question="What was felt?", by=dev)
    safety_actions.revise_adverse_event(event, changes={"term": "Dizziness"}, reason="Asked", by=ben, at=AT)

    assert code_new() == 1

    coding.refresh_from_db()
    assert (coding.state, coding.term, coding.question) == ("coded", "Dizziness", "")
    assert coding.coded_by.username == "system:coding"


def test_what_is_written_is_gathered_once(report, dev):
    report("Headache")

    assert (actions.gather(by=dev), actions.gather(by=dev)) == (1, 0)


def test_medicines_are_gathered_too(nina, ben, dev):
    from patients import actions as patient_actions

    asked = patient_actions.Asked("Participant", AT)
    details = patient_actions.MedicineDetails("sertraline", "SSRI")
    patient_actions.record_entries(nina, [(details, asked, uuid4())], by=ben, at=AT)
    actions.gather(by=dev)

    assert list(Coding.objects.values_list("kind", "verbatim")) == [("medicine", "sertraline")]


def test_another_version_tells_what_it_changes_before_it_is_used(used, load, written, dev):
    for words in ("Headache", "Nausea", "Dizziness", "Jaw pain", "Rash"):
        written(words)
    actions.code_waiting(kind="event", by=dev, at=AT)
    # Codes go by place: the third name is renamed, the last one is left out, and pain of the jaw is retired.
    renamed = [*TERMS[:2], "Nausea and retching", *TERMS[3:7]]
    newer = load(terms=renamed, version="2.0", retired=("Jaw pain",))

    changes = {line.coding.verbatim: line.change for line in queries.impact_of(newer)}
    actions.adopt_dictionary(newer, reason="Twice a year", by=dev, at=AT)

    assert changes == {
        "Headache": "stays", "Nausea": "renamed", "Dizziness": "stays", "Jaw pain": "retired", "Rash": "gone",
    }  # fmt: skip
    states = {each.verbatim: (each.state, each.term) for each in Coding.objects.all()}
    assert states["Nausea"] == ("coded", "Nausea and retching")
    assert states["Rash"] == states["Jaw pain"] == ("waiting", "")
    assert {each.dictionary_id for each in Coding.objects.filter(state="coded")} == {newer.pk}
    assert queries.impact_of(newer) == []


def test_a_version_is_loaded_once_and_used_once(used, load, dev):
    assert load().pk == used.pk
    with pytest.raises(Refused, match="other content"):
        load(terms=("Cough",))
    with pytest.raises(Refused, match="in use already"):
        actions.adopt_dictionary(used, reason="x", by=dev, at=AT)
    with pytest.raises(Refused, match="Say why"):
        actions.adopt_dictionary(used, reason=" ", by=dev, at=AT)


def test_a_bad_archive_is_refused_at_its_field(dev, db):
    with pytest.raises(Refused, match="no ZIP archive") as refusal:
        actions.load_dictionary(b"x", kind="event", name="N", version="1.0", by=dev, at=AT)

    assert refusal.value.field == "file"


@pytest.mark.parametrize("model", [Dictionary, DictionaryTerm])
def test_the_database_refuses_to_change_a_dictionary(used, model):
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.update(name="x")
