"""Correcting a value: the old one stays, the new one stands beside it with the reason."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.errors import Conflict, Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries
from patients.access import participant_for
from patients.completeness import entered_by_hand
from patients.forms import CorrectionForm
from patients.models import Fact


@requires(Permission.SCREENING_RECORD)
@require_http_methods(["GET", "POST"])
def fact_correct(request: PageRequest, public_id: str, visit_code: str, code: str, variable: str) -> HttpResponse:
    """Corrects the value that counts at a visit; when somebody else did so meanwhile, shows both."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    if participant.protocol_version is None:
        raise Http404
    definition = queries.definition_for(participant)
    known = queries.known_facts(participant, visit_code=visit_code).get(variable)
    asked = {entry.name: entry for entry in entered_by_hand(definition, code)}
    if known is None or variable not in asked:
        raise Http404
    form = CorrectionForm(
        request.POST or None,
        variable=asked[variable],
        definition=definition,
        initial={"seen": known.fact.pk, "value": known.fact.value},
    )
    if request.method == "POST" and form.is_valid():
        try:
            _correct(request, known.fact, form)
            return redirect("patients:screening-record", public_id, visit_code, code)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "participant": participant,
        "procedure": definition.procedures[code],
        "visit_code": visit_code,
        "fact": known.fact,
        "form": form,
    }
    return render(request, "patients/fact_correct.html", context, status=422 if form.errors else 200)


def _correct(request: PageRequest, fact: Fact, form: CorrectionForm) -> None:
    entered = form.cleaned_data
    if entered["seen"] != fact.pk:
        sentence = f"{fact.recorded_by.display_name} recorded {fact.value} meanwhile. Compare, then save again."
        renewed = request.POST.copy()
        renewed["seen"] = str(fact.pk)
        form.data = renewed
        raise Conflict(sentence, field="value")
    actions.correct_fact(
        fact, value=str(entered["value"]), reason=entered["reason"], by=request.viewer.person, at=request.now
    )
