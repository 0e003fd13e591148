"""Annual reports of the trial: one with its ladder, taken by name, closed with the report's date and reference."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from safety import actions, queries
from safety.access import annual_report_for
from safety.forms import AnnualSentForm, TakeForm
from safety.models import AnnualReport
from trials import queries as trial_queries


@requires(Permission.SAFETY_OFFICE)
@require_GET
def annual_report_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows an annual report: its year, its deadline in both zones, its ladder, and what is recorded of it."""
    return _show(request, annual_report_for(request.viewer, public_id, Permission.SAFETY_OFFICE))


@requires(Permission.SAFETY_OFFICE)
@require_POST
def annual_report_take(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes an annual report by name, which ends its ladder until it has passed."""
    report = annual_report_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    form = TakeForm(request.POST, prefix="take")
    if form.is_valid():
        try:
            actions.take_annual_report(report, note=form.cleaned_data["note"], by=request.viewer.person, at=request.now)
            messages.success(request, "It is taken in your name.")
            return redirect("safety:annual-report-detail", report.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _show(request, report, take_form=form, form=form)


@requires(Permission.SAFETY_OFFICE)
@require_POST
def annual_report_record(request: PageRequest, public_id: str) -> HttpResponse:
    """Closes the clock of an annual report with its date and reference."""
    report = annual_report_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    form = AnnualSentForm(request.POST, prefix="sent")
    if form.is_valid():
        try:
            actions.record_annual_report(report, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, "The report is on record; its clock is closed.")
            return redirect("safety:annual-report-detail", report.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _show(request, report, sent_form=form, form=form)


def _show(request: PageRequest, report: AnnualReport, **given: Any) -> HttpResponse:
    definition = trial_queries.definition_of(trial_queries.latest_version(trial_queries.current_trial()))
    steps = queries.annual_steps(report)
    line = queries.annual_line(report, at=request.now)
    told = any(step.taken_at and not step.acknowledged_at and not step.left_out for step in steps)
    context: dict[str, Any] = {
        "line": line,
        "steps": steps,
        "people": queries.people_to_call(steps, definition, at=request.now) if line.calls else [],
        "sent_form": None if report.met_at else AnnualSentForm(prefix="sent"),
        "take_form": TakeForm(prefix="take") if told and not report.met_at else None,
        "answers": [
            ("State", line.words, ""),
            ("The year", f"{report.begins_on:%-d %b %Y}", f"up to {report.ends_on:%-d %b %Y}, not included"),
            ("Who holds it?", "Safety desk", "of the sponsor"),
        ],
    }
    form = given.get("form")
    status = 422 if form is not None and form.errors else 200
    return render(request, "safety/annual_report_detail.html", context | given, status=status)
