"""The typed parts of the block `aftercare`; an absent block asks for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from protocol.shapes import TAGS


@dataclass(frozen=True)
class Element:
    """One thing that a therapist may do in a session, by its code."""

    code: str
    text: str


@dataclass(frozen=True)
class Approach:
    """A way of working, with its elements."""

    code: str
    name: str
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class IntegrationTherapy:
    """What the note of an integration session records besides the safety questions."""

    approaches: tuple[Approach, ...] = ()
    companions: Mapping[str, str] = field(default_factory=dict)
    companion_visits: tuple[str, ...] = ()
    group_visits: tuple[str, ...] = ()
    practice_outcomes: Mapping[str, str] = field(default_factory=dict)

    def element_texts(self) -> Mapping[str, str]:
        """Returns the words of every element by its code, in the order of the protocol."""
        return {element.code: element.text for approach in self.approaches for element in approach.elements}

    def companions_at(self, visit_code: str) -> Mapping[str, str]:
        """Returns who may come along to a visit, in words by code."""
        return self.companions if visit_code in self.companion_visits else {}


@dataclass(frozen=True)
class Wellbeing:
    """How a participant says they are, as a number, and from which answer on somebody must act."""

    low: int
    high: int
    at_most: int
    fall: int


@dataclass(frozen=True)
class Calls:
    """How a participant is called on a contact day: hours of the site's day, attempts, what is said, who is told."""

    first_hour: int = 0
    last_hour: int = 24
    attempts: int = 0
    missed_at_hour: int = 24
    script: tuple[str, ...] = ()
    wellbeing: Wellbeing | None = None


@dataclass(frozen=True)
class EnquiryTime:
    """When harm that shows late is asked for: hours, or months by the calendar, after the initial dose of a session.

    `latest_only` ones are asked after the last session alone: the next session takes their place. `outside_pair` ones
    are asked by somebody who was in the room of none of the participant's sessions.
    """

    code: str
    name: str
    opens_before_hours: int
    closes_after_hours: int
    hours: int | None = None
    months: int | None = None
    latest_only: bool = False
    outside_pair: bool = False


@dataclass(frozen=True)
class HarmEnquiry:
    """The questions about harm that shows late, and when they are asked."""

    times: tuple[EnquiryTime, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnPages:
    """What a participant's own pages say by the protocol: how to prepare, by language, and how soon the desk reads."""

    acknowledge_within_hours: int = 0
    preparation: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Aftercare:
    """What the protocol says of the time after a dosing session."""

    integration: IntegrationTherapy = field(default_factory=IntegrationTherapy)
    calls: Calls = field(default_factory=Calls)
    harm: HarmEnquiry = field(default_factory=HarmEnquiry)
    own_pages: OwnPages = field(default_factory=OwnPages)


def aftercare_from(block: Mapping[str, Any]) -> Aftercare:
    """Returns the aftercare that a block of the file describes."""
    return Aftercare(
        integration=_integration(block.get("integration") or {}),
        calls=_calls(block.get("calls")),
        harm=_harm(block.get("harm_enquiry") or {}),
        own_pages=_own_pages(block.get("own_pages") or {}),
    )


def _own_pages(block: Mapping[str, Any]) -> OwnPages:
    sheets = {language: tuple(lines) for language, lines in frozen_words(block.get("preparation")).items()}
    return OwnPages(block.get("acknowledge_within_hours", 0), MappingProxyType(sheets))


def _calls(block: Mapping[str, Any] | None) -> Calls:
    if block is None:
        return Calls()
    scale = block.get("wellbeing")
    return Calls(
        first_hour=block["hours"][0],
        last_hour=block["hours"][1],
        attempts=block["attempts"],
        missed_at_hour=block["missed_at_hour"],
        script=tuple(block.get("script") or ()),
        wellbeing=Wellbeing(**{name: scale[name] for name in ("low", "high", "at_most", "fall")}) if scale else None,
    )


def _harm(block: Mapping[str, Any]) -> HarmEnquiry:
    times = tuple(
        EnquiryTime(**{name: value for name, value in row.items() if name not in TAGS})
        for row in block.get("times") or ()
    )
    return HarmEnquiry(times, frozen_words(block.get("questions")))


def _integration(block: Mapping[str, Any]) -> IntegrationTherapy:
    return IntegrationTherapy(
        approaches=tuple(
            Approach(row["code"], row["name"], tuple(Element(each["code"], each["text"]) for each in row["elements"]))
            for row in block.get("approaches") or ()
        ),
        companions=frozen_words(block.get("companions")),
        companion_visits=tuple(block.get("companion_visits") or ()),
        group_visits=tuple(block.get("group_visits") or ()),
        practice_outcomes=frozen_words(block.get("practice_outcomes")),
    )


def frozen_words(table: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Returns a table of words by code, without the tags of how sure the file is of it."""
    return MappingProxyType({name: words for name, words in (table or {}).items() if name not in TAGS})
