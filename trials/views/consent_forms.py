"""Pages of the consent forms: what a site has, one form as a participant reads it, loading and putting in force."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import signatures_of
from protocol.document import ProtocolFaults
from trials import actions, queries
from trials.access import consent_form_for, consent_forms_for
from trials.forms import ApproveFormForm, LoadFormForm
from trials.models import ConsentForm


@requires(Permission.CONSENT_FORM_VIEW)
@require_GET
def consent_form_list(request: PageRequest) -> HttpResponse:
    """Shows every form of the viewer's sites and languages, and which is in force."""
    forms = list(
        consent_forms_for(request.viewer, Permission.CONSENT_FORM_VIEW).order_by("site__code", "language", "-id")
    )
    rows = [(form, queries.document_of(form), *_state(form, forms, request)) for form in forms]
    context = {"rows": rows, "may_load": request.viewer.may(Permission.CONSENT_FORM_LOAD)}
    return render(request, "trials/consent_form_list.html", context)


@requires(Permission.CONSENT_FORM_VIEW)
@require_GET
def consent_form_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one form as it will be read, and who approved it."""
    form = consent_form_for(request.viewer, public_id, Permission.CONSENT_FORM_VIEW)
    return render(request, "trials/consent_form_detail.html", _context(request, form, ApproveFormForm()))


@requires(Permission.CONSENT_FORM_LOAD)
@require_http_methods(["GET", "POST"])
def consent_form_load(request: PageRequest) -> HttpResponse:
    """Loads a file as a new form of a site; a bad file comes back with every fault and its line."""
    sites = queries.sites_for(request.viewer, Permission.CONSENT_FORM_LOAD)
    form = LoadFormForm(request.POST or None, request.FILES or None, sites=sites)
    faults: tuple[Any, ...] = ()
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            loaded = actions.load_consent_form(
                entered["file"],
                site=entered["site"],
                protocol_version=entered["protocol_version"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(
                request, f"Version {loaded.version} ({loaded.language}) is loaded. It is not in force yet."
            )
            return redirect("trials:consent-form-detail", loaded.public_id)
        except ProtocolFaults as found:
            faults = found.faults
            form.add_error(
                "file", f"The file was not loaded: {len(faults)} {'fault' if len(faults) == 1 else 'faults'}."
            )
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"form": form, "faults": faults}
    return render(request, "trials/consent_form_load.html", context, status=422 if form.errors else 200)


@requires(Permission.CONSENT_FORM_APPROVE)
@require_POST
def consent_form_approve(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts a form in force from a day, signed by the investigator."""
    document = consent_form_for(request.viewer, public_id, Permission.CONSENT_FORM_APPROVE)
    form = ApproveFormForm(request.POST)
    if form.is_valid():
        try:
            actions.approve_consent_form(document, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, f"Version {document.version} is approved.")
            return redirect("trials:consent-form-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "trials/consent_form_detail.html", _context(request, document, form), status=422)


def _context(request: PageRequest, form: ConsentForm, approve: ApproveFormForm) -> dict[str, Any]:
    document, approval = queries.document_of(form), getattr(form, "approval", None)
    texts = {option.code: option for option in queries.definition_of(form.protocol_version).consent_options}
    questions: dict[str, list[Any]] = {}
    for question in document.questions:
        questions.setdefault(question.section, []).append((question, question.choices[question.answer]))
    may_approve = request.viewer.may(Permission.CONSENT_FORM_APPROVE, site_id=form.site_id)
    return {
        "consent_form": form,
        "document": document,
        "sections": [(section, questions.get(section.code, [])) for section in document.sections],
        "options": [(texts[code], words) for code, words in document.options.items()],
        "approval": approval,
        "signatures": signatures_of(approval) if approval else [],
        "form": approve if may_approve and approval is None else None,
    }


def _state(form: ConsentForm, forms: list[ConsentForm], request: PageRequest) -> tuple[str, str]:
    approval = getattr(form, "approval", None)
    if approval is None:
        return "waiting", "Not approved"
    today = local_date(request.now, zone=form.site.zone)
    if approval.effective_on > today:
        return "notdue", f"From {approval.effective_on:%-d %b %Y}"
    begun = [
        other
        for other in forms
        if (other.site_id, other.language) == (form.site_id, form.language)
        and getattr(other, "approval", None) is not None
        and other.approval.effective_on <= today
    ]
    newest = max(begun, key=lambda other: (other.approval.effective_on, other.approval.pk))
    return ("signed", "In force") if newest.pk == form.pk else ("missed", "Replaced")
