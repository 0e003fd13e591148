"""What participants said past their sites, for the ombudsperson and the safety officer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import moment
from portal import actions
from portal.access import report_for
from portal.forms import AcknowledgementForm
from portal.models import ConfidentialReport
from portal.queries import reports_for

SHOWN = 200


@requires(Permission.CONFIDENTIAL_READ)
@require_GET
def confidential_list(request: PageRequest) -> HttpResponse:
    """Lists what was said, what nobody has read first, with the clock of each."""
    found = list(reports_for(request.viewer).order_by("acknowledged_at", "acknowledge_by_at", "id")[:SHOWN])
    found.sort(key=lambda report: (report.acknowledged_at is not None, report.acknowledge_by_at))
    waiting = [report for report in found if report.acknowledged_at is None]
    late = [report for report in waiting if request.now > report.acknowledge_by_at]
    context = {
        "rows": [(_state(report, late), report) for report in found],
        "answers": [
            ("Not read yet", len(waiting), f"{len(late)} overdue"),
            ("Next by", moment(waiting[0].acknowledge_by_at, request.viewer.person.zone) if waiting else "Nothing", ""),
            ("Answered", len(found) - len(waiting), ""),
        ],
    }
    return render(request, "portal/confidential_list.html", context)


@requires(Permission.CONFIDENTIAL_READ)
def confidential_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what was said and takes the acknowledgement."""
    report = report_for(request.viewer, public_id)
    form = AcknowledgementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.acknowledge_report(report, **form.cleaned_data, by=request.viewer.person, at=request.now)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Acknowledged. The participant reads your answer on the own pages.")
            return redirect("portal:confidential-detail", public_id)
    zone = request.viewer.person.zone
    context = {
        "report": report,
        "form": form,
        "answers": [
            ("Sent", moment(report.sent_at, zone), report.participant_code),
            ("Read by", moment(report.acknowledge_by_at, zone), "late" if _late(report, request) else ""),
            ("An answer is wanted", "Yes" if report.wants_answer else "No", "to be spoken to"),
        ],
    }
    return render(request, "portal/confidential_detail.html", context, status=422 if form.errors else 200)


def _late(report: ConfidentialReport, request: PageRequest) -> bool:
    return (report.acknowledged_at or request.now) > report.acknowledge_by_at


def _state(report: ConfidentialReport, late: list[ConfidentialReport]) -> tuple[str, str]:
    if report.acknowledged_at is not None:
        return "complete", "Answered"
    return ("overdue", "Overdue") if report in late else ("due", "Due")
