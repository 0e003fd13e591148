"""Tests of reading a dictionary: what is delivered is read whole, and a fault is told with its file and line."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from coding.files import UnreadableDictionary, plain, read_dictionary
from coding.invented import event_archive, medicine_archive, names

TERMS = ("Headache", "Tension headache", "Nausea", "Rash", "Itching", "Hives")


def changed(content, **files):
    """Returns an archive in which files hold something else; None leaves one out."""
    written = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(written, "w") as new:
        for each in old.namelist():
            text = files.get(each.split(".")[0], old.read(each).decode())
            if text is not None:
                new.writestr(each, text)
    return written.getvalue()


def test_events_are_read_with_what_stands_above_them():
    read = read_dictionary(event_archive(terms=TERMS, retired=("Rash",)), kind="event")

    headache, tension, _, rash, itching, _ = read.terms
    assert (headache.name, headache.plain, headache.preferred, headache.current) == (
        "Headache", "headache", "Headache", True,
    )  # fmt: skip
    assert (tension.preferred, tension.system, tension.system_code) == ("Headache", "Limbs", "10")
    assert not rash.current
    assert (itching.preferred, itching.high_level, itching.high_group) == ("Itching", "Trunk signs", "Trunk group")
    assert len(read.digest) == 64


def test_medicines_are_read_with_their_group():
    terms = read_dictionary(medicine_archive(names_and_groups=[("Painaway", "For pain")]), kind="medicine").terms

    assert [(term.name, term.system) for term in terms] == [("Painaway", "For pain")]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"soc": None}, "The archive lacks soc.asc."),
        ({"llt": "1$x"}, "llt.asc, line 1: 2 columns; at least 10 are needed."),
        ({"llt": "x$Name$90000001$$$$$$$Y$$"}, "llt.asc, line 1: “x” is no code."),
        ({"llt": "9$...$90000001$$$$$$$Y$$"}, "llt.asc, line 1: there is no name"),
        ({"llt": "9$Name$1$$$$$$$Y$$"}, "the preferred term 1 has no primary path in mdhier.asc."),
        ({"llt": "9$A$90000001$$$$$$$Y$$\n9$B$90000001$$$$$$$Y$$"}, "The code 9 stands twice."),
        ({"llt": "\n"}, "The files hold no term."),
        ({"hlt": "3$x$"}, "mdhier.asc, line 1: 30 does not stand in hlt.asc."),
    ],
    ids=["a file is missing", "columns", "no code", "no name", "no path", "twice", "empty", "not known"],
)
def test_a_fault_is_told_with_its_file_and_line(files, words):
    with pytest.raises(UnreadableDictionary) as refusal:
        read_dictionary(changed(event_archive(terms=TERMS), **files), kind="event")

    assert words in str(refusal.value)


def test_what_is_no_archive_and_no_text_is_refused():
    with pytest.raises(UnreadableDictionary, match="no ZIP archive"):
        read_dictionary(b"hello", kind="event")
    with pytest.raises(UnreadableDictionary, match="no text in UTF-8"):
        read_dictionary(changed(event_archive(terms=TERMS), llt=b"\xff\xfe"), kind="event")


def test_invented_names_are_no_two_alike_and_the_same_at_every_run():
    first, second = list(names(2000)), list(names(2000))

    assert first == second and len(set(first)) == 2000
    assert event_archive(terms=first[:50]) == event_archive(terms=first[:50])


@pytest.mark.parametrize(("text", "same"), [("  Head-ache! ", "head ache"), ("ÉTOURDISSEMENT", "étourdissement")])
def test_names_are_compared_without_case_and_punctuation(text, same):
    assert plain(text) == same
