"""Finds records by what is printed on them: codes, numbers, addresses. Never by a name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from core.permissions import Permission, Viewer
from patients.access import participants_for, visits_for
from pharmacy.access import kits_for
from safety.access import deviations_for, events_for
from sessions.access import sessions_for

MOST = 25
# The beginning of an address, such as vis_3f; shorter ones would list the house.
ADDRESS = re.compile(r"^[a-z]{3}_[a-z0-9]{2,}$")
NUMBERED = re.compile(r"^(ae|session|deviation)s?\s*(\d*)$")


@dataclass(frozen=True)
class Hit:
    """One record that was found."""

    kind: str
    code: str
    text: str
    url: str


@dataclass(frozen=True)
class Wanted:
    """What was typed, taken apart: an address, or a participant and what of theirs."""

    text: str
    address: str
    person: str
    rest: str

    @classmethod
    def typed(cls, text: str) -> "Wanted":
        """Returns the parts; letters are small, and blanks count once."""
        words = text.lower().split()
        whole = " ".join(words)
        if ADDRESS.match(whole):
            return cls(whole, whole, "", "")
        begins_with_person = bool(words) and "-" in words[0]
        rest = words[1:] if begins_with_person else words
        return cls(whole, "", words[0] if begins_with_person else "", " ".join(rest))

    @property
    def numbered(self) -> tuple[str, str]:
        """Returns the kind and the number of “AE 2” or “session 1”; both empty for anything else."""
        found = NUMBERED.match(self.rest)
        return (found[1], found[2]) if found else ("", "")

    def of(self, rest: Q | None) -> Q | None:
        """Returns the condition on a record: its address, or its participant together with `rest`."""
        if self.address:
            return Q(public_id__startswith=self.address)
        if rest is None:
            return None
        return rest & Q(participant__screening_number__istartswith=self.person) if self.person else rest


def search(viewer: Viewer, text: str) -> list[Hit]:
    """Returns what the viewer may see and whose code is, or begins with, what was typed."""
    wanted = Wanted.typed(text)
    if not wanted.text:
        return []
    return [*_participants(viewer, wanted), *_of_participants(viewer, wanted), *_kits(viewer, wanted)]


def _participants(viewer: Viewer, wanted: Wanted) -> Iterable[Hit]:
    if not viewer.may(Permission.PARTICIPANT_VIEW) or (wanted.person and wanted.rest):
        return
    condition = Q(screening_number__istartswith=wanted.text)
    if wanted.address:
        condition = Q(public_id__startswith=wanted.address)
    elif wanted.text.isdecimal():
        # The site's prefix is seldom typed.
        condition |= Q(screening_number__endswith=f"-{wanted.text}")
    found = participants_for(viewer, Permission.PARTICIPANT_VIEW).filter(condition)
    for person in found.order_by("screening_number")[:MOST]:
        url = reverse("overview:timeline", args=[person.public_id])
        yield Hit("Participant", person.screening_number, f"{person.get_status_display()}, {person.site.name}", url)


def _of_participants(viewer: Viewer, wanted: Wanted) -> Iterable[Hit]:
    kind, number = wanted.numbered
    visit = Q(code__istartswith=wanted.rest) if wanted.rest and not kind else None
    for row in _found(visits_for, viewer, Permission.PARTICIPANT_VIEW, wanted.of(visit)):
        yield Hit(
            "Visit", f"{row.participant.screening_number} {row.code}", row.name, _url("patients:visit-detail", row)
        )
    for row in _found(events_for, viewer, Permission.ADVERSE_EVENT_VIEW, wanted.of(_numbered(kind, "ae", number))):
        code = f"{row.participant.screening_number} {row}"
        yield Hit("Adverse event", code, "", _url("safety:adverse-event-detail", row))
    for row in _found(sessions_for, viewer, Permission.SESSION_VIEW, wanted.of(_numbered(kind, "session", number))):
        code = f"{row.participant.screening_number} session {row.number}"
        yield Hit("Dosing session", code, row.visit.name, _url("sessions:session-detail", row))
    # Deviations carry no number: all of a participant's are listed.
    deviation = Q() if kind == "deviation" and wanted.person else None
    for row in _found(deviations_for, viewer, Permission.DEVIATION_VIEW, wanted.of(deviation)):
        code = f"{row.participant.screening_number} deviation"
        yield Hit("Deviation", code, str(row), _url("safety:deviation-detail", row))


def _kits(viewer: Viewer, wanted: Wanted) -> Iterable[Hit]:
    if not viewer.may(Permission.KIT_VIEW):
        return
    condition = Q(public_id__startswith=wanted.address) if wanted.address else Q(number__istartswith=wanted.text)
    for kit in kits_for(viewer, Permission.KIT_VIEW).filter(condition).order_by("number")[:MOST]:
        yield Hit("Kit", kit.number, kit.get_state_display(), _url("pharmacy:kit-detail", kit))


def _numbered(kind: str, wanted_kind: str, number: str) -> Q | None:
    if kind != wanted_kind:
        return None
    return Q(number=int(number)) if number else Q()


def _found(access: Any, viewer: Viewer, permission: Permission, condition: Q | None) -> "QuerySet[Any] | list[Any]":
    if condition is None or not viewer.may(permission):
        return []
    return access(viewer, permission).filter(condition).order_by("participant__screening_number", "id")[:MOST]


def _url(name: str, row: Any) -> str:
    return reverse(name, args=[row.public_id])
