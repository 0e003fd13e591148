"""Pages of the reference safety information: its versions, what one lists, and adding another."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from trials import actions, queries
from trials.access import reference_for
from trials.forms import ReferenceForm


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def reference_list(request: PageRequest) -> HttpResponse:
    """Lists every version, and which is in force today."""
    trial = queries.current_trial()
    today = local_date(request.now, zone=trial.sponsor_zone)
    versions = queries.reference_versions()
    current, listed = next(((each, count) for each, count in versions if each.effective_on <= today), (None, 0))
    context = {
        "rows": [(_state(each.effective_on > today, each == current), each, count) for each, count in versions],
        "may_add": request.viewer.may(Permission.SAFETY_OFFICE),
        "answers": [
            ("In force today", current.version if current else "None", f"{listed} terms" if current else ""),
            ("Versions", str(len(versions)), ""),
        ],
    }
    return render(request, "trials/reference_list.html", context)


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def reference_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what one version lists."""
    reference = reference_for(request.viewer, public_id, Permission.ADVERSE_EVENT_VIEW)
    terms = queries.listed_terms(reference)
    context = {
        "reference": reference,
        "terms": [(each, [code.replace("_", " ") for code in each.criteria]) for each in terms],
        "answers": [("Terms", str(len(terms)), ""), ("Taken from", reference.document, "")],
    }
    return render(request, "trials/reference_detail.html", context)


@requires(Permission.SAFETY_OFFICE)
@require_http_methods(["GET", "POST"])
def reference_add(request: PageRequest) -> HttpResponse:
    """Adds a version; every fault of its lines is told with its line, and nothing typed is lost."""
    form = ReferenceForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        entered: dict[str, Any] = form.cleaned_data
        try:
            added = actions.add_reference(queries.current_trial(), **entered, by=request.viewer.person, at=request.now)
            messages.success(request, f"{added} is kept. Events from {added.effective_on:%-d %b %Y} are judged by it.")
            return redirect("trials:reference-detail", added.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "trials/reference_add.html", {"form": form}, status=422 if form.errors else 200)


def _state(coming: bool, is_current: bool) -> tuple[str, str]:
    if coming:
        return "notdue", "From then on"
    return ("complete", "In force") if is_current else ("notdone", "Followed by another")
