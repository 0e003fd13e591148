"""Emergency unblinding: one participant, a reason, a password; the arm stands in that one answer and nowhere else."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import participant_for, participants_for
from pharmacy import actions
from pharmacy.forms import UnblindForm
from pharmacy.models import Unblinding

if TYPE_CHECKING:
    from patients.models import Participant


@requires(Permission.UNBLIND_EMERGENCY, Permission.SAFETY_OFFICE)
@require_GET
def unblinding_list(request: PageRequest) -> HttpResponse:
    """Shows who was unblinded, by whom, when and why, and where to do it; never an arm."""
    rows = Unblinding.objects.select_related("participant", "recorded_by", "site").order_by("-unblinded_at", "-id")
    context: dict[str, Any] = {"rows": list(rows), "may_unblind": request.viewer.may(Permission.UNBLIND_EMERGENCY)}
    if context["may_unblind"]:
        found = participants_for(request.viewer, Permission.UNBLIND_EMERGENCY).filter(randomisation__isnull=False)
        context["participants"] = list(found.select_related("randomisation").order_by("screening_number"))
    context["answers"] = [
        ("Who may unblind?", "Investigator", "and the medical monitor"),
        ("Unblinded so far", str(len(context["rows"])), "at the sites you see"),
        ("Who is told?", "Safety", "that it happened, not the arm"),
    ]
    return render(request, "pharmacy/unblinding_list.html", context)


@requires(Permission.UNBLIND_EMERGENCY)
@require_GET
@never_cache
def unblinding_form(request: PageRequest, public_id: str) -> HttpResponse:
    """Says what unblinding means and asks for reason, code and password."""
    participant = participant_for(request.viewer, public_id, Permission.UNBLIND_EMERGENCY)
    form = UnblindForm(code=participant.screening_number)
    return render(request, "pharmacy/unblinding_form.html", _context(participant, form))


@requires(Permission.UNBLIND_EMERGENCY)
@require_POST
@never_cache
def unblind(request: PageRequest, public_id: str) -> HttpResponse:
    """Answers the arm once; going back and forward does not show it again."""
    participant = participant_for(request.viewer, public_id, Permission.UNBLIND_EMERGENCY)
    form = UnblindForm(request.POST, code=participant.screening_number)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            revealed = actions.unblind(
                participant,
                reason=entered["reason"],
                password=entered["password"],
                by=request.viewer.person,
                at=request.now,
            )
            context = {
                "participant": participant,
                "site": participant.site,
                "revealed": revealed,
                "answers": [
                    ("Who?", participant.screening_number, "this participant only"),
                    ("What is kept?", "Who, when, why", "the arm is kept nowhere"),
                    ("Who was told?", "Safety", "that it happened, not the arm"),
                ],
            }
            return render(request, "pharmacy/unblinding_answer.html", context)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "pharmacy/unblinding_form.html", _context(participant, form), status=422)


def _context(participant: "Participant", form: UnblindForm) -> dict[str, Any]:
    earlier = (
        Unblinding.objects.filter(participant=participant)
        .select_related("recorded_by")
        .order_by("-unblinded_at", "-id")
    )
    randomisation = getattr(participant, "randomisation", None)
    return {
        "participant": participant,
        "site": participant.site,
        "form": form,
        "randomisation": randomisation,
        "earlier": list(earlier),
        "answers": [
            ("Who?", participant.screening_number, "this participant only"),
            ("What is kept?", "Who, when, why", "the arm is kept nowhere"),
            ("Who is told?", "Safety", "that it happened, not the arm"),
        ],
    }
