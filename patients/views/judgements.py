"""What clinicians judge and sign: criteria that nobody measures, and results out of range."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.clock import local_date
from core.errors import Refused
from core.models import SignatureMeaning
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries, screening
from patients.access import participant_for
from patients.forms import JudgementForm
from patients.models import Participant
from patients.views.parts import part_links
from trials.queries import duties_of


@requires(Permission.SCREENING_VIEW)
@require_http_methods(["GET", "POST"])
def judgements(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what was judged and what waits; whoever holds the duty judges and signs here."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_VIEW)
    if participant.protocol_version is None:
        return render(request, "patients/judgements.html", {"participant": participant})
    definition = queries.definition_for(participant)
    duties = duties_of(
        request.viewer.person,
        site_id=participant.site_id,
        on=local_date(request.now, zone=participant.site.zone),
    )
    judged_by = definition.screening.judgements
    waiting = [line for line in screening.result_lines(participant) if line.waits]
    may_mean = definition.screening.significance_by in duties
    variables = [definition.variables[name] for name, duty in judged_by.items() if duty in duties]
    form = None
    if variables or (may_mean and waiting):
        form = JudgementForm(request.POST or None, variables=variables, results=waiting if may_mean else ())
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid():
            try:
                actions.judge_clinically(
                    participant,
                    form.sitting,
                    password=form.cleaned_data["password"],
                    submission_id=form.cleaned_data["submission_id"],
                    by=request.viewer.person,
                    at=request.now,
                )
                return redirect("patients:judgements", public_id)
            except Refused as refusal:
                show_refusal(form, refusal)
    context = _context(participant) | {
        "form": form,
        "meaning": SignatureMeaning.RESPONSIBILITY.label,
        "waiting_results": waiting,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "patients/judgements.html", context, status=status)


def _context(participant: Participant) -> dict[str, object]:
    definition = queries.definition_for(participant)
    sittings = screening.judgements_of(participant)
    signatures = screening.signers(sittings)
    known = {name: (answer, sitting) for sitting in sittings for name, answer in sitting.answers.items()}
    lines = [
        {
            "name": name.replace("_", " "),
            "duty": definition.roles[duty].name,
            "answer": known[name][0] if name in known else None,
            "sitting": known[name][1] if name in known else None,
        }
        for name, duty in definition.screening.judgements.items()
    ]
    waiting = sum(line["sitting"] is None for line in lines)
    return {
        "participant": participant,
        "parts": part_links(participant, here="judgements"),
        "lines": lines,
        "sittings": [(sitting, signatures[sitting.pk]) for sitting in reversed(sittings)],
        "answers": [
            ("What waits for a judgement?", f"{waiting} criteria", f"of {len(lines)} that nobody measures"),
            ("Who judges?", "By the delegation log", "and signs each sitting"),
            ("How many sittings?", len(sittings), "signed"),
        ],
    }
