"""Counts: two people, each alone and without a figure before the eyes; then the comparison, and its case."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import local_date
from core.errors import Refused
from core.models import Person
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from pharmacy import actions, ledger, papers, queries
from pharmacy.access import count_for
from pharmacy.forms import FiguresForm, OpenCountForm, ResolveForm
from pharmacy.models import StockCount
from pharmacy.views.kits import pdf_response
from pharmacy.views.stock import site_of
from trials import queries as trial_queries

STATES = {"open": ("started", "Open"), "agreed": ("complete", "Agrees"), "differs": ("query", "Differs")}


@requires(Permission.KIT_HANDLE)
@require_http_methods(["GET", "POST"])
def count_list(request: PageRequest) -> HttpResponse:
    """Shows the counts of the site and opens a new one."""
    site = site_of(request)
    counts = list(
        StockCount.objects.filter(site=site).select_related("recorded_by", "discrepancy").order_by("-opened_at", "-id")
    )
    kinds = _kinds(counts)
    form = OpenCountForm(request.POST or None, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        count = actions.open_count(site, kind=form.cleaned_data["kind"], by=request.viewer.person, at=request.now)
        return redirect("pharmacy:count-detail", count.public_id)
    context = {
        "site": site,
        "rows": [(*STATES[count.state], count) for count in counts],
        "form": None if any(count.state == "open" for count in counts) else form,
        "answers": _list_answers(counts, site, request),
    }
    return render(request, "pharmacy/count_list.html", context, status=422 if form.errors else 200)


@requires(Permission.KIT_HANDLE)
@require_GET
@never_cache
def count_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows a count: the own figures to enter while it is open, what was found when it is closed."""
    count = count_for(request.viewer, public_id, Permission.KIT_HANDLE)
    return render(request, "pharmacy/count_detail.html", _context(request, count))


@requires(Permission.KIT_HANDLE)
@require_POST
@never_cache
def count_enter(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes the pharmacist's figures, lot by lot."""
    count = count_for(request.viewer, public_id, Permission.KIT_HANDLE)
    lots = ledger.stock_of(count.site_id, by=request.viewer.person)
    form = FiguresForm(request.POST, lines=_lines(lots))
    if form.is_valid():
        try:
            figures = {lot.lot_id: form.cleaned_data[lot.key] for lot in lots}
            actions.enter_first_count(count, units_by_lot=figures, by=request.viewer.person)
            messages.success(request, "Your figures are in.")
            return redirect("pharmacy:count-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, count) | {"form": form, "figures_form": form}
    return render(request, "pharmacy/count_detail.html", context, status=422)


@requires(Permission.KIT_HANDLE)
@require_POST
@never_cache
def count_compare(request: PageRequest, public_id: str) -> HttpResponse:
    """Compares both counts with the ledger; what differs opens a case with a clock."""
    count = count_for(request.viewer, public_id, Permission.KIT_HANDLE)
    try:
        state = actions.compare_count(count, by=request.viewer.person, at=request.now)
        messages.success(request, "Both counts agree with the ledger." if state == "agreed" else "A case was opened.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("pharmacy:count-detail", public_id)


@requires(Permission.KIT_HANDLE)
@require_POST
@never_cache
def count_resolve(request: PageRequest, public_id: str) -> HttpResponse:
    """Closes the case of a count with its cause."""
    count = count_for(request.viewer, public_id, Permission.KIT_HANDLE)
    case = getattr(count, "discrepancy", None)
    if case is None:
        raise Http404
    form = ResolveForm(request.POST)
    if form.is_valid():
        try:
            actions.resolve_discrepancy(case, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, "Case closed.")
            return redirect("pharmacy:count-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, count) | {"form": form, "resolve_form": form}
    return render(request, "pharmacy/count_detail.html", context, status=422)


@requires(Permission.KIT_HANDLE)
@require_GET
@never_cache
def count_inventory(request: PageRequest, public_id: str) -> HttpResponse:
    """Hands out a closed count as an inventory in PDF; unblinded."""
    count = count_for(request.viewer, public_id, Permission.KIT_HANDLE)
    if count.state == "open":
        raise Http404
    lots = ledger.result_of(count.pk, by=request.viewer.person)
    names = _names({lot.counted_by_id for lot in lots})
    paper = papers.inventory(
        count, lots=lots, names=names, printed_by=request.viewer.person.display_name, at=request.now
    )
    return pdf_response(paper, f"inventory-{count.site.code}-{local_date(count.opened_at, zone=count.site.zone)}.pdf")


@requires(Permission.KIT_WITNESS)
@require_http_methods(["GET", "POST"])
def count_second(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes the second person's figures by strength; neither lots nor what is expected are shown."""
    count = count_for(request.viewer, public_id, Permission.KIT_WITNESS)
    definition = trial_queries.definition_of(queries.version_at(count.site, at=request.now))
    strengths = len(definition.unblinded_dosing.capsule_strengths)
    lines = [(f"strength_{number}", f"Strength {'I' * number}, all lots") for number in range(1, strengths + 1)]
    form = FiguresForm(request.POST or None, lines=lines)
    if request.method == "POST" and form.is_valid():
        try:
            by_strength = [form.cleaned_data[name] for name, _ in lines]
            actions.enter_second_count(count, by_strength=by_strength, by=request.viewer.person, at=request.now)
            messages.success(request, "Your figures are in. The pharmacist compares them.")
            return redirect("pharmacy:count-second", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    second = getattr(count, "second", None)
    context = {
        "count": count,
        "site": count.site,
        "second": second,
        "form": form,
        "open": count.state == "open" and second is None and count.recorded_by_id != request.viewer.person.pk,
        "answers": [
            ("What is counted?", "Every capsule", "storage, quarantine and returned"),
            ("Who counts?", "Two people", "each alone"),
            ("What is shown?", "No figure", "before both have counted"),
        ],
    }
    return render(request, "pharmacy/count_second.html", context, status=422 if form.errors else 200)


def _context(request: PageRequest, count: StockCount) -> dict[str, Any]:
    person, second = request.viewer.person, getattr(count, "second", None)
    context: dict[str, Any] = {
        "count": count,
        "site": count.site,
        "state": STATES[count.state],
        "second": second,
        "case": getattr(count, "discrepancy", None),
    }
    if count.state == "open":
        counted = ledger.is_counted(count.pk, by=person)
        lots = [] if counted else ledger.stock_of(count.site_id, by=person)
        return context | {
            "counted": counted,
            "figures_form": None if counted else FiguresForm(lines=_lines(lots)),
            "ready": counted and second is not None,
            "answers": [
                ("Your figures", "In" if counted else "Missing", "by lot"),
                ("Second person", second.recorded_by.display_name if second else "Not yet", "by strength"),
                ("What is shown?", "No figure", "before both have counted"),
            ],
        }
    lots_found = ledger.result_of(count.pk, by=person)
    strengths = sorted({lot.strength_mg for lot in lots_found})
    sums = [sum(lot.counted for lot in lots_found if lot.strength_mg == strength) for strength in strengths]
    case = context["case"]
    notes = ledger.notes_of(case.pk, by=person) if case else []
    names = _names({writer for _, writer, _ in notes} | {lot.counted_by_id for lot in lots_found})
    first = {names.get(lot.counted_by_id, "") for lot in lots_found}
    return context | {
        "lots": lots_found,
        "by_strength": list(zip(strengths, sums, count.second.by_strength, strict=False)),
        "notes": [(text, names.get(writer, ""), moment) for text, writer, moment in notes],
        "resolve_form": ResolveForm() if case and case.state == "open" else None,
        "answers": [
            ("Does it agree?", "Yes" if count.state == "agreed" else "No", "with the ledger, lot by lot"),
            ("Counted", str(sum(sums)), "capsules on hand"),
            ("Who counted?", count.second.recorded_by.display_name, f"and {', '.join(sorted(first))}"),
        ],
    }


def _lines(lots: list[ledger.LotStock]) -> list[tuple[str, str]]:
    return [(lot.key, f"{lot.code}, {lot.arm}, {lot.strength_mg.normalize():f} mg") for lot in lots]


def _kinds(counts: list[StockCount]) -> list[tuple[str, str]]:
    begun = any(count.kind == "initial" and count.state != "open" for count in counts)
    return [kind for kind in StockCount.KINDS if kind[0] != "initial" or not begun]


def _names(ids: set[int]) -> dict[int, str]:
    return dict(Person.objects.filter(pk__in=ids).values_list("pk", "display_name"))


def _list_answers(counts: list[StockCount], site: Any, request: PageRequest) -> list[tuple[str, str, str]]:
    rules = queries.accountability_at(site, at=request.now)
    closed = [count for count in counts if count.closed_at]
    inventories = [count for count in closed if count.kind != "routine"]
    cases = [count.discrepancy for count in counts if count.state == "differs"]
    return [
        ("Last count", _day(closed, site), _every(rules.count_every_days if rules else None)),
        ("Last inventory", _day(inventories, site), _every(rules.inventory_every_days if rules else None)),
        ("Cases open", str(sum(case.state == "open" for case in cases)), f"of {len(cases)} so far"),
    ]


def _every(days: int | None) -> str:
    return f"every {days} days" if days else ""


def _day(counts: list[StockCount], site: Any) -> str:
    return f"{local_date(counts[0].opened_at, zone=site.zone):%-d %b %Y}" if counts else "Never"
