"""What was written by hand: the scans of a session, and typing from them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from sessions import actions, queries
from sessions.access import session_for
from sessions.forms import SheetForm
from sessions.kinds import KINDS

PAGE = "sessions/paper_list.html"


@requires(Permission.SESSION_RECORD)
@require_http_methods(["GET", "POST"])
def paper_list(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the sheets of a session, takes a scan, and leads to typing from one."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    people = queries.people_on_duty(session, at=request.now)
    posted = request.method == "POST"
    form = SheetForm(request.POST if posted else None, request.FILES if posted else None, people=people)
    if posted and form.is_valid():
        scan = form.cleaned_data["scan"]
        try:
            actions.keep_sheet(
                session, file_name=scan.name, content=scan.read(), written_by=form.cleaned_data["written_by"],
                by=request.viewer.person,
            )  # fmt: skip
            messages.success(request, "The sheet is kept. Type its entries from it, each with the time written on it.")
            return redirect("sessions:paper-list", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "session": session,
        "participant": session.participant,
        "sheets": queries.sheets_of(session),
        "kinds": list(KINDS.values()),
        "form": form,
    }
    return render(request, PAGE, context, status=422 if form.errors else 200)


@requires(Permission.SESSION_VIEW)
@require_GET
def paper_scan(request: PageRequest, public_id: str, sheet_id: str) -> HttpResponse:
    """Returns the scan of a sheet, to be kept or read beside the page."""
    session = session_for(request.viewer, public_id, Permission.SESSION_VIEW)
    sheet = queries.sheet_of(session, sheet_id)
    if sheet is None:
        raise Http404
    answer = HttpResponse(bytes(sheet.content), content_type=sheet.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{sheet.public_id}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
