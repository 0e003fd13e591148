"""What was written in words: gathered from the record, coded by itself where that is certain, else by a person."""

from datetime import datetime

from django.db import connection

from coding import queries
from coding.files import plain
from coding.models import Coding, DictionaryTerm, Synonym
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person

# A source that says something new is coded anew; one that says the same stays as it is.
GATHER = """
INSERT INTO coding_coding
  (public_id, site_id, participant_id, kind, source_id, verbatim, plain, state, code, term, way, question,
   recorded_by_id)
SELECT 'cod_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 16), site, participant, %(kind)s, source,
       verbatim, plain, 'waiting', '', '', '', '', %(by)s
FROM unnest(%(sites)s::bigint[], %(participants)s::bigint[], %(sources)s::text[], %(verbatims)s::text[],
            %(plains)s::text[]) AS told(site, participant, source, verbatim, plain)
ON CONFLICT (kind, source_id) DO UPDATE
SET verbatim = EXCLUDED.verbatim, plain = EXCLUDED.plain, state = 'waiting', dictionary_id = NULL, code = '',
    term = '', way = '', coded_at = NULL, coded_by_id = NULL, question = ''
WHERE coding_coding.verbatim <> EXCLUDED.verbatim
"""
# One pass over everything that waits. A name that stands for two codes is no certainty, and waits.
CODE = """
WITH found AS (
  SELECT c.id, t.code, t.name, 'exact' AS way
  FROM coding_coding c JOIN coding_dictionaryterm t
       ON t.dictionary_id = %(dictionary)s AND t.plain = c.plain AND t.current
  WHERE c.kind = %(kind)s AND c.state = 'waiting'
  UNION ALL
  SELECT c.id, t.code, t.name, 'synonym'
  FROM coding_coding c JOIN coding_synonym s ON s.kind = c.kind AND s.plain = c.plain
  JOIN coding_dictionaryterm t ON t.dictionary_id = %(dictionary)s AND t.code = s.code AND t.current
  WHERE c.kind = %(kind)s AND c.state = 'waiting'
), certain AS (
  SELECT id, way, min(code) AS code, min(name) AS name
  FROM found GROUP BY id, way HAVING count(DISTINCT code) = 1
), best AS (
  SELECT DISTINCT ON (id) id, way, code, name FROM certain ORDER BY id, way
)
UPDATE coding_coding c
SET state = 'coded', dictionary_id = %(dictionary)s, code = best.code, term = best.name, way = best.way,
    coded_at = %(at)s, coded_by_id = %(by)s
FROM best WHERE c.id = best.id
"""


def gather(*, by: Person) -> int:
    """Takes in what was written and not yet seen, or was changed since, and returns how many."""
    taken = 0
    with contribution(by=by, reason="Verbatims gathered"), connection.cursor() as cursor:
        for kind, rows in queries.told_in_words().items():
            if not rows:
                continue
            cursor.execute(
                GATHER,
                {
                    "kind": kind,
                    "by": by.pk,
                    "sites": [row.site_id for row in rows],
                    "participants": [row.participant_id for row in rows],
                    "sources": [row.source_id for row in rows],
                    "verbatims": [row.verbatim for row in rows],
                    "plains": [plain(row.verbatim) for row in rows],
                },
            )
            taken += cursor.rowcount
    return taken


def code_waiting(*, kind: str, by: Person, at: datetime) -> int:
    """Codes everything of a kind whose name or synonym is certain, in one statement, and returns how many."""
    dictionary = queries.in_use(kind)
    if dictionary is None:
        return 0
    with contribution(by=by, reason=f"Coded by {dictionary}"), connection.cursor() as cursor:
        cursor.execute(CODE, {"dictionary": dictionary.pk, "kind": kind, "at": at, "by": by.pk})
        coded: int = cursor.rowcount
    return coded


def code_by_hand(
    coding: Coding, *, code: str, seen_verbatim: str, keep_synonym: bool, by: Person, at: datetime
) -> Coding:
    """Gives a verbatim a term; kept as a synonym, the same words are coded so by themselves from then on.

    Raises Refused for a code that the dictionary in use does not have or retired, Conflict when the words changed
    since they were seen.
    """
    dictionary = queries.in_use(coding.kind)
    if dictionary is None:
        raise Refused("No dictionary is in use. Load one and put it in use first.")
    term = DictionaryTerm.objects.filter(dictionary=dictionary, code=code).first()
    if term is None or not term.current:
        raise Refused("Choose a term that the dictionary in use holds as current.", field="code")
    with contribution(by=by, reason=f"Coded as {term.name}"):
        locked = Coding.objects.select_for_update(of=("self",)).get(pk=coding.pk)
        if locked.verbatim != seen_verbatim:
            raise Conflict("The words were changed meanwhile. Read them again.")
        locked.state, locked.dictionary, locked.code, locked.term = "coded", dictionary, term.code, term.name
        locked.way, locked.coded_at, locked.coded_by, locked.question = "coder", at, by, ""
        locked.save(
            update_fields=[
                "state", "dictionary", "code", "term", "way", "coded_at", "coded_by", "question",
            ]
        )  # fmt: skip
        if keep_synonym:
            Synonym.objects.get_or_create(
                kind=locked.kind, plain=locked.plain, defaults={"code": term.code, "recorded_by": by}
            )
    return locked


def query_wording(coding: Coding, *, question: str, by: Person) -> Coding:
    """Asks the site what its words mean; the answer comes as other words. Raises Refused without a question."""
    if not question.strip():
        raise Refused("Say what the site is asked.", field="question")
    with contribution(by=by, reason=question):
        locked = Coding.objects.select_for_update(of=("self",)).get(pk=coding.pk)
        locked.state, locked.dictionary, locked.code, locked.term = "query", None, "", ""
        locked.way, locked.coded_at, locked.coded_by, locked.question = "", None, None, question.strip()[:300]
        locked.save(
            update_fields=[
                "state", "dictionary", "code", "term", "way", "coded_at", "coded_by", "question",
            ]
        )  # fmt: skip
    return locked
