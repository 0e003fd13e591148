"""What a session asks of the people in it, besides doses and vital signs: the block `session_conduct`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from protocol.shapes import TAGS


@dataclass(frozen=True)
class ChecklistItem:
    """One line of the list before the initial dose; a hard one stands in the way until it is answered with yes."""

    code: str
    text: str
    hard: bool = False


@dataclass(frozen=True)
class AgendaItem:
    """One subject of a preparatory session; `at` names the visits, none means every one."""

    code: str
    text: str
    at: tuple[str, ...] = ()


@dataclass(frozen=True)
class EffectsEnquiry:
    """When the abuse-related effects are asked one by one, in minutes after the initial dose."""

    minutes: tuple[int, ...] = ()
    before: int = 0
    after: int = 0


@dataclass(frozen=True)
class EarlyEnd:
    """Why a session may end before its time, and whose signature lets the participant leave all the same."""

    release_by: str
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Conduct:
    """What the protocol says of the room, the pair and the night."""

    lead_duties: tuple[str, ...] = ()
    portions_ml: tuple[int, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    enquiry: EffectsEnquiry = field(default_factory=EffectsEnquiry)
    touch: Mapping[str, str] = field(default_factory=dict)
    setting: Mapping[str, str] = field(default_factory=dict)
    early_end: EarlyEnd | None = None
    overnight_checks: tuple[str, ...] = ()
    overnight_every_min: int = 0
    agenda: tuple[AgendaItem, ...] = ()
    expectancy: tuple[int, int] = (0, 0)

    def agenda_at(self, visit_code: str) -> tuple[AgendaItem, ...]:
        """Returns the subjects of one preparatory session."""
        return tuple(item for item in self.agenda if not item.at or visit_code in item.at)


@dataclass(frozen=True)
class EnquiryPoint:
    """One time at which the effects are asked: its window, and when it was answered."""

    minute: int
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    asked_at: datetime | None

    def state_at(self, moment: datetime) -> str:
        """Returns done, missed, due (its window is open) or coming."""
        if self.asked_at is not None:
            return "done"
        if moment > self.closes_at:
            return "missed"
        return "due" if moment >= self.opens_at else "coming"


def conduct_from(block: Mapping[str, Any]) -> Conduct:
    """Returns the conduct that a block of the file describes; an absent block asks for nothing."""
    enquiry, early, night = (block.get(name) or {} for name in ("effects_enquiry", "early_end", "overnight"))
    scale = block.get("expectancy") or {}
    return Conduct(
        lead_duties=tuple(block.get("lead_duties") or ()),
        portions_ml=tuple(block.get("portions_ml") or ()),
        checklist=tuple(ChecklistItem(**_plain(row)) for row in block.get("checklist") or ()),
        enquiry=EffectsEnquiry(
            tuple(enquiry.get("minutes") or ()), enquiry.get("before") or 0, enquiry.get("after") or 0
        ),
        touch=_frozen(block.get("touch")),
        setting=_frozen(block.get("setting")),
        early_end=EarlyEnd(early["release_by"], _frozen(early["reasons"])) if early else None,
        overnight_checks=tuple(night.get("checks") or ()),
        overnight_every_min=night.get("every_min") or 0,
        agenda=tuple(
            AgendaItem(row["code"], row["text"], tuple(row.get("at") or ())) for row in block.get("preparation") or ()
        ),
        expectancy=(scale.get("low", 0), scale.get("high", 0)),
    )


def enquiry_points(
    enquiry: EffectsEnquiry, *, initial_at: datetime, asked: Mapping[int, datetime]
) -> tuple[EnquiryPoint, ...]:
    """Returns the times of asking after an initial dose; `asked` says when each minute of the plan was answered."""
    return tuple(
        EnquiryPoint(
            minute,
            initial_at + timedelta(minutes=minute),
            initial_at + timedelta(minutes=minute - enquiry.before),
            initial_at + timedelta(minutes=minute + enquiry.after),
            asked.get(minute),
        )
        for minute in enquiry.minutes
    )


def next_enquiry(points: tuple[EnquiryPoint, ...], *, moment: datetime) -> EnquiryPoint | None:
    """Returns the time of asking that is due now, or the next one to come."""
    return next((point for point in points if point.state_at(moment) in ("due", "coming")), None)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in TAGS}


def _frozen(table: Mapping[str, str] | None) -> Mapping[str, str]:
    return MappingProxyType(_plain(table or {}))
