"""Tests of the rule of expectedness: as listed, no more severe, no more serious, no more specific."""

import pytest

from protocol.expectedness import BROAD, ListedTerm, judge_expectedness

LISTED = (
    ListedTerm("Headache", "moderate", ("hospitalisation",), BROAD, ("cephalalgia",)),
    ListedTerm("Anxiety", "severe"),
    ListedTerm("Myocardial infarction", "", ("death", "life_threatening", "hospitalisation")),
    ListedTerm("Headache with aura", "severe"),
)


@pytest.mark.parametrize(
    ("term", "severity", "seriousness", "expected"),
    [
        ("Headache", "mild", (), True),
        ("headache.", "moderate", (), True),
        ("Headache", "severe", (), False),
        ("Cephalalgia", "moderate", ("hospitalisation",), True),
        ("Headache", "moderate", ("life_threatening",), False),
        ("Tension headache", "mild", (), True),
        ("Headache with aura", "severe", (), True),
        ("Headaches", "mild", (), False),
        ("Anxiety", "severe", (), True),
        ("Anxiety", "severe", ("hospitalisation",), False),
        ("Anxiety attack", "mild", (), False),
        ("Myocardial infarction", "severe", ("death",), True),
        ("Myocardial infarction", "severe", ("disability",), False),
        ("Acute myocardial infarction", "severe", ("death",), False),
        ("", "mild", (), False),
    ],
    ids=[
        "as listed", "case and full stop do not count", "more severe than listed", "by another word for it",
        "more serious than listed", "a broad term stands for what holds it", "the one that expects it decides",
        "another word is another term", "as severe as listed", "serious where no criterion is listed",
        "an exact term stands for itself alone", "death where it is listed as fatal", "a criterion that is not listed",
        "more specific than an exact term", "no term",
    ],
)  # fmt: skip
def test_event_is_expected_as_listed_and_no_further(term, severity, seriousness, expected):
    verdict = judge_expectedness(LISTED, term=term, severity=severity, seriousness=seriousness)

    assert verdict.expected is expected
    assert verdict.code == ("expected" if expected else "unexpected")


@pytest.mark.parametrize(
    ("term", "severity", "seriousness", "words"),
    [
        ("Rash", "mild", (), "“Rash” is not listed."),
        ("Headache", "severe", (), "Headache is listed, as moderate at most."),
        ("Headache", "mild", ("life_threatening", "death"), "not with life threatening and death."),
    ],
)
def test_verdict_says_why(term, severity, seriousness, words):
    assert judge_expectedness(LISTED, term=term, severity=severity, seriousness=seriousness).sentence.endswith(words)


def test_without_any_listed_term_nothing_is_expected():
    assert judge_expectedness((), term="Headache", severity="mild", seriousness=()).code == "unexpected"
