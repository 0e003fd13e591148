"""What the protocol says of the safety office: what is reconciled, deviations and their causes, complaints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class EthicsClock:
    """Within how many calendar days an important deviation is told to the ethics board of a region.

    `zones` are the areas of time zones (Europe, America) by which a site belongs to the region.
    """

    region: str
    zones: tuple[str, ...]
    days: int


@dataclass(frozen=True)
class SafetyOffice:
    """Times, categories and causes by which the safety office works; an absent block leaves all of them empty."""

    event_near_result_days: int = 0
    mention_decided_within_days: int = 0
    deviation_categories: Mapping[str, str] = field(default_factory=dict)
    root_causes: Mapping[str, str] = field(default_factory=dict)
    ethics_clocks: tuple[EthicsClock, ...] = ()
    complaint_kinds: Mapping[str, str] = field(default_factory=dict)
    complaint_acknowledge_within_hours: int = 0
    action_notice_days: int = 0

    def ethics_clock_of(self, zone: str) -> EthicsClock | None:
        """Returns the clock of the region to which a site belongs by its time zone, if the protocol has one."""
        area = zone.partition("/")[0]
        return next((clock for clock in self.ethics_clocks if area in clock.zones), None)


def office_from(block: Mapping[str, Any]) -> SafetyOffice:
    """Returns the office that a block of the file describes; an absent block asks for nothing."""
    complaints, deviations = block.get("complaints") or {}, block.get("deviations") or {}
    return SafetyOffice(
        event_near_result_days=block.get("event_near_result_days") or 0,
        mention_decided_within_days=block.get("mention_decided_within_days") or 0,
        deviation_categories=_frozen(deviations.get("categories")),
        root_causes=_frozen(deviations.get("root_causes")),
        ethics_clocks=tuple(
            EthicsClock(row["region"], tuple(row["zones"]), row["days"]) for row in deviations.get("ethics") or ()
        ),
        complaint_kinds=_frozen(complaints.get("kinds")),
        complaint_acknowledge_within_hours=complaints.get("acknowledge_within_hours") or 0,
        action_notice_days=deviations.get("action_notice_days") or 0,
    )


def _frozen(table: Mapping[str, str] | None) -> Mapping[str, str]:
    return MappingProxyType(dict(table or {}))
