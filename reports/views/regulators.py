"""The unblinded room of reports: cases that regulators are told of, unblinded one by one, and where they went.

Nothing here opens to a site or to the sponsor's blinded people; they read on the event that it was reported, and when.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from pharmacy.regulators import RegulatorCase
from reports import actions, queries
from reports.access import regulator_case_for
from reports.forms import AnswerForm, RegulatorForm, RegulatorSentForm, UnblindCaseForm

LIST = "reports:regulator-list"


@requires(Permission.REGULATOR_REPORT)
@require_GET
@never_cache
def regulator_list(request: PageRequest) -> HttpResponse:
    """Lists the serious cases that are unexpected reactions; no arm stands here."""
    return _page(request)


@requires(Permission.REGULATOR_REPORT)
@require_POST
@never_cache
def regulator_make(request: PageRequest, public_id: str) -> HttpResponse:
    """Unblinds one case on record and makes its report."""
    case = regulator_case_for(request.viewer, public_id, Permission.REGULATOR_REPORT)
    form = UnblindCaseForm(request.POST, auto_id=_ids(case, "make"))
    if form.is_valid():
        try:
            actions.report_unblinded(case, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(
                request, f"The unblinded report of {case.number} is made. Take its file for each receiver."
            )
            return redirect(LIST)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _page(request, came_back=case.key, form=form)


@requires(Permission.REGULATOR_REPORT)
@require_POST
@never_cache
def regulator_file(request: PageRequest, public_id: str) -> HttpResponse:
    """Hands out the unblinded report for a receiver; a post, because the reading is put on record."""
    case = regulator_case_for(request.viewer, public_id, Permission.REGULATOR_REPORT)
    known = queries.receivers()
    form = RegulatorForm(request.POST, auto_id=_ids(case, "file"), receivers=_choices(known))
    if not form.is_valid():
        return _page(request, came_back=case.key, form=form)
    content = actions.file_for(case, receiver=known[form.cleaned_data["receiver"]], by=request.viewer.person)
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{case.number}-{form.cleaned_data["receiver"]}-U.xml"'
    return answer


@requires(Permission.REGULATOR_REPORT)
@require_POST
@never_cache
def regulator_sent(request: PageRequest, public_id: str) -> HttpResponse:
    """Records that the report was sent; site and blinded sponsor read the day from now on, and nothing else."""
    case = regulator_case_for(request.viewer, public_id, Permission.REGULATOR_REPORT)
    known = queries.receivers()
    form = RegulatorSentForm(request.POST, auto_id=_ids(case, "sent"), receivers=_choices(known))
    if form.is_valid():
        told = form.cleaned_data
        try:
            actions.record_sent(
                case, receiver=known[told["receiver"]], reference=told["reference"], by=request.viewer.person,
                at=request.now,
            )  # fmt: skip
            messages.success(request, "It is on record. The site reads that the case was reported, and when.")
            return redirect(LIST)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _page(request, came_back=case.key, form=form)


@requires(Permission.REGULATOR_REPORT)
@require_POST
@never_cache
def regulator_answer(request: PageRequest, public_id: str) -> HttpResponse:
    """Keeps the acknowledgement of a receiver; it names itself which transmission of the case it answers."""
    case = regulator_case_for(request.viewer, public_id, Permission.REGULATOR_REPORT)
    form = AnswerForm(request.POST, request.FILES, auto_id=_ids(case, "answer"))
    if form.is_valid():
        try:
            kept = actions.keep_answer(case, form.cleaned_data["file"], by=request.viewer.person, at=request.now)
            messages.success(request, f"Acknowledgement {kept.number} is kept.")
            return redirect(LIST)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _page(request, came_back=case.key, form=form)


def _page(request: PageRequest, *, came_back: str = "", form: Any = None) -> HttpResponse:
    cases, known = queries.regulator_cases(by=request.viewer.person), queries.receivers()
    waiting = sum(not case.unblinded_key for case in cases)
    refused = sum(bool(sent.answers) and not sent.answers[-1].is_taken for case in cases for sent in case.sent)
    context = {
        "rows": [(case, *_forms(case, known, form if case.key == came_back else None)) for case in cases],
        "form": form,
        "answers": [
            ("To be unblinded", str(waiting) if waiting else "None", "serious, related, unexpected"),
            (
                "Reported",
                str(sum(bool(case.sent) for case in cases)),
                f"{refused} answered with a refusal" if refused else "to at least one receiver",
            ),
            ("What does the site read?", "That it was reported", "never what was given"),
        ],
    }
    return render(request, "reports/regulator_list.html", context, status=422 if form is not None else 200)


def _forms(case: RegulatorCase, known: Any, form: Any) -> tuple[Any, Any, Any, Any]:
    """Returns the forms of a case: to unblind it; or to take its file, to record where it went, and what came back."""
    if not case.unblinded_key:
        fresh = UnblindCaseForm(auto_id=_ids(case, "make"))
        return (form if isinstance(form, UnblindCaseForm) else fresh), None, None, None
    gone = {sent.receiver for sent in case.sent}
    open_to = [(code, name) for code, name in _choices(known) if code not in gone]
    sent_form = RegulatorSentForm(auto_id=_ids(case, "sent"), receivers=open_to) if open_to else None
    file_form: Any = RegulatorForm(auto_id=_ids(case, "file"), receivers=_choices(known))
    if isinstance(form, RegulatorSentForm):
        sent_form = form
    elif isinstance(form, RegulatorForm):
        file_form = form
    answer_form = AnswerForm(auto_id=_ids(case, "answer")) if case.sent else None
    if isinstance(form, AnswerForm):
        answer_form = form
    return None, file_form, sent_form, answer_form


def _choices(known: Any) -> list[tuple[str, str]]:
    return [(code, receiver.name) for code, receiver in known.items()]


def _ids(case: RegulatorCase, part: str) -> str:
    """Returns how the fields of a form are named, apart from those of the other cases on the page."""
    return f"{case.key}-{part}-%s"
