"""The language of word patterns: which words, in which order, how far apart. It is read once and looks at sentences.

    ache            a word in any of its forms            calm+           and compared: calmer, calmly, calmness
    -pam            any word that ends so                 bruis-          any word that begins so
    =broke, =SI     this word alone; capitals count       <body>          a word or phrase of this field of words
    hip|knee        one or the other                      * , #           any word, any number
    ~3              up to three words between             ^               the sentence begins here
    "               a quotation mark

`more ~2 than` therefore finds “more tired than” and “more than”. A field holds patterns that name no field.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from protocol.word_forms import SLIP_FROM_LETTERS, forms_of, normal, one_slip, without_one_letter

# In place of words that are struck out: it is no word, and no sentence begins after it.
STRUCK = "\x00"
# An abbreviation of the clinic (c/o, N/V, A&E) is one word; any other stroke divides.
SHORT = r"[^\W\d_]{1,2}(?:[/&][^\W\d_]{1,2})+(?!\w)"
TOKEN = re.compile(rf"\d+(?:[.,:/]\d+)*|{SHORT}|[^\W\d_]+(?:['’][^\W\d_]+)*|[\"“”„{STRUCK}]")
ATOM = re.compile(r"=[^\s|<>=]+|[^\W\d_][^\s|<>=+*#~^-]*[+-]?|-[^\W\d_]+|[#*\"]")
FIELD = re.compile(r"<([a-z_]+)>")
GAP = re.compile(r"~([1-9])")
START, ANY, NUMBER, QUOTE = "^", "*", "#", '"'


class WordingError(ValueError):
    """A pattern that cannot be read, with a sentence that says why."""


@dataclass(frozen=True)
class Step:
    """One place of a pattern: one of some words, or of some fields; or a gap of up to so many words; or the start."""

    atoms: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    gap: int = 0
    start: bool = False


Pattern = tuple[Step, ...]


@dataclass(frozen=True)
class Token:
    """A word, a number or a quotation mark of a text: how it is written, and from where to where."""

    text: str
    begins: int
    ends: int


def read_pattern(text: str) -> Pattern:
    """Returns the steps of a pattern. Raises WordingError for one that says nothing or is not of the language."""
    steps = tuple(_step(part) for part in text.split())
    if not any(step.atoms - {ANY} or step.fields for step in steps):
        raise WordingError(f"“{text}” names no word.")
    if any(step.start for step in steps[1:]):
        raise WordingError(f"“{text}” begins in its middle.")
    if steps[0].gap or steps[-1].gap:
        raise WordingError(f"“{text}” begins or ends with a gap.")
    return steps


def read_phrase(text: str) -> Pattern:
    """Returns the steps of an entry of a field. Raises WordingError for what `read_pattern` refuses, and a field."""
    steps = read_pattern(text)
    if any(step.fields for step in steps):
        raise WordingError(f"“{text}” names a field inside a field.")
    return steps


def fields_named(text: str) -> frozenset[str]:
    """Returns the fields that a pattern names."""
    return frozenset(FIELD.findall(text))


def tokens_of(text: str) -> tuple[Token, ...]:
    """Returns the words, numbers and quotation marks of a text, in their order; a hyphen divides."""
    return tuple(Token(match[0], match.start(), match.end()) for match in TOKEN.finditer(text))


@dataclass(frozen=True)
class Lexicon:
    """Everything that patterns need to know of words; made once for a protocol.

    `fields` are patterns by name of a field. `not_misspelt` are words close to a listed one that are themselves.
    """

    patterns: tuple[Pattern, ...]
    fields: Mapping[str, tuple[Pattern, ...]]
    irregular: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_misspelt: frozenset[str] = frozenset()
    _known: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def labels(self, written: str) -> frozenset[str]:
        """Returns the atoms of all patterns that fit a written word."""
        known = self._known.get(written)
        if known is None:
            known = self._known[written] = frozenset(self._fitting(written))
        return known

    def _fitting(self, written: str) -> Iterator[str]:
        if written[0].isdigit():
            yield NUMBER
            return
        if written == STRUCK:
            return
        if written in '"“”„':
            yield QUOTE
            return
        word, plain = normal(written), written.casefold()
        yield from self._exact.get(written, ())
        yield from self._exact.get(plain, ())
        by_form = self._by_form.get(word)
        yield from by_form or ()
        for kind, atom in self._parts:
            if plain.endswith(atom[1:]) if kind else plain.startswith(atom[:-1]):
                yield atom
        if by_form is None and plain not in self.not_misspelt:
            yield from self._misspelt(word)

    def _misspelt(self, word: str) -> Iterator[str]:
        if len(word) < SLIP_FROM_LETTERS - 1:
            return
        for shorter in without_one_letter(word):
            for form in self._slips.get(shorter, ()):
                if one_slip(word, form):
                    yield from self._by_form[form]

    @cached_property
    def by_first_atom(self) -> Mapping[str, Mapping[str, list[Pattern]]]:
        """Returns the phrases of each field by the atoms with which they may begin."""
        found: dict[str, dict[str, list[Pattern]]] = {name: {} for name in self.fields}
        for name, phrases in self.fields.items():
            for phrase in phrases:
                head = phrase[1] if phrase[0].start else phrase[0]
                for atom in head.atoms:
                    found[name].setdefault(atom, []).append(phrase)
        return found

    @cached_property
    def _atoms(self) -> frozenset[str]:
        phrases = (phrase for phrases in self.fields.values() for phrase in phrases)
        return frozenset(atom for pattern in (*self.patterns, *phrases) for step in pattern for atom in step.atoms)

    @cached_property
    def _exact(self) -> dict[str, list[str]]:
        return {atom[1:]: [atom] for atom in self._atoms if atom.startswith("=")}

    @cached_property
    def _parts(self) -> list[tuple[bool, str]]:
        ends = [(True, atom) for atom in self._atoms if atom.startswith("-")]
        return [*ends, *((False, atom) for atom in self._atoms if atom.endswith("-"))]

    @cached_property
    def _by_form(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for atom in self._atoms:
            if atom[0].isalpha() and not atom.endswith("-"):
                word, compared = atom.removesuffix("+"), atom.endswith("+")
                for form in forms_of(word, compared=compared, irregular=self.irregular):
                    found.setdefault(form, []).append(atom)
        return found

    @cached_property
    def _slips(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        listed = {normal(atom.removesuffix("+")) for atom in self._atoms if atom[0].isalpha() and atom[-1] != "-"}
        # Made forms are left out: some are no words, and would be taken for misspelt ones.
        for form in (one for word in listed for one in (word, f"{word}s") if one in self._by_form):
            if len(form) >= SLIP_FROM_LETTERS:
                for shorter in without_one_letter(form):
                    found.setdefault(shorter, []).append(form)
        return found


class Sentence:
    """The words of a sentence under a lexicon; answers from where to where a pattern is found in it."""

    def __init__(self, lexicon: Lexicon, tokens: tuple[Token, ...]) -> None:
        self.tokens = tokens
        self._lexicon = lexicon
        self._labels = [lexicon.labels(token.text) for token in tokens]
        self._all: frozenset[str] = frozenset().union(*self._labels)
        self._of_fields: dict[str, dict[int, set[int]]] = {}

    def spans(self, pattern: Pattern) -> Iterator[tuple[int, int]]:
        """Yields each place where a pattern begins, with the end of its shortest reading, in words."""
        if not all(self._may_have(step) for step in pattern):
            return
        for place in range(len(self.tokens)):
            ends = self._ends(pattern, place)
            if ends:
                yield place, min(ends)

    def _may_have(self, step: Step) -> bool:
        if step.gap or step.start or ANY in step.atoms or not step.atoms.isdisjoint(self._all):
            return True
        return any(self._field(name) for name in step.fields)

    def _ends(self, pattern: Pattern, place: int) -> set[int]:
        ends = {place}
        for step in pattern:
            ends = {end for start in ends for end in self._step_ends(step, start)}
            if not ends:
                break
        return ends

    def _step_ends(self, step: Step, place: int) -> Iterator[int]:
        if step.start:
            yield from (place,) if place == 0 else ()
        elif step.gap:
            yield from range(place, min(place + step.gap, len(self.tokens)) + 1)
        elif place < len(self.tokens):
            if ANY in step.atoms or not step.atoms.isdisjoint(self._labels[place]):
                yield place + 1
            for name in step.fields:
                yield from self._field(name).get(place, ())

    def _field(self, name: str) -> dict[int, set[int]]:
        """Returns where a field is found in the sentence: the ends by the place where it begins."""
        found = self._of_fields.get(name)
        if found is None:
            found = self._of_fields[name] = {}
            by_first = self._lexicon.by_first_atom[name]
            heads = self._all if ANY not in by_first else {*self._all, ANY}
            for phrase in {phrase for atom in heads for phrase in by_first.get(atom, ())}:
                for start, end in self.spans(phrase):
                    found.setdefault(start, set()).add(end)
        return found


def _step(part: str) -> Step:
    if part == START:
        return Step(start=True)
    gap = GAP.fullmatch(part)
    if gap:
        return Step(gap=int(gap[1]))
    atoms, fields = set(), []
    for one in part.split("|"):
        named = FIELD.fullmatch(one)
        if named:
            fields.append(named[1])
        elif ATOM.fullmatch(one):
            atoms.add(one)
        else:
            raise WordingError(f"“{one}” is no word of the pattern language.")
    return Step(frozenset(atoms), tuple(fields))
