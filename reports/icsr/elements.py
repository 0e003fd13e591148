"""What an individual case safety report says, by the sections and element numbers of ICH E2B(R3).

A value that is not known is a `Null` with the flavour that says why; an empty text means that the element is left out.
Dates and moments are written as HL7 does: as much of CCYYMMDDhhmmss±ZZzz as is known.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Null:
    """A value that is not given, and why: NI no information, MSK masked, UNK unknown, ASKU asked, NASK not asked."""

    flavor: str


Value = str | Null
NO_INFORMATION, MASKED, UNKNOWN = Null("NI"), Null("MSK"), Null("UNK")

INITIAL, NULLIFICATION, AMENDMENT = "", "1", "2"
SUSPECT, CONCOMITANT = "1", "2"


@dataclass(frozen=True)
class Batch:
    """N.1: the envelope of a transmission."""

    number: str  # N.1.2
    sender: str  # N.1.3
    receiver: str  # N.1.4
    transmitted: str  # N.1.5


@dataclass(frozen=True)
class Message:
    """N.2.r: the envelope of one report."""

    identifier: str  # N.2.r.1
    sender: str  # N.2.r.2
    receiver: str  # N.2.r.3
    created: str  # N.2.r.4


@dataclass(frozen=True)
class Identification:
    """C.1: which report this is, when it was made, and whether it takes one back."""

    safety_report_id: str  # C.1.1
    created: str  # C.1.2
    report_type: str  # C.1.3; 2 is a report from a study
    first_received: str  # C.1.4
    latest_information: str  # C.1.5
    additional_documents: bool  # C.1.6.1
    expedited: bool  # C.1.7
    worldwide_id: str  # C.1.8.1
    first_sender: str  # C.1.8.2; 1 a regulator, 2 somebody else
    nullification: str = INITIAL  # C.1.11.1
    nullification_reason: str = ""  # C.1.11.2


@dataclass(frozen=True)
class PrimarySource:
    """C.2.r: who told the case first."""

    given: Value  # C.2.r.1.2
    family: Value  # C.2.r.1.4
    organisation: str  # C.2.r.2.1
    country: str  # C.2.r.3
    qualification: Value  # C.2.r.4


@dataclass(frozen=True)
class Sender:
    """C.3: who sends the report."""

    kind: str  # C.3.1
    organisation: str  # C.3.2
    department: str = ""  # C.3.3.1
    given: str = ""  # C.3.3.3
    family: str = ""  # C.3.3.5
    street: str = ""  # C.3.4.1
    city: str = ""  # C.3.4.2
    state: str = ""  # C.3.4.3
    postcode: str = ""  # C.3.4.4
    country: str = ""  # C.3.4.5
    telephone: str = ""  # C.3.4.6
    email: str = ""  # C.3.4.8


@dataclass(frozen=True)
class Study:
    """C.5: the study in which it happened; each registration is its number and its country."""

    name: str  # C.5.2
    number: str  # C.5.3
    kind: str  # C.5.4; 1 is a clinical trial
    registrations: tuple[tuple[str, str], ...] = ()  # C.5.1.r.1, C.5.1.r.2


@dataclass(frozen=True)
class CauseOfDeath:
    """D.9.2.r as reported, or D.9.4.r by autopsy: the words, and the code of a term where there is one."""

    words: str  # D.9.2.r.2, D.9.4.r.2
    code: str = ""  # D.9.2.r.1b, D.9.4.r.1b
    dictionary_version: str = ""  # D.9.2.r.1a, D.9.4.r.1a


@dataclass(frozen=True)
class Patient:
    """D: the participant, by code."""

    initials: Value  # D.1
    investigation_number: str  # D.1.1.4
    sex: Value  # D.5
    age: str = ""  # D.2.2a
    age_unit: str = ""  # D.2.2b
    age_group: str = ""  # D.2.3
    history: Value = ""  # D.7.2
    died: Value = ""  # D.9.1
    causes: tuple[CauseOfDeath, ...] = ()  # D.9.2.r
    autopsy: Value = ""  # D.9.3; true, false, or why it is not known
    autopsy_causes: tuple[CauseOfDeath, ...] = ()  # D.9.4.r


@dataclass(frozen=True)
class Reaction:
    """E.i: what happened. `serious_as` are the letters a to f of E.i.3.2 that hold."""

    identifier: str  # E.i.0
    verbatim: str  # E.i.1.1a
    language: str  # E.i.1.1b
    dictionary_version: str  # E.i.2.1a
    code: str  # E.i.2.1b
    highlighted: str  # E.i.3.1
    serious_as: frozenset[str]  # E.i.3.2a to E.i.3.2f
    started: Value  # E.i.4
    ended: Value  # E.i.5
    outcome: str  # E.i.7
    country: str  # E.i.9


@dataclass(frozen=True)
class Drug:
    """G.k: a medicine and its part in the case; of a blinded one neither content nor amount is said."""

    identifier: str
    role: str  # G.k.1
    name: str  # G.k.2.2
    blinded: bool = False  # G.k.2.5
    first_given: str = ""  # G.k.4.r.4
    dosage: str = ""  # G.k.4.r.8
    route: str = ""  # G.k.4.r.10.1
    indication: str = ""  # G.k.7.r.1
    action: str = ""  # G.k.8


@dataclass(frozen=True)
class Assessment:
    """G.k.9.i.2.r: who judges how far a medicine and a reaction are related, how, and with which result."""

    drug: str
    reaction: str  # G.k.9.i.1
    source: str  # G.k.9.i.2.r.1
    method: str  # G.k.9.i.2.r.2
    result: str  # G.k.9.i.2.r.3


@dataclass(frozen=True)
class Narrative:
    """H: the case in words."""

    text: str  # H.1
    reporter_comment: str = ""  # H.2
    sender_comment: str = ""  # H.4


@dataclass(frozen=True)
class SafetyReport:
    """One report in its envelope."""

    batch: Batch
    message: Message
    identification: Identification
    sources: tuple[PrimarySource, ...]
    sender: Sender
    study: Study
    patient: Patient
    reactions: tuple[Reaction, ...]
    drugs: tuple[Drug, ...]
    assessments: tuple[Assessment, ...]
    narrative: Narrative = field(default_factory=lambda: Narrative(""))
