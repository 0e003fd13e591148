"""The index of the recording of a session without a dose."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.errors import Conflict, Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from integration import actions, recordings
from integration.access import therapy_for
from integration.forms_review import RecordingForm


@requires(Permission.NOTE_VIEW)
@require_http_methods(["GET", "POST"])
def recording_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what is where in the recording of a session, and keeps another index of it."""
    visit = therapy_for(request.viewer, public_id, Permission.NOTE_VIEW)
    may_write = request.viewer.may(Permission.NOTE_WRITE, site_id=visit.site_id)
    if request.method == "POST" and not may_write:
        raise Http404
    indices, status = recordings.indices_of(visit), 200
    latest = indices[0] if indices else None
    form = RecordingForm(request.POST or None, initial=RecordingForm.initial_of(latest))
    if request.method == "POST" and form.is_valid():
        try:
            actions.index_recording(visit, **form.said, by=request.viewer.person, at=request.now)
        except Refused as refusal:
            show_refusal(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 422
        else:
            messages.success(request, "The recording is indexed.")
            return redirect("integration:recording-detail", public_id)
    consented = recordings.may_be_recorded(visit)
    context: dict[str, Any] = {
        "visit": visit,
        "participant": visit.participant,
        "latest": latest,
        "earlier": indices[1:],
        "form": form if may_write and visit.state not in ("missed", "cancelled") else None,
        "answers": [
            ("What is recorded?", latest.get_extent_display() if latest else "Not said yet", ""),
            ("Which file?", (latest.reference if latest else "") or "None", "kept outside Vigil"),
            ("Consented to recordings?", "Yes" if consented else "No", "" if consented else "then nothing is recorded"),
        ],
    }
    return render(request, "integration/recording_detail.html", context, status=422 if form.errors else status)
