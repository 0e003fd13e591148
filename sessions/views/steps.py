"""The steps of a session: doses, override, early end, discharge, hand-over, close. The server refuses what fails."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import Permission, requires
from core.pins import check_pin_or_password
from core.refusals import show_refusal
from core.requests import PageRequest
from sessions import actions
from sessions.access import session_for
from sessions.forms import AbandonForm, OverrideForm
from sessions.models import DosingSession
from sessions.views.panels import build, done, refused, show

Act = Callable[[DosingSession, Any, dict[str, Any]], object]


def _step(request: PageRequest, public_id: str, *, panel: str, permission: Permission, act: Act) -> HttpResponse:
    """Takes a step's form to its action; what is refused comes back with everything typed."""
    session = session_for(request.viewer, public_id, permission)
    form = build(panel, session, request, request.POST)
    if not form.is_valid():
        return show(request, session, panel=panel, form=form)
    try:
        act(session, form, {"by": request.viewer.person, "at": request.now})
    except Refused as refusal:
        return refused(request, session, panel=panel, form=form, refusal=refusal)
    return done(session)


@requires(Permission.SESSION_RECORD)
@require_POST
def give_initial_dose(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the initial dose, if the gate is open; both people confirm for themselves."""

    def act(session: DosingSession, form: Any, who: dict[str, Any]) -> None:
        second = _second(form, at=who["at"])
        kit_number = form.cleaned_data["kit_number"]
        actions.give_initial_dose(session, kit_number=kit_number, second_person=second, **who, **form.stamp)

    return _step(request, public_id, panel="dose", permission=Permission.SESSION_RECORD, act=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def decide_supplemental(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the one decision on the supplemental dose."""

    def act(session: DosingSession, form: Any, who: dict[str, Any]) -> None:
        second = _second(form, at=who["at"])
        entered = {name: form.cleaned_data.get(name, "") for name in ("decision", "reason", "kit_number")}
        actions.decide_supplemental(
            session, answers=form.answers, second_person=second, **entered, **who, **form.stamp
        )  # fmt: skip

    return _step(request, public_id, panel="supplemental", permission=Permission.SESSION_RECORD, act=act)


@requires(Permission.CONDITION_OVERRIDE)
@require_POST
def override_condition(request: PageRequest, public_id: str) -> HttpResponse:
    """Signs that one condition may be passed, by the person whom the protocol names."""
    session = session_for(request.viewer, public_id, Permission.CONDITION_OVERRIDE)
    form = OverrideForm(request.POST)
    if not form.is_valid():
        return show(request, session, errors=["Say why, and enter your password."])
    try:
        actions.override_condition(session, by=request.viewer.person, at=request.now, **form.cleaned_data)
    except Refused as refusal:
        return show(request, session, errors=[refusal.message])
    return done(session)


@requires(Permission.SESSION_RECORD)
@require_POST
def check_discharge(request: PageRequest, public_id: str) -> HttpResponse:
    """Keeps a check of readiness by both, met or not."""

    def act(session: DosingSession, form: Any, who: dict[str, Any]) -> None:
        second, escort = _second(form, at=who["at"]), form.cleaned_data["escort_name"]
        actions.check_discharge(
            session, answers=form.answers, escort_name=escort, second_person=second, **who, **form.stamp
        )

    return _step(request, public_id, panel="discharge", permission=Permission.SESSION_RECORD, act=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def hand_over(request: PageRequest, public_id: str) -> HttpResponse:
    """Hands the participant over to the attendant, who confirms for themselves."""

    def act(session: DosingSession, form: Any, who: dict[str, Any]) -> None:
        attendant = _second(form, at=who["at"])
        actions.hand_over(session, attendant=attendant, told=form.cleaned_data["told"], **who, **form.stamp)

    return _step(request, public_id, panel="hand_over", permission=Permission.SESSION_RECORD, act=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def end_session(request: PageRequest, public_id: str) -> HttpResponse:
    """Ends a session before its time after a dose; the participant stays until discharge."""

    def act(session: DosingSession, form: Any, who: dict[str, Any]) -> None:
        actions.end_early(session, **form.cleaned_data, **who)

    return _step(request, public_id, panel="end_early", permission=Permission.SESSION_RECORD, act=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def release_participant(request: PageRequest, public_id: str) -> HttpResponse:
    """Signs that the participant leaves although not every criterion is met."""

    def act(session: DosingSession, form: Any, who: dict[str, Any]) -> None:
        actions.release_early(session, **form.cleaned_data, **who)

    return _step(request, public_id, panel="release", permission=Permission.SESSION_RECORD, act=act)


@requires(Permission.SESSION_RECORD)
@require_POST
def close_session(request: PageRequest, public_id: str) -> HttpResponse:
    """Closes the session by signature, once everything is complete."""

    def act(session: DosingSession, form: Any, who: dict[str, Any]) -> None:
        actions.close_session(session, password=form.cleaned_data["password"], **who)

    return _step(request, public_id, panel="close", permission=Permission.SESSION_RECORD, act=act)


@requires(Permission.SESSION_RECORD)
@require_http_methods(["GET", "POST"])
def abandon_session(request: PageRequest, public_id: str) -> HttpResponse:
    """Ends a session in which no dose is given, with the reason."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    form = AbandonForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.abandon_session(
                session, reason=form.cleaned_data["reason"], by=request.viewer.person, at=request.now
            )
            messages.success(request, "Abandoned. The visit can be moved to another day, or recorded as missed.")
            return redirect("patients:visit-detail", session.visit.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 422
    context = {"session": session, "participant": session.participant, "form": form}
    return render(
        request, "sessions/session_abandon.html", context, status=422 if form.errors and status == 200 else status
    )


def _second(form: Any, *, at: datetime) -> Person:
    """Returns the second person, who confirmed with the own PIN or password."""
    person: Person = form.cleaned_data["second_person"]
    check_pin_or_password(person, entered=form.cleaned_data["second_secret"], field="second_secret", at=at)
    return person
