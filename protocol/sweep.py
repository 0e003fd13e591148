"""The sweep of free text: sentences of notes that may tell an event, by lists of the protocol; a person decides.

A list names beginnings of words and whole words; nothing is read into a sentence, and a denial is a hit like any other.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from protocol.definition import Sweep, SweepRule

# The rule of a sentence that answers the question after any change itself.
ASKED = "asked"
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")


@dataclass(frozen=True)
class Mention:
    """A sentence with the words in it that are on a list, and the lists that they are on."""

    sentence: str
    words: tuple[str, ...]
    rules: tuple[str, ...]


def mentions_in(rules: tuple[SweepRule, ...], text: str) -> tuple[Mention, ...]:
    """Returns the sentences of a text in which words of a list occur, each once, in their order.

    Free-text sweep · Protocol free_text_sweep
    """
    found = []
    for sentence in sentences_of(text):
        hits = [(rule.code, match[0]) for rule in rules if (match := _pattern(rule).search(sentence.casefold()))]
        if hits:
            words = tuple(dict.fromkeys(words for _, words in hits))
            found.append(Mention(sentence, words, tuple(code for code, _ in hits)))
    return tuple(found)


def changes_told(sweep: Sweep, text: str) -> tuple[Mention, ...]:
    """Returns the sentences of an answer to the question after any change: each counts unless it says there is none.

    Free-text sweep · Protocol free_text_sweep, ae_definition
    """
    by_words = {mention.sentence: mention for mention in mentions_in(sweep.rules, text)}
    told = [part for part in sentences_of(text) if part.casefold().strip(" .!") not in sweep.nil_answers]
    return tuple(by_words.get(part, Mention(part, (), (ASKED,))) for part in told)


def sentences_of(text: str) -> tuple[str, ...]:
    """Returns the sentences of a text, each once, in their order."""
    parts = (part.strip() for part in SENTENCE_END.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


@lru_cache(maxsize=512)
def _pattern(rule: SweepRule) -> re.Pattern[str]:
    parts = [*(rf"{_words(one)}\w*" for one in rule.begin), *(rf"{_words(one)}(?!\w)" for one in rule.whole)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})")


def _words(phrase: str) -> str:
    return r"\s+".join(re.escape(word) for word in phrase.casefold().split())
