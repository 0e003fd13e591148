"""Re-consent campaigns: who must sign again by when, who has, and moving a participant to the version consented to."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries
from patients.access import campaign_for, participant_for
from patients.forms import CampaignForm, CloseCampaignForm
from patients.models import ReconsentCampaign
from trials.access import consent_form_for
from trials.queries import forms_in_force


@requires(Permission.CONSENT_RECORD)
@require_http_methods(["GET", "POST"])
def campaign_list(request: PageRequest) -> HttpResponse:
    """Shows the campaigns of the viewer's sites, and opens one for whoever puts forms in force."""
    opens = request.viewer.may(Permission.CONSENT_FORM_APPROVE)
    form = _form(request) if opens else None
    if request.method == "POST" and form is None:
        raise Http404
    if request.method == "POST" and form is not None and form.is_valid():
        entered = form.cleaned_data
        chosen = consent_form_for(request.viewer, entered["form"], Permission.CONSENT_FORM_APPROVE)
        try:
            campaign = actions.open_campaign(
                chosen.site,
                form=chosen,
                reason=entered["reason"],
                sign_by=entered["sign_by"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("patients:campaign-detail", campaign.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    found = queries.with_counts(queries.campaigns_of(request.viewer.site_ids(Permission.CONSENT_RECORD)))
    rows = [(campaign, *_state(campaign, request)) for campaign in found]
    context = {"rows": rows, "form": form}
    return render(request, "patients/campaign_list.html", context, status=422 if form and form.errors else 200)


@requires(Permission.CONSENT_RECORD)
@require_GET
def campaign_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows who must sign again by when, and who has."""
    campaign = campaign_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    return render(request, "patients/campaign_detail.html", _context(request, campaign, CloseCampaignForm()))


@requires(Permission.CONSENT_FORM_APPROVE)
@require_POST
def campaign_close(request: PageRequest, public_id: str) -> HttpResponse:
    """Ends a campaign, with the reason."""
    campaign = campaign_for(request.viewer, public_id, Permission.CONSENT_FORM_APPROVE)
    form = CloseCampaignForm(request.POST)
    if form.is_valid():
        actions.close_campaign(campaign, by=request.viewer.person, at=request.now, **form.cleaned_data)
        messages.success(request, "The campaign has ended. The form in force still gates every procedure.")
        return redirect("patients:campaign-list")
    return render(request, "patients/campaign_detail.html", _context(request, campaign, form), status=422)


@requires(Permission.CONSENT_RECORD)
@require_http_methods(["GET", "POST"])
def participant_move(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what moving to the version consented to changes, and moves."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    errors: tuple[str, ...] = ()
    if request.method == "POST":
        try:
            actions.move_to_version(participant, by=request.viewer.person, at=request.now)
            version = participant.protocol_version
            messages.success(request, f"{participant} is under protocol version {version.version if version else ''}.")
            return redirect("overview:timeline", public_id)
        except Refused as refusal:
            errors = (refusal.message,)
    change = actions.preview_version(participant)
    if change is None and not errors:
        return redirect("patients:consent", public_id)
    context = {"participant": participant, "change": change, "errors": errors}
    return render(request, "patients/participant_move.html", context, status=422 if errors else 200)


def _form(request: PageRequest) -> CampaignForm:
    ids = request.viewer.site_ids(Permission.CONSENT_FORM_APPROVE)
    choices = {
        form.public_id: f"{form.site.code}, version {form.version} ({form.language})"
        for form in forms_in_force(ids, at=request.now)
    }
    return CampaignForm(request.POST or None, forms_in_force=choices)


def _context(request: PageRequest, campaign: ReconsentCampaign, form: CloseCampaignForm) -> dict[str, Any]:
    lines = queries.campaign_lines(campaign)
    today = local_date(request.now, zone=campaign.site.zone)
    signed = [line for line in lines if line.signed_at is not None]
    days = (campaign.sign_by - today).days
    may_close = request.viewer.may(Permission.CONSENT_FORM_APPROVE, site_id=campaign.site_id)
    left = (
        f"{days} days left"
        if days > 1
        else "1 day left"
        if days == 1
        else "today"
        if days == 0
        else f"{-days} days over"
    )
    return {
        "campaign": campaign,
        "lines": lines,
        "late": campaign.sign_by < today,
        "form": form if may_close and campaign.closed_at is None else None,
        "answers": [
            ("Who has signed?", f"{len(signed)} of {len(lines)}", f"version {campaign.form_version}"),
            ("By when?", f"{campaign.sign_by:%-d %b %Y}", "ended" if campaign.closed_at else left),
            ("Who waits to be moved?", str(sum(not line.moved for line in signed)), "to the new protocol version"),
        ],
    }


def _state(campaign: ReconsentCampaign, request: PageRequest) -> tuple[str, str]:
    if campaign.closed_at is not None:
        return "complete", "Ended"
    days = (campaign.sign_by - local_date(request.now, zone=campaign.site.zone)).days
    return ("overdue", f"Overdue {-days} d") if days < 0 else ("due", f"{days} d left")
