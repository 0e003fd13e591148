"""Pages of the kits: the blinded ledger, one kit, the shipment, and the one unblinded page with the contents."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
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
from pharmacy import actions, allocation, papers, queries
from pharmacy.access import kit_for, kits_for
from pharmacy.allocation import ShipmentNote
from pharmacy.forms import DispenseForm, HandlingForm, ReceiveForm, ReturnForm, ReversalForm
from pharmacy.models import Kit, KitMovement
from trials import queries as trial_queries

STATES = {
    "in_stock": ("notdue", "In stock"),
    "assigned": ("started", "Assigned"),
    "quarantined": ("closing", "In quarantine"),
    "returned": ("complete", "Returned"),
    "withdrawn": ("notdone", "Out of use"),
}


@requires(Permission.KIT_VIEW)
@require_GET
def kit_list(request: PageRequest) -> HttpResponse:
    """Shows the blinded ledger: every kit by number, in no order that could tell anything."""
    movements = KitMovement.objects.order_by("observed_at", "id").select_related("visit")
    kits = kits_for(request.viewer, Permission.KIT_VIEW).order_by("number")
    everything = list(kits.prefetch_related(Prefetch("movements", queryset=movements)))
    wanted = request.GET.get("state", "")
    shown = [kit for kit in everything if not wanted or kit.state == wanted]
    to_dispense = queries.dispensable_visits(request.viewer.site_ids(Permission.KIT_VIEW))
    week = [visit for visit in to_dispense if visit.booked_at and visit.booked_at < request.now + timedelta(days=7)]
    context = {
        "rows": [(*STATES[kit.state], kit, list(kit.movements.all())[-1:]) for kit in shown],
        "week": week,
        "wanted": wanted,
        "chips": _chips(everything, wanted),
        "answers": _list_answers(everything, week, today=request.now.date()),
        "may_handle": request.viewer.may(Permission.KIT_HANDLE),
    }
    return render(request, "pharmacy/kit_list.html", context)


@requires(Permission.KIT_HANDLE)
@require_GET
@never_cache
def kit_contents(request: PageRequest) -> HttpResponse:
    """Shows what the kits of the pharmacist's sites hold; the only page with contents, and its reading is logged."""
    sites = list(trial_queries.sites_for(request.viewer, Permission.KIT_HANDLE))
    version = _version(sites, request)
    arms = {arm.code: arm for arm in trial_queries.definition_of(version).arms} if version else {}
    contents: dict[str, allocation.KitContent] = {}
    for site in sites:
        contents |= allocation.contents_of(site.pk, by=request.viewer.person)
    kits = list(kits_for(request.viewer, Permission.KIT_HANDLE).order_by("number"))
    stock = {code: sum(kit.state == "in_stock" and contents[kit.number].arm == code for kit in kits) for code in arms}
    context = {
        "rows": [
            (*STATES[kit.state], kit, arms[contents[kit.number].arm].name, contents[kit.number].lot) for kit in kits
        ],
        "answers": [
            *((f"In stock: {arms[code].name}", str(number), "kits") for code, number in list(stock.items())[:2]),
            ("Who sees this page?", "Pharmacists", "each look is logged"),
        ],
        "doses": queries.doses_of(trial_queries.definition_of(version)) if version else (),
    }
    return render(request, "pharmacy/kit_contents.html", context)


@requires(Permission.KIT_HANDLE)
@require_http_methods(["GET", "POST"])
def kit_receive(request: PageRequest) -> HttpResponse:
    """Takes in a shipment before a witness."""
    site = trial_queries.sites_for(request.viewer, Permission.KIT_HANDLE).first()
    if site is None:
        raise Http404
    form = ReceiveForm(request.POST or None, witnesses=witnesses_for(request, site.pk, site.zone))
    if request.method == "POST" and form.is_valid() and present(form):
        entered = form.cleaned_data
        try:
            number = actions.receive_kits(
                site,
                kits=entered["kits"],
                note=ShipmentNote(entered["order_form"], entered["lowest_c"], entered["highest_c"]),
                witness=entered["witness"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"{number} kits received at {site}.")
            return redirect("pharmacy:kit-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    version = _version([site], request)
    arms = trial_queries.definition_of(version).arms if version else ()
    status = 422 if form.errors else 200
    stock = Kit.objects.filter(site=site, state="in_stock").count()
    context = {
        "form": form,
        "site": site,
        "arms": arms,
        "answers": [
            ("Which site?", site.code, site.name),
            ("In stock before", str(stock), "kits"),
            ("Who must be there?", "Two people", "you and a witness"),
        ],
    }
    return render(request, "pharmacy/kit_receive.html", context, status=status)


@requires(Permission.KIT_VIEW)
@require_GET
def kit_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one kit: its bottles by label, what happened to it, and what can be done now."""
    kit = kit_for(request.viewer, public_id, Permission.KIT_VIEW)
    return render(request, "pharmacy/kit_detail.html", _kit_context(request, kit))


@requires(Permission.KIT_HANDLE)
@require_POST
def kit_dispense(request: PageRequest, public_id: str) -> HttpResponse:
    """Dispenses the kit to a dosing visit before a witness."""
    kit = kit_for(request.viewer, public_id, Permission.KIT_HANDLE)
    context = _kit_context(request, kit)
    visits = context["open_visits"] + context["served_visits"]
    form = DispenseForm(request.POST, kit=kit, visits=visits, witnesses=context["witnesses"])
    if form.is_valid() and present(form):
        entered = form.cleaned_data
        try:
            actions.dispense_kit(
                kit, visit=entered["visit"], witness=entered["witness"], by=request.viewer.person, at=request.now
            )
            messages.success(request, f"Kit {kit.number} dispensed to {entered['visit']}.")
            return redirect("pharmacy:kit-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "pharmacy/kit_detail.html", context | {"form": form, "dispense_form": form}, status=422)


@requires(Permission.KIT_HANDLE)
@require_POST
def kit_return(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes the kit back from a dosing visit before a witness."""
    kit = kit_for(request.viewer, public_id, Permission.KIT_HANDLE)
    context = _kit_context(request, kit)
    form = ReturnForm(request.POST, visits=context["served_visits"], witnesses=context["witnesses"])
    if form.is_valid() and present(form):
        entered = form.cleaned_data
        try:
            actions.return_kit(
                kit,
                visit=entered["visit"],
                remains=entered["remains"],
                units=entered["units"],
                witness=entered["witness"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"Kit {kit.number} came back from {entered['visit']}.")
            return redirect("pharmacy:kit-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "pharmacy/kit_detail.html", context | {"form": form, "return_form": form}, status=422)


@requires(Permission.KIT_HANDLE)
@require_POST
def kit_move(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts the kit into quarantine, releases it, or takes it out of use."""
    kit = kit_for(request.viewer, public_id, Permission.KIT_HANDLE)
    context = _kit_context(request, kit)
    form = HandlingForm(request.POST, kinds=handling_kinds(kit), witnesses=context["witnesses"])
    if form.is_valid() and (form.cleaned_data["witness"] is None or present(form)):
        entered = form.cleaned_data
        try:
            actions.move_kits(
                [kit],
                kind=entered["kind"],
                submission_id=entered["submission_id"],
                witness=entered["witness"],
                document=entered["document"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"Kit {kit.number}: {actions.HANDLINGS[entered['kind']].done.lower()}.")
            return redirect("pharmacy:kit-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "pharmacy/kit_detail.html", context | {"form": form, "move_form": form}, status=422)


@requires(Permission.KIT_HANDLE)
@require_POST
def kit_reverse(request: PageRequest, public_id: str) -> HttpResponse:
    """Reverses an entry of the kit before a witness; the entry stays."""
    kit = kit_for(request.viewer, public_id, Permission.KIT_HANDLE)
    context = _kit_context(request, kit)
    form = ReversalForm(request.POST, entries=context["reversible"], witnesses=context["witnesses"])
    if form.is_valid() and present(form):
        entered = form.cleaned_data
        movement = next(row for row in context["ledger"] if row.public_id == entered["entry"])
        try:
            actions.reverse_movement(
                movement,
                submission_id=entered["submission_id"],
                witness=entered["witness"],
                document=entered["document"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"Kit {kit.number}: entry reversed.")
            return redirect("pharmacy:kit-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "pharmacy/kit_detail.html", context | {"form": form, "reverse_form": form}, status=422)


@requires(Permission.KIT_VIEW)
@require_GET
def kit_custody(request: PageRequest, public_id: str) -> HttpResponse:
    """Hands out the chain of custody as PDF; it says nothing of the contents."""
    kit = kit_for(request.viewer, public_id, Permission.KIT_VIEW)
    movements = list(queries.ledger_of(kit))
    paper = papers.chain_of_custody(
        kit, movements=movements, printed_by=request.viewer.person.display_name, at=request.now
    )
    return pdf_response(paper, f"custody-{kit.number}.pdf")


def pdf_response(paper: bytes, name: str) -> HttpResponse:
    """Returns a PDF to be saved; no cache keeps it."""
    answer = HttpResponse(paper, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def handling_kinds(kit: Kit) -> list[tuple[str, str]]:
    """Returns what can be done with a kit as it is."""
    words = {
        "quarantine": "Put into quarantine", "store": "Release into storage", "waste": "Waste", "destroy": "Destroy",
        "transfer": "Transfer to another site", "loss": "Report as lost",
    }  # fmt: skip
    out = {"withdrawn": set(words), "quarantined": {"quarantine"}}.get(kit.state, {"store"})
    return [(kind, label) for kind, label in words.items() if kind not in out]


def _kit_context(request: PageRequest, kit: Kit) -> dict[str, Any]:
    ledger = list(queries.ledger_of(kit))
    visits = [v for v in kit.participant.visits.order_by("order") if v.kind == "dosing"] if kit.participant else []
    served = {row.visit_id for row in ledger if row.kind == "dispense"}
    back = {row.visit_id for row in ledger if row.kind == "return"}
    open_visits = [v for v in visits if v.pk not in served and v.state in actions.OPEN_VISIT]
    served_visits = [v for v in visits if v.pk in served]
    witnesses = witnesses_for(request, kit.site_id, kit.site.zone)
    may_handle = request.viewer.may(Permission.KIT_HANDLE, site_id=kit.site_id)
    out = [v for v in served_visits if v.pk not in back]
    kinds = handling_kinds(kit) if may_handle else []
    undone = {row.reverses_id for row in ledger}
    reversible = [
        (row.public_id, f"{row.get_kind_display()}, {row.observed_at:%-d %b %Y}")
        for row in ledger
        if row.kind in actions.REVERSIBLE and row.pk not in undone
    ]
    return {
        "kit": kit,
        "site": kit.site,
        "state": STATES[kit.state],
        "ledger": ledger,
        "visits": visits,
        "bottles": queries.bottle_table(kit, visits=visits, served=served, back=back),
        "open_visits": open_visits,
        "served_visits": served_visits,
        "witnesses": witnesses,
        "dispense_form": (
            DispenseForm(kit=kit, visits=open_visits, witnesses=witnesses) if may_handle and open_visits else None
        ),
        "return_form": ReturnForm(visits=out, witnesses=witnesses) if may_handle and out else None,
        "move_form": HandlingForm(kinds=kinds, witnesses=witnesses) if kinds else None,
        "reversible": reversible,
        "reverse_form": ReversalForm(entries=reversible, witnesses=witnesses) if may_handle and reversible else None,
        "answers": [
            ("Whose kit is it?", kit.participant.screening_number if kit.participant else "Nobody's yet", ""),
            ("Dispensed", f"{len(served)} of {len(visits)}" if visits else "0", "dosing visits"),
            ("Expires", f"{kit.expires_on:%-d %b %Y}", "a kit past this day is refused"),
        ],
    }


def witnesses_for(request: PageRequest, site_id: int, zone: str) -> Any:
    """Returns who else may witness at the site today."""
    on = local_date(request.now, zone=zone)
    return trial_queries.people_with_duty(actions.WITNESS, site_id=site_id, on=on).exclude(pk=request.viewer.person.pk)


def present(form: forms.Form) -> bool:
    """Returns whether the witness proved to be there; otherwise the form says what is wrong."""
    witness: Person = form.cleaned_data["witness"]
    try:
        actions.authenticate_witness(witness, password=form.cleaned_data["witness_password"])
    except Refused as refusal:
        show_refusal(form, refusal)
    return not form.errors


def _version(sites: list[Any], request: PageRequest) -> Any:
    on = [(site, local_date(request.now, zone=site.zone)) for site in sites[:1]]
    return next((trial_queries.protocol_in_force(site, on=day) for site, day in on), None)


def _chips(kits: list[Kit], wanted: str) -> list[dict[str, Any]]:
    counts = {state: sum(kit.state == state for kit in kits) for state in STATES}
    chips = [{"url": "?", "label": "All", "count": len(kits), "current": not wanted}]
    chips += [
        {"url": f"?state={state}", "label": words, "count": counts[state], "current": wanted == state}
        for state, (_, words) in STATES.items()
        if counts[state]
    ]
    return chips


def _list_answers(kits: list[Kit], week: list[Any], *, today: Any) -> list[tuple[str, str, str]]:
    soon = [kit for kit in kits if kit.state == "in_stock" and kit.expires_on <= today + queries.EXPIRY_NOTICE]
    stock = sum(kit.state == "in_stock" for kit in kits)
    return [
        ("Dispense within a week", str(len(week)), f"next {week[0]}" if week else "nothing is booked"),
        ("Expires within 30 days", str(len(soon)), "in stock"),
        ("In stock", str(stock), f"of {len(kits)} kits received"),
    ]
