"""Eligibility: every criterion in three values with its evidence, the investigator's signature, and what follows."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Refused
from core.models import SignatureMeaning
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import content_digest, signatures_of
from patients import actions, queries
from patients.access import assessment_for, participant_for
from patients.actions.eligibility import latest_assessment, unwritten_verdict
from patients.forms import EligibilitySignatureForm, ScreenFailureForm
from patients.models import EligibilityAssessment, Participant
from patients.views.evidence import missing_tasks, shown_criteria, shown_fact
from protocol.definition import ProtocolDefinition
from trials.queries import definition_of

PAGE = "patients/eligibility.html"
RESULTS = {"eligible": "Eligible", "not_eligible": "Not eligible", "undetermined": "Not yet known"}


@requires(Permission.SCREENING_VIEW)
@require_GET
def eligibility(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the newest verdict, or that none was made."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_VIEW)
    return render(request, PAGE, _context(request, participant))


@requires(Permission.SCREENING_RECORD)
@require_POST
def judge_eligibility(request: PageRequest, public_id: str) -> HttpResponse:
    """Writes a verdict on the evidence as it stands now."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    if participant.protocol_version is None:
        return redirect("patients:consent", public_id)
    visit_code = judged_visit(participant)
    actions.judge_eligibility(participant, visit_code=visit_code, by=request.viewer.person, at=request.now)
    return redirect("patients:eligibility", public_id)


@requires(Permission.ELIGIBILITY_SIGN)
@require_POST
def sign_eligibility(request: PageRequest, public_id: str) -> HttpResponse:
    """Signs exactly the verdict that was shown."""
    participant = participant_for(request.viewer, public_id, Permission.ELIGIBILITY_SIGN)
    form = EligibilitySignatureForm(request.POST)
    if form.is_valid():
        entered = form.cleaned_data
        assessment = assessment_for(request.viewer, entered["assessment"], Permission.ELIGIBILITY_SIGN)
        try:
            actions.sign_eligibility(
                assessment,
                password=entered["password"],
                shown_digest=entered["shown_digest"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("patients:eligibility", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, PAGE, _context(request, participant, signature_form=form), status=422)


@requires(Permission.SCREENING_RECORD)
@require_POST
def enrol(request: PageRequest, public_id: str) -> HttpResponse:
    """Enrols a participant whose verdict is eligible and signed."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    try:
        actions.enrol(participant, by=request.viewer.person, at=request.now)
    except Refused as refusal:
        return render(request, PAGE, _context(request, participant) | {"errors": [refusal.message]}, status=422)
    return redirect("pharmacy:randomisation-detail", public_id)


@requires(Permission.SCREENING_RECORD)
@require_http_methods(["GET", "POST"])
def screen_failure(request: PageRequest, public_id: str) -> HttpResponse:
    """Records that a person does not go on before randomisation."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    failing = _failing_now(request, participant)
    form = ScreenFailureForm(
        request.POST or None, definition=_definition_of(participant), initial={"criteria": failing}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.fail_screening(participant, **form.cleaned_data, by=request.viewer.person, at=request.now)
            return redirect("patients:screening-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"participant": participant, "form": form}
    return render(request, "patients/screen_failure.html", context, status=422 if form.errors else 200)


def _definition_of(participant: Participant) -> ProtocolDefinition | None:
    return queries.definition_for(participant) if participant.protocol_version else None


def _failing_now(request: PageRequest, participant: Participant) -> list[str]:
    """Returns the criteria that fail on the evidence as it stands; they are ticked beforehand."""
    verdict = _unwritten(request, participant)
    return [c["code"] for c in verdict.criteria if c["state"] in ("not_met", "present")] if verdict else []


def judged_visit(participant: Participant) -> str:
    """Returns the visit at which eligibility is judged now: the last one for which values were entered."""
    definition = queries.definition_for(participant)
    with_values = set(participant.facts.filter(visit__isnull=False).values_list("visit__code", flat=True))
    due = [code for code in definition.eligibility_visits if code in with_values]
    return due[-1] if due else definition.eligibility_visits[0]


def _context(
    request: PageRequest, participant: Participant, *, signature_form: EligibilitySignatureForm | None = None
) -> dict[str, Any]:
    written = latest_assessment(participant) if participant.protocol_version else None
    assessment = written or _unwritten(request, participant)
    context: dict[str, Any] = {
        "participant": participant,
        "assessment": assessment,
        "written": written,
        "may_judge": request.viewer.may(Permission.SCREENING_RECORD, site_id=participant.site_id),
    }
    if assessment is None:
        return context
    definition = definition_of(assessment.protocol_version)
    criteria = shown_criteria(assessment, definition)
    still_open = [c for c in criteria if c["state"] == "not_yet_known"]
    failing = [c for c in criteria if c["state"] in ("not_met", "present")]
    signatures = signatures_of(written) if written else []
    digest = content_digest(written) if written and signatures else ""
    signed = [each for each in signatures if each.superseded_at is None and each.digest == digest]
    contradiction = queries.open_contradiction(participant)
    return context | {
        "groups": _groups(criteria, still_open, failing),
        "tasks": missing_tasks(assessment, definition, may_record=context["may_judge"]),
        "signed": signed,
        "contradiction": contradiction,
        "contradicting": "" if contradiction is None else shown_fact(contradiction.fact, definition),
        "signatures": signatures,
        "signature_form": signature_form or (_signature_form(written) if written else None),
        "meaning": SignatureMeaning.RESPONSIBILITY.label,
        "may_sign": request.viewer.may(Permission.ELIGIBILITY_SIGN, site_id=participant.site_id),
        "answers": [
            (
                "What is the verdict?" if written else "What would the verdict be?",
                RESULTS[assessment.result],
                f"at {assessment.visit_code}",
            ),
            ("What is still unknown?", len(still_open), "criteria; unknown is never eligible"),
            ("Does any criterion fail?", len(failing), ", ".join(c["code"] for c in failing) or "none"),
        ],
    }


def _unwritten(request: PageRequest, participant: Participant) -> EligibilityAssessment | None:
    """Returns how the evidence stands before the first verdict: the page is never blank."""
    if participant.protocol_version is None:
        return None
    return unwritten_verdict(
        participant, visit_code=judged_visit(participant), by=request.viewer.person, at=request.now
    )


def _groups(
    criteria: list[dict[str, Any]], still_open: list[dict[str, Any]], failing: list[dict[str, Any]]
) -> list[tuple[str, list[dict[str, Any]]]]:
    first = [*failing, *still_open]
    codes = {criterion["code"] for criterion in first}
    rest = [criterion for criterion in criteria if criterion["code"] not in codes]
    groups = [
        ("Open or failing", first),
        ("Inclusion", [c for c in rest if c["kind"] == "inclusion"]),
        ("Exclusion", [c for c in rest if c["kind"] == "exclusion"]),
    ]
    return [(title, rows) for title, rows in groups if rows]


def _signature_form(assessment: EligibilityAssessment) -> EligibilitySignatureForm:
    initial = {"assessment": assessment.public_id, "shown_digest": content_digest(assessment)}
    return EligibilitySignatureForm(initial=initial)
