"""The criteria of eligibility, made ready once to be judged for any number of people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.expressions import Reader, Value, reader_of
from protocol.parts import Rule

# What each kind of criterion is called when its condition is true, false or not known.
WORDS: Mapping[str, Mapping[Value | None, str]] = {
    "inclusion": {True: "met", False: "not_met", None: "not_yet_known"},
    "exclusion": {True: "present", False: "not_present", None: "not_yet_known"},
}


@dataclass(frozen=True)
class Criterion:
    """One criterion: its rule, its kind, the visits at which it counts, and the word for each of the three values."""

    rule: Rule
    kind: str
    due_at: frozenset[str]
    words: Mapping[Value | None, str] = field(repr=False)


@dataclass(frozen=True)
class Criteria:
    """Every criterion of a protocol in its order, and what reads each value that they judge by."""

    each: tuple[Criterion, ...]
    readers: tuple[tuple[str, Reader], ...] = field(repr=False)

    def read(self, values: Mapping[str, Value]) -> dict[str, Value | None]:
        """Returns the value of each name, None where it is unknown; raises TypeError for a value of another type."""
        get = values.get
        return {name: read(get(name)) for name, read in self.readers}


def criteria_of(inclusion: tuple[Rule, ...], exclusion: tuple[Rule, ...], *, visits: tuple[str, ...]) -> Criteria:
    """Returns the criteria; one that names no visits of its own counts at the `visits`."""
    each = tuple(
        Criterion(rule, kind, frozenset(rule.check_at or visits), WORDS[kind])
        for kind, rules in (("inclusion", inclusion), ("exclusion", exclusion))
        for rule in rules
    )
    variables = dict.fromkeys(variable for criterion in each for variable in criterion.rule.expression.variables)
    return Criteria(each, tuple((variable.name, reader_of(variable)) for variable in variables))
