"""Boundaries of sessions, seen from outside the pair: touch, stop words, and what was said past the site."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Conflict, Refused, WrongPassword
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from integration import actions as integration_actions
from integration import adherence
from integration.forms_review import BoundaryForm
from portal.queries import boundary_rows, reports_about
from sessions import privilege
from sessions.access import session_for


@requires(Permission.BOUNDARY_REVIEW)
@require_GET
def boundary_list(request: PageRequest) -> HttpResponse:
    """Lists the sessions in which something of boundaries must be looked at, those that nobody has seen first."""
    rows = boundary_rows(request.viewer)
    waiting = [row for row in rows if not row.reviewed]
    context = {
        "rows": sorted(rows, key=lambda row: row.reviewed),
        "answers": [
            ("What waits?", len(waiting) or "Nothing", "sessions to look at"),
            ("Stop words", sum(row.session.stop_words for row in waiting) or "None", "in them"),
            ("Said past the site", sum(row.reports for row in waiting) or "Nothing", "by their participants"),
        ],
    }
    return render(request, "portal/boundary_list.html", context)


@requires(Permission.BOUNDARY_REVIEW)
@require_http_methods(["GET", "POST"])
def boundary_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows touch, stop words and reports about a session, and takes what the reviewer found."""
    session = session_for(request.viewer, public_id, Permission.BOUNDARY_REVIEW)
    review = adherence.boundary_reviewed(session)
    form = BoundaryForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            integration_actions.review_boundaries(session, **form.said, by=request.viewer.person, at=request.now)
        except (Refused, WrongPassword) as refusal:
            show_refusal(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 422
        else:
            messages.success(request, "Recorded.")
            return redirect("portal:boundary-list")
    context = {
        "session": session,
        "participant": session.participant,
        "review": review,
        "form": None if review else form,
        "touches": privilege.touches_of(session),
        "reports": reports_about(request.viewer, session.participant),
    }
    return render(request, "portal/boundary_detail.html", context, status=422 if form.errors else status)
