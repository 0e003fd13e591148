"""The sweep of free text: sentences of notes that may tell an event, by lists of the protocol; a person decides.

A list names beginnings of words, whole words, and patterns of words (`protocol/wording.py`), and says how strongly they
speak. Nothing is read into a sentence. What the protocol calls routine is struck out before the lists are asked.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from protocol.sweep_lists import STRENGTHS, Sweep, SweepRule
from protocol.wording import STRUCK, Lexicon, Pattern, Sentence, read_pattern, read_phrase, tokens_of

# The rule of a sentence that answers the question after any change itself, which nothing speaks for more strongly.
ASKED = "asked"
STRONGEST = STRENGTHS.index("strong")
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")


@dataclass(frozen=True)
class Mention:
    """A sentence with the words in it that are on a list, the lists that they are on, and how strongly they speak."""

    sentence: str
    words: tuple[str, ...]
    rules: tuple[str, ...]
    strength: int = 0


@dataclass(frozen=True)
class _Reader:
    """The lists of a protocol, read once."""

    rules: tuple[tuple[SweepRule, re.Pattern[str] | None, tuple[Pattern, ...]], ...]
    routine: tuple[Pattern, ...]
    lexicon: Lexicon


def mentions_in(sweep: Sweep, text: str) -> tuple[Mention, ...]:
    """Returns the sentences of a text in which words of a list occur, each once, in their order.

    Free-text sweep · Protocol free_text_sweep
    """
    reader = _reader(sweep)
    return tuple(found for sentence in sentences_of(text) if (found := _look(reader, sentence)))


def changes_told(sweep: Sweep, text: str) -> tuple[Mention, ...]:
    """Returns the sentences of an answer to the question after any change: each counts unless it says there is none.

    Free-text sweep · Protocol free_text_sweep, ae_definition
    """
    by_words = {mention.sentence: mention for mention in mentions_in(sweep, text)}
    told = [part for part in sentences_of(text) if part.casefold().strip(" .!") not in sweep.nil_answers]
    return tuple(replace(by_words.get(part, Mention(part, (), (ASKED,))), strength=STRONGEST) for part in told)


def sentences_of(text: str) -> tuple[str, ...]:
    """Returns the sentences of a text, each once, in their order."""
    parts = (part.strip() for part in SENTENCE_END.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _look(reader: _Reader, sentence: str) -> Mention | None:
    left = _without_routine(reader, sentence)
    folded, tokens = left.casefold(), tokens_of(left)
    words = Sentence(reader.lexicon, tokens)
    found: list[tuple[SweepRule, str]] = []
    for rule, listed, patterns in reader.rules:
        match = listed.search(folded) if listed else None
        if match:
            found.append((rule, match[0]))
            continue
        span = next((span for pattern in patterns for span in words.spans(pattern)), None)
        if span:
            found.append(
                (rule, left[tokens[span[0]].begins : tokens[span[1] - 1].ends].replace(STRUCK, "…").casefold())
            )
    if not found:
        return None
    strength = max(STRENGTHS.index(rule.strength) for rule, _ in found)
    return Mention(sentence, tuple(dict.fromkeys(word for _, word in found)), tuple(r.code for r, _ in found), strength)


def _without_routine(reader: _Reader, sentence: str) -> str:
    """Returns a sentence with the words of routine struck out."""
    tokens = tokens_of(sentence)
    words = Sentence(reader.lexicon, tokens)
    struck = {place for pattern in reader.routine for span in words.spans(pattern) for place in range(*span)}
    for place in sorted(struck, reverse=True):
        sentence = f"{sentence[: tokens[place].begins]}{STRUCK}{sentence[tokens[place].ends :]}"
    return sentence


@lru_cache(maxsize=8)
def _reader(sweep: Sweep) -> _Reader:
    rules = tuple((rule, _listed(rule), tuple(read_pattern(text) for text in rule.match)) for rule in sweep.rules)
    routine = tuple(read_pattern(text) for text in sweep.routine)
    fields = {name: tuple(read_phrase(text) for text in texts) for name, texts in sweep.fields}
    patterns = (*routine, *(pattern for _, _, patterns in rules for pattern in patterns))
    return _Reader(rules, routine, Lexicon(patterns, fields, dict(sweep.irregular), frozenset(sweep.not_misspelt)))


def _listed(rule: SweepRule) -> re.Pattern[str] | None:
    parts = [*(rf"{_words(one)}\w*" for one in rule.begin), *(rf"{_words(one)}(?!\w)" for one in rule.whole)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})") if parts else None


def _words(phrase: str) -> str:
    return r"\s+".join(re.escape(word) for word in phrase.casefold().split())
