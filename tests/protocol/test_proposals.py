"""Tests of what the words of an event propose; nothing is set by a rule."""

import pytest

from protocol.proposals import ABUSE_RELATED, proposed_marks


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Had suicidal thoughts in the evening", {"suicidality"}),
        ("Said she had harmed herself, self-harm in the past", {"suicidality"}),
        ("Wish   to be\ndead", {"suicidality"}),
        ("Fainted at home", {"cardiac_qt"}),
        ("Palpitations, felt drunk", {"cardiac_qt", ABUSE_RELATED}),
        ("Euphoric mood", {"abuse", ABUSE_RELATED}),
        ("Feeling of relaxation", {ABUSE_RELATED}),
        ("Blistered heel", set()),
        ("A related headache", set()),
        ("", set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_words_propose_groups(definition, text, marks):
    assert set(proposed_marks(definition, text)) == marks


def test_the_words_that_propose_are_named_whole(definition):
    assert proposed_marks(definition, "Then SUICIDAL thoughts") == {"suicidality": "suicidal"}
