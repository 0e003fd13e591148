"""The preparatory session: its record, and the signatures of both therapists."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Conflict, Refused
from core.models import Signature
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import content_digest, standing_signatures
from patients.access import visit_for
from patients.queries import definition_for, standing_consent
from sessions import actions, queries
from sessions.forms import PreparationForm, SignPreparationForm
from sessions.models import PreparatorySession

if TYPE_CHECKING:
    from patients.models import Visit

PAGE = "sessions/preparation_detail.html"


@requires(Permission.NOTE_VIEW)
@require_http_methods(["GET", "POST"])
def preparation_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the record of a preparatory session, and keeps what is written."""
    visit = _visit(request, public_id, Permission.NOTE_VIEW)
    preparation = queries.preparation_of(visit)
    signatures = standing_signatures(preparation) if preparation else []
    if request.method != "POST":
        return _show(
            request, visit, preparation, _form(request, visit, preparation, signed=bool(signatures)), signatures
        )
    if not request.viewer.may(Permission.NOTE_WRITE, site_id=visit.site_id):
        raise Http404
    form = _form(request, visit, preparation, signed=bool(signatures), data=request.POST)
    if not form.is_valid():
        return _show(request, visit, preparation, form, signatures, status=422)
    try:
        actions.write_preparation(
            visit,
            fields=form.preparation_fields,
            seen_version=form.cleaned_data["seen_version"] or 0,
            reason=form.cleaned_data.get("reason", ""),
            by=request.viewer.person,
            at=request.now,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        status = 409 if isinstance(refusal, Conflict) else 422
        return _show(request, visit, queries.preparation_of(visit), form, signatures, status=status)
    messages.success(request, "Saved.")
    return redirect("sessions:preparation-detail", public_id)


@requires(Permission.NOTE_WRITE)
@require_POST
def sign_preparation(request: PageRequest, public_id: str) -> HttpResponse:
    """Signs the record by the own password."""
    visit = _visit(request, public_id, Permission.NOTE_WRITE)
    preparation = queries.preparation_of(visit)
    if preparation is None:
        raise Http404
    signing = SignPreparationForm(request.POST)
    if signing.is_valid():
        try:
            actions.sign_preparation(preparation, by=request.viewer.person, at=request.now, **signing.cleaned_data)
            messages.success(request, "Signed.")
            return redirect("sessions:preparation-detail", public_id)
        except Refused as refusal:
            show_refusal(signing, refusal)
    signatures = standing_signatures(preparation)
    form = _form(request, visit, preparation, signed=bool(signatures))
    return _show(request, visit, preparation, form, signatures, signing=signing, status=422)


def _visit(request: PageRequest, public_id: str, permission: Permission) -> "Visit":
    visit = visit_for(request.viewer, public_id, permission)
    if visit.kind != "preparatory":
        raise Http404
    return visit


def _form(
    request: PageRequest, visit: "Visit", preparation: PreparatorySession | None, *, signed: bool, data: Any = None
) -> PreparationForm:
    definition = definition_for(visit.participant)
    held_at = preparation.held_at if preparation else visit.started_at or visit.booked_at or request.now
    therapists = [(person.pk, person.display_name) for person in queries.therapists_on(visit, at=held_at)]
    mine = [request.viewer.person.pk] if request.viewer.person.pk in dict(therapists) else []
    fresh = {"held_at": min(held_at, request.now), "present": mine, "seen_version": 0}
    return PreparationForm(
        data,
        agenda=definition.conduct.agenda_at(visit.code),
        therapists=therapists,
        scale=definition.conduct.expectancy,
        zone=visit.site.zone,
        now=request.now,
        signed=signed,
        initial=PreparationForm.initial_of(preparation) if preparation else fresh,
    )


def _show(
    request: PageRequest,
    visit: "Visit",
    preparation: PreparatorySession | None,
    form: PreparationForm,
    signatures: list[Signature],
    *,
    signing: SignPreparationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    consent = standing_consent(visit.participant)
    if preparation and signing is None:
        signing = SignPreparationForm(initial={"shown_digest": content_digest(preparation)})
    missing = actions.missing_of(preparation) if preparation else []
    definition = definition_for(visit.participant)
    needed = actions.therapists_needed(definition, visit.code)
    texts = {option.code: option.text for option in definition.consent_options}
    context = {
        "visit": visit,
        "participant": visit.participant,
        "preparation": preparation,
        "form": form,
        "signing": signing,
        "missing": missing,
        "signatures": signatures,
        "options": [(texts.get(code, code), given) for code, given in consent.options.items()] if consent else [],
        "has_signed": any(signature.signer_id == request.viewer.person.pk for signature in signatures),
        "may_write": request.viewer.may(Permission.NOTE_WRITE, site_id=visit.site_id),
        "answers": [
            ("What is still missing?", str(len(missing)) if preparation else "All", "parts of the record"),
            ("Who has signed?", f"{len(signatures)} of {needed}", "therapists"),
            ("Touch?", "Consented" if consent and consent.options.get("touch") else "Not consented", "read it again"),
        ],
    }
    return render(request, PAGE, context, status=status)
