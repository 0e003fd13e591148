"""The board of reporting clocks: which ends next, who holds the next step, what is overdue."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import clock as clock_text
from core.templatetags.vigil import duration, short_day, zone_name
from safety import actions, queries
from safety.access import clock_for, events_for
from safety.forms import MeetForm, TakeForm
from safety.queries import Board, ClockCard
from safety.views.events import detail_context
from trials import queries as trial_queries

UTC, SITE, UTC_ZONE = "utc", "site", "UTC"


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def board(request: PageRequest) -> HttpResponse:
    """Shows every running clock in lanes, overdue ones in front, and what waits without a clock."""
    events = events_for(request.viewer, Permission.ADVERSE_EVENT_VIEW)
    sites = list(trial_queries.sites_for(request.viewer, Permission.ADVERSE_EVENT_VIEW).select_related("trial"))
    wanted = next((site for site in sites if site.code == request.GET.get("site")), None)
    if wanted is not None:
        events = events.filter(site=wanted)
    trial = sites[0].trial if sites else trial_queries.current_trial()
    definition = trial_queries.definition_of(trial_queries.latest_version(trial))
    regions = queries.regions_of(definition)
    region = request.GET.get("region", "")
    region = region if region in regions else ""
    found = queries.board(events, definition, at=request.now, region=region)
    annual = queries.annual_lines(at=request.now, region=region)
    calls = queries.call_list(events, definition, at=request.now)
    zone_choice = SITE if request.GET.get("zone") == SITE else UTC
    context = {
        "board": found,
        "in_site_time": zone_choice == SITE,
        "zones": [_zone_link(request, UTC, "UTC", zone_choice), _zone_link(request, SITE, "Site time", zone_choice)],
        "sites": [_site_link(request, None, wanted), *(_site_link(request, site, wanted) for site in sites)]
        if len(sites) > 1
        else [],
        "regions": [_region_link(request, name, region) for name in ("", *regions)] if len(regions) > 1 else [],
        "calls": calls,
        "annual": annual,
        "may_close_annual": request.viewer.site_ids(Permission.SAFETY_OFFICE) is None
        and request.viewer.may(Permission.SAFETY_OFFICE),
        "other_zone": wanted.zone if wanted is not None else sites[0].zone if len(sites) == 1 else UTC_ZONE,
        "sponsor_zone": trial.sponsor_zone,
        "answers": _answers(found),
        "may_report": request.viewer.may(Permission.ADVERSE_EVENT_REPORT),
        "is_empty": not (found.running or found.review or found.follow_up or found.closed or annual),
    }
    return render(request, "safety/board.html", context)


@requires(Permission.SAFETY_OFFICE, Permission.ADVERSE_EVENT_ASSESS, Permission.ADVERSE_EVENT_REPORT)
@require_POST
def clock_meet(request: PageRequest, public_id: str) -> HttpResponse:
    """Records that a deadline was met; a late one says why."""
    clock = clock_for(request.viewer, public_id, Permission.ADVERSE_EVENT_VIEW)
    form = MeetForm(request.POST, zone=clock.site.zone, now=request.now, prefix=clock.public_id)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            actions.meet_clock(
                clock, note=entered["note"], met_at=entered["met_at"], by=request.viewer.person, at=request.now
            )
            messages.success(request, f"{queries.clock_label(clock.rule)} is recorded as met.")
            return redirect("safety:adverse-event-detail", clock.event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = detail_context(request, clock.event.public_id, meet_form=form, meeting=clock.public_id)
    return render(request, "safety/adverse_event_detail.html", context | {"form": form}, status=422)


@requires(Permission.SAFETY_OFFICE, Permission.ADVERSE_EVENT_ASSESS, Permission.ALERT_ACKNOWLEDGE)
@require_POST
def clock_take(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes a clock by name, which ends its ladder until it has passed."""
    clock = clock_for(request.viewer, public_id, Permission.ADVERSE_EVENT_VIEW)
    form = TakeForm(request.POST, prefix=clock.public_id)
    if form.is_valid():
        try:
            actions.acknowledge_steps(clock, note=form.cleaned_data["note"], by=request.viewer.person, at=request.now)
            messages.success(request, f"{queries.clock_label(clock.rule)} is taken in your name.")
            return redirect("safety:adverse-event-detail", clock.event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = detail_context(request, clock.event.public_id, take_form=form, taking=clock.public_id)
    return render(request, "safety/adverse_event_detail.html", context | {"form": form}, status=422)


def _answers(found: Board) -> list[tuple[str, str, str]]:
    running = [card for card in found.running if not card.is_overdue]
    overdue = found.overdue
    return [
        ("Ends next", duration(running[0].left) if running else "Nothing", _ends_next(running)),
        (
            "Overdue",
            str(len(overdue)),
            ", ".join(f"{card.event.participant}, held by {card.holder}" for card in overdue[:2]),
        ),
        (
            "Waits for a judgement",
            str(len(found.review)),
            ", ".join(dict.fromkeys(str(one.event.participant) for one in found.review)),
        ),
    ]


def _ends_next(running: list[ClockCard]) -> str:
    if not running:
        return "no clock runs"
    card = running[0]
    due = card.clock.due_at
    return f"{card.event.participant}, by {short_day(due)} {clock_text(due)} {zone_name(due)}"


def _zone_link(request: PageRequest, key: str, label: str, chosen: str) -> dict[str, Any]:
    query = request.GET.copy()
    query["zone"] = key
    return {"url": f"?{query.urlencode()}", "label": label, "current": key == chosen}


def _region_link(request: PageRequest, name: str, chosen: str) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("region", None)
    if name:
        query["region"] = name
    return {"url": f"?{query.urlencode()}", "label": name.upper() or "All regions", "current": name == chosen}


def _site_link(request: PageRequest, site: Any, wanted: Any) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("site", None)
    if site is not None:
        query["site"] = site.code
    return {"url": f"?{query.urlencode()}", "label": site.code if site else "All sites", "current": site == wanted}
