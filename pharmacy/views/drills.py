"""Drills of emergency unblinding: the whole way but for the answer, and the time that it took."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core import clock
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import participants_for
from pharmacy import actions
from pharmacy.access import drill_for
from pharmacy.forms import DrillForm, StartDrillForm
from pharmacy.models import UnblindingDrill

SHOWN = 24


@requires(Permission.UNBLIND_EMERGENCY)
@require_http_methods(["GET", "POST"])
def drill_list(request: PageRequest) -> HttpResponse:
    """Shows the drills with the time each took, and starts one with any randomised participant."""
    found = participants_for(request.viewer, Permission.UNBLIND_EMERGENCY).filter(randomisation__isnull=False)
    people = list(found.order_by("screening_number"))
    form = StartDrillForm(request.POST or None, people=[(each.public_id, each.screening_number) for each in people])
    if request.method == "POST" and form.is_valid():
        chosen = next(each for each in people if each.public_id == form.cleaned_data["participant"])
        drill = actions.start_drill(chosen, by=request.viewer.person, at=request.now)
        return redirect("pharmacy:drill-detail", drill.public_id)
    ids = request.viewer.site_ids(Permission.UNBLIND_EMERGENCY)
    rows = UnblindingDrill.objects.select_related("participant", "recorded_by", "site").order_by("-started_at", "-id")
    rows = rows if ids is None else rows.filter(site_id__in=ids)
    drills = list(rows[:SHOWN])
    done = [drill for drill in drills if drill.seconds is not None]
    context = {
        "rows": drills,
        "participants": people,
        "form": form,
        "answers": [
            ("Last drill", f"{done[0].started_at:%-d %b %Y}" if done else "Never", "once a month is good practice"),
            ("It took", f"{done[0].seconds} s" if done else "Not known", "from the first page to the answer"),
            ("What is revealed?", "Nothing", "a drill reads no arm"),
        ],
    }
    return render(request, "pharmacy/drill_list.html", context, status=422 if form.errors else 200)


@requires(Permission.UNBLIND_EMERGENCY)
@require_http_methods(["GET", "POST"])
@never_cache
def drill_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Asks what an emergency would ask, and answers how long it took and what was away meanwhile."""
    drill = drill_for(request.viewer, public_id, Permission.UNBLIND_EMERGENCY)
    form = DrillForm(request.POST or None, code=drill.participant.screening_number)
    if request.method == "POST" and form.is_valid():
        try:
            password = form.cleaned_data["password"]
            actions.finish_drill(drill, password=password, by=request.viewer.person, at=clock.now())
            return redirect("pharmacy:drill-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context: dict[str, Any] = {
        "drill": drill,
        "site": drill.site,
        "form": form,
        "answers": [
            ("Who?", drill.participant.screening_number, "as an example"),
            ("What is revealed?", "Nothing", "this is a drill"),
            ("How long?", f"{drill.seconds} s" if drill.seconds is not None else "The clock runs", ""),
        ],
    }
    return render(request, "pharmacy/drill_detail.html", context, status=422 if form.errors else 200)
