"""The register of inadvertent unblindings: anybody who sees participants tells, the blinded desk reads and judges."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from assessments import actions, queries
from assessments.access import incident_for
from assessments.forms import IncidentForm, JudgeIncidentForm
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import participant_for

MOST = 200


@requires(Permission.BLINDING_INCIDENT_VIEW)
@require_GET
def incident_list(request: PageRequest) -> HttpResponse:
    """Shows the blinded desk every inadvertent unblinding that was told, and what followed."""
    incidents = list(queries.incidents()[:MOST])
    rows = [(incident, getattr(incident, "judgement", None)) for incident in incidents]
    latest = incidents[0].observed_at if incidents else None
    answers = [
        ("Told so far", len(incidents), "newest first"),
        ("To be assessed", sum(judgement is None for _, judgement in rows), "by somebody who did not tell it"),
        ("Latest", latest.strftime("%-d %b %Y") if latest else "None", ""),
    ]
    return render(request, "assessments/incident_list.html", {"rows": rows, "answers": answers})


@requires(Permission.BLINDING_INCIDENT_VIEW)
@require_http_methods(["GET", "POST"])
def incident_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one inadvertent unblinding and takes down what follows from it, once."""
    incident = incident_for(request.viewer, public_id)
    form = JudgeIncidentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.assess_incident(incident, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Assessed.")
            return redirect("assessments:incident-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"incident": incident, "judgement": getattr(incident, "judgement", None), "form": form}
    return render(request, "assessments/incident_detail.html", context, status=422 if form.errors else 200)


@requires(Permission.PARTICIPANT_VIEW)
@require_http_methods(["GET", "POST"])
def incident_report(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes down who learned what the blind should have hidden, when and how."""
    participant = participant_for(request.viewer, public_id, Permission.PARTICIPANT_VIEW)
    form = IncidentForm(request.POST if request.method == "POST" else None, zone=participant.site.zone)
    if request.method == "POST" and form.is_valid():
        try:
            actions.report_incident(participant, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Recorded. The sponsor's blinded desk reads it, and nobody at a site.")
            return redirect("overview:timeline", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"participant": participant, "form": form}
    return render(request, "assessments/incident_report.html", context, status=422 if form.errors else 200)
