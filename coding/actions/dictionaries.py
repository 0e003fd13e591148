"""Dictionaries: loaded whole as their licensee has them, and put in use with an account of what that changes."""

from datetime import datetime

from django.db import connection

from coding import queries
from coding.files import Term, UnreadableDictionary, read_dictionary
from coding.models import Coding, Dictionary, DictionaryUse
from core.contributions import contribution
from core.errors import Refused
from core.models import Person

AT_ONCE = 10_000
LOAD = """
INSERT INTO coding_dictionaryterm
  (dictionary_id, code, name, plain, current, preferred_code, preferred, high_level, high_group, system,
   system_code)
SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[], %s::text[], %s::text[],
                         %s::text[], %s::text[], %s::text[])
"""
# What keeps its code and stays current is coded by the new version, under the name that the version gives it.
CARRY_OVER = """
UPDATE coding_coding c SET dictionary_id = t.dictionary_id, term = t.name
FROM coding_dictionaryterm t
WHERE c.kind = %(kind)s AND c.state = 'coded' AND t.dictionary_id = %(dictionary)s AND t.code = c.code AND t.current
"""


def load_dictionary(content: bytes, *, kind: str, name: str, version: str, by: Person, at: datetime) -> Dictionary:
    """Keeps a version of a dictionary with every term, not in use yet; the same files again answer what is there.

    Raises Refused, naming the file and the line, for what is no dictionary, and for a version that is there already.
    """
    try:
        read = read_dictionary(content, kind=kind)
    except UnreadableDictionary as error:
        raise Refused(str(error), field="file") from error
    known = Dictionary.objects.filter(kind=kind, version=version).first()
    if known is not None and known.digest == read.digest:
        return known
    if known is not None:
        raise Refused("This version is loaded already, with other content.", field="version")
    with contribution(by=by, reason=f"{name} {version} loaded"):
        loaded = Dictionary.objects.create(
            kind=kind, name=name, version=version, terms_loaded=len(read.terms), digest=read.digest, loaded_at=at,
            recorded_by=by,
        )  # fmt: skip
        for start in range(0, len(read.terms), AT_ONCE):
            _insert(loaded, read.terms[start : start + AT_ONCE])
    return loaded


def adopt_dictionary(dictionary: Dictionary, *, reason: str, by: Person, at: datetime) -> DictionaryUse:
    """Codes by a version from now on: what it changes waits for a coder, everything else is carried over.

    Raises Refused without a reason, and for the version that is in use.
    """
    if not reason.strip():
        raise Refused("Say why this version is put in use.", field="reason")
    current = queries.in_use(dictionary.kind)
    if current is not None and current.pk == dictionary.pk:
        raise Refused("This version is in use already.")
    with contribution(by=by, reason=reason):
        use = DictionaryUse.objects.create(
            dictionary=dictionary, begins_at=at, reason=reason.strip()[:300], recorded_by=by
        )
        affected = [line.coding.pk for line in queries.impact_of(dictionary) if line.needs_coder]
        Coding.objects.filter(pk__in=affected).update(
            state="waiting", dictionary=None, code="", term="", way="", coded_at=None, coded_by=None
        )
        with connection.cursor() as cursor:
            cursor.execute(CARRY_OVER, {"kind": dictionary.kind, "dictionary": dictionary.pk})
    return use


def _insert(dictionary: Dictionary, terms: tuple[Term, ...]) -> None:
    columns = (
        "code", "name", "plain", "current", "preferred_code", "preferred", "high_level", "high_group", "system",
        "system_code",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LOAD, [dictionary.pk, *([getattr(term, column) for term in terms] for column in columns)])
