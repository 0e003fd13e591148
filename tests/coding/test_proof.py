"""Ten thousand verbatims against a dictionary of eighty thousand invented terms, and how long a suggestion takes."""

import random
from time import perf_counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coding import actions, queries
from coding.files import plain
from coding.invented import NAME, event_archive, names
from coding.models import Coding, Synonym
from core.contributions import contribution
from tests.cast import AT
from tests.conftest import size

BARE = """SELECT code FROM coding_dictionaryterm WHERE dictionary_id = %s AND plain %% %s
ORDER BY similarity(plain, %s) DESC LIMIT 8"""
MOST = 3.0
ASKED = 200


def misspelt(word, dice):
    """Returns a name with one letter left out, doubled or exchanged; never the name itself."""
    while True:
        place = dice.randrange(1, len(word) - 1)
        way = dice.choice(("out", "twice", "other"))
        middle = {"out": "", "twice": word[place] * 2, "other": dice.choice("aeiorstn")}[way]
        wrong = word[:place] + middle + word[place + 1 :]
        if plain(wrong) != plain(word):
            return wrong


def percentile(times, share):
    return sorted(times)[int(len(times) * share) - 1]


@pytest.mark.prove
def test_ten_thousand_verbatims_are_coded_in_one_pass(nina, dev, evidence):
    terms, verbatims = size(small=2000, full=80_000), size(small=500, full=10_000)
    dice, known = random.Random(5), list(names(terms))
    begun = perf_counter()
    dictionary = actions.load_dictionary(
        event_archive(terms=known), kind="event", name=NAME, version="1.0", by=dev, at=AT
    )
    loaded_s = perf_counter() - begun
    actions.adopt_dictionary(dictionary, reason="Proof", by=dev, at=AT)
    chosen = dice.sample(known, verbatims * 4 // 5)
    synonyms = [f"{name} as told" for name in chosen[: verbatims // 10]]
    certain = [*synonyms, *(name.upper() for name in chosen[verbatims // 10 : verbatims // 2])]
    wrong = [(misspelt(name, dice), name) for name in chosen[verbatims // 2 :]]
    uncodable = [f"zz{place} qq" for place in range(verbatims - len(certain) - len(wrong))]
    with contribution(by=dev, reason="Arranged by the proof"):
        codes = dict(dictionary.terms.values_list("name", "code"))
        Synonym.objects.bulk_create(
            Synonym(kind="event", plain=plain(told), code=codes[name], recorded_by=dev)
            for told, name in zip(synonyms, chosen, strict=False)
        )
        told = [*certain, *(words for words, _ in wrong), *uncodable]
        Coding.objects.bulk_create(
            Coding(
                public_id=f"cod_{place}", participant=nina, site_id=nina.site_id, kind="event",
                source_id=f"aev_{place}", verbatim=words, plain=plain(words), recorded_by=dev,
            )
            for place, words in enumerate(told)
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM coding_coding WHERE state = 'waiting'")

    begun = perf_counter()
    with CaptureQueriesContext(connection) as captured:
        coded = actions.code_waiting(kind="event", by=dev, at=AT)
    pass_s = perf_counter() - begun
    updates = sum("UPDATE coding_coding" in query["sql"] for query in captured)

    bare, ours, first_hits, hits = [], [], 0, 0
    for words, name in wrong[:ASKED]:
        begun = perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(BARE, [dictionary.pk, plain(words), plain(words)])
            cursor.fetchall()
        bare.append(perf_counter() - begun)
        begun = perf_counter()
        found = queries.suggestions(dictionary, words)
        ours.append(perf_counter() - begun)
        hits += name in [term.name for term in found]
        first_hits += bool(found) and found[0].name == name
    ratio = percentile(ours, 0.95) / percentile(bare, 0.95)
    asked = min(ASKED, len(wrong))
    evidence(
        "coding", terms=terms, verbatims=verbatims, loaded_s=round(loaded_s, 1), coded=coded, certain=len(certain),
        statements_of_the_pass=updates, pass_s=round(pass_s, 2),
        suggestion_p95_ms=round(1000 * percentile(ours, 0.95), 1),
        bare_query_p95_ms=round(1000 * percentile(bare, 0.95), 1), ratio=round(ratio, 2), bar=MOST, asked=asked,
        misspelt_found_among_eight=hits, misspelt_found_first=first_hits,
    )  # fmt: skip
    assert (coded, updates) == (len(certain), 1)
    assert Coding.objects.filter(state="waiting").count() == verbatims - len(certain)
    assert hits >= asked * 0.95
    assert ratio <= MOST
