"""Tests of the report's XML: where each element stands, that it comes back as it was, and what is refused."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.icsr.elements import INITIAL, NULLIFICATION, UNKNOWN, CauseOfDeath, Null
from reports.icsr.moments import earliest, is_moment, is_whole, may_precede
from reports.icsr.reading import read
from reports.icsr.rules import faults_of
from reports.icsr.safe_xml import UnreadableXml
from reports.icsr.writing import write
from tests.reports.cases import DRUG, OTHER, REACTION, REPORT, varied
from tests.reports.signatures import places

STRUCTURE = Path(__file__).parent / "e2b_structure.tsv"
LINES = [line.split("\t") for line in STRUCTURE.read_text().splitlines() if not line.startswith("#")]
WRITTEN = [(line[0], line[1]) for line in LINES if len(line) == 2]
LEFT_OUT = [(line[0], line[1]) for line in LINES if len(line) == 3]
ICH, STUDY = "2.16.840.1.113883.3.989.2.1", "~person/subjectOf1@SBJ/researchStudy@CLNTRL.EVN"
AUTOPSY, MEDDRA = "~person/subjectOf2@SBJ/observation[5]@OBS.EVN", "2.16.840.1.113883.6.163"
# Elements that no sample at hand shows: where the implementation guide puts them.
BY_THE_GUIDE = [
    ("C.1.11.1", f"~event/subjectOf2@SUBJ/investigationCharacteristic[3]@OBS.EVN/value CE {ICH}.1.5"),
    ("C.1.11.2", "~event/subjectOf2@SUBJ/investigationCharacteristic[4]@OBS.EVN/value/originalText"),
    ("C.5.2", f"{STUDY}/title"),
    ("C.5.3", f"{STUDY}/id[{ICH}.3.5]"),
    ("C.5.4", f"{STUDY}/code {ICH}.1.8"),
    ("C.5.1.r.1", f"{STUDY}/authorization@AUTH/studyRegistration@ACT.EVN/id[{ICH}.3.6]"),
    ("D.1.1.4", f"~person/player1@PSN.INSTANCE/asIdentifiedEntity@IDENT/id[{ICH}.3.10]"),
    ("D.9.1", "~person/player1@PSN.INSTANCE/deceasedTime"),
    ("D.9.2.r.1b", f"~person/subjectOf2@SBJ/observation[32]@OBS.EVN/value CE {MEDDRA}"),
    ("D.9.2.r.2", "~person/subjectOf2@SBJ/observation[32]@OBS.EVN/value/originalText"),
    ("D.9.3", "~person/subjectOf2@SBJ/observation[5]@OBS.EVN/value BL"),
    ("D.9.4.r.1b", f"{AUTOPSY}/outboundRelationship2@DRIV/observation[8]@OBS.EVN/value CE {MEDDRA}"),
    ("D.9.4.r.2", f"{AUTOPSY}/outboundRelationship2@DRIV/observation[8]@OBS.EVN/value/originalText"),
    ("E.i.1.1a", "~reaction/value/originalText"),
    ("E.i.5", "~reaction/effectiveTime/high"),
    ("G.k.2.5", "~drug/outboundRelationship2@PERT/observation[6]@OBS.EVN/value BL"),
    ("G.k.4.r.4", "~drug/outboundRelationship2@COMP/substanceAdministration@SBADM.EVN/effectiveTime/low"),
    ("G.k.4.r.8", "~drug/outboundRelationship2@COMP/substanceAdministration@SBADM.EVN/text"),
]  # fmt: skip
NO_DEATH = {"died": "", "autopsy": "", "causes": (), "autopsy_causes": ()}
TAKEN_BACK = varied(identification={"nullification": NULLIFICATION, "nullification_reason": "Reported by mistake"})


@pytest.fixture(scope="module")
def written():
    """Every place of a nullified report in which everything is said."""
    return {place for place, _ in places(ET.fromstring(write(TAKEN_BACK)))}


@pytest.mark.parametrize(("element", "place"), [*WRITTEN, *BY_THE_GUIDE], ids=lambda each: each.split("/")[0][:20])
def test_element_stands_where_the_samples_and_the_guide_put_it(written, element, place):
    assert place in written, element


def test_the_samples_structure_is_known_whole():
    assert len(WRITTEN) >= 60
    assert {element for element, _ in WRITTEN} & {element for element, _ in LEFT_OUT} == set()


def test_what_a_blinded_report_leaves_out_is_not_written(written):
    places_written = {place for _, place in WRITTEN}
    assert [element for element, place in LEFT_OUT if place in written - places_written] == []


@pytest.mark.parametrize(
    "report",
    [
        REPORT,
        TAKEN_BACK,
        varied(patient=NO_DEATH | {"died": Null("ASKU"), "autopsy": "false", "age": "", "age_unit": "", "history": ""}),
        varied(patient={"history": UNKNOWN, "autopsy": UNKNOWN, "autopsy_causes": ()}),
        varied(reactions={"started": UNKNOWN, "ended": ""}, sources=REPORT.sources * 2),
        varied(drugs=REPORT.drugs[:1], narrative={"reporter_comment": "", "sender_comment": ""}),
    ],
    ids=["everything", "nullified", "date of death not told", "no history and no autopsy", "start not known", "little"],
)
def test_what_is_written_is_read_as_the_same_report(report):
    assert read(write(report)) == report


def test_the_same_report_gives_the_same_well_formed_bytes():
    first, second = write(REPORT), write(REPORT)

    assert first == second
    assert ET.fromstring(first).attrib["ITSVersion"] == "XML_1.0"


def test_a_whole_report_has_no_fault():
    assert faults_of(REPORT, banned_words=("secret",)) == ()
    assert faults_of(TAKEN_BACK) == ()


ALIVE = {"patient": NO_DEATH, "reactions": {"serious_as": frozenset("c"), "outcome": "1"}}
BROKEN = [
    ("N.1.2", {"batch": {"number": ""}}),
    ("N.1.3", {"batch": {"sender": " "}}),
    ("N.1.4", {"batch": {"receiver": ""}}),
    ("N.1.5", {"batch": {"transmitted": "20260107"}}),
    ("N.2.r.1", {"message": {"identifier": "another"}}),
    ("N.2.r.2", {"message": {"sender": ""}}),
    ("N.2.r.3", {"message": {"receiver": ""}}),
    ("N.2.r.4", {"message": {"created": "20260107101500"}}),
    ("C.1.1", {"identification": {"safety_report_id": "0001"}, "message": {"identifier": "0001"}}),
    ("C.1.2", {"identification": {"created": "202601"}}),
    ("C.1.3", {"identification": {"report_type": "7"}}),
    ("C.1.4", {"identification": {"first_received": "20260230"}}),
    ("C.1.4", {"identification": {"first_received": "20260108"}}),
    ("C.1.5", {"identification": {"latest_information": "20260105"}}),
    ("C.1.8.1", {"identification": {"worldwide_id": "x"}}),
    ("C.1.8.2", {"identification": {"first_sender": ""}}),
    ("C.1.11.1", {"identification": {"nullification_reason": "By mistake"}}),
    ("C.1.11.1", {"identification": {"nullification": "9", "nullification_reason": "x"}}),
    ("C.1.11.2", {"identification": {"nullification": NULLIFICATION}}),
    ("C.2.r", {"sources": ()}),
    ("C.2.r.3", {"sources": {"country": "Portugal"}}),
    ("C.2.r.4", {"sources": {"qualification": "8"}}),
    ("C.3.1", {"sender": {"kind": "0"}}),
    ("C.3.2", {"sender": {"organisation": ""}}),
    ("C.3.4.5", {"sender": {"country": "usa"}}),
    ("C.5.1.r.1", {"study": {"registrations": (("", "US"),)}}),
    ("C.5.1.r.2", {"study": {"registrations": (("NCT1", "Us"),)}}),
    ("C.5.2", {"study": {"name": ""}}),
    ("C.5.3", {"study": {"number": "x" * 51}}),
    ("C.5.4", {"study": {"kind": ""}}),
    ("D.1", {"patient": {"initials": ""}}),
    ("D.2.2a", {"patient": {"age": "old"}}),
    ("D.2.2a", {"patient": {"age": ""}}),
    ("D.2.2b", {"patient": {"age_unit": ""}}),
    ("D.2.2b", {"patient": {"age_unit": "years"}}),
    ("D.5", {"patient": {"sex": "0"}}),
    ("D.9.1", {"patient": {"died": "", "autopsy": ""}}),
    ("D.9.1", {"patient": {"died": "20261301"}}),
    ("D.9.1", {"patient": {"died": Null("NI")}}),
    ("D.7.2", {"patient": {"history": ""}}),
    ("D.7.2", {"patient": {"history": Null("NI")}}),
    ("D.7.2", {"patient": {"history": "x" * 10_001}}),
    ("D.9.2.r", ALIVE | {"patient": NO_DEATH | {"causes": (CauseOfDeath("Fall"),)}}),
    ("D.9.2.r.1a", {"patient": {"causes": (CauseOfDeath("Fall", "10016173"),)}}),
    ("D.9.2.r.1a", {"patient": {"causes": (CauseOfDeath("Fall", "", "27.1"),)}}),
    ("D.9.2.r.1b", {"patient": {"causes": (CauseOfDeath("Fall", "fall", "27.1"),)}}),
    ("D.9.2.r.2", {"patient": {"causes": (CauseOfDeath(" "),)}}),
    ("D.9.2.r.2", {"patient": {"causes": (CauseOfDeath("Secret, too much of it"),)}}),
    ("D.9.3", {"patient": {"autopsy": ""}}),
    ("D.9.4.r", {"patient": {"autopsy": "false"}}),
    ("D.9.4.r.2", {"patient": {"autopsy_causes": (CauseOfDeath("x" * 251),)}}),
    ("D.9.3", ALIVE | {"patient": NO_DEATH | {"autopsy": "true"}}),
    ("E.i", {"reactions": ()}),
    ("E.i.1.1a", {"reactions": {"verbatim": ""}}),
    ("E.i.1.1b", {"reactions": {"language": "en"}}),
    ("E.i.2.1a", {"reactions": {"dictionary_version": ""}}),
    ("E.i.2.1b", {"reactions": {"code": ""}}),
    ("E.i.3.2", {"reactions": {"serious_as": frozenset()}}),
    ("E.i.3.2a", ALIVE | {"patient": NO_DEATH | {"died": "20260106", "autopsy": "true"}}),
    ("E.i.4", {"reactions": {"started": ""}}),
    ("E.i.4", {"reactions": {"started": "20260109"}}),
    ("E.i.5", {"reactions": {"ended": "20260104"}}),
    ("E.i.5", {"reactions": {"ended": "2026-01-06"}}),
    ("E.i.7", {"reactions": {"outcome": "8"}}),
    ("E.i.7", ALIVE | {"reactions": {"serious_as": frozenset("c"), "outcome": "5"}}),
    ("E.i.9", {"reactions": {"country": ""}}),
    ("G.k.1", {"drugs": {"role": "2"}}),
    ("G.k.1", {"drugs": {"role": "8"}}),
    ("G.k.2.2", {"drugs": {"name": ""}}),
    ("G.k.2.2", {"drugs": {"name": "Secret 80 mg"}}),
    ("G.k.4.r.4", {"drugs": {"first_given": "yesterday"}}),
    ("G.k.8", {"drugs": {"action": "7"}}),
    ("G.k.9.i.1", {"assessments": {"reaction": OTHER}}),
    ("G.k.9.i.2.r", {"assessments": ()}),
    ("G.k.9.i.2.r.1", {"assessments": {"source": ""}}),
    ("G.k.9.i.2.r.2", {"assessments": {"method": ""}}),
    ("G.k.9.i.2.r.3", {"assessments": {"result": ""}}),
    ("H.1", {"narrative": {"text": " "}}),
    ("H.1", {"narrative": {"text": "It was secret."}}),
    ("H.2", {"narrative": {"reporter_comment": "x" * 20_001}}),
    ("H.4", {"narrative": {"sender_comment": "The SECRET was given"}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("element", "changes"), BROKEN, ids=[f"{number} {each[0]}" for number, each in enumerate(BROKEN)]
)
def test_broken_report_is_refused_with_the_number_of_the_element(element, changes):
    faults = faults_of(varied(**changes), banned_words=("secret",))

    assert element in {fault.element for fault in faults}
    assert all(fault.sentence.endswith((".", "…")) and str(fault).startswith(fault.element) for fault in faults)


def test_a_death_without_its_date_is_told_where_the_reason_is_told():
    assert faults_of(varied(patient={"died": UNKNOWN, "autopsy": UNKNOWN, "autopsy_causes": ()})) == ()


def test_somebody_alive_needs_no_date_of_death():
    assert faults_of(varied(**ALIVE)) == ()
    assert varied(**ALIVE).identification.nullification == INITIAL


@pytest.mark.parametrize(
    ("text", "known", "whole"),
    [
        ("2026", True, False), ("202601", True, False), ("20260105", True, False), ("2026010510", True, False),
        ("20260105101500", True, False), ("20260105101500+0100", True, True), ("20260105101500-0530", True, True),
        ("", False, False), ("26", False, False), ("2026-01-05", False, False), ("20260230", False, False),
        ("202613", False, False), ("20260105+0100", False, False), ("20260105250000+0000", False, False),
    ],
)  # fmt: skip
def test_moments_are_known_in_part_or_in_whole(text, known, whole):
    assert (is_moment(text), is_whole(text)) == (known, whole)


@pytest.mark.parametrize(
    ("first", "second", "may"),
    [
        ("2026", "20260105", True), ("202602", "20260105", False), ("20260105", "20260105101500+0000", True),
        ("20260105101500+0100", "20260105093000+0000", True), ("20260105101500-0100", "20260105093000+0000", False),
    ],
)  # fmt: skip
def test_moments_are_compared_as_far_as_both_are_known(first, second, may):
    assert may_precede(first, second) is may


def test_an_offset_is_reckoned_with():
    assert earliest("20260105101500+0100") == earliest("20260105091500+0000")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<no", "no well-formed XML"),
        (b"<a/>", "no individual case safety report"),
        (b'<!DOCTYPE a [<!ENTITY x "xx">]><a>&x;</a>', "declares a document type"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "declares a document type"),
        (b" " * 5_000_001, "larger than 5 MB"),
    ],
    ids=["broken", "something else", "an entity that grows", "a file from outside", "too large"],
)
def test_what_is_no_report_is_refused_in_a_sentence(content, words):
    with pytest.raises(UnreadableXml, match=words):
        read(content)


def test_a_report_that_lacks_what_it_must_say_is_refused():
    whole = write(REPORT).decode()

    with pytest.raises(UnreadableXml, match="no researchStudy"):
        read(whole.replace("researchStudy", "otherStudy").encode())


def test_ids_tie_judgements_to_their_medicine_and_reaction():
    found = read(write(REPORT))

    assert {(each.drug, each.reaction) for each in found.assessments} == {(DRUG, REACTION)}
    assert [drug.role for drug in found.drugs] == ["1", "2"]
