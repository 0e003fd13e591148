"""Reads on codings: what was told in words, what waits, which terms are like it, and what another version changes."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from coding.files import plain
from coding.models import Coding, Dictionary, DictionaryTerm, DictionaryUse
from patients.queries import history_terms
from safety import queries as safety_queries

SUGGESTED = 8
MEDDRA_CODE = 8


@dataclass(frozen=True)
class Told:
    """Words of one source: an event or a medicine."""

    source_id: str
    site_id: int
    participant_id: int
    verbatim: str


@dataclass(frozen=True)
class ImpactLine:
    """What another version changes for one coding: its term is gone, retired, renamed, moved, or stays."""

    coding: Coding
    change: str
    now: str
    then: str

    @property
    def needs_coder(self) -> bool:
        """Returns whether the coding cannot be carried over."""
        return self.change in ("gone", "retired")


def in_use(kind: str) -> Dictionary | None:
    """Returns the version of a kind of dictionary that is coded by, or None."""
    use = DictionaryUse.objects.filter(dictionary__kind=kind).select_related("dictionary").order_by("-id").first()
    return use.dictionary if use else None


def dictionaries() -> list[Dictionary]:
    """Returns every version that was loaded, the newest first."""
    return list(Dictionary.objects.select_related("recorded_by").order_by("kind", "-id"))


def told_in_words() -> dict[str, list[Told]]:
    """Returns the words of every event, condition and medicine on record, by the kind of their dictionary."""
    return {
        "event": [Told(*row) for row in (*safety_queries.event_terms(), *history_terms())],
        "medicine": [Told(*row) for row in safety_queries.medicine_names()],
    }


def counts(codings: QuerySet[Coding]) -> dict[str, int]:
    """Returns how many codings are in each state, in one statement."""
    return dict(codings.values_list("state").annotate(count=Count("pk")).order_by())


def suggestions(dictionary: Dictionary, verbatim: str) -> list[DictionaryTerm]:
    """Returns the current terms most like some words, the likest first, in one statement."""
    words = plain(verbatim)
    found = DictionaryTerm.objects.filter(dictionary=dictionary, current=True, plain__trigram_similar=words)
    return list(found.annotate(likeness=TrigramSimilarity("plain", words)).order_by("-likeness", "name")[:SUGGESTED])


def impact_of(dictionary: Dictionary) -> list[ImpactLine]:
    """Returns what a version changes for what is coded, in two statements."""
    coded = list(
        Coding.objects.filter(kind=dictionary.kind, state="coded")
        .exclude(dictionary=dictionary)
        .select_related("participant", "site")
        .order_by("term", "id")
    )
    codes = {each.code for each in coded}
    new = {term.code: term for term in DictionaryTerm.objects.filter(dictionary=dictionary, code__in=codes)}
    earlier = {each.dictionary_id for each in coded}
    old = {
        (term.dictionary_id, term.code): term
        for term in DictionaryTerm.objects.filter(dictionary__in=earlier, code__in=codes)
    }
    return [_impact(each, old.get((each.dictionary_id or 0, each.code)), new.get(each.code)) for each in coded]


def coded_term(kind: str, source_id: str) -> Coding | None:
    """Returns the coding of a source where it is coded, or None."""
    found = Coding.objects.filter(kind=kind, source_id=source_id, state="coded")
    return found.select_related("dictionary").first()


def with_coding(rows: "QuerySet[Any]", *, kind: str) -> "QuerySet[Any]":
    """Returns rows that have a public id, each with what is recorded of its coding in `coding`, or None there.

    It comes in the statement of the rows: state, verbatim, dictionary, version, code, term, preferred, preferred_code,
    high_level, high_group, system and system_code.
    """
    term = DictionaryTerm.objects.filter(dictionary=OuterRef("dictionary"), code=OuterRef("code"))
    above = ("preferred", "preferred_code", "high_level", "high_group", "system", "system_code")
    record = JSONObject(
        **{name: F(name) for name in ("state", "verbatim", "code", "term")},
        dictionary=F("dictionary__name"),
        version=F("dictionary__version"),
        **{name: Subquery(term.values(name)[:1]) for name in above},
    )
    found = Coding.objects.filter(kind=kind, source_id=OuterRef("public_id")).annotate(record=record)
    return rows.annotate(coding=Subquery(found.values("record")[:1]))


def _impact(coding: Coding, old: DictionaryTerm | None, new: DictionaryTerm | None) -> ImpactLine:
    if new is None:
        return ImpactLine(coding, "gone", coding.term, "")
    if not new.current:
        return ImpactLine(coding, "retired", coding.term, new.name)
    if new.name != coding.term:
        return ImpactLine(coding, "renamed", coding.term, new.name)
    if old is not None and (old.preferred, old.system) != (new.preferred, new.system):
        return ImpactLine(coding, "moved", f"{old.preferred}, {old.system}", f"{new.preferred}, {new.system}")
    return ImpactLine(coding, "stays", coding.term, new.name)
