"""Tests of the language of word patterns: forms of words, one slip of the pen, order and distance."""

import pytest

from protocol.word_forms import forms_of, normal, one_slip
from protocol.wording import Lexicon, Sentence, read_pattern, read_phrase, tokens_of

FIELDS = {"state": ("calm+", "at peace", "^ so there", "out of *"), "medicine": ("-pam", "paracet-", "dizziness")}


def found(pattern, text, **words):
    """Returns the words of a text in which a pattern is found."""
    phrases = {name: tuple(read_phrase(entry) for entry in entries) for name, entries in FIELDS.items()}
    steps, tokens = read_pattern(pattern), tokens_of(text)
    sentence = Sentence(Lexicon((steps,), phrases, **words), tokens)
    return [text[tokens[start].begins : tokens[end - 1].ends] for start, end in sentence.spans(steps)]


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("ache", {"ache", "aches", "ached", "aching"}),
        ("worry", {"worry", "worries", "worried", "worrying"}),
        ("stop", {"stops", "stopped", "stopping"}),
        ("itch", {"itches", "itched"}),
        ("lie", {"lies", "lying"}),
    ],
)
def test_inflexions_are_made_from_the_listed_word(word, forms):
    assert {normal(form) for form in forms} <= forms_of(word, irregular={})


@pytest.mark.parametrize(
    ("word", "forms"),
    [("calm", {"calmer", "calmest", "calmly"}), ("heavy", {"heavier", "heaviness"}), ("hot", {"hotter"}),
     ("pale", {"paler"})],
)  # fmt: skip
def test_an_adjective_is_also_compared(word, forms):
    assert forms <= forms_of(word, compared=True, irregular={})
    assert not forms & forms_of(word, irregular={})


@pytest.mark.parametrize(
    ("british", "american"),
    [("colour", "color"), ("diarrhoea", "diarrhea"), ("tranquillise", "tranquilize"), ("grey", "gray"),
     ("Doctor’s", "doctor"), ("centre", "center")],
)  # fmt: skip
def test_both_spellings_are_one(british, american):
    assert normal(british) == normal(american)


@pytest.mark.parametrize(
    ("written", "slips"),
    [("headche", True), ("headaache", True), ("haedache", True), ("headathe", True), ("headache", True),
     ("eadache", False), ("headhcae", False), ("heabaxhe", False), ("head", False)],
)  # fmt: skip
def test_one_letter_may_be_wrong_and_not_two(written, slips):
    assert one_slip(written, "headache") is slips


@pytest.mark.parametrize(
    ("pattern", "text", "words"),
    [
        ("more ~2 than", "She is more tired now than before.", ["more tired now than"]),
        ("more ~2 than", "More or less as sad and tired as before, than never.", []),
        ("hip|knee ~3 hurt", "Her knee still hurts.", ["knee still hurts"]),
        ("feel ~2 <state>", "Felt very calmly, then feels at peace.", ["Felt very calmly", "feels at peace"]),
        ("<state>", "So there he was, out of sorts.", ["So there", "out of sorts"]),
        ("<state>", "He was so there.", []),
        (
            "take ~2 <medicine>",
            "Takes one lorazepam and took 2 paracetamols.",
            ["Takes one lorazepam", "took 2 paracetamols"],
        ),
        ("<medicine>", "Some diziness.", ["diziness"]),
        ("=SI", "No SI, and si.", ["SI"]),
        ("c/o", "Pt c/o pain and/or ache.", ["c/o"]),
        ("pulse ~2 #", "Pulse was at 130.", ["Pulse was at 130"]),
        ('" ~1 i', "“I give up”", ["“I"]),
        ("^ -s", "Wakes and walks.", ["Wakes"]),
        ("hurt *", "It hurts", []),
        ("<state>|hurt", "Calmest when it hurts", ["Calmest", "hurts"]),
    ],
)
def test_a_pattern_is_found_in_order_and_within_its_distance(pattern, text, words):
    irregular = {"feel": ("felt",), "take": ("took",)}
    assert found(pattern, text, irregular=irregular) == words


def test_a_word_that_is_itself_is_not_taken_for_a_misspelt_one():
    assert found("meditate", "The meditates.") == ["meditates"]
    assert found("medication", "A meditation.") == ["meditation"]
    assert found("medication", "A meditation.", not_misspelt=frozenset({"meditation"})) == []
