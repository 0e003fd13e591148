"""One visit: when it is, what the protocol asks for, what became of it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries
from patients.access import visit_for
from patients.completeness import values_of
from patients.forms import BookingForm, MissedForm, ProcedureForm
from patients.models import Visit

PAGE = "patients/visit_detail.html"
SHAPES = {"done": ("complete", "Done"), "not_done": ("notdone", "Not done"), "due": ("due", "Due")}
VISIT_SHAPES = {
    "planned": ("notdue", "Planned"),
    "booked": ("due", "Booked"),
    "started": ("started", "Started"),
    "done": ("complete", "Done"),
    "missed": ("missed", "Missed"),
    "cancelled": ("notdone", "Cancelled"),
}


@requires(Permission.PARTICIPANT_VIEW)
@require_GET
def visit_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows a visit with its window and procedures."""
    visit = visit_for(request.viewer, public_id, Permission.PARTICIPANT_VIEW)
    return render(request, PAGE, _context(request, visit))


@requires(Permission.VISIT_MANAGE)
@require_POST
def visit_book(request: PageRequest, public_id: str) -> HttpResponse:
    """Gives a visit a time in its window."""
    visit = visit_for(request.viewer, public_id, Permission.VISIT_MANAGE)
    form = BookingForm(request.POST, zone=visit.site.zone)
    return _act(
        request,
        visit,
        form,
        lambda: actions.book_visit(
            visit, starts_at=form.cleaned_data["starts_at"], by=request.viewer.person, at=request.now
        ),
        shown_as="booking_form",
    )


@requires(Permission.VISIT_RECORD)
@require_POST
def visit_start(request: PageRequest, public_id: str) -> HttpResponse:
    """Begins a visit now."""
    visit = visit_for(request.viewer, public_id, Permission.VISIT_RECORD)
    start = lambda: actions.start_visit(visit, by=request.viewer.person, at=request.now)  # noqa: E731
    return _act(request, visit, forms.Form({}), start)


@requires(Permission.VISIT_RECORD)
@require_POST
def visit_finish(request: PageRequest, public_id: str) -> HttpResponse:
    """Ends a visit now."""
    visit = visit_for(request.viewer, public_id, Permission.VISIT_RECORD)
    finish = lambda: actions.finish_visit(visit, by=request.viewer.person, at=request.now)  # noqa: E731
    return _act(request, visit, forms.Form({}), finish)


@requires(Permission.VISIT_RECORD)
@require_POST
def visit_miss(request: PageRequest, public_id: str) -> HttpResponse:
    """Records that a visit did not take place."""
    visit = visit_for(request.viewer, public_id, Permission.VISIT_RECORD)
    form = MissedForm(request.POST, reasons=_reasons(visit))
    miss = lambda: actions.miss_visit(visit, **form.cleaned_data, by=request.viewer.person, at=request.now)  # noqa: E731
    return _act(request, visit, form, miss, shown_as="missed_form")


@requires(Permission.VISIT_RECORD)
@require_POST
def visit_procedure(request: PageRequest, public_id: str) -> HttpResponse:
    """Records a procedure as done or not done."""
    visit = visit_for(request.viewer, public_id, Permission.VISIT_RECORD)
    form = ProcedureForm(request.POST)
    record = lambda: actions.record_procedure(  # noqa: E731
        visit,
        code=form.cleaned_data["code"],
        state=form.cleaned_data["state"],
        reason=form.cleaned_data["reason"],
        by=request.viewer.person,
        at=request.now,
    )
    return _act(request, visit, form, record, shown_as="procedure_form")


def _act(request: PageRequest, visit: Visit, form: forms.Form, action: Any, *, shown_as: str = "form") -> HttpResponse:
    """Does one thing to a visit and shows the page again, with the refusal if there was one."""
    if form.is_valid():
        try:
            action()
            return redirect("patients:visit-detail", visit.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    visit.refresh_from_db()
    context = _context(request, visit) | {shown_as: form, "form": form}
    return render(request, PAGE, context, status=422)


def _context(request: PageRequest, visit: Visit) -> dict[str, Any]:
    participant = visit.participant
    definition = queries.definition_for(participant)
    procedures = {row.code: row for row in visit.procedures.order_by("id")}
    lines = []
    for procedure in queries.procedures_asked(visit, procedures):
        row = procedures.get(procedure.code)
        state = row.state if row else "due"
        has_form = bool(values_of(definition, procedure.code))
        lines.append((procedure, definition.duties[procedure.role][0], row, SHAPES[state], has_form))
    still_due = sum(1 for row in procedures.values() if row.state == "due")
    viewer = request.viewer
    return {
        "visit": visit,
        "participant": participant,
        "shape": VISIT_SHAPES[visit.state],
        "today": request.now.date(),
        "lines": lines,
        "may_book": viewer.may(Permission.VISIT_MANAGE, site_id=visit.site_id) and visit.state in ("planned", "booked"),
        "may_record": viewer.may(Permission.VISIT_RECORD, site_id=visit.site_id),
        "may_enter": viewer.may(Permission.SCREENING_RECORD, site_id=visit.site_id),
        "booking_form": BookingForm(zone=visit.site.zone, initial={"starts_at": visit.booked_at}),
        "missed_form": MissedForm(reasons=definition.durability.missing_reasons),
        "answers": [
            ("Where does it stand?", VISIT_SHAPES[visit.state][1], visit.name),
            ("When may it take place?", _window(visit), "both days included" if _has_days(visit) else ""),
            ("What is still to do?", f"{still_due} procedures", f"of {len(lines)}"),
        ],
    }


def _reasons(visit: Visit) -> Mapping[str, str]:
    return queries.definition_for(visit.participant).durability.missing_reasons


def _has_days(visit: Visit) -> bool:
    return visit.earliest_on != visit.latest_on


def _window(visit: Visit) -> str:
    if visit.earliest_on is None or visit.latest_on is None:
        return "No window yet"
    if visit.earliest_on == visit.latest_on:
        return f"{visit.earliest_on:%-d %b %Y} only"
    return f"{visit.earliest_on:%-d %b} to {visit.latest_on:%-d %b %Y}"
