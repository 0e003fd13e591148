"""A case on paper and as a file: in the order of known forms, its dossier, and the report's XML."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from core.documents import pdf
from core.permissions import Permission, requires
from core.requests import PageRequest
from reports import papers, queries
from reports.access import case_for, report_for

WRITERS = {"cioms": papers.cioms_ordered, "medwatch": papers.medwatch_ordered, "dossier": papers.dossier}


@requires(Permission.SAFETY_OFFICE)
@require_GET
def case_paper(request: PageRequest, public_id: str, paper: str) -> HttpResponse:
    """Returns a paper of a case as PDF; papers of the report itself exist once a report was made."""
    event = case_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    reports = queries.reports_of(event)
    if paper not in WRITERS or not reports:
        raise Http404
    title, parts = WRITERS[paper](event, reports)
    zone = event.site.trial.sponsor_zone
    document = pdf(title, parts=parts, printed_by=request.viewer.person.display_name, at=request.now, zone=zone)
    answer = HttpResponse(document, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{reports[0].safety_report_id}-{paper}.pdf"'
    return answer


@requires(Permission.SAFETY_OFFICE)
@require_GET
def report_file(request: PageRequest, public_id: str) -> HttpResponse:
    """Returns the XML of a report, as it was made."""
    report = report_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    answer = HttpResponse(report.content, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{report.safety_report_id}-{report.number}.xml"'
    return answer
