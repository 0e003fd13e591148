"""What this room asks of a viewer: duties to accept and to approve, what people hold and is about to expire."""

from datetime import date, datetime

from django.urls import reverse

from core.clock import local_date
from core.permissions import Permission, Viewer
from core.worklist import NOW, WEEK, WorklistItem
from trials import queries
from trials.models import Delegation, Qualification


def worklist_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    """Returns the viewer's own duties to accept, and what waits for the investigator; two statements at most."""
    if not viewer.may(Permission.DELEGATION_ACCEPT):
        return []
    items = _duties(viewer, at)
    if viewer.may(Permission.DELEGATION_APPROVE):
        items += [_renewal(each, viewer, at) for each in queries.expiring_qualifications(viewer, on=at.date())]
    return items


def _duties(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    items, waiting = [], dict[str, list[Delegation]]()
    for each, accepted in queries.undecided_delegations(viewer, on=at.date()):
        if each.person_id == viewer.person.pk and not accepted:
            items.append(_acceptance(each, viewer))
        elif accepted and viewer.may(Permission.DELEGATION_APPROVE, site_id=each.site_id):
            waiting.setdefault(each.site.code, []).append(each)
    return items + [_approval(code, rows, viewer) for code, rows in waiting.items()]


def _acceptance(delegation: Delegation, viewer: Viewer) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="To accept",
        subject=delegation.site.code,
        task="Accept the duty that was given to you",
        detail=_words(delegation.duty),
        url=f"{reverse('trials:duty-list')}#{delegation.public_id}",
        action_label="Read",
        owner=viewer.person.display_name,
        weight=35,
    )


def _approval(site_code: str, rows: list[Delegation], viewer: Viewer) -> WorklistItem:
    others = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="To approve",
        subject=site_code,
        task=f"Approve {rows[0].person.display_name} as {_words(rows[0].duty)}{others}",
        detail="delegation log",
        url=f"{reverse('trials:delegation-decide')}?site={site_code}",
        action_label="Decide",
        owner=viewer.person.display_name,
        weight=30,
    )


def _renewal(qualification: Qualification, viewer: Viewer, at: datetime) -> WorklistItem:
    assert qualification.expires_on is not None
    days = _days_left(qualification.expires_on, local_date(at, zone=qualification.site.zone))
    return WorklistItem(
        band=WEEK,
        state="overdue" if days < 0 else "closing",
        state_label="Expired" if days < 0 else "Expires soon",
        subject=qualification.site.code,
        task=f"{qualification.person.display_name}: {_words(qualification.code)}, {qualification.reference}",
        detail="training and licences",
        left=f"{days} d" if days >= 0 else "",
        url=f"{reverse('trials:qualification-list')}?site={qualification.site.code}",
        action_label="Renew",
        owner=viewer.person.display_name,
        weight=15,
    )


def _days_left(expires_on: date, today: date) -> int:
    return (expires_on - today).days


def _words(code: str) -> str:
    return code.replace("_", " ")
