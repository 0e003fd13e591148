"""What this room asks of a viewer: duties to accept and to approve, what people hold and is about to expire."""

from datetime import datetime

from django.urls import reverse

from core.clock import local_date
from core.permissions import Permission, Viewer
from core.worklist import NOW, WEEK, WorklistItem
from trials import delegation_log, queries
from trials.models import Delegation, Site


def worklist_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    """Returns the viewer's own duties to accept, and what waits for the investigator."""
    items = _to_accept(viewer, at) if viewer.may(Permission.DELEGATION_ACCEPT) else []
    if viewer.may(Permission.DELEGATION_APPROVE):
        for site in queries.sites_for(viewer, Permission.DELEGATION_APPROVE):
            items += [*_to_approve(viewer, site, at), *_expiring(viewer, site, at)]
    return items


def _to_accept(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    waiting = queries.unaccepted(viewer.person, on=at.date())
    return [_line(viewer, "Accept the duty that was given to you", each, url="trials:duty-list") for each in waiting]


def _line(viewer: Viewer, task: str, delegation: Delegation, *, url: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="due",
        state_label="To accept",
        subject=delegation.site.code,
        task=task,
        detail=delegation.duty.replace("_", " "),
        url=f"{reverse(url)}#{delegation.public_id}",
        action_label="Read",
        owner=viewer.person.display_name,
        weight=35,
    )


def _to_approve(viewer: Viewer, site: Site, at: datetime) -> list[WorklistItem]:
    log = delegation_log.delegation_log(site, on=local_date(at, zone=site.zone))
    waiting = [row for row in log if row.waits_for_approval]
    if not waiting:
        return []
    first = waiting[0]
    others = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    return [
        WorklistItem(
            band=NOW,
            state="due",
            state_label="To approve",
            subject=site.code,
            task=f"Approve {first.delegation.person.display_name} as {first.duty_name.lower()}{others}",
            detail="delegation log",
            url=f"{reverse('trials:delegation-decide')}?site={site.code}",
            action_label="Decide",
            owner=viewer.person.display_name,
            weight=30,
        )
    ]


def _expiring(viewer: Viewer, site: Site, at: datetime) -> list[WorklistItem]:
    rows = delegation_log.qualifications_at(site, on=local_date(at, zone=site.zone))
    return [
        WorklistItem(
            band=WEEK,
            state=row.state,
            state_label=row.state_label,
            subject=site.code,
            task=f"{row.qualification.person.display_name}: {row.name}",
            detail="training and licences",
            left=_left(row.days_left),
            url=f"{reverse('trials:qualification-list')}?site={site.code}",
            action_label="Renew",
            owner=viewer.person.display_name,
            weight=15,
        )
        for row in rows
        if row.state in ("closing", "overdue")
    ]


def _left(days: int | None) -> str:
    if days is None:
        return ""
    return f"{-days} d over" if days < 0 else f"{days} d left"
