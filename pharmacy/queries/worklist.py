"""What this room asks of somebody."""

from datetime import date, datetime, timedelta

from django.urls import reverse

from core.clock import local_date
from core.permissions import Permission, Viewer
from core.roles import may_hold_duty
from core.worklist import NOW, WEEK, WorklistItem
from pharmacy.models import Discrepancy, Kit, StockCount, Unblinding
from pharmacy.queries.kits import dispensable_visits
from pharmacy.queries.randomisation import sealed_list
from trials import queries as trial_queries

EXPIRY_NOTICE = timedelta(days=30)
DISPENSE_NOTICE = timedelta(days=7)
WITNESS = "witness"


def worklist_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    """Returns what this room asks of the viewer."""
    items: list[WorklistItem] = []
    if viewer.may(Permission.KIT_HANDLE):
        items += _dispense_items(viewer, at) + _expiry_items(viewer, at) + _discrepancy_items(viewer, at)
    if any(may_hold_duty(role, WITNESS) for role in viewer.roles):
        items += _count_items(viewer)
    if viewer.may(Permission.ALLOCATION_LIST_MAKE):
        items += _list_items()
    if viewer.may(Permission.UNBLIND_EMERGENCY) or viewer.may(Permission.SAFETY_OFFICE):
        items += _unblinding_items(at)
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
                url=reverse("pharmacy:kit-detail", args=[visit.participant.kit.public_id]),
                action_label="Dispense",
                due_at=visit.booked_at,
                owner=viewer.person.display_name,
                weight=60,
            )
        )
    return items


def _expiry_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    limit: date = (at + EXPIRY_NOTICE).date()
    kits = Kit.objects.filter(state="in_stock", expires_on__lte=limit).order_by("expires_on", "number")
    ids = viewer.site_ids(Permission.KIT_HANDLE)
    kits = kits if ids is None else kits.filter(site_id__in=ids)
    return [
        WorklistItem(
            band=WEEK,
            state="closing",
            state_label=f"Expires {kit.expires_on:%-d %b}",
            subject=f"Kit {kit.number}",
            task="Order a replacement",
            url=reverse("pharmacy:kit-detail", args=[kit.public_id]),
            action_label="Open",
            owner=viewer.person.display_name,
            weight=20,
        )
        for kit in kits
    ]


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
            url=reverse("pharmacy:allocation-list"),
            action_label="Make",
            weight=80,
        )
    ]


def _unblinding_items(at: datetime) -> list[WorklistItem]:
    recent = Unblinding.objects.filter(unblinded_at__gt=at - DISPENSE_NOTICE).select_related(
        "participant", "recorded_by"
    )
    return [
        WorklistItem(
            band=WEEK,
            state="query",
            state_label="Unblinded",
            subject=row.participant.screening_number,
            task="Emergency unblinding took place",
            detail="who, when and why; not the arm",
            url=reverse("pharmacy:unblinding-list"),
            action_label="Read",
            due_at=row.unblinded_at,
            owner=row.recorded_by.display_name,
            weight=70,
        )
        for row in recent.order_by("-unblinded_at")
    ]


def _discrepancy_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    cases = Discrepancy.objects.filter(state="open").select_related("stock_count").order_by("due_at")
    ids = viewer.site_ids(Permission.KIT_HANDLE)
    cases = cases if ids is None else cases.filter(site_id__in=ids)
    return [
        WorklistItem(
            band=NOW,
            state="overdue" if case.due_at < at else "closing",
            state_label="Overdue" if case.due_at < at else "Clock runs",
            subject="Stock",
            task="Explain a count that does not agree",
            detail=str(case.stock_count),
            url=reverse("pharmacy:count-detail", args=[case.stock_count.public_id]),
            action_label="Explain",
            due_at=case.due_at,
            owner=viewer.person.display_name,
            weight=75,
        )
        for case in cases
    ]


def _count_items(viewer: Viewer) -> list[WorklistItem]:
    counts = StockCount.objects.filter(state="open", second__isnull=True).exclude(recorded_by=viewer.person)
    ids = viewer.site_ids(Permission.KIT_WITNESS)
    counts = counts if ids is None else counts.filter(site_id__in=ids)
    return [
        WorklistItem(
            band=WEEK,
            state="due",
            state_label="Due",
            subject="Pharmacy",
            task="Count the stock as second person",
            detail="without seeing a figure",
            url=reverse("pharmacy:count-second", args=[count.public_id]),
            action_label="Count",
            owner=viewer.person.display_name,
            weight=30,
        )
        for count in counts
    ]
