"""Consent in the version that is in force, its options one by one, and its withdrawal."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries
from patients.access import participant_for
from patients.forms import ConsentForm, ContactForm, WithdrawalForm
from patients.models import Consent, Participant
from trials.queries import consent_form_in_force, definition_of


@requires(Permission.CONSENT_RECORD)
@require_http_methods(["GET", "POST"])
def consent(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the participant's consent to the form in force today."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    zone = participant.site.zone
    current = consent_form_in_force(
        participant.site, on=local_date(request.now, zone=zone), language=participant.language
    )
    context = {
        "participant": participant,
        "current": current,
        "given": [(row, _answers(row)) for row in _given(participant)],
        "standing": queries.standing_consent(participant),
    }
    if current is None:
        return render(request, "patients/consent.html", context)
    options = definition_of(current.protocol_version).consent_options
    form = ConsentForm(
        request.POST or None, options=options, zone=zone, now=request.now, initial={"signed_at": request.now}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_consent(
                participant,
                form=current,
                signed_at=form.cleaned_data["signed_at"],
                options=form.answers,
                by=request.viewer.person,
                at=request.now,
            )
            actions.record_contact_consent(
                participant,
                channel="email",
                given=form.cleaned_data["contact_by_email"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("patients:screening", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "patients/consent.html", context | {"form": form}, status=422 if form.errors else 200)


def _given(participant: Participant) -> QuerySet[Consent]:
    rows = participant.consents.select_related("form__protocol_version", "discussed_by")
    return rows.order_by("-signed_at")


def _answers(consent: Consent) -> list[tuple[str, bool]]:
    """Returns each option in the words in which it was asked, with the answer."""
    texts = {option.code: option.text for option in definition_of(consent.form.protocol_version).consent_options}
    return [(texts.get(code, code), answer) for code, answer in consent.options.items()]


@requires(Permission.CONSENT_RECORD)
@require_http_methods(["GET", "POST"])
def withdrawal(request: PageRequest, public_id: str) -> HttpResponse:
    """Records what the participant withdraws; the page says first what stops at once."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw_consent(
                participant,
                scope=form.cleaned_data["scope"],
                reason=form.cleaned_data["reason"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("patients:consent", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    status = 422 if form.errors else 200
    return render(request, "patients/withdrawal.html", {"participant": participant, "form": form}, status=status)


@requires(Permission.CONSENT_RECORD)
@require_http_methods(["GET", "POST"])
def contact_consent(request: PageRequest, public_id: str) -> HttpResponse:
    """Records whether the participant may be written to; a later yes lifts a withdrawal of contact."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.record_contact_consent(
            participant,
            channel="email",
            given=form.cleaned_data["given"],
            by=request.viewer.person,
            at=request.now,
        )
        return redirect("patients:consent", public_id)
    context = {
        "participant": participant,
        "form": form,
        "may_contact": queries.may_contact(participant.pk, channel="email"),
        "latest": queries.latest_contact_answer(participant.pk, channel="email"),
    }
    return render(request, "patients/contact_consent.html", context, status=422 if form.errors else 200)
