"""The screening record: how complete it is, and what each procedure found, by the protocol's own variables."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries, screening
from patients.access import participant_for
from patients.completeness import completeness_of, entered_by_hand
from patients.forms import FactsForm, ResultsForm, WashoutForm
from patients.models import Participant, Visit
from patients.views.parts import part_links
from protocol.definition import Procedure

RECORD = "patients/screening_record.html"


@requires(Permission.SCREENING_VIEW)
@require_GET
def screening_page(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows how complete the record is, procedure by procedure, and leads to where each is entered."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_VIEW)
    if participant.protocol_version is None:
        return render(request, "patients/screening.html", {"participant": participant})
    record = completeness_of([participant], at=request.now)[participant.pk]
    contradiction = queries.open_contradiction(participant)
    context = {
        "participant": participant,
        "record": record,
        "parts": part_links(participant, here="procedures"),
        "contradiction": contradiction,
        "answers": [
            ("What is missing?", f"{record.missing} procedures", f"of {record.due} that are due by now"),
            ("What is too old?", f"{record.old} procedures", "to be repeated before they count"),
            (
                "What happens next?",
                "Judge anew" if contradiction else "Eligibility",
                f"a value speaks against {contradiction}" if contradiction else "with the evidence",
            ),
        ],
    }
    return render(request, "patients/screening.html", context)


@requires(Permission.SCREENING_RECORD)
@require_http_methods(["GET", "POST"])
def screening_record(request: PageRequest, public_id: str, visit_code: str, code: str) -> HttpResponse:
    """Records what a procedure found; a part can be saved and the rest added later."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    visit = queries.visit_of(participant, visit_code)
    if visit is None or participant.protocol_version is None:
        raise Http404
    definition = queries.definition_for(participant)
    procedure = definition.procedures.get(code)
    if procedure is None:
        raise Http404
    if code in definition.washout_procedures:
        return _washout_record(request, participant, visit, procedure)
    if definition.screening.measures_of(code):
        return _results_record(request, participant, visit, procedure)
    return _facts_record(request, participant, visit, procedure)


def _facts_record(request: PageRequest, participant: Participant, visit: Visit, procedure: Procedure) -> HttpResponse:
    definition = queries.definition_for(participant)
    variables = entered_by_hand(definition, procedure.code)
    if not variables:
        raise Http404
    form = FactsForm(
        request.POST or None,
        variables=variables,
        definition=definition,
        zone=participant.site.zone,
        now=request.now,
        initial={"observed_at": request.now, "source": procedure.name},
    )
    if request.method == "POST" and form.is_valid() and _record(request, participant, visit, form):
        return redirect("patients:screening", participant.public_id)
    known = queries.known_facts(participant, visit_code=visit.code)
    context = {
        "known": [known[v.name].fact for v in variables if v.name in known],
        "correctable": True,
    }
    return _shown(request, participant, visit, procedure, form, context)


def _results_record(request: PageRequest, participant: Participant, visit: Visit, procedure: Procedure) -> HttpResponse:
    """Records the results of a procedure in the units in which they were reported."""
    measures = queries.definition_for(participant).screening.measures_of(procedure.code)
    form = ResultsForm(
        request.POST or None,
        measures=measures,
        zone=participant.site.zone,
        now=request.now,
        initial={"collected_at": request.now},
    )
    if request.method == "POST" and form.is_valid() and _record_results(request, participant, visit, form):
        return redirect("patients:results", participant.public_id)
    codes = {measure.code for measure in measures}
    lines = screening.result_lines(participant)
    here = [line for line in lines if line.result.visit_id == visit.pk and line.measure.code in codes]
    return _shown(request, participant, visit, procedure, form, {"lines": here})


def _washout_record(request: PageRequest, participant: Participant, visit: Visit, procedure: Procedure) -> HttpResponse:
    """Records that the list of medicines is complete; whether they are washed out is computed."""
    form = WashoutForm(
        request.POST or None, zone=participant.site.zone, now=request.now, initial={"observed_at": request.now}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_washout(
                participant,
                visit=visit,
                observed_at=form.cleaned_data["observed_at"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("patients:medicines", participant.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    medicines = screening.medicines_of(participant)
    context = {
        "medicines": medicines,
        "plan": screening.washout_plan(participant, medicines),
    }
    return _shown(request, participant, visit, procedure, form, context)


def _shown(
    request: PageRequest,
    participant: Participant,
    visit: Visit,
    procedure: Procedure,
    form: Any,
    context: dict[str, Any],
) -> HttpResponse:
    context |= {"participant": participant, "visit": visit, "procedure": procedure, "form": form}
    return render(request, RECORD, context, status=422 if form.errors else 200)


def _record(request: PageRequest, participant: Participant, visit: Visit, form: FactsForm) -> bool:
    entered = form.cleaned_data
    facts = [
        actions.FactEntry(name, value, entered["source"], entered["observed_at"]) for name, value in form.values.items()
    ]
    if not facts:
        form.add_error(None, "Enter at least one value.")
        return False
    try:
        actions.enter_values(
            participant, visit=visit, facts=facts, reasons=form.reasons, by=request.viewer.person, at=request.now
        )
    except actions.ReasonsWanted as wanted:
        form.ask_reasons(wanted.facts)
        return False
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    return True


def _record_results(request: PageRequest, participant: Participant, visit: Visit, form: ResultsForm) -> bool:
    if not form.entries:
        form.add_error(None, "Enter at least one result.")
        return False
    try:
        actions.record_results(participant, form.entries, visit=visit, by=request.viewer.person, at=request.now)
    except actions.ResultRefused as refused:
        if refused.refusal.field == "reason":
            form.ask_reason(refused.measure, refused.refusal.message)
        else:
            named = refused.measure if refused.refusal.field in ("value", "unit") else refused.refusal.field
            form.add_error(named if named in form.fields else None, refused.refusal.message)
        return False
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    return True
