"""A consent form's file: each fault is named with its place and line, and a good one is read whole."""

import json

import pytest
import yaml

from protocol.consent_form import Place, Step, load_form, place_after
from protocol.definition import ConsentOption
from protocol.document import ProtocolFaults
from tests.cast import FORM_FILE

OPTIONS = tuple(
    ConsentOption(code, code, required=code == "recording")
    for code in ("recording", "touch", "data_sharing", "future_contact", "long_term")
)
TEXT = FORM_FILE.read_text()


@pytest.mark.parametrize("language", ["en", "de"])
def test_forms_of_the_demo_are_whole_and_ask_about_sections_that_are_there(language):
    form = load_form((FORM_FILE.parent / f"information_{language}.yaml").read_text(), options=OPTIONS)

    assert form.language == language and len(form.sections) >= 5
    assert {form.section(question.section).code for question in form.questions} <= {s.code for s in form.sections}
    assert all(len(section.paragraphs) >= 2 for section in form.sections)


def test_a_form_may_be_json():
    assert load_form(json.dumps(yaml.safe_load(TEXT)), options=OPTIONS).questions[0].answer == "chance"


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("answer: chance", "answer: luck", "questions.0.answer", "not one of the choices"),
        ("section: risks", "section: danger", "questions.1.section", "not a section of this file"),
        ("{tries: 2, then: discuss}", "{tries: 0, then: discuss}", "comprehension.tries", "less than 1"),
        ("then: discuss", "then: shrug", "comprehension.then", "not one of discuss, end"),
        ("  touch: I agree", "  touching: I agree", "options.touching", "not an option of this file"),
        ("  touch: I agree", "  touching: I agree", "options", "“touch” (touch) has no words"),
        ("  clear: Clear the box\n", "", "words", "“clear” is missing"),
        ("code: benefit", "code: risks", "sections.3", "given twice"),
        ("language: en,", "language: english,", "form.language", "not written as it must be"),
        ("{doctor: The doctor decides, myself: I decide, chance: Chance decides}", "{chance: Chance}",
         "questions.0.choices", "two choices"),
        ("statement: >-", "declaration: >-", "", "“statement” is missing"),
    ],
    ids=["answer not a choice", "no such section", "no try", "unknown consequence", "option not the protocol's",
         "option without words", "word missing", "section twice", "language", "one choice", "statement missing"],
)  # fmt: skip
def test_fault_is_named_with_its_place(old, new, place, words):
    assert TEXT.count(old) == 1

    with pytest.raises(ProtocolFaults) as refusal:
        load_form(TEXT.replace(old, new), options=OPTIONS)

    found = [fault for fault in refusal.value.faults if fault.place == place and words in fault.message]
    assert found and found[0].line >= 1


def test_every_fault_is_named_at_once_in_the_order_of_the_file():
    bad = TEXT.replace("answer: chance", "answer: luck").replace("  clear: Clear the box\n", "")

    with pytest.raises(ProtocolFaults) as refusal:
        load_form(bad, options=OPTIONS)

    lines = [fault.line for fault in refusal.value.faults]
    assert len(lines) == 2 and lines == sorted(lines)


FORM = load_form(TEXT, options=OPTIONS)
ORDER = [section.code for section in FORM.sections]
RIGHT = [Step("answered", question.code, right=True) for question in FORM.questions]
WHOLE = [Step("read", code) for code in ORDER] + RIGHT
WRONG = Step("answered", "Q1", right=False)


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([], Place("section", "purpose")),
        ([Step("read", "purpose")], Place("question", "Q1")),
        ([Step("read", "purpose"), WRONG], Place("section", "purpose", again=True)),
        ([Step("read", "purpose"), WRONG, Step("read", "purpose")], Place("question", "Q1")),
        ([Step("read", "purpose"), WRONG, Step("read", "purpose"), WRONG], Place("talk", "Q1")),
        ([Step("read", "purpose"), WRONG, WRONG, Step("discussed", "Q1")], Place("section", "purpose", again=True)),
        ([Step("read", code) for code in ORDER], Place("question", "Q1")),
        ([*WHOLE[:-1]], Place("question", "Q4")),
        (WHOLE[1:], Place("section", "purpose")),
        (WHOLE, Place("options")),
        ([*WHOLE, Step("chose")], Place("sign")),
    ],
    ids=["nothing done", "a section leads to its question", "a wrong answer leads back", "read again, asked again",
         "tries used up", "talked about", "questions are not skipped", "last question", "a section is not skipped",
         "options", "signature"],
)  # fmt: skip
def test_what_comes_next(steps, place):
    assert place_after(FORM, steps) == place


def test_a_form_may_end_the_reading_after_its_tries():
    ending = load_form(TEXT.replace("{tries: 2, then: discuss}", "{tries: 1, then: end}"), options=OPTIONS)

    assert place_after(ending, [Step("read", "purpose"), WRONG]) == Place("ended", "Q1")
