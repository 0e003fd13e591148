"""What exactly a person, or a role, can see: sites, rights and why, pages, and which classes of data stay hidden.

It reads the same tables that every request is judged by: memberships, the roles of core.roles, and the permission that
each view states. Nobody is impersonated, and no record of the trial is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from core.models import Membership
from core.permissions import Permission, Viewer
from core.roles import DATA_CLASSES, ROLES, DataClass, Role

ROOMS = {
    "overview": "Overview", "trials": "Study", "patients": "Participants", "assessments": "Ratings",
    "pharmacy": "Pharmacy and unblinding", "sessions": "Dosing sessions", "integration": "Integration",
    "safety": "Safety", "reminders": "Messages", "sponsors": "Exports and API",
}  # fmt: skip


@dataclass(frozen=True)
class Right:
    """One permission in plain English; `why` names the role and the site of each membership that grants it."""

    permission: Permission
    why: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Returns what may be done."""
        words = str(self.permission.label)
        return words[0].upper() + words[1:]


@dataclass(frozen=True)
class PageRight:
    """One address of Vigil, what it does in its own words, and whether it opens."""

    name: str
    room: str
    sentence: str
    opens: bool


@dataclass(frozen=True)
class ClassRight:
    """One class of data, and by which rights it opens; none means that it is hidden."""

    data: DataClass
    by: tuple[Right, ...]


@dataclass(frozen=True)
class Rights:
    """Everything that the memberships of one moment open."""

    memberships: tuple[tuple[str, str, str], ...]
    held: tuple[Right, ...]
    missing: tuple[Right, ...]
    pages: tuple[PageRight, ...]
    classes: tuple[ClassRight, ...]
    sees_rows: bool

    @property
    def opened(self) -> list[PageRight]:
        """Returns the pages that open."""
        return [page for page in self.pages if page.opens]

    @property
    def closed(self) -> list[PageRight]:
        """Returns the pages that do not exist for the person."""
        return [page for page in self.pages if not page.opens]


def rights_of(viewer: Viewer) -> Rights:
    """Returns what the viewer's memberships open."""
    rights = [Right(permission, _why(viewer, permission)) for permission in Permission]
    held = {right.permission: right for right in rights if right.why}
    classes = [
        ClassRight(data, tuple(held[permission] for permission in data.opened_by if permission in held))
        for data in DATA_CLASSES
    ]
    return Rights(
        tuple((str(Role(m.role).label), _place(m), ROLES[Role(m.role)].sentence) for m in viewer.memberships),
        tuple(held.values()),
        tuple(right for right in rights if not right.why),
        tuple(sorted(_pages(viewer), key=lambda page: (page.room, page.name))),
        tuple(classes),
        any(ROLES[role].sees_site_data for role in viewer.roles),
    )


def _why(viewer: Viewer, permission: Permission) -> tuple[str, ...]:
    return tuple(
        f"{Role(membership.role).label}, {_place(membership)}"
        for membership in viewer.memberships
        if permission in ROLES[Role(membership.role)].permissions
    )


def _place(membership: Membership) -> str:
    return f"{membership.site.code} {membership.site.name}" if membership.site else "every site"


def _pages(viewer: Viewer) -> Iterator[PageRight]:
    for space, name, view in _addresses():
        stated = getattr(view, "permission", ())
        if space not in ROOMS or not stated or stated == ("public",):
            continue
        opens = stated == ("signed in",) or any(viewer.may(permission) for permission in stated)
        sentence = (view.__doc__ or "").strip().split("\n")[0]
        yield PageRight(f"{space}:{name}", ROOMS[space], sentence, opens)


def _addresses(resolver: Any = None, space: str = "") -> Iterator[tuple[str, str, Any]]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield space, str(entry.name or ""), entry.callback
        elif isinstance(entry, URLResolver):
            yield from _addresses(entry, entry.namespace or space)
