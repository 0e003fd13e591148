"""What this room asks of somebody."""

from datetime import date, datetime, timedelta
from typing import Any

from core.addresses import address_of
from core.clock import local_date
from core.permissions import Permission, Viewer
from core.roles import may_hold_duty
from core.worklist import NOW, WEEK, Ask, Offered, WorklistItem
from pharmacy.models import Discrepancy, Kit, StockCount, Unblinding
from pharmacy.queries.kits import dispensable_visits
from pharmacy.queries.randomisation import sealed_list
from trials import queries as trial_queries

EXPIRY_NOTICE = timedelta(days=30)
DISPENSE_NOTICE = timedelta(days=7)
WITNESS = "witness"
# What names the count that did not agree.
COUNTED = {"count": "stock_count__public_id", "kind": "stock_count__kind", "opened_at": "stock_count__opened_at"}


def worklist_items(viewer: Viewer, at: datetime) -> list[Offered]:
    """Returns what this room asks of the viewer."""
    items: list[Offered] = []
    if viewer.may(Permission.KIT_HANDLE):
        items += [*_dispense_items(viewer, at), _expiries(viewer, at), _discrepancies(viewer, at)]
    if any(may_hold_duty(role, WITNESS) for role in viewer.roles):
        items.append(_counts(viewer))
    if viewer.may(Permission.ALLOCATION_LIST_MAKE):
        items += _list_items()
    if viewer.may(Permission.UNBLIND_EMERGENCY) or viewer.may(Permission.SAFETY_OFFICE):
        items.append(_unblindings(at))
    return items


def _dispense_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    items = []
    for visit in dispensable_visits(viewer.site_ids(Permission.KIT_HANDLE)):
        if visit.booked_at is None or visit.booked_at > at + DISPENSE_NOTICE:
            continue
        today = local_date(visit.booked_at, zone=visit.site.zone) <= local_date(at, zone=visit.site.zone)
        items.append(
            WorklistItem(
                band=NOW if today else WEEK,
                state="due",
                state_label="Due today" if today else "Due this week",
                subject=visit.participant.screening_number,
                task=f"Dispense the kit for {visit.name.lower()}",
                detail="with a witness",
                url=address_of("pharmacy:kit-detail", visit.participant.kit.public_id),
                action_label="Dispense",
                due_at=visit.booked_at,
                owner=viewer.person.display_name,
                weight=60,
            )
        )
    return items


def _expiries(viewer: Viewer, at: datetime) -> Ask:
    limit: date = (at + EXPIRY_NOTICE).date()
    kits = Kit.objects.filter(state="in_stock", expires_on__lte=limit).order_by("expires_on", "number")
    ids = viewer.site_ids(Permission.KIT_HANDLE)
    kits = kits if ids is None else kits.filter(site_id__in=ids)
    owner, reads = viewer.person.display_name, {"number": "number", "kit": "public_id", "expires_on": "expires_on"}
    return Ask(kits, reads, lambda rows: [_expiry(row, owner) for row in rows])


def _expiry(row: Any, owner: str) -> WorklistItem:
    return WorklistItem(
        band=WEEK,
        state="closing",
        state_label=f"Expires {row.expires_on:%-d %b}",
        subject=f"Kit {row.number}",
        task="Order a replacement",
        url=address_of("pharmacy:kit-detail", row.kit),
        action_label="Open",
        owner=owner,
        weight=20,
    )


def _list_items() -> list[WorklistItem]:
    trial = trial_queries.current_trial()
    if sealed_list(trial.pk) is not None:
        return []
    return [
        WorklistItem(
            band=NOW,
            state="due",
            state_label="Due",
            subject=trial.code,
            task="Make and seal the allocation list",
            detail="nobody can be randomised before it",
            url=address_of("pharmacy:allocation-list"),
            action_label="Make",
            weight=80,
        )
    ]


def _unblindings(at: datetime) -> Ask:
    recent = Unblinding.objects.filter(unblinded_at__gt=at - DISPENSE_NOTICE).order_by("-unblinded_at")
    reads = {"code": "participant__screening_number", "unblinded_at": "unblinded_at",
             "by": "recorded_by__display_name"}  # fmt: skip
    return Ask(recent, reads, lambda rows: [_unblinding(row) for row in rows])


def _unblinding(row: Any) -> WorklistItem:
    return WorklistItem(
        band=WEEK,
        state="query",
        state_label="Unblinded",
        subject=row.code,
        task="Emergency unblinding took place",
        detail="who, when and why; not the arm",
        url=address_of("pharmacy:unblinding-list"),
        action_label="Read",
        due_at=row.unblinded_at,
        owner=row.by,
        weight=70,
    )


def _discrepancies(viewer: Viewer, at: datetime) -> Ask:
    cases = Discrepancy.objects.filter(state="open").order_by("due_at")
    ids = viewer.site_ids(Permission.KIT_HANDLE)
    cases = cases if ids is None else cases.filter(site_id__in=ids)
    owner, reads = viewer.person.display_name, {"due_at": "due_at", **COUNTED}
    return Ask(cases, reads, lambda rows: [_discrepancy(row, owner, at) for row in rows])


def _discrepancy(row: Any, owner: str, at: datetime) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="overdue" if row.due_at < at else "closing",
        state_label="Overdue" if row.due_at < at else "Clock runs",
        subject="Stock",
        task="Explain a count that does not agree",
        detail=str(StockCount(kind=row.kind, opened_at=row.opened_at)),
        url=address_of("pharmacy:count-detail", row.count),
        action_label="Explain",
        due_at=row.due_at,
        owner=owner,
        weight=75,
    )


def _counts(viewer: Viewer) -> Ask:
    counts = StockCount.objects.filter(state="open", second__isnull=True).exclude(recorded_by=viewer.person)
    ids = viewer.site_ids(Permission.KIT_WITNESS)
    counts = counts if ids is None else counts.filter(site_id__in=ids)
    owner = viewer.person.display_name
    return Ask(counts, {"count": "public_id"}, lambda rows: [_count(row, owner) for row in rows])


def _count(row: Any, owner: str) -> WorklistItem:
    return WorklistItem(
        band=WEEK,
        state="due",
        state_label="Due",
        subject="Pharmacy",
        task="Count the stock as second person",
        detail="without seeing a figure",
        url=address_of("pharmacy:count-second", row.count),
        action_label="Count",
        owner=owner,
        weight=30,
    )
