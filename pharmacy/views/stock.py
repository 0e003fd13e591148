"""The unblinded pages of the stock: balances by lot, a lot's ledger, the forecast, and the storage's temperature."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core.clock import local_date
from core.errors import Refused
from core.models import Person
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import participants_for
from pharmacy import actions, allocation, ledger, queries
from pharmacy.access import kits_for
from pharmacy.forecast import forecast
from pharmacy.forms import TemperatureForm
from pharmacy.models import Discrepancy, StockCount, TemperatureReading
from trials import queries as trial_queries

if TYPE_CHECKING:
    from trials.models import Site

READINGS_SHOWN = 60
ENTRIES_SHOWN = 200


@requires(Permission.KIT_HANDLE)
@require_GET
@never_cache
def stock_list(request: PageRequest) -> HttpResponse:
    """Shows how many capsules of each lot and strength lie where; unblinded, and the reading is logged."""
    site = site_of(request)
    lots = ledger.stock_of(site.pk, by=request.viewer.person)
    latest = StockCount.objects.filter(site=site).exclude(state="open").order_by("-closed_at").first()
    open_case = Discrepancy.objects.filter(site=site, state="open").exists()
    agrees = "No" if open_case else "Yes" if latest else "Never counted"
    context = {
        "site": site,
        "lots": lots,
        "places": ledger.PLACES,
        "answers": [
            ("Does it agree with the count?", agrees, latest.get_kind_display().lower() if latest else "open one"),
            ("On hand", str(sum(lot.on_hand for lot in lots)), "capsules, every lot"),
            ("In quarantine", str(sum(lot.units.get("quarantine", 0) for lot in lots)), "capsules"),
        ],
    }
    return render(request, "pharmacy/stock_list.html", context)


@requires(Permission.KIT_HANDLE)
@require_GET
@never_cache
def lot_ledger(request: PageRequest, key: str) -> HttpResponse:
    """Shows every movement of a lot with the balance after it; nothing in it is ever changed."""
    site = site_of(request)
    lot = next((lot for lot in ledger.stock_of(site.pk, by=request.viewer.person) if lot.key == key), None)
    if lot is None:
        raise Http404
    before = request.GET.get("before", "")
    lines = ledger.ledger_of_lot(
        lot.lot_id,
        site_id=site.pk,
        by=request.viewer.person,
        before=int(before) if before.isdecimal() and len(before) < 9 else None,
        most=ENTRIES_SHOWN,
    )
    ids = {line.handler_id for line in lines} | {line.witness_id for line in lines if line.witness_id}
    names = dict(Person.objects.filter(pk__in=ids).values_list("pk", "display_name"))
    context = {
        "site": site,
        "lot": lot,
        "rows": [(line, names.get(line.handler_id), names.get(line.witness_id or 0, "")) for line in lines],
        "older": lines[-1].number if lines and lines[-1].number > 1 else None,
        "answers": [
            ("On hand", str(lot.on_hand), "capsules"),
            ("Received", str(lot.received), "capsules"),
            ("Expires", f"{lot.expires_on:%-d %b %Y}", "the first kit of the lot"),
        ],
    }
    return render(request, "pharmacy/lot_ledger.html", context)


@requires(Permission.KIT_HANDLE)
@require_GET
@never_cache
def supply_forecast(request: PageRequest) -> HttpResponse:
    """Shows when the kits of each arm run out at worst, and which expire too soon; unblinded."""
    site = site_of(request)
    definition = trial_queries.definition_of(queries.version_at(site, at=request.now))
    contents = allocation.contents_of(site.pk, by=request.viewer.person)
    kits = kits_for(request.viewer, Permission.KIT_HANDLE).filter(site=site).order_by("expires_on", "number")
    people = participants_for(request.viewer, Permission.KIT_HANDLE).filter(site=site)
    rules = definition.accountability
    lead_days = rules.resupply_lead_days if rules and rules.resupply_lead_days else 0
    found = forecast(
        kits=list(kits.prefetch_related("participant__visits")),
        arm_of_kit={number: content.arm for number, content in contents.items()},
        people=list(people.prefetch_related("visits")),
        definition=definition,
        lead_days=lead_days,
        today=local_date(request.now, zone=site.zone),
    )
    orders = [supply.order_by for supply in found.supplies if supply.order_by]
    names = {arm.code: arm.name for arm in definition.arms}
    context = {
        "site": site,
        "found": found,
        "lead_days": lead_days,
        "supplies": [(names[supply.arm], supply) for supply in found.supplies],
        "answers": [
            ("Order by", f"{min(orders):%-d %b %Y}" if orders else "Not needed yet", f"{lead_days} days to the shelf"),
            ("Still to be randomised", str(len(found.expected)), "in screening or enrolled"),
            ("Expire too soon", str(len(found.too_short) + len(found.to_replace)), "kits"),
        ],
    }
    return render(request, "pharmacy/supply_forecast.html", context)


@requires(Permission.KIT_HANDLE)
@require_http_methods(["GET", "POST"])
def temperature_list(request: PageRequest) -> HttpResponse:
    """Shows the storage's temperature log and takes a reading; an excursion quarantines the stock at once."""
    site = site_of(request)
    form = TemperatureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            reading = actions.record_temperature(site, **entered, by=request.viewer.person, at=request.now)
            messages.success(request, _said_of(reading))
            return redirect("pharmacy:temperature-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    readings = list(
        TemperatureReading.objects.filter(site=site).select_related("recorded_by").order_by("-measured_at", "-id")
    )[:READINGS_SHOWN]
    rules = queries.accountability_at(site, at=request.now)
    limits = rules.storage_c if rules else None
    context: dict[str, Any] = {
        "site": site,
        "form": form,
        "readings": readings,
        "answers": [
            ("What is allowed?", f"{limits[0]} to {limits[1]} °C" if limits else "Not said", "by the protocol"),
            ("Last reading", f"{readings[0].lowest_c} to {readings[0].highest_c} °C" if readings else "None", ""),
            ("Excursions", str(sum(reading.excursion for reading in readings)), "among the readings shown"),
        ],
    }
    return render(request, "pharmacy/temperature_list.html", context, status=422 if form.errors else 200)


def site_of(request: PageRequest) -> "Site":
    """Returns the pharmacist's site, or raises Http404."""
    site = trial_queries.sites_for(request.viewer, Permission.KIT_HANDLE).first()
    if site is None:
        raise Http404
    return site


def _said_of(reading: TemperatureReading) -> str:
    if not reading.excursion:
        return "Reading recorded."
    return f"Excursion. {reading.kits_quarantined} kits are in quarantine until the sponsor releases them."
