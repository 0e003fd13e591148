"""Guesses at the arm: the own one of the study team, and the participant's, on a handed-over tablet or on behalf."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assessments import actions, queries
from assessments.forms import GuessForm, GuessOnBehalfForm, TakeBackForm
from assessments.instruments import certainty_choices, guess_choices
from core.errors import Refused
from core.handing_over import hand_over, take_back
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import visit_for
from patients.queries import definition_for
from protocol.definition import Procedure


@requires(Permission.GUESS_RECORD)
@require_http_methods(["GET", "POST"])
def guess_record(request: PageRequest, public_id: str) -> HttpResponse:
    """Asks for the guess before the team talks about it, and never shows another person's."""
    visit = visit_for(request.viewer, public_id, Permission.GUESS_RECORD)
    procedure = queries.guess_asked_of(request.viewer.person, visit, at=request.now)
    if procedure is None:
        raise Http404
    choices = _choices(visit, procedure)
    form = GuessForm(request.POST if request.method == "POST" else None, **choices)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_guess(visit, procedure, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Recorded. Nobody at the site reads it.")
            return redirect("assessments:guess-record", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    own = queries.own_guess(request.viewer.person, visit, procedure)
    context = {
        "visit": visit,
        "participant": visit.participant,
        "own": own,
        "own_words": dict(choices["guesses"]).get(own.guess, own.guess) if own else "",
        "form": form,
    }
    return render(request, "assessments/guess_record.html", context, status=422 if form.errors else 200)


@requires(Permission.VISIT_RECORD)
@require_http_methods(["GET", "POST"])
def guess_of_participant(request: PageRequest, public_id: str) -> HttpResponse:
    """Hands the tablet over, or takes down what the participant said elsewhere; an earlier guess is never shown."""
    visit, procedure = _visit_of_participant(request, public_id)
    if "hand_over" in request.POST:
        tablet = reverse("assessments:guess-tablet", args=[public_id])
        hand_over(request, place=tablet)
        return redirect(tablet)
    form = GuessOnBehalfForm(request.POST if request.method == "POST" else None, **_choices(visit, procedure))
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_guess_on_behalf(
                visit, procedure, by=request.viewer.person, at=request.now, **form.cleaned_data
            )
            messages.success(request, "Recorded for the participant. It stands as it is.")
            return redirect("patients:visit-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "visit": visit,
        "participant": visit.participant,
        "form": form,
        "is_recorded": queries.participant_has_guessed(visit, procedure),
    }
    return render(request, "assessments/guess_of_participant.html", context, status=422 if form.errors else 200)


@requires(Permission.VISIT_RECORD)
@require_http_methods(["GET", "POST"])
def guess_tablet(request: PageRequest, public_id: str) -> HttpResponse:
    """Lets the participant answer alone; afterwards the tablet is signed out, so that it shows nothing else."""
    visit, procedure = _visit_of_participant(request, public_id)
    if "take_back" in request.POST:
        return _take_back(request, visit, procedure)
    form = GuessForm(request.POST if request.method == "POST" else None, **_choices(visit, procedure))
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_guess_on_tablet(
                visit, procedure, by=request.viewer.person, at=request.now, **form.cleaned_data
            )
            logout(request)
            return render(request, "assessments/guess_thanks.html")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"form": form, "back_form": TakeBackForm()}
    return render(request, "assessments/guess_tablet.html", context, status=422 if form.errors else 200)


def _take_back(request: PageRequest, visit: Any, procedure: Procedure) -> HttpResponse:
    form = TakeBackForm(request.POST)
    if form.is_valid():
        try:
            take_back(request, password=form.cleaned_data["password"])
            return redirect("assessments:guess-of-participant", visit.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"form": GuessForm(**_choices(visit, procedure)), "back_form": form}
    return render(request, "assessments/guess_tablet.html", context, status=422)


def _visit_of_participant(request: PageRequest, public_id: str) -> tuple[Any, Procedure]:
    visit = visit_for(request.viewer, public_id, Permission.VISIT_RECORD)
    procedure = queries.participant_guess_at(visit)
    if procedure is None:
        raise Http404
    return visit, procedure


def _choices(visit: Any, procedure: Procedure) -> dict[str, Any]:
    definition = definition_for(visit.participant)
    return {
        "guesses": guess_choices(definition, procedure),
        "certainties": certainty_choices(definition, procedure),
    }
