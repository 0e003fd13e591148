"""The list of sessions, the preparation of one, the cockpit and its table twin."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.requests import PageRequest
from patients.access import visit_for, visits_for
from pharmacy.queries import kit_for_visit
from sessions import actions
from sessions.access import session_for, sessions_for
from sessions.cockpit import cockpit_of
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
    if known is not None:
        return redirect("sessions:session-detail", known.public_id)
    may_open = request.viewer.may(Permission.SESSION_RECORD, site_id=visit.site_id)
    errors: list[str] = []
    if request.method == "POST" and may_open:
        try:
            session = actions.open_session(visit, by=request.viewer.person, at=request.now)
            return redirect("sessions:session-detail", session.public_id)
        except Refused as refusal:
            errors = [refusal.message]
    kit = kit_for_visit(visit)
    rows = [
        ("Booked for", visit.booked_at),
        ("Kit", f"{kit.number}, dispensed" if kit else "not dispensed yet"),
    ]
    context = {"visit": visit, "participant": visit.participant, "kit": kit, "errors": errors, "may_open": may_open}
    return render(request, "sessions/session_prepare.html", context | {"rows": rows}, status=422 if errors else 200)


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
    cockpit = cockpit_of(session, at=request.now)
    context = {"session": session, "participant": session.participant, "cockpit": cockpit}
    return render(request, "sessions/session_table.html", context)
