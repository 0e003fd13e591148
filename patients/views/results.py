"""Results with their flags, files of results, and the normal ranges of the site's laboratories."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries, screening
from patients.access import participant_for, result_file_for, result_files_for
from patients.actions.results import CHANGED, NEW, SAME
from patients.forms import RangeForm, ResultFileForm
from patients.models import LabRange, ResultFile
from patients.result_rows import template
from patients.views.parts import part_links
from protocol.definition import ProtocolDefinition
from trials.queries import current_version, definition_of, sites_for

FLAGS = {
    "low": ("notmet", "Low"),
    "high": ("notmet", "High"),
    "abnormal": ("notmet", "Abnormal"),
    "normal": ("met", "Normal"),
    "unknown": ("unknown", "No range"),
}
# A page shows the first of each; the file itself has them all.
ROWS_SHOWN = 100


@requires(Permission.SCREENING_VIEW)
@require_GET
def results(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows every result as it stands, with range, flag, age, and what a clinician said."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_VIEW)
    if participant.protocol_version is None:
        return render(request, "patients/results.html", {"participant": participant})
    definition = queries.definition_for(participant)
    lines = screening.result_lines(participant)
    waiting = sum(line.waits for line in lines)
    rangeless = sum(line.flag == "unknown" for line in lines)
    may_record = request.viewer.may(Permission.SCREENING_RECORD, site_id=participant.site_id)
    context = {
        "participant": participant,
        "parts": part_links(participant, here="results"),
        "rows": [(line, FLAGS[line.flag], *_age(line, definition, request)) for line in lines],
        "adding": [
            (visit.code, procedure)
            for visit in definition.visits[: _last(definition) + 1]
            for procedure in definition.procedures_of(visit.code)
            if may_record and definition.screening.measures_of(procedure.code)
        ],
        "waiting": waiting,
        "answers": [
            (
                "What is out of range?",
                sum(line.flag in screening.OUT_OF_RANGE for line in lines),
                f"{waiting} to judge",
            ),
            ("Which have no normal range?", rangeless, "of their laboratory"),
            ("How many results?", len(lines), "as they stand"),
        ],
    }
    return render(request, "patients/results.html", context)


@requires(Permission.SCREENING_RECORD)
@require_http_methods(["GET", "POST"])
def result_files(request: PageRequest) -> HttpResponse:
    """Lists the files of results that were sent, and takes a new one."""
    sites = sites_for(request.viewer, Permission.SCREENING_RECORD)
    form = ResultFileForm(request.POST or None, request.FILES or None, sites=sites)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            file = actions.keep_result_file(
                form.cleaned_data["site"], name=sent.name, content=sent.read(), by=request.viewer.person, at=request.now
            )
            return redirect("patients:result-file", file.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    files = list(result_files_for(request.viewer, Permission.SCREENING_RECORD).order_by("-id")[:ROWS_SHOWN])
    loaded = {file.pk: max(file.loads.all(), key=lambda load: load.pk, default=None) for file in files}
    context = {
        "form": form,
        "rows": [(file, loaded[file.pk]) for file in files],
        "answers": [
            ("How many files were sent?", len(files), "kept as they were sent"),
            ("How many were loaded?", sum(load is not None for load in loaded.values()), "each whole or not at all"),
            ("What happens next?", "Preview", "nothing is loaded before"),
        ],
    }
    return render(request, "patients/result_files.html", context, status=422 if form.errors else 200)


@requires(Permission.SCREENING_RECORD)
@require_GET
def result_template(request: PageRequest) -> HttpResponse:
    """Gives the empty file with its columns."""
    answer = HttpResponse(template(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="results.csv"'
    return answer


@requires(Permission.SCREENING_RECORD)
@require_GET
def result_file(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what loading a file would do: new, changed, there already, refused; nothing is written."""
    file = result_file_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    return render(request, "patients/result_file.html", _preview(request, file))


@requires(Permission.SCREENING_RECORD)
@require_POST
def result_load(request: PageRequest, public_id: str) -> HttpResponse:
    """Loads a file as it was shown."""
    file = result_file_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    try:
        actions.load_results(file, shown_digest=request.POST.get("shown", ""), by=request.viewer.person, at=request.now)
        return redirect("patients:result-file", public_id)
    except Refused as refusal:
        context = _preview(request, file) | {"errors": [refusal.message]}
        return render(request, "patients/result_file.html", context, status=422)


@requires(Permission.SCREENING_RECORD)
@require_GET
def result_original(request: PageRequest, public_id: str) -> HttpResponse:
    """Gives a file byte for byte as it was sent."""
    file = result_file_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    answer = HttpResponse(file.content, content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="results-{file.public_id}.csv"'
    return answer


@requires(Permission.SCREENING_VIEW)
@require_GET
def range_list(request: PageRequest) -> HttpResponse:
    """Lists the normal ranges of the laboratories, the newest first."""
    sites = sites_for(request.viewer, Permission.SCREENING_VIEW)
    rows = LabRange.objects.filter(site__in=sites).select_related("site", "recorded_by")
    version = current_version()
    measures = definition_of(version).screening.measures if version else {}
    found = [
        (row, measures[row.measure].name if row.measure in measures else row.measure, screening.as_range(row))
        for row in rows.order_by("site__code", "laboratory", "measure", "sex", "age_from", "-valid_from")
    ]
    context = {
        "rows": found,
        "answers": [
            ("How many ranges?", len(found), "as the laboratories state them"),
            ("Which laboratories?", len({row.laboratory.casefold() for row, _, _ in found}), "with a range"),
            ("Who adds one?", "The site", "from the day on which it holds"),
        ],
    }
    return render(request, "patients/range_list.html", context)


@requires(Permission.SCREENING_RECORD)
@require_http_methods(["GET", "POST"])
def range_add(request: PageRequest) -> HttpResponse:
    """Adds a normal range; results that waited for it are read by it at once."""
    sites = sites_for(request.viewer, Permission.SCREENING_RECORD)
    version = current_version()
    if version is None:
        raise Http404
    definition = definition_of(version)
    form = RangeForm(request.POST or None, sites=sites, definition=definition, now=request.now)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_range(
                form.cleaned_data["site"], form.entered, definition=definition, by=request.viewer.person, at=request.now
            )
            return redirect("patients:range-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "patients/range_add.html", {"form": form}, status=422 if form.errors else 200)


def _preview(request: PageRequest, file: ResultFile) -> dict[str, object]:
    try:
        plan = actions.plan_load(file, at=request.now)
    except Refused as refusal:
        raise Http404 from refusal
    new, changed, same = plan.of(NEW), plan.of(CHANGED), plan.of(SAME)
    load = file.loads.order_by("-id").select_related("recorded_by").first()
    return {
        "file": file,
        "load": load,
        "plan": plan,
        "new": new[:ROWS_SHOWN],
        "changed": changed[:ROWS_SHOWN],
        "faults": plan.faults[:ROWS_SHOWN],
        "counts": [("New", len(new)), ("Changed", len(changed)), ("There already", len(same))],
        "rows_shown": ROWS_SHOWN,
        "answers": [
            ("What would be new?", len(new), f"{len(changed)} changed, {len(same)} there already"),
            ("What is refused?", plan.refused_rows, f"of {plan.count} rows"),
            (
                "Was it loaded?",
                "Yes" if load else "No",
                f"by {load.recorded_by.display_name}" if load else "nothing is written yet",
            ),
        ],
    }


def _last(definition: ProtocolDefinition) -> int:
    codes = [visit.code for visit in definition.visits]
    return max(codes.index(code) for code in definition.eligibility_visits)


def _age(line: screening.ResultLine, definition: ProtocolDefinition, request: PageRequest) -> tuple[int, bool]:
    """Returns the age of a result in days, and whether the protocol takes it for too old."""
    days = (request.now - line.result.collected_at).days
    limit = definition.screening.result_age_days.get(line.measure.procedure)
    return days, limit is not None and days > limit
