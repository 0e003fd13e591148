"""What this room asks of a viewer: duties to accept and to approve, what people hold and is about to expire."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

from core.addresses import address_of
from core.clock import local_date
from core.permissions import Permission, Viewer
from core.questions import Question
from core.worklist import NOW, WEEK, Ask, WorklistItem, asked
from trials import queries

DUTIES = Question(
    lambda who, at: queries.undecided_delegations(who, on=at.date()),
    {"delegation": "public_id", "duty": "duty", "accepted": "accepted", "person_id": "person_id",
     "person": "person__display_name", "site_id": "site_id", "site": "site__code"},
)  # fmt: skip
RENEWALS = Question(
    lambda who, at: queries.expiring_qualifications(who, on=at.date()),
    {"expires_on": "expires_on", "zone": "site__zone", "site": "site__code", "person": "person__display_name",
     "code": "code", "reference": "reference"},
)  # fmt: skip


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns the viewer's own duties to accept, and what waits for the investigator."""
    if not viewer.may(Permission.DELEGATION_ACCEPT):
        return []
    items = [asked(DUTIES, viewer, at, partial(_duty_lines, viewer=viewer))]
    if viewer.may(Permission.DELEGATION_APPROVE):
        items.append(asked(RENEWALS, viewer, at, lambda rows: [_renewal(row, viewer, at) for row in rows]))
    return items


def _duty_lines(rows: list[Any], *, viewer: Viewer) -> Iterator[WorklistItem]:
    waiting = dict[str, list[Any]]()
    for row in rows:
        if row.person_id == viewer.person.pk and not row.accepted:
            yield _acceptance(row, viewer)
        elif row.accepted and viewer.may(Permission.DELEGATION_APPROVE, site_id=row.site_id):
            waiting.setdefault(row.site, []).append(row)
    yield from (_approval(code, of_site, viewer) for code, of_site in waiting.items())


def _acceptance(row: Any, viewer: Viewer) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="To accept",
        subject=row.site,
        task="Accept the duty that was given to you",
        detail=_words(row.duty),
        url=f"{address_of('trials:duty-list')}#{row.delegation}",
        action_label="Read",
        owner=viewer.person.display_name,
        weight=35,
    )


def _approval(site_code: str, rows: list[Any], viewer: Viewer) -> WorklistItem:
    others = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="To approve",
        subject=site_code,
        task=f"Approve {rows[0].person} as {_words(rows[0].duty)}{others}",
        detail="delegation log",
        url=f"{address_of('trials:delegation-decide')}?site={site_code}",
        action_label="Decide",
        owner=viewer.person.display_name,
        weight=30,
    )


def _renewal(row: Any, viewer: Viewer, at: datetime) -> WorklistItem:
    days = _days_left(row.expires_on, local_date(at, zone=row.zone))
    return WorklistItem(
        band=WEEK,
        state="overdue" if days < 0 else "closing",
        state_label="Expired" if days < 0 else "Expires soon",
        subject=row.site,
        task=f"{row.person}: {_words(row.code)}, {row.reference}",
        detail="training and licences",
        left=f"{days} d" if days >= 0 else "",
        url=f"{address_of('trials:qualification-list')}?site={row.site}",
        action_label="Renew",
        owner=viewer.person.display_name,
        weight=15,
    )


def _days_left(expires_on: date, today: date) -> int:
    return (expires_on - today).days


def _words(code: str) -> str:
    return code.replace("_", " ")
