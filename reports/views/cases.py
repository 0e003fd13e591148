"""The list of serious cases, and one case: how it is told, what was made of it, where it went, what was answered."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from coding import queries as coding_queries
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from reports import actions, queries
from reports.access import case_for, cases_for
from reports.forms import AnswerForm, DoubtForm, NarrativeForm, ReportForm, SendForm
from reports.models import CaseReport, Transmission
from safety import queries as safety_queries

if TYPE_CHECKING:
    from safety.models import AdverseEvent, AdverseEventRevision

ON_A_PAGE = 50
DETAIL = "reports/case_detail.html"
STATES = {
    "queued": ("notdue", "Queued"),
    "sending": ("due", "Leaving"),
    "sent": ("due", "Sent"),
    "acknowledged": ("complete", "Acknowledged"),
    "rejected": ("overdue", "Rejected"),
    "failed": ("missed", "Failed"),
    "doubt": ("query", "In doubt"),
    "": ("notdone", "Nothing sent"),
}
PAPERS = (
    ("cioms", "In the order of CIOMS I"),
    ("medwatch", "In the order of MedWatch 3500A"),
    ("dossier", "Dossier of the case"),
)


@requires(Permission.SAFETY_OFFICE)
@require_GET
def case_list(request: PageRequest) -> HttpResponse:
    """Lists every serious case with its latest report and where that stands."""
    lines = queries.case_lines(cases_for(request.viewer, Permission.SAFETY_OFFICE))
    page = Paginator(lines, ON_A_PAGE).get_page(request.GET.get("page"))
    waiting = sum(line.report is None and not line.revision.nullified for line in lines)
    need = sum(line.state in ("rejected", "failed", "doubt") for line in lines)
    context = {
        "page": page,
        "rows": [(line, STATES[line.state]) for line in page],
        "answers": [
            ("Serious cases", str(len(lines)), ""),
            ("No report yet", str(waiting), ""),
            ("Rejected, failed or in doubt", str(need), ""),
        ],
    }
    return render(request, "reports/case_list.html", context)


@requires(Permission.SAFETY_OFFICE)
@require_GET
def case_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one case with its narrative, its reports and everything that happened to them."""
    event = case_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    return render(request, DETAIL, case_context(event))


@requires(Permission.SAFETY_OFFICE)
@require_POST
def narrative_keep(request: PageRequest, public_id: str) -> HttpResponse:
    """Keeps how the case is told as another revision."""
    event = case_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    form = NarrativeForm(request.POST)
    if form.is_valid():
        try:
            actions.keep_narrative(event, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, "The narrative is kept; what was written before stays on record.")
            return redirect("reports:case-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _come_back(request, event, "narrative_form", form)


@requires(Permission.SAFETY_OFFICE)
@require_POST
def report_make(request: PageRequest, public_id: str) -> HttpResponse:
    """Makes a report from what is known now; what stands in its way is told by the numbers of its elements."""
    event = case_for(request.viewer, public_id, Permission.SAFETY_OFFICE)
    latest, reports = safety_queries.standing(event), queries.reports_of(event)
    form = ReportForm(request.POST, **_asks(latest, reports))
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = actions.make_report(
                event,
                entered=form.entered(),
                amends=told.get("amends", False),
                reason=told.get("reason", ""),
                submission_id=told["submission_id"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"{made} is made. Choose to whom it goes.")
            return redirect("reports:case-detail", event.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _come_back(request, event, "report_form", form)


def case_context(event: "AdverseEvent", **given: Any) -> dict[str, Any]:
    """Returns what the page of one case shows, with a form that came back in place of a fresh one."""
    latest, narratives = safety_queries.standing(event), queries.narratives_of(event)
    reports, transmissions = queries.reports_of(event), queries.transmissions_of(event)
    try:
        reporting = queries.case_of(event)
    except Refused:
        reporting = None
    context: dict[str, Any] = {
        "event": event,
        "participant": event.participant,
        "latest": latest,
        "narratives": narratives,
        "reports": reports,
        "transmissions": [(STATES[each.state], each) for each in transmissions],
        "steps": [(STATES[each.state], each) for each in queries.steps_of(event)],
        "zone": event.site.trial.sponsor_zone,
        "papers": PAPERS,
        "reporting": reporting,
        "answers": _answers(latest, reports, transmissions),
        "in_doubt": next((each for each in transmissions if each.state == "doubt"), None),
        "failed": next((each for each in transmissions if each.state == "failed"), None),
    }
    if reporting is not None:
        context["narrative_form"] = given.pop("narrative_form", None) or _narrative_form(event, latest, narratives)
        context["report_form"] = given.pop("report_form", None) or ReportForm(
            **_asks(latest, reports), initial=_coded(event) | {"submission_id": uuid4()}
        )
        open_to = _open_receivers(reporting, reports, transmissions)
        if open_to:
            context["send_form"] = given.pop("send_form", None) or SendForm(receivers=open_to)
    return {"answer_form": AnswerForm(), "doubt_form": DoubtForm()} | context | given


def _come_back(request: PageRequest, event: "AdverseEvent", name: str, form: Any) -> HttpResponse:
    context = case_context(event, **{name: form})
    return render(request, DETAIL, context | {"form": form}, status=422)


def _narrative_form(event: "AdverseEvent", latest: "AdverseEventRevision", narratives: list[Any]) -> NarrativeForm:
    text = narratives[0].text if narratives else queries.draft_narrative(event, latest)
    reason = "" if narratives else "Drafted from the record and read"
    number = narratives[0].number if narratives else 0
    return NarrativeForm(initial={"text": text, "seen_number": number, "reason": reason})


def _asks(latest: "AdverseEventRevision", reports: list[CaseReport]) -> dict[str, bool]:
    return {"is_fatal": "death" in latest.seriousness, "is_first": not reports}


def _coded(event: "AdverseEvent") -> dict[str, str]:
    """Returns the term by which the coders coded the event, where they did."""
    coded = coding_queries.coded_term("event", event.public_id)
    if coded is None or coded.dictionary is None:
        return {}
    return {"code": coded.code, "dictionary_version": coded.dictionary.version}


def _open_receivers(
    reporting: Any, reports: list[CaseReport], transmissions: list[Transmission]
) -> list[tuple[str, str]]:
    """Returns the receivers to whom the latest report has not gone."""
    if not reports:
        return []
    gone = {each.receiver for each in transmissions if each.report_id == reports[0].pk}
    return [(code, receiver.name) for code, receiver in reporting.receivers.items() if code not in gone]


def _answers(
    latest: "AdverseEventRevision", reports: list[CaseReport], transmissions: list[Transmission]
) -> list[tuple[str, str, str]]:
    answered = sum(each.state == "acknowledged" for each in transmissions)
    newer = bool(reports) and reports[0].revision_id != latest.pk
    return [
        ("Last report", str(reports[0]) if reports else "None", "the event was revised since" if newer else ""),
        ("Transmissions", str(len(transmissions)), f"{answered} acknowledged" if transmissions else ""),
        ("Expectedness", latest.get_expectedness_display() or "Not determined", ""),
    ]
