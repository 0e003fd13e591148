"""Tests of the register of reference safety information: versions that are kept whole and never changed."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from core.errors import Refused
from tests.cast import AT
from trials import actions, queries
from trials.actions.reference import read_listed_terms
from trials.models import ReferenceTerm, ReferenceVersion

CRITERIA = ("death", "life_threatening", "hospitalisation")
HEADACHE = "Headache; severe; hospitalisation, life threatening; broad; cephalalgia, head pain"
LINES = f"# from the brochure\n{HEADACHE}\n\nNausea\n"
ADD = "trials:reference-add"


def add(trial, by, **changes):
    given = {"version": "1", "effective_on": AT.date(), "document": "Brochure 1", "terms": LINES} | changes
    return actions.add_reference(trial, **given, by=by, at=AT)


def test_lines_are_read_as_listed_terms():
    headache, nausea = read_listed_terms(LINES, criteria=CRITERIA)

    assert (headache.severity, headache.criteria) == ("severe", ("hospitalisation", "life_threatening"))
    assert (headache.covers, headache.also) == ("broad", ("cephalalgia", "head pain"))
    assert (nausea.severity, nausea.criteria, nausea.covers) == ("", (), "exact")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("; severe", "Line 1: there is no term."),
        ("Headache; awful", "Line 1: “awful” is no severity"),
        ("Headache; mild; bad luck", "Line 1: the protocol knows no criterion “bad_luck”."),
        ("Headache; mild; ; wide", "Line 1: “wide” is neither exact nor broad."),
        ("Headache\nheadache.", "Line 2: “headache.” stands in line 1 already."),
        ("Headache;;;;;", "Line 1: there are more than four semicolons."),
        ("H" * 201, "Line 1: a term has more than 200 characters."),
    ],
    ids=["no term", "severity", "criterion", "covers", "twice", "semicolons", "too long"],
)
def test_a_fault_is_told_with_its_line(line, fault):
    with pytest.raises(Refused) as refusal:
        read_listed_terms(line, criteria=CRITERIA)

    assert any(fault in detail for detail in refusal.value.details)


@pytest.mark.parametrize("terms", ["", "# nothing\n", "\n".join(f"Term {n}" for n in range(2001))])
def test_no_terms_and_too_many_are_refused(terms):
    with pytest.raises(Refused):
        read_listed_terms(terms, criteria=CRITERIA)


def test_the_version_of_the_day_is_in_force(trial, sofia):
    first = add(trial, sofia)
    second = add(trial, sofia, version="2", effective_on=AT.date() + timedelta(days=10))

    in_force = [queries.reference_in_force(trial.pk, on=AT.date() + timedelta(days=days)) for days in (-1, 0, 9, 10)]

    assert in_force == [None, first, first, second]
    assert [each.version for each, _ in queries.reference_versions()] == ["2", "1"]
    assert [each.term for each in queries.listed_terms(first)] == ["Headache", "Nausea"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"version": "1"}, "version"),
        ({"effective_on": AT.date()}, "effective_on"),
        ({"effective_on": AT.date() - timedelta(days=1)}, "effective_on"),
        ({"terms": ";"}, "terms"),
    ],
    ids=["same version", "same day", "before the one in force", "no term"],
)
def test_what_would_leave_doubt_is_refused(trial, sofia, changes, field):
    add(trial, sofia)

    with pytest.raises(Refused) as refusal:
        add(trial, sofia, **{"version": "2", "effective_on": AT.date() + timedelta(days=5)} | changes)

    assert refusal.value.field == field
    assert ReferenceVersion.objects.count() == 1


def test_a_second_version_may_not_begin_in_the_past(trial, sofia):
    add(trial, sofia, effective_on=date(2025, 1, 1))

    with pytest.raises(Refused, match="Begin today or later"):
        add(trial, sofia, version="2", effective_on=date(2025, 6, 1))


@pytest.mark.parametrize("model", [ReferenceVersion, ReferenceTerm])
def test_the_database_refuses_to_change_what_is_listed(trial, sofia, model):
    add(trial, sofia)

    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.update(recorded_by=sofia)


def test_a_version_is_added_by_typing_and_by_file_and_shown(world, sofia, client_for):
    client = client_for(sofia)
    day = {"version": "1", "effective_on": "2025-01-01", "document": "Brochure 1"}
    typed = client.post(reverse(ADD), day | {"terms": LINES}, follow=True)
    later = day | {"version": "2", "effective_on": "2099-01-01"}
    filed = client.post(reverse(ADD), later | {"file": SimpleUploadedFile("terms.csv", b"Tremor; mild")}, follow=True)

    assert "cephalalgia, head pain" in typed.content.decode()
    assert "Tremor" in filed.content.decode()
    listed = client.get(reverse("trials:reference-list")).content.decode()
    assert "In force" in listed and "From then on" in listed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"terms": "Headache; awful"}, "Line 1: “awful” is no severity"),
        ({"terms": ""}, "List the terms here, or choose a file."),
        ({"terms": "", "file": SimpleUploadedFile("terms.csv", b"\xff\xfe")}, "no text in UTF-8"),
        ({"terms": "", "file": SimpleUploadedFile("terms.csv", b"a" * 200_001)}, "larger than 200 kB"),
    ],
    ids=["fault", "nothing", "no text", "too large"],
)
def test_a_bad_list_comes_back_with_its_faults_and_everything_typed(world, sofia, client_for, changes, words):
    form = {"version": "9", "effective_on": "2025-01-01", "document": "Brochure 9"} | changes
    answer = client_for(sofia).post(reverse(ADD), form)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Brochure 9" in answer.content.decode()
