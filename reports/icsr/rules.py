"""What a report must hold before it may leave: each fault names its element and says in a sentence what is wrong.

The rules are our own reading of the ICH E2B(R3) guide; a receiver's system may ask for more.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reports.icsr import codes
from reports.icsr.elements import AMENDMENT, INITIAL, NULLIFICATION, Null, Patient, Reaction, SafetyReport, Value
from reports.icsr.moments import is_moment, is_whole, may_precede

COUNTRY = re.compile(r"^[A-Z]{2}$")
CASE_ID = re.compile(r"^[A-Z]{2}-[^\s-][^-]*-\S.*$")
LANGUAGE = re.compile(r"^[a-z]{3}$")
VERSION = re.compile(r"^\d{1,2}\.\d$")
TERM_CODE = re.compile(r"^\d{8}$")
NUMBER = re.compile(r"^\d{1,3}(\.\d+)?$")
LONGEST_NARRATIVE, LONGEST_COMMENT, LONGEST_TERM, LONGEST_NAME, LONGEST_ID = 100_000, 20_000, 250, 250, 100
LONGEST_HISTORY, HISTORY_FLAVORS = 10_000, frozenset({"MSK", "UNK", "ASKU", "NASK"})
DATE_FLAVORS, AUTOPSY_FLAVORS = frozenset({"MSK", "UNK", "ASKU", "NASK"}), frozenset({"UNK", "ASKU", "NASK"})


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a report, at an element of ICH's numbering."""

    element: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.element}: {self.sentence}"


Rule = Callable[[SafetyReport], Iterator[Fault]]


def faults_of(report: SafetyReport, *, banned_words: Iterable[str] = ()) -> tuple[Fault, ...]:
    """Returns everything that is wrong with a report, by the order of its sections; none where it may leave.

    `banned_words` could reveal what a blinded medicine is; they stand in no text of the report.
    """
    found = [fault for rule in RULES for fault in rule(report)]
    return (*found, *_words_that_reveal(report, banned_words))


def _envelope(report: SafetyReport) -> Iterator[Fault]:
    batch, message = report.batch, report.message
    yield from _needed("N.1.2", batch.number, "The batch has no number.")
    yield from _needed("N.1.3", batch.sender, "The batch names no sender.")
    yield from _needed("N.1.4", batch.receiver, "The batch names no receiver.")
    yield from _whole("N.1.5", batch.transmitted)
    if message.identifier != report.identification.safety_report_id:
        yield Fault("N.2.r.1", "The message must carry the number of the report (C.1.1).")
    yield from _needed("N.2.r.2", message.sender, "The message names no sender.")
    yield from _needed("N.2.r.3", message.receiver, "The message names no receiver.")
    yield from _whole("N.2.r.4", message.created)


def _identity(report: SafetyReport) -> Iterator[Fault]:
    told = report.identification
    for element, value in (("C.1.1", told.safety_report_id), ("C.1.8.1", told.worldwide_id)):
        if not CASE_ID.match(value) or len(value) > LONGEST_ID:
            yield Fault(element, "Write the number as country, organisation and number: PT-EXAMPLE-0001.")
    yield from _whole("C.1.2", told.created)
    if told.report_type not in codes.REPORT_TYPES:
        yield Fault("C.1.3", "Say what type of report this is.")
    elif told.report_type == "2" and report.study.kind not in codes.STUDY_TYPES:
        yield Fault("C.5.4", "A report from a study says what kind of study it is.")
    if told.first_sender not in {"1", "2"}:
        yield Fault("C.1.8.2", "Say whether a regulator or somebody else sent this case first.")


def _receipt(report: SafetyReport) -> Iterator[Fault]:
    told = report.identification
    for element, value in (("C.1.4", told.first_received), ("C.1.5", told.latest_information)):
        if not is_moment(value):
            yield Fault(element, "This is no date of the calendar.")
            return
        if not may_precede(value, told.created):
            yield Fault(element, "The date lies after the report was made (C.1.2).")
    if not may_precede(told.first_received, told.latest_information):
        yield Fault("C.1.5", "The latest information cannot have come before the first (C.1.4).")


def _taking_back(report: SafetyReport) -> Iterator[Fault]:
    told = report.identification
    if told.nullification not in {INITIAL, NULLIFICATION, AMENDMENT}:
        yield Fault("C.1.11.1", "A report is nullified (1) or amended (2), or this is left out.")
    if told.nullification and not told.nullification_reason.strip():
        yield Fault("C.1.11.2", "Say why the report is nullified or amended.")
    if told.nullification_reason and not told.nullification:
        yield Fault("C.1.11.1", "A reason is given, but not whether the report is nullified or amended.")


def _people(report: SafetyReport) -> Iterator[Fault]:
    if not report.sources:
        yield Fault("C.2.r", "Somebody told the case first: name at least one primary source.")
    for source in report.sources:
        yield from _country("C.2.r.3", source.country)
        if not _is_coded(source.qualification, codes.QUALIFICATIONS, {"UNK"}):
            yield Fault("C.2.r.4", "Say what the reporter is: a physician, a pharmacist, …")
    if report.sender.kind not in codes.SENDER_TYPES:
        yield Fault("C.3.1", "Say what kind of organisation sends the report.")
    yield from _needed("C.3.2", report.sender.organisation, "Name the organisation that sends the report.")
    if report.sender.country:
        yield from _country("C.3.4.5", report.sender.country)


def _trial(report: SafetyReport) -> Iterator[Fault]:
    if report.identification.report_type != "2":
        return
    yield from _needed("C.5.2", report.study.name, "Name the study.")
    if not report.study.number or len(report.study.number) > 50:
        yield Fault("C.5.3", "Give the sponsor's number of the study, 50 characters at most.")
    for number, country in report.study.registrations:
        yield from _needed("C.5.1.r.1", number, "A registration without a number says nothing.")
        if country != "EU":
            yield from _country("C.5.1.r.2", country)


def _participant(report: SafetyReport) -> Iterator[Fault]:
    person = report.patient
    if person.initials == "" or not _flavor_in(person.initials, codes.FLAVORS):
        yield Fault("D.1", "Give the participant's initials, or say why not: they are masked (MSK).")
    if not _is_coded(person.sex, codes.SEXES, {"MSK", "UNK", "ASKU", "NASK"}):
        yield Fault("D.5", "Say the participant's sex, or why it is not known.")
    if bool(person.age) != bool(person.age_unit):
        yield Fault("D.2.2b" if person.age else "D.2.2a", "An age is a number and its unit.")
    elif person.age and not NUMBER.match(person.age):
        yield Fault("D.2.2a", "The age is no number.")
    elif person.age and person.age_unit not in codes.AGE_UNITS:
        yield Fault("D.2.2b", "The unit of the age is none that ICH knows.")
    if person.history == "" or not _flavor_in(person.history, HISTORY_FLAVORS):
        yield Fault("D.7.2", "Tell the relevant history, or say why it is not told.")
    elif isinstance(person.history, str) and len(person.history) > LONGEST_HISTORY:
        yield Fault("D.7.2", f"The history has more than {LONGEST_HISTORY:,} characters.")


def _death(report: SafetyReport) -> Iterator[Fault]:
    person, reactions = report.patient, report.reactions
    is_fatal = any(codes.DEATH in each.serious_as for each in reactions)
    if is_fatal and person.died == "":
        yield Fault("D.9.1", "A death needs its date, or the reason why the date is not known.")
    if person.died != "":
        yield from _dated("D.9.1", person.died)
        if not is_fatal:
            yield Fault("E.i.3.2a", "A date of death is given, but no reaction is said to have resulted in death.")
        if person.autopsy == "" or not _is_coded(person.autopsy, {"true", "false"}, AUTOPSY_FLAVORS):
            yield Fault("D.9.3", "Of a death say whether there was an autopsy, or why it is not known.")
    elif person.autopsy != "":
        yield Fault("D.9.3", "An autopsy is told of, but no death (D.9.1).")
    yield from _causes(person)


def _causes(person: Patient) -> Iterator[Fault]:
    if person.causes and person.died == "":
        yield Fault("D.9.2.r", "A cause of death is given, but no death (D.9.1).")
    if person.autopsy_causes and person.autopsy != "true":
        yield Fault("D.9.4.r", "What an autopsy found is told, but no autopsy (D.9.3).")
    for section, causes in (("D.9.2.r", person.causes), ("D.9.4.r", person.autopsy_causes)):
        for cause in causes:
            if not cause.words.strip() or len(cause.words) > LONGEST_TERM:
                yield Fault(f"{section}.2", f"Give the cause of death in words, {LONGEST_TERM} characters at most.")
            if cause.code and not TERM_CODE.match(cause.code):
                yield Fault(f"{section}.1b", "The code of a term has eight digits.")
            if bool(cause.code) != bool(VERSION.match(cause.dictionary_version)):
                yield Fault(f"{section}.1a", "A code goes with the version of the dictionary: 27.1.")


def _reactions(report: SafetyReport) -> Iterator[Fault]:
    if not report.reactions:
        yield Fault("E.i", "A case without a reaction is none.")
    for each in report.reactions:
        yield from _reaction(each, created=report.identification.created)
        yield from _course(each)


def _reaction(each: Reaction, *, created: str) -> Iterator[Fault]:
    if not each.verbatim or len(each.verbatim) > LONGEST_TERM:
        yield Fault("E.i.1.1a", f"Give the reporter's words, {LONGEST_TERM} characters at most.")
    if each.verbatim and not LANGUAGE.match(each.language):
        yield Fault("E.i.1.1b", "Name the language of the reporter's words by three letters: eng.")
    if not VERSION.match(each.dictionary_version):
        yield Fault("E.i.2.1a", "Name the version of the dictionary: 27.1.")
    if not TERM_CODE.match(each.code):
        yield Fault("E.i.2.1b", "The event is not coded: a term's code has eight digits.")
    if not each.serious_as:
        yield Fault("E.i.3.2", "No criterion of seriousness holds: only a serious case is reported.")
    yield from _country("E.i.9", each.country)
    if isinstance(each.started, str) and each.started and not may_precede(each.started, created):
        yield Fault("E.i.4", "The reaction begins after the report was made.")


def _course(each: Reaction) -> Iterator[Fault]:
    if each.started == "":
        yield Fault("E.i.4", "Say when the reaction began, or why it is not known.")
    else:
        yield from _dated("E.i.4", each.started)
    if each.ended != "":
        yield from _dated("E.i.5", each.ended)
        both = (each.started, each.ended)
        if all(isinstance(day, str) and is_moment(day) for day in both) and not may_precede(*map(str, both)):
            yield Fault("E.i.5", "The reaction ends before it begins.")
    if each.outcome not in codes.OUTCOMES:
        yield Fault("E.i.7", "Say how the reaction ended, or that it is not known.")
    if each.outcome == codes.FATAL and codes.DEATH not in each.serious_as:
        yield Fault("E.i.7", "A fatal reaction has resulted in death (E.i.3.2a).")


def _drugs(report: SafetyReport) -> Iterator[Fault]:
    if not any(drug.role in codes.SUSPECTED_ROLES for drug in report.drugs):
        yield Fault("G.k.1", "Name at least one medicine that is suspected.")
    for drug in report.drugs:
        if drug.role not in codes.ROLES:
            yield Fault("G.k.1", "Say whether the medicine is suspected or taken besides.")
        if not drug.name or len(drug.name) > LONGEST_NAME:
            yield Fault("G.k.2.2", f"Name the medicine, {LONGEST_NAME} characters at most.")
        if drug.action and drug.action not in codes.ACTIONS:
            yield Fault("G.k.8", "Say what was done with the medicine by one of ICH's codes.")
        if drug.first_given and not is_moment(drug.first_given):
            yield Fault("G.k.4.r.4", "This is no date of the calendar.")


def _judgements(report: SafetyReport) -> Iterator[Fault]:
    reactions, drugs = {each.identifier for each in report.reactions}, {each.identifier for each in report.drugs}
    judged = set()
    for each in report.assessments:
        if each.reaction not in reactions or each.drug not in drugs:
            yield Fault("G.k.9.i.1", "An assessment is of a reaction or a medicine that the report does not name.")
        yield from _needed("G.k.9.i.2.r.1", each.source, "Say who assessed the relation.")
        yield from _needed("G.k.9.i.2.r.2", each.method, "Say by what method the relation was assessed.")
        yield from _needed("G.k.9.i.2.r.3", each.result, "Say what the assessment came to.")
        judged.add((each.drug, each.reaction))
    suspected = [drug.identifier for drug in report.drugs if drug.role in codes.SUSPECTED_ROLES]
    if any((drug, reaction) not in judged for drug in suspected for reaction in reactions):
        yield Fault("G.k.9.i.2.r", "Nobody has assessed the relation of a suspected medicine to a reaction.")


def _words(report: SafetyReport) -> Iterator[Fault]:
    told = report.narrative
    if not told.text.strip() or len(told.text) > LONGEST_NARRATIVE:
        yield Fault("H.1", f"Tell the case in words, {LONGEST_NARRATIVE:,} characters at most.")
    for element, comment in (("H.2", told.reporter_comment), ("H.4", told.sender_comment)):
        if len(comment) > LONGEST_COMMENT:
            yield Fault(element, f"The comment has more than {LONGEST_COMMENT:,} characters.")


RULES: tuple[Rule, ...] = (
    _envelope, _identity, _receipt, _taking_back, _people, _trial, _participant, _death, _reactions, _drugs,
    _judgements, _words,
)  # fmt: skip


def _words_that_reveal(report: SafetyReport, banned_words: Iterable[str]) -> Iterator[Fault]:
    if not any(drug.blinded for drug in report.drugs):
        return
    # What somebody used before the trial (D.7.2) says nothing of what was given in it.
    texts = [
        *(("E.i.1.1a", each.verbatim) for each in report.reactions),
        *(("D.9.2.r.2", each.words) for each in report.patient.causes),
        *(("D.9.4.r.2", each.words) for each in report.patient.autopsy_causes),
        *(("G.k.2.2", each.name) for each in report.drugs if each.blinded),
        ("H.1", report.narrative.text),
        ("H.2", report.narrative.reporter_comment),
        ("H.4", report.narrative.sender_comment),
    ]
    for word in banned_words:
        pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
        for element, text in texts:
            if pattern.search(text):
                yield Fault(element, f"The word “{word}” could reveal the blinded medicine.")


def _needed(element: str, value: str, sentence: str) -> Iterator[Fault]:
    if not value.strip():
        yield Fault(element, sentence)


def _whole(element: str, value: str) -> Iterator[Fault]:
    if not is_whole(value):
        yield Fault(element, "A moment to the second with its offset is needed: 20260314093000+0100.")


def _dated(element: str, value: Value) -> Iterator[Fault]:
    if isinstance(value, Null):
        if value.flavor not in DATE_FLAVORS:
            yield Fault(
                element, f"“{value.flavor}” is no reason why a date is not known: write UNK, ASKU, NASK or MSK."
            )
    elif not is_moment(value):
        yield Fault(element, "This is no date of the calendar; month or day may be left out.")


def _country(element: str, value: str) -> Iterator[Fault]:
    if not COUNTRY.match(value):
        yield Fault(element, "Name the country by its two letters: PT.")


def _is_coded(value: Value, known: Iterable[str], flavors: Iterable[str]) -> bool:
    return value.flavor in flavors if isinstance(value, Null) else value in known


def _flavor_in(value: Value, flavors: Iterable[str]) -> bool:
    return not isinstance(value, Null) or value.flavor in flavors
