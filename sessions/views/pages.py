"""The list of sessions, the preparation of one, the cockpit and its table twin."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.requests import PageRequest
from core.templatetags.vigil import weekday
from patients.access import visit_for, visits_for
from pharmacy.queries import kit_for_visit
from sessions import actions
from sessions.access import session_for, sessions_for
from sessions.models import SessionState
from sessions.tables import tables_of
from sessions.views.panels import opened, show

RECENT = 30


@requires(Permission.SESSION_VIEW)
@require_GET
def session_list(request: PageRequest) -> HttpResponse:
    """Lists what runs, what comes, and what was."""
    sessions = list(sessions_for(request.viewer, Permission.SESSION_VIEW).order_by("-opened_at")[:RECENT])
    booked = visits_for(request.viewer, Permission.SESSION_VIEW).filter(kind="dosing", state="booked")
    coming = list(booked.filter(dosing_session__isnull=True).order_by("booked_at")[:RECENT])
    running = [session for session in sessions if session.state in ("preparing", "dosed")]
    context = {
        "sessions": sessions,
        "coming": coming,
        "answers": [
            ("What runs now?", len(running), "sessions open"),
            ("What comes next?", coming[0].participant.screening_number if coming else "Nothing", "booked"),
            ("How many were held?", sum(s.state == "closed" for s in sessions), "closed, of the latest"),
        ],
    }
    return render(request, "sessions/session_list.html", context)


@requires(Permission.SESSION_VIEW)
@require_http_methods(["GET", "POST"])
def session_prepare(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what a session needs before it is opened, and opens it."""
    visit = visit_for(request.viewer, public_id, Permission.SESSION_VIEW)
    known = sessions_for(request.viewer, Permission.SESSION_VIEW).filter(visit=visit).first()
    if known is not None and known.state != SessionState.ABANDONED:
        return redirect("sessions:session-detail", known.public_id)
    may_open = request.viewer.may(Permission.SESSION_RECORD, site_id=visit.site_id)
    if request.method == "POST" and not may_open:
        raise Http404
    errors: list[str] = []
    if request.method == "POST":
        try:
            session = actions.open_session(visit, by=request.viewer.person, at=request.now)
            return redirect("sessions:session-detail", session.public_id)
        except Refused as refusal:
            errors = [refusal.message]
    gate = actions.rehearse_gate(visit, at=request.now)
    unknown = sum(verdict.holds is None for verdict in gate.judgement.verdicts)
    context = {
        "visit": visit,
        "participant": visit.participant,
        "kit": kit_for_visit(visit),
        "gate": gate,
        "errors": errors,
        "may_open": may_open,
        "answers": [
            ("Would the gate open now?", "Yes" if gate.open else "No", f"{len(gate.obstacles)} in the way"),
            ("What is not known yet?", str(unknown), "conditions of the protocol"),
            ("When?", weekday(visit.booked_at, visit.site.zone) if visit.booked_at else "Not booked", visit.site.name),
        ],
    }
    return render(request, "sessions/session_prepare.html", context, status=422 if errors else 200)


@requires(Permission.SESSION_VIEW)
@require_GET
def session_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the cockpit."""
    session = session_for(request.viewer, public_id, Permission.SESSION_VIEW)
    return show(request, session, panel=opened(request))


@requires(Permission.SESSION_VIEW)
@require_GET
def session_table(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the chart's content as tables, to be read or printed."""
    session = session_for(request.viewer, public_id, Permission.SESSION_VIEW)
    context = {"session": session, "participant": session.participant, "tables": tables_of(session)}
    return render(request, "sessions/session_table.html", context)
