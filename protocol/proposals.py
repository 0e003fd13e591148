"""What the words of an event propose: a group of special interest, or a relation to abuse; a person decides.

A rule names beginnings of words, because people write what was said and not what a list says. Nothing is set by a rule.
"""

import re
from collections.abc import Iterable

from protocol.definition import ProtocolDefinition

ABUSE_RELATED = "abuse_related"


def proposed_marks(definition: ProtocolDefinition, text: str) -> dict[str, str]:
    """Returns the groups, and the mark of a relation to abuse, that a text proposes, each with the words that do.

    AESI, abuse-related effects · Protocol event_proposals, effects_grid
    """
    rules = dict(definition.event_proposals.groups)
    grid = (effect.term for effect in definition.effects if effect.abuse_related)
    rules[ABUSE_RELATED] = (*definition.event_proposals.abuse_related, *grid)
    found = {mark: first_words(text, beginnings) for mark, beginnings in rules.items()}
    return {mark: words for mark, words in found.items() if words}


def first_words(text: str, beginnings: Iterable[str]) -> str:
    """Returns the first words of a text that begin as one of these does, whole; nothing where none does."""
    for beginning in beginnings:
        words = r"\s+".join(re.escape(word) for word in beginning.casefold().split())
        match = re.search(rf"(?<!\w){words}\w*", text.casefold())
        if match:
            return match[0]
    return ""
