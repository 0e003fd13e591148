"""What becomes of a report: sent to a receiver, tried again, decided where it is in doubt, and answered."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from reports import actions, queries
from reports.access import report_for, transmission_for
from reports.forms import AnswerForm, DoubtForm, SendForm
from reports.views.cases import DETAIL, case_context


@requires(Permission.SAFETY_OFFICE)
@require_POST
def report_send(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts a report on its way to a receiver."""
    report = report_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    receivers = queries.case_of(report.event).receivers
    form = SendForm(request.POST, receivers=[(code, each.name) for code, each in receivers.items()])
    if form.is_valid():
        try:
            sent = actions.queue_report(report, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, f"The report is on its way to: {sent.receiver_name}.")
            return redirect("reports:case-detail", report.event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = case_context(report.event, send_form=form)
    return render(request, DETAIL, context | {"form": form}, status=422)


@requires(Permission.SAFETY_OFFICE)
@require_POST
def transmission_retry(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts a failed transmission back into the queue."""
    transmission = transmission_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    try:
        actions.retry(transmission, by=request.viewer.person, at=request.now)
        messages.success(request, "It is tried again, under the same number.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("reports:case-detail", transmission.report.event.public_id)


@requires(Permission.SAFETY_OFFICE)
@require_POST
def transmission_decide(request: PageRequest, public_id: str) -> HttpResponse:
    """Keeps a person's word on a report of which nobody knows whether it left."""
    transmission = transmission_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    event, form = transmission.report.event, DoubtForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            actions.decide_doubt(
                transmission,
                arrived=told["arrived"] == "yes",
                reason=told["reason"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, "Kept, with how you know.")
            return redirect("reports:case-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = case_context(event, doubt_form=form)
    return render(request, DETAIL, context | {"form": form}, status=422)


@requires(Permission.SAFETY_OFFICE)
@require_POST
def answer_keep(request: PageRequest) -> HttpResponse:
    """Keeps the acknowledgement of a receiver; it names itself which transmission it answers."""
    form = AnswerForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            kept = actions.keep_acknowledgement(form.cleaned_data["file"], by=request.viewer.person, at=request.now)
            messages.success(request, f"Acknowledgement {kept.number} is kept.")
            return redirect("reports:case-detail", kept.transmission.report.event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "reports/answer_keep.html", {"form": form}, status=422)
