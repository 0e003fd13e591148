"""Enquiries about harm that shows late: made in their time, or a word on why not."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import format_html

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import moment
from integration import actions, queries
from integration.access import enquiry_for
from integration.forms import EnquiryForm, EnquiryMissedForm
from integration.models import HarmEnquiry
from patients.queries import definition_for


@requires(Permission.CONTACT_RECORD)
def enquiry_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes down what was answered; an enquiry that was made is shown for reading."""
    enquiry = enquiry_for(request.viewer, public_id, Permission.CONTACT_RECORD)
    by, at = request.viewer.person, request.now
    form = EnquiryForm(_posted(request, "told"), questions=definition_for(enquiry.participant).aftercare.harm.questions)
    missed = EnquiryMissedForm(_posted(request, "reason"))
    try:
        if form.is_bound and form.is_valid():
            told, unsafe = form.cleaned_data["told"], form.cleaned_data["judged_unsafe"]
            actions.record_enquiry(enquiry, answers=form.answers, told=told, judged_unsafe=unsafe, by=by, at=at)
            messages.success(request, "Enquiry recorded.")
            return redirect("integration:enquiry-detail", public_id)
        if missed.is_bound and missed.is_valid():
            actions.miss_enquiry(enquiry, reason=missed.cleaned_data["reason"], by=by, at=at)
            messages.success(request, "Recorded as not made.")
            return redirect("integration:enquiry-detail", public_id)
    except Refused as refusal:
        show_refusal(missed if missed.is_bound else form, refusal)
    return _show(request, enquiry, form, missed)


def _posted(request: PageRequest, mark: str) -> QueryDict | None:
    return request.POST if mark in request.POST else None


def _show(request: PageRequest, enquiry: HarmEnquiry, form: EnquiryForm, missed: EnquiryMissedForm) -> HttpResponse:
    zone = enquiry.site.zone
    _, word = queries.state_of_enquiry(enquiry, now=request.now)
    positive = [words for code, words in form.questions.items() if enquiry.answers.get(code)]
    context = {
        "enquiry": enquiry,
        "participant": enquiry.participant,
        "form": form,
        "missed_form": missed,
        "waits_for_others": (outside := queries.waits_for_others(enquiry, person=request.viewer.person)),
        "may_answer": enquiry.state == "planned" and request.now >= enquiry.opens_at and not outside,
        "may_miss": enquiry.state == "planned" and request.now > enquiry.closes_at,
        "rows": [(words, "Yes" if enquiry.answers.get(code) else "No") for code, words in form.questions.items()],
        "answers": [
            (
                "Where does it stand?",
                word,
                format_html("asked {}", moment(enquiry.asked_at, zone)) if enquiry.asked_at else "",
            ),
            ("When?", moment(enquiry.due_at, zone), format_html("until {}", moment(enquiry.closes_at, zone))),
            ("What was found?", f"{len(positive)} yes" if enquiry.asked_at else "Not asked", "; ".join(positive)),
        ],
    }
    failed = form.errors or missed.errors
    return render(request, "integration/enquiry_detail.html", context, status=422 if failed else 200)
