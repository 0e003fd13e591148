"""Expectedness of an adverse event against the terms that the reference safety information lists.

Source: facts.md C1 (definition of a suspected unexpected serious adverse reaction). What is more severe or more
specific than listed counts as unexpected, and a death is expected only where it is listed as fatal.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

SEVERITIES = ("mild", "moderate", "severe")
# A term stands for itself alone, or for every term that holds it as whole words.
EXACT, BROAD = "exact", "broad"
COVERS = (EXACT, BROAD)
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class ListedTerm:
    """A reaction that is expected: up to a severity, in the criteria of seriousness that are named.

    Without a severity any is expected; without criteria it is expected only while it is not serious. `also` are other
    words for the same reaction.
    """

    term: str
    severity: str = ""
    criteria: tuple[str, ...] = ()
    covers: str = EXACT
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectedness:
    """Whether an event is expected, by which listed term, and why, in a sentence for people."""

    expected: bool
    sentence: str
    listed: str = ""

    @property
    def code(self) -> str:
        """Returns the word that is kept with the event."""
        return "expected" if self.expected else "unexpected"


def judge_expectedness(
    listed: Sequence[ListedTerm], *, term: str, severity: str, seriousness: Sequence[str]
) -> Expectedness:
    """Judges an event by the listed terms; where several fit, the one that expects it decides."""
    fitting = [each for each in listed if _fits(each, term)]
    if not fitting:
        return Expectedness(False, f"“{term}” is not listed.")
    verdicts = [_judge(each, severity=severity, seriousness=seriousness) for each in fitting]
    return next((verdict for verdict in verdicts if verdict.expected), verdicts[0])


def plain_words(text: str) -> tuple[str, ...]:
    """Returns the words of a term by which it is compared: no case, no punctuation."""
    return tuple(WORD.findall(text.casefold()))


def _judge(listed: ListedTerm, *, severity: str, seriousness: Sequence[str]) -> Expectedness:
    if listed.severity and SEVERITIES.index(severity) > SEVERITIES.index(listed.severity):
        return Expectedness(False, f"{listed.term} is listed, as {listed.severity} at most.", listed.term)
    beyond = [criterion for criterion in seriousness if criterion not in listed.criteria]
    if beyond:
        words = " and ".join(criterion.replace("_", " ") for criterion in beyond)
        return Expectedness(False, f"{listed.term} is listed, but not with {words}.", listed.term)
    return Expectedness(True, f"{listed.term} is listed, no less severe and no less serious.", listed.term)


def _fits(listed: ListedTerm, term: str) -> bool:
    words = plain_words(term)
    return any(_is_of(plain_words(each), words, covers=listed.covers) for each in (listed.term, *listed.also))


def _is_of(listed: tuple[str, ...], words: tuple[str, ...], *, covers: str) -> bool:
    if covers == EXACT:
        return listed == words
    starts = range(len(words) - len(listed) + 1)
    return bool(listed) and any(words[start : start + len(listed)] == listed for start in starts)
