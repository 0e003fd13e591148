"""The export centre: ask for an export, watch it, fetch its files."""

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.audit import log_access
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from sponsors import actions
from sponsors.access import export_for, exports_for
from sponsors.api.views import file_of
from sponsors.datasets import Viewpoint
from sponsors.forms import ExportForm
from sponsors.tasks import run_waiting_exports
from trials.queries import current_trial

# What a person exports is blinded like the data manager is: vital signs and events yes, outcome no.
PERSONAL = Viewpoint("functional")


@requires(Permission.EXPORT_CREATE)
@require_http_methods(["GET", "POST"])
def export_list(request: PageRequest) -> HttpResponse:
    """Lists the viewer's exports and takes the wish for another."""
    form = ExportForm(request.POST or None, viewpoint=PERSONAL)
    if request.method == "POST" and form.is_valid():
        try:
            job = actions.create_export(
                datasets=form.cleaned_data["datasets"],
                viewpoint=PERSONAL,
                trial=current_trial(),
                idempotency_key=str(form.cleaned_data["submission_id"]),
                by=request.viewer.person,
            )
            transaction.on_commit(_wake_worker)
            return redirect("sponsors:export-detail", job.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    jobs = exports_for(request.viewer)
    running = sum(job.state in ("waiting", "running") for job in jobs)
    context = {
        "form": form,
        "jobs": jobs,
        "answers": [
            ("What can I get?", f"{form.on_offer} datasets", "blinded; no arm, no kit, no name"),
            ("Is something running?", running, "made by a worker, this page may be closed"),
            ("How do I script it?", "API", "with a token, see Tokens"),
        ],
    }
    return render(request, "sponsors/export_list.html", context, status=422 if form.errors else 200)


@requires(Permission.EXPORT_CREATE)
@require_GET
def export_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows how far an export is, and its files with rows and checksums."""
    job = export_for(request.viewer, public_id)
    page = "sponsors/_export_progress.html" if request.headers.get("HX-Request") else "sponsors/export_detail.html"
    return render(request, page, {"job": job, "under_way": job.state in ("waiting", "running")})


@requires(Permission.EXPORT_CREATE)
@require_GET
def export_file(request: PageRequest, public_id: str, name: str) -> HttpResponseBase:
    """Hands out one file of the viewer's own export; that is logged."""
    job = export_for(request.viewer, public_id)
    answer = file_of(job, name)
    log_access("export file", f"{job.public_id}/{name}")
    return answer


def _wake_worker() -> None:
    """Tells a worker; if the broker is away, beat finds the row."""
    try:
        run_waiting_exports.delay()
    except run_waiting_exports.OperationalError:
        return
