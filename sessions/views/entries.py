"""Recording in the cockpit: one form, one action, back to the chart."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from sessions import actions
from sessions.access import session_for
from sessions.forms import EntryForm
from sessions.models import DosingSession
from sessions.views.panels import build, done, show

Action = Callable[[DosingSession, dict[str, Any], EntryForm], Any]


def record(request: PageRequest, public_id: str, *, panel: str, action: Action) -> HttpResponse:
    """Takes one panel's form to its action; what is refused comes back with everything typed."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    form = build(panel, session, request, request.POST)
    if form.is_valid():
        try:
            action(session, {**form.stamp, "by": request.viewer.person, "at": request.now}, form)
            return done(session)
        except Refused as refusal:
            show_refusal(form, refusal)
            session.refresh_from_db()
    return show(request, session, panel=panel, form=form)


@requires(Permission.SESSION_RECORD)
@require_POST
def record_vitals(request: PageRequest, public_id: str) -> HttpResponse:
    """Records a set of vital signs."""

    def act(session: DosingSession, stamp: dict[str, Any], form: EntryForm) -> None:
        names = ("systolic_mmhg", "diastolic_mmhg", "heart_rate_bpm", "temperature_c", "chest_pain")
        actions.record_vitals(session, **{name: form.cleaned_data[name] for name in names}, **stamp)

    return record(request, public_id, panel="vitals", action=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def observe_effect(request: PageRequest, public_id: str) -> HttpResponse:
    """Records something observed, from the grid or in own words."""

    def act(session: DosingSession, stamp: dict[str, Any], form: EntryForm) -> None:
        entered = form.cleaned_data
        valence = entered["valence"] or "not_asked"
        actions.observe_effect(session, code=entered["code"], term=entered["term"], valence=valence, **stamp)

    return record(request, public_id, panel="effect", action=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def write_note(request: PageRequest, public_id: str) -> HttpResponse:
    """Records a note."""

    def act(session: DosingSession, stamp: dict[str, Any], form: EntryForm) -> None:
        actions.write_note(session, text=form.cleaned_data["text"], **stamp)

    return record(request, public_id, panel="note", action=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def rate_distress(request: PageRequest, public_id: str) -> HttpResponse:
    """Records a rating of distress."""

    def act(session: DosingSession, stamp: dict[str, Any], form: EntryForm) -> None:
        actions.rate_distress(session, score=form.cleaned_data["score"], **stamp)

    return record(request, public_id, panel="distress", action=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def give_medicine(request: PageRequest, public_id: str) -> HttpResponse:
    """Records a medicine other than the study drug."""

    def act(session: DosingSession, stamp: dict[str, Any], form: EntryForm) -> None:
        names = ("name", "amount", "indication")
        actions.give_medicine(session, **{name: form.cleaned_data[name] for name in names}, **stamp)

    return record(request, public_id, panel="medicine", action=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def record_presence(request: PageRequest, public_id: str) -> HttpResponse:
    """Records that somebody entered or left the room."""

    def act(session: DosingSession, stamp: dict[str, Any], form: EntryForm) -> None:
        move = actions.enter_room if form.cleaned_data["direction"] == "in" else actions.leave_room
        move(session, person=form.cleaned_data["person"], **stamp)

    return record(request, public_id, panel="presence", action=act)
