"""The lists of words that may tell an event: the block `free_text_sweep`, its shape and what is made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protocol.document import Path
from protocol.shapes import TAGS, Block, ListOf, OneOf, TableOf, Text, Watch, Whole
from protocol.wording import Pattern, WordingError, fields_named, read_pattern, read_phrase

# Each speaks more strongly than the one before it.
STRENGTHS = ("faint", "likely", "strong")
WORD_FIELD = "word field"


@dataclass(frozen=True)
class SweepRule:
    """A list that may tell an event: beginnings of words, whole words or phrases, and patterns; and how strongly."""

    code: str
    text: str
    begin: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    strength: str = "likely"


@dataclass(frozen=True)
class Sweep:
    """The lists of every language, what their patterns rest on, and what is no mention.

    `fields` are patterns under the name of a field of words, `irregular` the forms of a word that no rule makes.
    `routine` is struck out before the lists are asked. An unsigned note is read when it is `note_settles_hours` old.
    """

    rules: tuple[SweepRule, ...] = ()
    note_settles_hours: int = 0
    nil_answers: tuple[str, ...] = ()
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    irregular: tuple[tuple[str, tuple[str, ...]], ...] = ()
    not_misspelt: tuple[str, ...] = ()
    routine: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wording:
    """A pattern of words, or an entry of a field of words."""

    read: Callable[[str], Pattern]

    def check(self, value: Any, *, at: Path, watch: Watch) -> None:
        """Keeps a fault for what cannot be read, and for each field that the file does not define."""
        if not isinstance(value, str):
            watch.fault(at, f"{value} is not a pattern; write a number or a word of YAML in quotes.")
            return
        try:
            self.read(value)
        except WordingError as error:
            watch.fault(at, str(error))
        for name in sorted(fields_named(value) - watch.names[WORD_FIELD]):
            watch.fault(at, f"“{name}” is not a {WORD_FIELD} of this file.")


NAME = Text(r"[a-z_]+")
TEXTS = ListOf(Text())
PATTERNS = ListOf(Wording(read_pattern), unique="")
PHRASES = ListOf(Wording(read_phrase), unique="", least=1)
RULE = Block(
    {"code": Text(r"[A-Za-z0-9][A-Za-z0-9_-]*"), "text": Text()},
    {"begin": TEXTS, "whole": TEXTS, "match": PATTERNS, "strength": OneOf(STRENGTHS)},
)
SWEEP = Block(
    {
        "note_settles_hours": Whole(low=1),
        "nil_answers": TEXTS,
        "languages": TableOf(ListOf(RULE, unique="code", least=1), key=NAME),
    },
    {
        "fields": TableOf(PHRASES, key=NAME),
        "irregular": TableOf(ListOf(Text(), least=1), key=Text()),
        "not_misspelt": TEXTS,
        "routine": PATTERNS,
    },
)


def sweep_from(row: dict[str, Any]) -> Sweep:
    """Returns the lists in the block `free_text_sweep`; a note may be written in any of its languages."""
    languages = sorted(_table(row, "languages"))
    return Sweep(
        rules=tuple(_rule(one) for _, rules in languages for one in rules),
        note_settles_hours=row.get("note_settles_hours") or 0,
        nil_answers=tuple(answer.casefold() for answer in row.get("nil_answers") or ()),
        fields=tuple((name, tuple(words)) for name, words in _table(row, "fields")),
        irregular=tuple((word, tuple(forms)) for word, forms in _table(row, "irregular")),
        not_misspelt=tuple(row.get("not_misspelt") or ()),
        routine=tuple(row.get("routine") or ()),
    )


def _table(row: dict[str, Any], name: str) -> list[tuple[str, Any]]:
    return [(key, item) for key, item in (row.get(name) or {}).items() if key not in TAGS]


def _rule(row: dict[str, Any]) -> SweepRule:
    begin, whole, match = (tuple(row.get(key) or ()) for key in ("begin", "whole", "match"))
    return SweepRule(row["code"], row["text"], begin, whole, match, row.get("strength") or "likely")
