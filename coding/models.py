"""Dictionaries as their licensee loads them, synonyms, and what was written in words with the term it was given."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord

KINDS: list[tuple[str, str]] = [("event", "Adverse events"), ("medicine", "Medicines")]
LONGEST_NAME = 250


class Dictionary(models.Model):
    """One version of a dictionary, as its licensee loaded it; it is never changed."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    public_id = PublicIdField(prefix="dic")
    kind = models.CharField(max_length=10, choices=KINDS)
    name = models.CharField(max_length=40)
    version = models.CharField(max_length=10)
    terms_loaded = models.PositiveIntegerField("terms")
    digest = models.CharField("SHA-256 of the files", max_length=64)
    loaded_at = models.DateTimeField()
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["kind", "version"], name="dictionary_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class DictionaryTerm(models.Model):
    """A term of a dictionary with what stands above it; of medicines the group stands where the system would.

    `plain` is the name by which it is compared: no case, no punctuation.
    """

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    dictionary = models.ForeignKey(Dictionary, models.PROTECT, related_name="terms")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=LONGEST_NAME)
    plain = models.CharField(max_length=LONGEST_NAME)
    current = models.BooleanField(default=True)
    preferred_code = models.CharField(max_length=12, blank=True)
    preferred = models.CharField("preferred term", max_length=LONGEST_NAME, blank=True)
    high_level = models.CharField("high level term", max_length=LONGEST_NAME, blank=True)
    high_group = models.CharField("high level group term", max_length=LONGEST_NAME, blank=True)
    system = models.CharField("system organ class", max_length=LONGEST_NAME, blank=True)
    # Empty in versions that were loaded before it was kept.
    system_code = models.CharField("code of the system organ class", max_length=12, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["dictionary", "code"], name="term_code_once")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["dictionary", "plain"], name="term_by_name"),
            GinIndex(fields=["plain"], name="term_by_likeness", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class DictionaryUse(models.Model):
    """From when a version of a dictionary is the one that is coded by; the latest of its kind counts."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    dictionary = models.ForeignKey(Dictionary, models.PROTECT, related_name="uses")
    begins_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.dictionary)


class Synonym(models.Model):
    """Words that the coders agreed to stand for a term, by its code, which outlives versions."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    kind = models.CharField(max_length=10, choices=KINDS)
    plain = models.CharField(max_length=LONGEST_NAME)
    code = models.CharField(max_length=12)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["kind", "plain"], name="synonym_once")]

    def __str__(self) -> str:
        return self.plain


class Coding(SiteRecord):
    """What somebody wrote of an event or a medicine, and the term that it was given, by which way and by whom."""

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("waiting", "To code"),
        ("coded", "Coded"),
        ("query", "Asked"),
    ]
    WAYS: ClassVar[list[tuple[str, str]]] = [
        ("exact", "By its name"),
        ("synonym", "By a synonym"),
        ("coder", "By a coder"),
    ]

    public_id = PublicIdField(prefix="cod")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="codings")
    kind = models.CharField(max_length=10, choices=KINDS)
    source_id = models.CharField("public id of the event or the medicine", max_length=40)
    verbatim = models.CharField(max_length=LONGEST_NAME)
    plain = models.CharField(max_length=LONGEST_NAME)
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    dictionary = models.ForeignKey(Dictionary, models.PROTECT, null=True, related_name="codings")
    code = models.CharField(max_length=12, blank=True)
    term = models.CharField(max_length=LONGEST_NAME, blank=True)
    way = models.CharField(max_length=10, choices=WAYS, blank=True)
    coded_at = models.DateTimeField(null=True, blank=True)
    coded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    question = models.CharField("what the site is asked", max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["kind", "source_id"], name="coding_once_per_source"),
            models.CheckConstraint(
                name="coding_whole",
                condition=Q(state="coded", dictionary__isnull=False, coded_by__isnull=False) & ~Q(code="")
                | ~Q(state="coded") & Q(code="", dictionary__isnull=True),
            ),
            models.CheckConstraint(name="coding_asked_what", condition=~Q(state="query") | ~Q(question="")),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["kind", "plain"], name="coding_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.verbatim
