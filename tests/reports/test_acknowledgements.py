"""Tests of the acknowledgement reader: codes of batch and report, errors in the receiver's words, and what is none."""

import pytest

from reports.icsr.acknowledgements import read_acknowledgement
from reports.icsr.safe_xml import UnreadableXml
from tests.reports.answers import acknowledgement

REPORT_ID = "PT-EXAMPLE-S01-001-1"


def test_a_batch_that_was_taken_says_so_of_each_report():
    answer = read_acknowledgement(acknowledgement("batch-1", {REPORT_ID: ("CA", "")}))

    assert (answer.batch_number, answer.batch_code, answer.batch_words) == ("batch-1", "AA", "")
    report = answer.of(REPORT_ID)
    assert report is not None and report.is_taken
    assert (report.local_number, answer.made) == ("L-1", "20260107120000+0000")


def test_errors_are_read_in_the_receivers_words():
    words = "Safety report not loaded;\nRejections:\n1: E.i.2.1b is not a current term."
    answer = read_acknowledgement(
        acknowledgement("batch-1", {REPORT_ID: ("CR", words)}, batch_code="AR", batch_words="Send it again")
    )

    report = answer.of(REPORT_ID)
    assert report is not None and not report.is_taken
    assert (report.words, answer.batch_words) == (words, "Send it again")


def test_of_a_report_that_is_not_named_nothing_is_said():
    assert read_acknowledgement(acknowledgement("batch-1", {})).of(REPORT_ID) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch_code": "OK"}, "ACK.A.4: “OK” is no answer"),
        ({"batch": ""}, "ACK.A.1: the acknowledgement names no batch"),
        ({"reports": {REPORT_ID: ("AA", "")}}, "ACK.B.r.6: “AA” is no answer"),
        ({"reports": {"": ("CA", "")}}, "ACK.B.r.1: an answer names no report"),
    ],
    ids=["batch code", "batch", "report code", "report"],
)
def test_an_acknowledgement_that_lacks_what_it_must_say_is_refused_by_its_number(changes, words):
    given = {"batch": "batch-1", "reports": {REPORT_ID: ("CA", "")}} | changes

    with pytest.raises(UnreadableXml, match=words):
        read_acknowledgement(acknowledgement(given.pop("batch"), given.pop("reports"), **given))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<a/>", "no acknowledgement"),
        (b'<MCCI_IN200101UV01 xmlns="urn:hl7-org:v3"/>', "says nothing of the batch"),
        (b"<!DOCTYPE a><a/>", "document type"),
        (b"nothing", "no well-formed"),
    ],
)
def test_what_is_no_acknowledgement_is_refused(content, words):
    with pytest.raises(UnreadableXml, match=words):
        read_acknowledgement(content)
