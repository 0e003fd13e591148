"""The screening record: what each procedure found, by the protocol's own variables."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries
from patients.access import participant_for
from patients.forms import FactsForm, WashoutForm
from patients.models import Participant, Visit
from protocol.definition import Procedure, ProtocolDefinition
from protocol.expressions import Variable


@dataclass(frozen=True)
class ProcedureLine:
    """One procedure of a visit, with how many of its values are known."""

    visit: Visit
    procedure: Procedure
    known: int
    wanted: int

    @property
    def state(self) -> str:
        """Returns the shape that shows how complete it is."""
        if self.known == self.wanted:
            return "complete"
        return "started" if self.known else "unknown"


@requires(Permission.SCREENING_VIEW)
@require_GET
def screening(request: PageRequest, public_id: str) -> HttpResponse:
    """Lists the procedures before treatment with what is known and what is still missing."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_VIEW)
    if participant.protocol_version is None:
        return render(request, "patients/screening.html", {"participant": participant})
    lines = _lines(participant)
    missing = sum(line.wanted - line.known for line in lines)
    wanted = sum(line.wanted for line in lines)
    context = {
        "participant": participant,
        "lines": lines,
        "known": wanted - missing,
        "wanted": wanted,
        "answers": [
            ("What is still unknown?", f"{missing} values", f"of {wanted} that the protocol asks for"),
            ("Which procedures are open?", sum(line.known < line.wanted for line in lines), "before treatment"),
            ("What happens next?", "Eligibility", "with the evidence"),
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
    if procedure is not None and code in definition.washout_procedures:
        return _washout_record(request, visit, procedure)
    variables = entered_by_hand(definition, code)
    if procedure is None or not variables:
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
        return redirect("patients:screening", public_id)
    known = queries.known_facts(participant, visit_code=visit_code)
    context = {
        "participant": participant,
        "visit": visit,
        "procedure": procedure,
        "form": form,
        "known": [known[v.name].fact for v in variables if v.name in known],
        "correctable": True,
    }
    return render(request, "patients/screening_record.html", context, status=422 if form.errors else 200)


def values_of(definition: ProtocolDefinition, code: str) -> set[str]:
    """Returns the names of the values that the form of a procedure leads to; none if it has no form."""
    if code in definition.washout_procedures:
        return {definition.washout_yields}
    return {variable.name for variable in entered_by_hand(definition, code)}


def entered_by_hand(definition: ProtocolDefinition, code: str) -> tuple[Variable, ...]:
    """Returns the variables that a procedure's form asks for: none that is derived, a list, or a score."""
    procedure = definition.procedures.get(code)
    instrument = "" if procedure is None else procedure.instrument or code
    # What is answered by item is scored when it is locked; typed by hand it would pass the raters' firewall.
    if "items" in definition.instruments.get(instrument, {}):
        return ()
    return tuple(
        v
        for v in definition.variables_from(code)
        if v.type != "list" and "derived" not in v.source and "date of birth" not in v.source
    )


def _washout_record(request: PageRequest, visit: Visit, procedure: Procedure) -> HttpResponse:
    """Records the medicines that were stopped; whether they are washed out is computed."""
    participant = visit.participant
    definition = queries.definition_for(participant)
    form = WashoutForm(
        request.POST or None,
        definition=definition,
        zone=visit.site.zone,
        now=request.now,
        initial={"observed_at": request.now},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_washout(
                participant,
                visit=visit,
                medicines=form.medicines,
                observed_at=form.cleaned_data["observed_at"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("patients:screening", participant.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    known = [fact for fact in queries.facts_of(participant) if fact.variable == definition.washout_yields]
    context = {"participant": participant, "visit": visit, "procedure": procedure, "form": form, "known": known[-1:]}
    return render(request, "patients/screening_record.html", context, status=422 if form.errors else 200)


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


def _lines(participant: Participant) -> list[ProcedureLine]:
    """Returns the procedures that supply values, from the first visit to the last at which eligibility is judged."""
    definition = queries.definition_for(participant)
    last = max(definition.visits_by_code[code].order for code in definition.eligibility_visits)
    facts = queries.facts_of(participant)
    lines = []
    for visit in participant.visits.filter(order__lte=last).exclude(kind="phone").order_by("order"):
        here = {fact.variable for fact in facts if fact.visit_id == visit.pk}
        for procedure in definition.procedures_of(visit.code):
            names = values_of(definition, procedure.code)
            if names:
                lines.append(ProcedureLine(visit, procedure, len(names & here), len(names)))
    return lines
