"""The steps of a session: doses, override, discharge, close. The server refuses what fails or is unknown."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Refused, WrongPassword
from core.models import Person
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from sessions import actions
from sessions.access import session_for
from sessions.forms import AbandonForm, DischargeForm, InitialDoseForm, OverrideForm, SupplementalForm
from sessions.views.panels import build, done, show


@requires(Permission.SESSION_RECORD)
@require_POST
def give_initial_dose(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the initial dose, if the gate is open; both people confirm for themselves."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    form = build("dose", session, request, request.POST)
    assert isinstance(form, InitialDoseForm)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            _check_second(entered["second_person"], entered["second_password"])
            actions.give_initial_dose(
                session,
                kit_number=entered["kit_number"],
                second_person=entered["second_person"],
                by=request.viewer.person,
                at=request.now,
                **form.stamp,
            )
            return done(session)
        except Refused as refusal:
            show_refusal(form, refusal)
            session.refresh_from_db()
    return show(request, session, panel="dose", form=form)


@requires(Permission.SESSION_RECORD)
@require_POST
def decide_supplemental(request: PageRequest, public_id: str) -> HttpResponse:
    """Records the one decision on the supplemental dose."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    form = build("supplemental", session, request, request.POST)
    assert isinstance(form, SupplementalForm)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            _check_second(entered["second_person"], entered["second_password"])
            actions.decide_supplemental(
                session,
                decision=entered["decision"],
                reason=entered["reason"],
                answers=form.answers,
                second_person=entered["second_person"],
                kit_number=entered["kit_number"],
                by=request.viewer.person,
                at=request.now,
                **form.stamp,
            )
            return done(session)
        except Refused as refusal:
            show_refusal(form, refusal)
    return show(request, session, panel="supplemental", form=form)


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
    """Keeps a check of readiness, met or not."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    form = build("discharge", session, request, request.POST)
    assert isinstance(form, DischargeForm)
    if form.is_valid():
        try:
            actions.check_discharge(
                session,
                answers=form.answers,
                escort_name=form.cleaned_data["escort_name"],
                by=request.viewer.person,
                at=request.now,
                **form.stamp,
            )
            return done(session)
        except Refused as refusal:
            show_refusal(form, refusal)
    return show(request, session, panel="discharge", form=form)


@requires(Permission.SESSION_RECORD)
@require_POST
def close_session(request: PageRequest, public_id: str) -> HttpResponse:
    """Closes the session once the participant is ready."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    try:
        actions.close_session(session, by=request.viewer.person, at=request.now)
    except Refused as refusal:
        return show(request, session, errors=[refusal.message, *refusal.details])
    return done(session)


@requires(Permission.SESSION_RECORD)
@require_http_methods(["GET", "POST"])
def abandon_session(request: PageRequest, public_id: str) -> HttpResponse:
    """Ends a session in which no dose is given, with the reason."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    form = AbandonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.abandon_session(
                session, reason=form.cleaned_data["reason"], by=request.viewer.person, at=request.now
            )
            messages.success(request, "Abandoned. The visit can be moved to another day, or recorded as missed.")
            return redirect("patients:visit-detail", session.visit.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"session": session, "participant": session.participant, "form": form}
    return render(request, "sessions/session_abandon.html", context, status=422 if form.errors else 200)


def _check_second(person: Person, password: str) -> None:
    if not person.check_password(password):
        raise WrongPassword(
            "The password of the second person is not right. Nothing was recorded.", field="second_password"
        )
