"""Forms of words: English inflexions, British and American spelling made one, and a single slip of the pen.

A form is made from a listed word and never cut from a written one: what is not made is not taken for it.
"""

import re
from collections.abc import Iterator, Mapping

# A shorter word becomes another word too easily when one letter is wrong.
SLIP_FROM_LETTERS = 8
SIBILANTS = ("s", "x", "z", "ch", "sh", "o")
VOWELS = "aeiou"
# Each American spelling from the British one, in an order in which no later one undoes an earlier one.
SPELLINGS = (
    (re.compile(r"(?<=[a-z]{2})our"), "or"),
    (re.compile(r"[ao]e(?=[a-z])"), "e"),
    (re.compile(r"is(?=(?:e|es|ed|ing|ation|ations)$)"), "iz"),
    (re.compile(r"ll"), "l"),
    (re.compile(r"grey"), "gray"),
    (re.compile(r"(?<=[a-z]{2})tre(?=s?$)"), "ter"),
)


def normal(word: str) -> str:
    """Returns a word in one spelling: small letters, a straight apostrophe, no possessive, American."""
    text = word.casefold().replace("’", "'").removesuffix("'s").removesuffix("'")
    for pattern, letters in SPELLINGS:
        text = pattern.sub(letters, text)
    return text


def forms_of(word: str, *, compared: bool = False, irregular: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Returns the forms of a word in one spelling; `compared` adds those of an adjective (calmer, calmest, calmly)."""
    forms = {word, *irregular.get(word, ()), *_inflected(word)}
    if compared:
        forms |= _compared(word)
    return frozenset(normal(form) for form in forms)


def one_slip(written: str, meant: str) -> bool:
    """Answers whether one letter is wrong, missing, too many or changed places with the next; never the first one."""
    if written[:1] != meant[:1] or abs(len(written) - len(meant)) > 1:
        return False
    if len(written) != len(meant):
        return shortened_to(*sorted((written, meant), key=len))
    wrong = [place for place, (one, other) in enumerate(zip(written, meant, strict=True)) if one != other]
    if len(wrong) <= 1:
        return True
    first, last = wrong[0], wrong[-1]
    return len(wrong) == 2 and last == first + 1 and written[first] == meant[last] and written[last] == meant[first]


def without_one_letter(word: str) -> Iterator[str]:
    """Yields a word without each of its letters: two words that are one slip apart share one of these, or are one."""
    yield word
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]


def shortened_to(short: str, long: str) -> bool:
    """Answers whether a word is another one without one of its letters."""
    return short in without_one_letter(long)


def _inflected(word: str) -> set[str]:
    ends_es = word.endswith(SIBILANTS)
    forms = {f"{word}es" if ends_es else f"{word}s", f"{word}ed", f"{word}ing"}
    if word.endswith("e"):
        forms |= {f"{word}d", f"{word[:-1]}ing"}
    if word.endswith("ie"):
        forms.add(f"{word[:-2]}ying")
    if word.endswith("y") and word[-2:-1] not in VOWELS:
        forms |= {f"{word[:-1]}ies", f"{word[:-1]}ied"}
    if _doubles(word):
        forms |= {f"{word}{word[-1]}ed", f"{word}{word[-1]}ing"}
    return forms


def _compared(word: str) -> set[str]:
    stem = word[:-1] if word.endswith("e") else word
    forms = {f"{stem}er", f"{stem}est", f"{word}ly", f"{word}ness"}
    if word.endswith("y"):
        forms |= {f"{word[:-1]}{ending}" for ending in ("ier", "iest", "ily", "iness")}
    if _doubles(word):
        forms |= {f"{word}{word[-1]}er", f"{word}{word[-1]}est"}
    return forms


def _doubles(word: str) -> bool:
    """Answers whether the last letter may be doubled: a consonant after one vowel (stop, stopped)."""
    return len(word) > 2 and word[-1] not in f"{VOWELS}wxy" and word[-2] in VOWELS and word[-3] not in VOWELS
