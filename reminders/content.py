"""What may leave the house: every message is held to the protocol's banned words before it is sent."""

import re
from collections.abc import Iterable

# Short words are common parts of others (arm, alarm): they count only as whole words.
SHORT = 3


def banned_words_in(text: str, *, words: Iterable[str]) -> list[str]:
    """Returns the banned words that a text holds; longer ones are stems, found wherever a word begins with them."""
    return [word for word in words if _pattern(word).search(text)]


def _pattern(word: str) -> re.Pattern[str]:
    end = r"s?\b" if len(word) <= SHORT else ""
    return re.compile(rf"\b{re.escape(word)}{end}", re.IGNORECASE)
