"""The page on which somebody of the study team records the own guess at the arm."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from assessments import actions, queries
from assessments.forms import GuessForm
from assessments.instruments import certainty_choices, guess_choices
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import visit_for
from patients.queries import definition_for


@requires(Permission.GUESS_RECORD)
@require_http_methods(["GET", "POST"])
def guess_record(request: PageRequest, public_id: str) -> HttpResponse:
    """Asks for the guess before the team talks about it, and never shows another person's."""
    visit = visit_for(request.viewer, public_id, Permission.GUESS_RECORD)
    procedure = queries.guess_asked_of(request.viewer.person, visit, at=request.now)
    if procedure is None:
        raise Http404
    definition = definition_for(visit.participant)
    choices: dict[str, Any] = {
        "guesses": guess_choices(definition, procedure),
        "certainties": certainty_choices(definition, procedure),
    }
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
