"""Sealed envelopes for downtime: what lies in the safe, what was opened, what came back."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.models import Person
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.roles import ROLES, Role
from patients.access import participant_for, participants_for
from pharmacy import actions
from pharmacy.access import envelope_for
from pharmacy.forms import EnvelopeForm, OpenedForm, WitnessForm
from pharmacy.models import Envelope
from pharmacy.views.kits import pdf_response, present, witnesses_for

STATES = {
    "issued": ("locked", "In the safe"),
    "opened": ("query", "Opened"),
    "returned": ("complete", "Returned"),
    "": ("due", "None"),
}


@requires(Permission.KIT_HANDLE)
@require_GET
def envelope_list(request: PageRequest) -> HttpResponse:
    """Reconciles the envelopes: one in the safe for each randomised participant, and what became of the others."""
    rows = Envelope.objects.select_related("recorded_by", "closed_by").order_by("-issued_at", "-id")
    found = participants_for(request.viewer, Permission.KIT_HANDLE).filter(randomisation__isnull=False)
    people = list(found.prefetch_related(Prefetch("envelopes", queryset=rows)).order_by("screening_number"))
    lines = [(person, list(person.envelopes.all())) for person in people]
    envelopes = [envelope for _, mine in lines for envelope in mine]
    number = Counter(envelope.state for envelope in envelopes)
    context = {
        "rows": [(*STATES[mine[0].state if mine else ""], person, mine) for person, mine in lines],
        "answers": [
            ("Issued", str(len(envelopes)), "envelopes so far"),
            ("In the safe", str(number["issued"]), f"of {len(people)} randomised people"),
            ("Opened, returned", f"{number['opened']}, {number['returned']}", "the others"),
        ],
    }
    return render(request, "pharmacy/envelope_list.html", context)


@requires(Permission.KIT_HANDLE)
@require_http_methods(["GET", "POST"])
@never_cache
def envelope_issue(request: PageRequest, public_id: str) -> HttpResponse:
    """Issues an envelope: answers the encrypted file once, which is kept nowhere."""
    participant = participant_for(request.viewer, public_id, Permission.KIT_HANDLE)
    form = EnvelopeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            _check_own_password(request.viewer.person, entered["password"])
            issued = actions.issue_envelope(participant, code=entered["code"], by=request.viewer.person, at=request.now)
            return pdf_response(issued.file, f"envelope-{issued.envelope}.pdf")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "participant": participant,
        "site": participant.site,
        "form": form,
        "answers": [
            ("For whom?", participant.screening_number, "this participant only"),
            ("What opens it?", "Your code", "kept nowhere here"),
            ("Where does it go?", "Into the safe", "the code somewhere else"),
        ],
    }
    return render(request, "pharmacy/envelope_issue.html", context, status=422 if form.errors else 200)


@requires(Permission.KIT_HANDLE)
@require_http_methods(["GET", "POST"])
def envelope_return(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes an envelope out of the safe unopened, before a witness."""
    envelope = envelope_for(request.viewer, public_id, Permission.KIT_HANDLE)
    witnesses = witnesses_for(request, envelope.site_id, envelope.site.zone)
    form = WitnessForm(request.POST or None, witnesses=witnesses)
    if request.method == "POST" and form.is_valid() and present(form):
        try:
            witness = form.cleaned_data["witness"]
            actions.return_envelope(envelope, witness=witness, by=request.viewer.person, at=request.now)
            messages.success(request, f"Envelope {envelope} came back unopened.")
            return redirect("pharmacy:envelope-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _close_context(envelope, form, verb="Returned unopened")
    return render(request, "pharmacy/envelope_close.html", context, status=422 if form.errors else 200)


@requires(Permission.KIT_HANDLE)
@require_http_methods(["GET", "POST"])
def envelope_opened(request: PageRequest, public_id: str) -> HttpResponse:
    """Records that an envelope was opened: safety and the investigators are told that, and not what it says."""
    envelope = envelope_for(request.viewer, public_id, Permission.KIT_HANDLE)
    form = OpenedForm(request.POST or None, people=_openers(envelope, request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.report_opened(envelope, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, f"Envelope {envelope} is on record as opened.")
            return redirect("pharmacy:envelope-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _close_context(envelope, form, verb="Opened")
    return render(request, "pharmacy/envelope_close.html", context, status=422 if form.errors else 200)


def _close_context(envelope: Envelope, form: Any, *, verb: str) -> dict[str, Any]:
    return {
        "envelope": envelope,
        "site": envelope.site,
        "form": form,
        "verb": verb,
        "answers": [
            ("Which envelope?", str(envelope), envelope.participant.screening_number),
            ("Issued", f"{envelope.issued_at:%-d %b %Y}", ""),
            ("What is kept?", verb, "who, when and before whom"),
        ],
    }


def _openers(envelope: Envelope, request: PageRequest) -> Any:
    roles = [role for role in Role if Permission.UNBLIND_EMERGENCY in ROLES[role].permissions]
    at_site = Q(memberships__site_id=envelope.site_id) | Q(memberships__site_id__isnull=True)
    return Person.objects.filter(at_site, memberships__role__in=roles, is_active=True).distinct()


def _check_own_password(person: Person, password: str) -> None:
    if not person.check_password(password):
        raise Refused("The password is not right. Nothing was issued.", field="password")
