"""The tablet in the participant's hands: the form read part by part, and nothing else of the session.

Every page here lies below `/signings/<id>/`, to which the session is locked while the tablet is handed over. Staff's
own pages of a signing lie elsewhere, so that the lock holds them closed.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.handing_over import is_handed_over, take_back
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries
from patients.access import signing_for
from patients.forms import TalkedForm, UnlockForm
from patients.models import ConsentSigning, SigningState
from patients.sealing import strokes_of
from protocol.consent_form import CHOSE, ConsentDocument, Place, place_after
from trials.queries import definition_of, document_of

Errors = list[tuple[str, str]]


def place_of_signing(signing: ConsentSigning) -> str:
    """Returns the address below which the session of a handed-over tablet is locked."""
    return reverse("patients:signing-detail", args=[signing.public_id])


@requires(Permission.CONSENT_RECORD)
@require_GET
def signing_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what comes next, or, by `?part=`, a part that was read before."""
    signing = signing_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    if not is_handed_over(request, place=place_of_signing(signing)):
        return redirect("patients:consent", signing.participant.public_id)
    part = request.GET.get("part", "")
    if part in _read(signing):
        return _section(request, signing, part)
    return _next(request, signing)


@requires(Permission.CONSENT_RECORD)
@require_POST
def signing_read(request: PageRequest, public_id: str) -> HttpResponse:
    """Records that a section was read."""
    section = request.POST.get("section", "")
    return _do(request, public_id, lambda signing: actions.read_section(
        signing, section=section, by=request.viewer.person, at=request.now
    ))  # fmt: skip


@requires(Permission.CONSENT_RECORD)
@require_POST
def signing_answer(request: PageRequest, public_id: str) -> HttpResponse:
    """Records an answer; what is right is said on the page that follows."""
    question, answer = request.POST.get("question", ""), request.POST.get("answer", "")
    return _do(request, public_id, lambda signing: actions.answer_question(
        signing, question=question, answer=answer, by=request.viewer.person, at=request.now
    ))  # fmt: skip


@requires(Permission.CONSENT_RECORD)
@require_POST
def signing_options(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the answer to each option."""
    signing = signing_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    if not is_handed_over(request, place=place_of_signing(signing)):
        return redirect("patients:consent", signing.participant.public_id)
    options = _options(signing)
    entered = {option["code"]: request.POST.get(option["name"], "") for option in options}
    words, errors = document_of(signing.form).words, {}
    for option in options:
        if entered[option["code"]] not in ("true", "false"):
            errors[option["code"]] = words["choose"]
        elif option["required"] and entered[option["code"]] == "false":
            errors[option["code"]] = words["refused_needed"]
    if not errors:
        chosen = {code: value == "true" for code, value in entered.items()}
        return _do(request, public_id, lambda signing: actions.choose_options(
            signing, options=chosen, by=request.viewer.person, at=request.now
        ))  # fmt: skip
    return _show_options(request, signing, entered=entered, errors=errors)


@requires(Permission.CONSENT_RECORD)
@require_POST
def signing_sign(request: PageRequest, public_id: str) -> HttpResponse:
    """Keeps the name and the signature of the participant in the vault."""
    signing = signing_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    if not is_handed_over(request, place=place_of_signing(signing)):
        return redirect("patients:consent", signing.participant.public_id)
    sent = request.POST
    try:
        actions.sign_as_participant(
            signing,
            name=sent.get("name", ""),
            strokes=strokes_of(sent.get("drawing", "")),
            typed=sent.get("typed") == "true",
            by=request.viewer.person,
            at=request.now,
        )
    except Refused as refusal:
        return _show_sign(request, signing, refusal=refusal)
    return redirect("patients:signing-detail", public_id)


@requires(Permission.CONSENT_RECORD)
@require_POST
def signing_discuss(request: PageRequest, public_id: str) -> HttpResponse:
    """Records, by the password of the person beside the participant, that a part was talked over."""
    signing = signing_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    form = TalkedForm(request.POST)
    if form.is_valid():
        try:
            actions.record_discussion(
                signing, question=request.POST.get("question", ""), by=request.viewer.person, at=request.now,
                **form.cleaned_data,
            )  # fmt: skip
            return redirect("patients:signing-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _next(request, signing, talked=form, status=422)


@requires(Permission.CONSENT_RECORD)
@require_POST
def signing_unlock(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes the tablet back by the password of the person who handed it over."""
    signing = signing_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    form = UnlockForm(request.POST)
    if form.is_valid():
        try:
            take_back(request, password=form.cleaned_data["password"])
            closes = signing.state == SigningState.SIGNED
            return redirect("patients:signing-close" if closes else "patients:consent", signing.participant.public_id)
        except Refused as refusal:
            if not request.user.is_authenticated:
                return redirect("account_login")
            show_refusal(form, refusal)
    return _next(request, signing, unlock=form, status=422)


def _do(request: PageRequest, public_id: str, act: Callable[[ConsentSigning], Place]) -> HttpResponse:
    """Does one step of the participant and leads to what comes next; a refusal comes back in words."""
    signing = signing_for(request.viewer, public_id, Permission.CONSENT_RECORD)
    if not is_handed_over(request, place=place_of_signing(signing)):
        return redirect("patients:consent", signing.participant.public_id)
    try:
        act(signing)
    except Refused as refusal:
        return _next(request, signing, errors=[(refusal.field, refusal.message)], status=422)
    return redirect("patients:signing-detail", public_id)


def _next(
    request: PageRequest,
    signing: ConsentSigning,
    *,
    errors: Errors | None = None,
    talked: TalkedForm | None = None,
    unlock: UnlockForm | None = None,
    status: int = 200,
) -> HttpResponse:
    steps = queries.steps_of(signing)
    document = document_of(signing.form)
    context = _context(signing, document, errors=errors, unlock=unlock)
    if signing.state != SigningState.READING:
        context["ended"] = signing.state != SigningState.SIGNED
        return render(request, "patients/signing_done.html", context, status=status)
    place = place_after(document, [step.as_step for step in steps])
    last = steps[-1] if steps else None
    if last is not None and last.content.get("right"):
        context["right"] = document.question(last.code).explanation
    if place.kind == "section":
        context |= _section_context(document, place.code) | {"again": place.again, "is_next": True}
        return render(request, "patients/signing_section.html", context, status=status)
    if place.kind == "question":
        asked = document.question(place.code)
        context |= {"question": asked, "place": _number(document, asked.section)}
        return render(request, "patients/signing_question.html", context, status=status)
    if place.kind == "talk":
        asked = document.question(place.code)
        context |= {"question": asked, "right_answer": asked.choices[asked.answer], "form": talked or TalkedForm()}
        return render(request, "patients/signing_talk.html", context, status=status)
    if place.kind == "options":
        context["options"] = _options(signing)
        return render(request, "patients/signing_options.html", context, status=status)
    context["last"] = document.sections[-1].code
    return render(request, "patients/signing_sign.html", context, status=status)


def _section(request: PageRequest, signing: ConsentSigning, code: str) -> HttpResponse:
    document = document_of(signing.form)
    context = _context(signing, document) | _section_context(document, code)
    return render(request, "patients/signing_section.html", context)


def _show_options(
    request: PageRequest, signing: ConsentSigning, *, entered: dict[str, str], errors: dict[str, str]
) -> HttpResponse:
    options = [
        option | {"value": entered[option["code"]], "error": errors.get(option["code"], "")}
        for option in _options(signing)
    ]
    listed = [(option["name"], f"{option['text']} {option['error']}") for option in options if option["error"]]
    context = _context(signing, document_of(signing.form), errors=listed) | {"options": options}
    return render(request, "patients/signing_options.html", context, status=422)


def _show_sign(request: PageRequest, signing: ConsentSigning, *, refusal: Refused) -> HttpResponse:
    document, sent = document_of(signing.form), request.POST
    if refusal.field not in ("name", "typed"):
        return _next(request, signing, errors=[("", refusal.message)], status=422)
    context = _context(signing, document, errors=[(refusal.field, refusal.message)]) | {
        "last": document.sections[-1].code,
        "name": sent.get("name", ""),
        "drawing": sent.get("drawing", ""),
        "typed": sent.get("typed"),
        "name_error": refusal.message if refusal.field == "name" else "",
        "sign_error": refusal.message if refusal.field == "typed" else "",
    }
    return render(request, "patients/signing_sign.html", context, status=422)


def _context(
    signing: ConsentSigning,
    document: ConsentDocument,
    *,
    errors: Errors | None = None,
    unlock: UnlockForm | None = None,
) -> dict[str, Any]:
    return {
        "signing": signing,
        "document": document,
        "words": document.words,
        "errors": errors or [],
        "unlock": unlock or UnlockForm(auto_id="unlock_%s"),
    }


def _section_context(document: ConsentDocument, code: str) -> dict[str, Any]:
    number = _number(document, code)
    before = document.sections[number - 2].code if number > 1 else ""
    return {"section": document.section(code), "place": number, "before": before}


def _number(document: ConsentDocument, code: str) -> int:
    return [section.code for section in document.sections].index(code) + 1


def _read(signing: ConsentSigning) -> set[str]:
    return {step.code for step in queries.steps_of(signing) if step.kind == "read"}


def _options(signing: ConsentSigning) -> list[dict[str, Any]]:
    document = document_of(signing.form)
    chosen = [step.content["options"] for step in queries.steps_of(signing) if step.kind == CHOSE]
    kept: dict[str, bool] = chosen[-1] if chosen else {}
    asked = [
        (option.code, document.options[option.code], option.required)
        for option in definition_of(signing.form.protocol_version).consent_options
    ]
    return [
        {
            "code": code,
            "name": f"option_{code}",
            "text": text,
            "required": required,
            "value": str(kept[code]).lower() if code in kept else "",
        }
        for code, text, required in [*asked, (actions.EMAIL, document.words["email"], False)]
    ]
