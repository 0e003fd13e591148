"""The list of sessions, the preparation of one, the cockpit and its table twin."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.permissions import Permission, requires
from core.requests import PageRequest
from patients.access import visits_for
from sessions.access import session_for, sessions_for
from sessions.record import record_of
from sessions.tables import tables_of
from sessions.views.panels import opened, show

RECENT = 30


@requires(Permission.SESSION_VIEW)
@require_GET
def session_list(request: PageRequest) -> HttpResponse:
    """Lists what runs, what comes, and what was."""
    sessions = list(sessions_for(request.viewer, Permission.SESSION_VIEW).order_by("-opened_at", "-id")[:RECENT])
    booked = visits_for(request.viewer, Permission.SESSION_VIEW).filter(kind="dosing", state="booked")
    coming = list(booked.filter(dosing_session__isnull=True).order_by("booked_at", "id")[:RECENT])
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
@require_GET
def session_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the cockpit."""
    session = session_for(request.viewer, public_id, Permission.SESSION_VIEW)
    return show(request, session, panel=opened(request))


@requires(Permission.SESSION_VIEW)
@require_GET
def session_record(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the session on one page, with the chart, to be read or printed."""
    session = session_for(request.viewer, public_id, Permission.SESSION_VIEW)
    context = {"session": session, "participant": session.participant, "record": record_of(session, at=request.now)}
    return render(request, "sessions/session_record.html", context)


@requires(Permission.SESSION_VIEW)
@require_GET
def session_table(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the chart's content as tables, to be read or printed."""
    session = session_for(request.viewer, public_id, Permission.SESSION_VIEW)
    context = {"session": session, "participant": session.participant, "tables": tables_of(session)}
    return render(request, "sessions/session_table.html", context)
