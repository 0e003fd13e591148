"""Corrections of locked forms: by the site of a questionnaire, by the rater of the own rating."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assessments import actions, queries
from assessments.access import form_for, rating_for
from assessments.forms import CorrectionForm
from assessments.instruments import shown_answer
from assessments.models import Assessment, AssessmentState, ItemCorrection
from core.errors import Conflict, Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest


@requires(Permission.VISIT_RECORD)
@require_http_methods(["GET", "POST"])
def form_correct(request: PageRequest, public_id: str, number: int) -> HttpResponse:
    """Corrects one answer of a questionnaire that was completed; its scores are computed again."""
    assessment = form_for(request.viewer, public_id, Permission.VISIT_RECORD)
    back = reverse("assessments:form-detail", args=[public_id])
    title = f"{assessment.participant.screening_number} {assessment.instrument}"
    return _correct(request, assessment, number, back=back, title=title, template="assessments/form_correct.html")


@requires(Permission.RATING_ENTER)
@require_http_methods(["GET", "POST"])
def rating_correct(request: PageRequest, public_id: str, number: int) -> HttpResponse:
    """Corrects one answer of the rater's own locked rating; the page says nothing but code and item."""
    assessment = rating_for(request.viewer, public_id)
    back = reverse("assessments:rating-detail", args=[public_id])
    title = f"Assessment {assessment.rating_code}"
    return _correct(request, assessment, number, back=back, title=title, template="assessments/rating_correct.html")


def _correct(
    request: PageRequest, assessment: Assessment, number: int, *, back: str, title: str, template: str
) -> HttpResponse:
    item = next((each for each in queries.items_for(assessment) if each.number == number), None)
    if item is None or assessment.state != AssessmentState.LOCKED:
        raise Http404
    known, version = queries.answers_for(assessment).get(number), queries.versions_of(assessment).get(number, 0)
    form = CorrectionForm(
        request.POST if request.method == "POST" else None, item=item, initial={"value": known, "seen_version": version}
    )
    if request.method == "POST" and form.is_valid():
        try:
            _keep(request, assessment, number, form)
            return redirect(back)
        except Refused as refusal:
            if isinstance(refusal, Conflict):
                # What was typed stays; saving again means that the other answer was seen.
                form.data = {**request.POST.dict(), "seen_version": str(version)}
            show_refusal(form, refusal)
    context: dict[str, Any] = {
        "assessment": assessment,
        "item": item,
        "form": form,
        "title": title,
        "back": back,
        "standing": shown_answer(item, known) or "Not answered",
        "corrections": [each for each in queries.corrections_of(assessment) if each.item == number],
    }
    return render(request, template, context, status=422 if form.errors else 200)


def _keep(request: PageRequest, assessment: Assessment, number: int, form: CorrectionForm) -> ItemCorrection:
    entered = form.cleaned_data
    correction = actions.correct_item(
        assessment,
        item=number,
        value=entered["value"],
        seen_version=entered["seen_version"],
        reason=entered["reason"],
        password=entered["password"],
        by=request.viewer.person,
        at=request.now,
    )
    messages.success(
        request, "Corrected and signed. The scores were computed again; what was locked stays in the record."
    )
    return correction
