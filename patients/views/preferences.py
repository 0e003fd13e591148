"""What a participant wants of touch and recording, with its history."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries
from patients.access import participant_for
from patients.forms import PreferenceForm


@requires(Permission.VISIT_RECORD)
@require_http_methods(["GET", "POST"])
def preference_list(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows each preference as it is now and records another; it may always be narrowed."""
    participant = participant_for(request.viewer, public_id, Permission.VISIT_RECORD)
    now = queries.preferences(participant, at=request.now)
    asked = request.POST.get("code", "") if request.method == "POST" else ""
    forms = {each.code: PreferenceForm(request.POST if each.code == asked else None, now=each) for each in now}
    tried = forms.get(asked)
    if tried is not None and tried.is_valid():
        try:
            actions.record_preference(
                participant, code=asked, level=tried.cleaned_data["level"], by=request.viewer.person, at=request.now
            )
            messages.success(request, "Recorded.")
            return redirect("patients:preference-list", public_id)
        except Refused as refusal:
            show_refusal(tried, refusal)
    texts = {(each.code, level.code): (each.name, level.text) for each in now for level in each.levels}
    context = {
        "participant": participant,
        "rows": [(each, forms[each.code]) for each in now],
        "form": tried,
        "errors": ("Choose what the participant wants from now on.",) if request.method == "POST" and not tried else (),
        "running": queries.in_dosing_session(participant),
        "history": [
            (row, *texts.get((row.code, row.level), (row.code, row.level)))
            for row in queries.preference_history(participant)
        ],
    }
    return render(request, "patients/preference_list.html", context, status=422 if request.method == "POST" else 200)
