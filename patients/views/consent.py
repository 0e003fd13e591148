"""Consent in the version that is in force, its options one by one, what it can be read as, and its withdrawal."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import local_date
from core.errors import Refused
from core.handing_over import hand_over
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries
from patients.access import consent_for, participant_for
from patients.forms import (
    CompleteForm,
    ContactForm,
    PaperForm,
    StartSigningForm,
    StopSigningForm,
    WithdrawalForm,
)
from patients.models import Consent, ConsentSeal, ConsentSigning, Participant, SigningState
from patients.papers import consent_document as paper_of
from patients.sealing import EXTENSIONS, read_content, read_signature
from patients.views.signing import place_of_signing
from protocol.consent_form import CHOSE, DISCUSSED, READ
from trials.queries import consent_form_in_force, definition_of, document_of, form_languages

if TYPE_CHECKING:
    from trials.models import ConsentForm


@requires(Permission.CONSENT_RECORD)
@require_GET
def consent(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows every consent given, the form in force, and how the next one is obtained."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    current = _current(participant, request)
    standing = queries.standing_consent(participant)
    rows = queries.consents_of(participant)
    signatures = queries.signatures_of_consents(rows)
    given = [(row, _answers(row), signatures.get(row.pk, [])) for row in rows]
    context = {
        "participant": participant,
        "current": current,
        "language": document_of(current).language_name if current else "",
        "given": given,
        "standing": standing,
        "obstacle": queries.consent_obstacle(participant, at=request.now),
        "signing": queries.open_signing(participant),
        "to_sign": current is not None and all(row.form_id != current.pk for row, _, _ in given),
        "withdrawals": list(participant.withdrawals.select_related("recorded_by").order_by("-observed_at", "-id")),
    }
    return render(request, "patients/consent.html", context)


@requires(Permission.CONSENT_RECORD)
@require_http_methods(["GET", "POST"])
def signing_start(request: PageRequest, public_id: str) -> HttpResponse:
    """Hands the tablet over: the session is locked to the one form until the password is entered again."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    languages = form_languages(participant.site, on=local_date(request.now, zone=participant.site.zone))
    known = queries.open_signing(participant)
    initial = {"language": participant.language, "reads_alone": "true"}
    if known is not None:
        initial = {"language": known.form.language, "reads_alone": "true" if known.reads_alone else "false"}
    form = StartSigningForm(request.POST or None, languages=languages, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            signing = _start(request, participant, form)
            hand_over(request, place=place_of_signing(signing))
            return redirect("patients:signing-detail", signing.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"participant": participant, "form": form, "known": known, "languages": languages}
    return render(request, "patients/signing_start.html", context, status=422 if form.errors else 200)


@requires(Permission.CONSENT_RECORD)
@require_http_methods(["GET", "POST"])
def signing_close(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what was read, answered and chosen, and signs it beside the participant's signature."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    signing = queries.open_signing(participant)
    if signing is None or signing.state != SigningState.SIGNED:
        return redirect("patients:consent", public_id)
    steps = queries.steps_of(signing)
    form = CompleteForm(
        request.POST or None,
        needs_witness=not signing.reads_alone,
        initial={"shown_digest": queries.digest_of_steps(steps)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.complete_signing(
                signing,
                password=form.cleaned_data["password"],
                shown_digest=form.cleaned_data["shown_digest"],
                witness=_credential(form),
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, "The consent is signed. Give the participant a copy.")
            return redirect("patients:consent", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _signing_context(signing) | {"participant": participant, "form": form, "stop": StopSigningForm()}
    return render(request, "patients/signing_close.html", context, status=422 if form.errors else 200)


@requires(Permission.CONSENT_RECORD)
@require_POST
def signing_stop(request: PageRequest, public_id: str) -> HttpResponse:
    """Stops a signing of which no consent comes, with the reason."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    signing = queries.open_signing(participant)
    if signing is None:
        raise Http404
    form = StopSigningForm(request.POST)
    if form.is_valid():
        try:
            actions.abandon_signing(signing, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "The signing is stopped. What was done stays on record.")
            return redirect("patients:consent", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    complete = CompleteForm(needs_witness=False)
    context = _signing_context(signing) | {"participant": participant, "form": complete, "stop": form}
    return render(request, "patients/signing_close.html", context, status=422)


@requires(Permission.CONSENT_RECORD)
@require_http_methods(["GET", "POST"])
def consent_paper(request: PageRequest, public_id: str) -> HttpResponse:
    """Records a consent that was signed on paper, with the scan."""
    participant = participant_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    current, zone = _current(participant, request), participant.site.zone
    if current is None:
        return redirect("patients:consent", public_id)
    form = PaperForm(
        request.POST or None,
        request.FILES or None,
        options=definition_of(current.protocol_version).consent_options,
        zone=zone,
        now=request.now,
        initial={"signed_at": request.now},
    )
    if request.method == "POST" and form.is_valid():
        try:
            _record_paper(request, participant, current, form)
            return redirect("patients:screening", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"participant": participant, "current": current, "form": form}
    return render(request, "patients/consent_paper.html", context, status=422 if form.errors else 200)


@requires(Permission.SCREENING_VIEW)
@require_GET
def consent_document(request: PageRequest, public_id: str) -> HttpResponse:
    """Returns the exact form that was read, with the answers and options, under the code."""
    given = consent_for(request.viewer, public_id, Permission.SCREENING_VIEW)
    return _file(paper_of(given, signature=None), f"{_file_name(given)}.pdf", ConsentSeal.PDF)


@requires(Permission.IDENTITY_VIEW)
@require_GET
def consent_named(request: PageRequest, public_id: str) -> HttpResponse:
    """Returns the same with name and signature; the reading is logged."""
    given = consent_for(request.viewer, public_id, Permission.IDENTITY_VIEW)
    if given.seal is None or given.way != "tablet":
        raise Http404
    try:
        signature = read_signature(given.seal, purpose="consent with name")
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("patients:consent", given.participant.public_id)
    return _file(paper_of(given, signature=signature), f"{_file_name(given)}-named.pdf", ConsentSeal.PDF)


@requires(Permission.IDENTITY_VIEW)
@require_GET
def consent_scan(request: PageRequest, public_id: str) -> HttpResponse:
    """Returns the scan of the signed paper; the download is logged."""
    given = consent_for(request.viewer, public_id, Permission.IDENTITY_VIEW)
    if given.seal is None or given.way != "paper":
        raise Http404
    try:
        content = read_content(given.seal, purpose="scan of the consent")
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("patients:consent", given.participant.public_id)
    name = f"{_file_name(given)}-scan.{EXTENSIONS[given.seal.media_type]}"
    return _file(content, name, given.seal.media_type)


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
    coming = queries.what_is_coming(participant)
    context = {
        "participant": participant,
        "form": form,
        "coming": coming,
        "withdrawn": queries.withdrawn_scopes(participant),
        "excludes": participant.protocol_version is not None
        and queries.definition_for(participant).consenting.data_withdrawal == "exclude",
        "randomised": participant.enrolled_at is not None and participant.status in ("randomised", "discontinued"),
    }
    return render(request, "patients/withdrawal.html", context, status=422 if form.errors else 200)


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


def _current(participant: Participant, request: PageRequest, *, language: str = "") -> "ConsentForm | None":
    on = local_date(request.now, zone=participant.site.zone)
    return consent_form_in_force(participant.site, on=on, language=language or participant.language)


def _start(request: PageRequest, participant: Participant, form: StartSigningForm) -> ConsentSigning:
    current = _current(participant, request, language=form.cleaned_data["language"])
    if current is None:
        raise Refused("No form is in force in this language today.", field="language")
    return actions.start_signing(
        participant,
        form=current,
        reads_alone=form.cleaned_data["reads_alone"],
        by=request.viewer.person,
        at=request.now,
    )


def _record_paper(request: PageRequest, participant: Participant, current: "ConsentForm", form: PaperForm) -> None:
    entered, by = form.cleaned_data, request.viewer.person
    actions.record_consent(
        participant,
        form=current,
        signed_at=entered["signed_at"],
        options=form.answers,
        paper=entered["paper"].read(),
        password=entered["password"],
        by=by,
        at=request.now,
    )
    actions.record_contact_consent(
        participant, channel="email", given=entered["contact_by_email"], by=by, at=request.now
    )


def _credential(form: CompleteForm) -> actions.WitnessCredential | None:
    if "witness" not in form.cleaned_data:
        return None
    return actions.WitnessCredential(form.cleaned_data["witness"], form.cleaned_data["witness_password"])


def _signing_context(signing: ConsentSigning) -> dict[str, object]:
    document, steps = document_of(signing.form), queries.steps_of(signing)
    chosen: dict[str, bool] = next((step.content["options"] for step in reversed(steps) if step.kind == CHOSE), {})
    asked = []
    for question in document.questions:
        given = [
            ("Talked over" if step.kind == DISCUSSED else question.choices[step.content["answer"]], step)
            for step in steps
            if step.code == question.code
        ]
        asked.append((question, given))
    return {
        "signing": signing,
        "document": document,
        "read": [
            (section, [step.observed_at for step in steps if (step.kind, step.code) == (READ, section.code)])
            for section in document.sections
        ],
        "asked": asked,
        "chosen": [
            (document.options.get(code, document.words["email"]), document.words["yes" if given else "no"])
            for code, given in chosen.items()
        ],
    }


def _answers(consent: Consent) -> list[tuple[str, bool]]:
    """Returns each option in the words in which it was asked, with the answer."""
    texts = {option.code: option.text for option in definition_of(consent.form.protocol_version).consent_options}
    if consent.form.source:
        texts |= document_of(consent.form).options
    return [(texts.get(code, code), answer) for code, answer in consent.options.items()]


def _file_name(consent: Consent) -> str:
    return f"{consent.participant.screening_number}-consent-{consent.form.version}-{consent.form.language}"


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
