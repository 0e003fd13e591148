"""Who somebody is, who read it, and how it is erased for good."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions
from patients.access import identity_for, lead_for, participant_for
from patients.forms import ErasureForm, IdentityForm
from patients.identity import IdentityDetails, identity_of, identity_views, read_identity, state_of
from patients.models import Identity, Lead, Participant

SHOWN = 200


@requires(Permission.IDENTITY_VIEW)
@require_GET
def participant_identity(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows who a participant is; the reading is logged."""
    participant = participant_for(request.viewer, public_id, Permission.IDENTITY_VIEW)
    context = _context(request, participant) | {"participant": participant}
    return render(request, "patients/participant_identity.html", context)


@requires(Permission.IDENTITY_VIEW)
@require_GET
def lead_identity(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows who a lead is; the reading is logged."""
    lead = lead_for(request.viewer, public_id, Permission.IDENTITY_VIEW)
    return render(request, "patients/lead_identity.html", _context(request, lead) | {"lead": lead})


@requires(Permission.LEAD_RECORD)
@require_http_methods(["GET", "POST"])
def lead_identity_change(request: PageRequest, public_id: str) -> HttpResponse:
    """Corrects or completes who a lead is; what is kept is read for it, which is logged."""
    lead = lead_for(request.viewer, public_id, Permission.LEAD_RECORD)
    if request.method == "GET":
        identity = identity_of(lead)
        if identity is None or identity.erased_at is not None:
            raise Http404
        details = read_identity(lead, purpose="correction page")
        form = _filled(details, request, seen=state_of(identity))
        return render(request, "patients/lead_identity_change.html", {"lead": lead, "form": form})
    form = IdentityForm(request.POST, today=request.now.date())
    if form.is_valid():
        try:
            details = IdentityDetails(**form.details)
            actions.correct_identity(
                lead,
                details,
                reason=form.cleaned_data["reason"],
                seen=form.cleaned_data["seen"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, "The identity is changed. The record shows that, and never what it was.")
            return redirect("patients:lead-detail", lead.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "patients/lead_identity_change.html", {"lead": lead, "form": form}, status=422)


@requires(Permission.IDENTITY_ERASE)
@require_http_methods(["GET", "POST"])
def identity_erase(request: PageRequest, public_id: str) -> HttpResponse:
    """Erases an identity, with a reason and the own password; the coded record stays."""
    identity = identity_for(request.viewer, public_id, Permission.IDENTITY_ERASE)
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            actions.erase_identity(
                identity,
                reason=entered["reason"],
                password=entered["password"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"The identity of {identity.code} is erased.")
            return redirect(_page_of(identity))
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"identity": identity, "form": form, "back": _page_of(identity)}
    return render(request, "patients/identity_erase.html", context, status=422 if form.errors else 200)


@requires(Permission.IDENTITY_WATCH)
@require_GET
def identity_view_list(request: PageRequest) -> HttpResponse:
    """Lists who read whose identity, when, and what for; by code alone."""
    rows = identity_views(most=SHOWN)
    people = {row.person for row in rows}
    answers = [
        ("How many readings?", len(rows), f"the newest {SHOWN}" if len(rows) == SHOWN else "at your sites"),
        ("By how many people?", len(people), "jobs of Vigil among them"),
        ("Of how many people?", len({row.code for row in rows}), "by code"),
    ]
    return render(request, "patients/identity_view_list.html", {"rows": rows, "answers": answers})


def _context(request: PageRequest, whose: Lead | Participant) -> dict[str, object]:
    identity = identity_of(whose)
    context: dict[str, object] = {"identity": identity}
    if identity is None:
        return context
    if identity.erased_at is None:
        details = read_identity(whose, purpose="identity page")
        context["rows"] = [
            ("Name", details.name),
            ("Birth date", f"{details.born_on:%-d %b %Y}" if details.born_on else ""),
            ("E-mail", details.email),
            ("Phone", details.phone),
        ]
    if request.viewer.may(Permission.IDENTITY_WATCH, site_id=identity.site_id):
        context["views"] = identity_views(of=identity, most=SHOWN)
    return context


def _filled(details: IdentityDetails, request: PageRequest, *, seen: str) -> IdentityForm:
    initial = {"name": details.name, "born_on": details.born_on, "email": details.email, "phone": details.phone}
    initial["seen"] = seen
    return IdentityForm(initial=initial, today=request.now.date())


def _page_of(identity: Identity) -> str:
    if identity.participant is not None:
        return reverse("patients:participant-identity", args=[identity.participant.public_id])
    assert identity.lead is not None
    return reverse("patients:lead-identity", args=[identity.lead.public_id])
