"""The page on which the allocation is asked for: readiness, strata, confirmation. No arm is ever here."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import signatures_of
from patients import queries as patient_queries
from patients.access import participant_for
from pharmacy import actions, queries
from pharmacy.forms import RandomiseForm
from protocol.expressions import Truth

if TYPE_CHECKING:
    from patients.models import Participant

PAGE = "pharmacy/randomisation_detail.html"
STATES = {
    Truth.TRUE: ("met", "Ready"),
    Truth.FALSE: ("notmet", "Not ready"),
    Truth.UNKNOWN: ("unknown", "Not yet known"),
}


@requires(Permission.RANDOMISE, Permission.ELIGIBILITY_SIGN)
@require_GET
def randomisation_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what must be true before randomisation, or what came of it."""
    permission = Permission.RANDOMISE if request.viewer.may(Permission.RANDOMISE) else Permission.ELIGIBILITY_SIGN
    participant = participant_for(request.viewer, public_id, permission)
    form = RandomiseForm(code=participant.screening_number)
    return render(request, PAGE, _context(request, participant, form))


@requires(Permission.RANDOMISE)
@require_POST
def randomise(request: PageRequest, public_id: str) -> HttpResponse:
    """Asks for the allocation; the same form sent again leads to the same answer."""
    participant = participant_for(request.viewer, public_id, Permission.RANDOMISE)
    form = RandomiseForm(request.POST, code=participant.screening_number)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            actions.randomise(
                participant,
                submission_id=entered["submission_id"],
                password=entered["password"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("pharmacy:randomisation-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
            form.add_error(None, f"Reference {str(entered['submission_id'])[:8]}.")
    return render(request, PAGE, _context(request, participant, form), status=422)


def _context(request: PageRequest, participant: "Participant", form: RandomiseForm) -> dict[str, Any]:
    context: dict[str, Any] = {"participant": participant, "form": form, "site": participant.site}
    known = patient_queries.randomisation_of(participant)
    if known is not None:
        return context | {
            "randomisation": known,
            "may_unblind": request.viewer.may(Permission.UNBLIND_EMERGENCY, site_id=participant.site_id),
            "signatures": signatures_of(known),
            "answers": [
                ("Is it done?", "Yes", "and it cannot be undone"),
                ("Which kit?", known.kit_number, "for all dosing sessions"),
                ("Which arm?", "Not shown", "to anybody here"),
            ],
        }
    state = queries.readiness(participant, at=request.now)
    lines = [(*STATES[line.truth], line) for line in state.lines]
    unknown = sum(line.truth is Truth.UNKNOWN for line in state.lines)
    stratum = state.stratum.code or "not known yet"
    return context | {
        "readiness": state,
        "lines": lines,
        "may_randomise": request.viewer.may(Permission.RANDOMISE, site_id=participant.site_id),
        "answers": [
            ("Is everything ready?", "Yes" if state.ready else "Not yet", _open_words(len(state.open_lines), unknown)),
            ("Which stratum is used?", stratum, "read from the record, not chosen"),
            ("What happens next?", "A kit number", "the arm is shown to nobody here"),
        ],
    }


def _open_words(still_open: int, unknown: int) -> str:
    if not still_open:
        return "every line is true"
    return f"{still_open} still open, {unknown} of them not yet known"
