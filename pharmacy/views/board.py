"""Reports of the monitoring board: the open one for the sponsor's blinded people, the closed one by arm."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.audit import log_access
from core.documents import pdf
from core.errors import Refused
from core.models import Signature
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import moment
from pharmacy import actions, allocation, board_drawings
from pharmacy.board_papers import apart_in_words, board_parts, by_system
from pharmacy.forms import BoardReportForm, RecommendationForm
from pharmacy.models import BoardRecommendation, OpenBoardReport
from trials import queries as trial_queries

ON_A_PAGE = 50
DETAIL = "pharmacy/board_report_detail.html"
FORMS = {"pdf": "application/pdf", "json": "application/json"}


@requires(Permission.BOARD_REPORT_VIEW, Permission.ALLOCATION_LIST_MAKE)
@require_http_methods(["GET", "POST"])
def board_report_list(request: PageRequest) -> HttpResponse:
    """Lists the reports; the unblinded statistician makes another of this moment."""
    makes = request.viewer.may(Permission.ALLOCATION_LIST_MAKE)
    if request.method == "POST" and not makes:
        raise Http404
    form = BoardReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            report = actions.make_board_report(
                trial_queries.current_trial(), **form.cleaned_data, by=request.viewer.person, at=request.now
            )
            messages.success(request, "The closed and the open report are frozen as of now.")
            return redirect("pharmacy:board-report-detail", report.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    found = OpenBoardReport.objects.select_related("recorded_by").order_by("-id")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    latest = next(iter(page.object_list), None)
    context = {
        "page": page,
        "rows": list(page),
        "form": form if makes else None,
        "makes": makes,
        "answers": [
            ("Reports", str(page.paginator.count), "frozen, each with its digest"),
            ("Latest", moment(latest.cut_off_at, request.viewer.person.zone) if latest else "None", ""),
            ("Who sees arms?", "The statistician", "and the board, from the closed report"),
        ],
    }
    return render(request, "pharmacy/board_report_list.html", context, status=422 if form.errors else 200)


@requires(Permission.BOARD_REPORT_VIEW, Permission.ALLOCATION_LIST_MAKE)
@require_GET
def board_report_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows an open report, all arms together, with what the board recommended."""
    return render(request, DETAIL, _open_context(request, _report(public_id)))


@requires(Permission.SAFETY_OFFICE)
@require_POST
def board_recommend(request: PageRequest, public_id: str) -> HttpResponse:
    """Records what the board recommends, signed."""
    report = _report(public_id)
    form = RecommendationForm(request.POST)
    if form.is_valid():
        try:
            actions.record_recommendation(report, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, "The recommendation is recorded and signed.")
            return redirect("pharmacy:board-report-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _open_context(request, report) | {"recommendation_form": form, "form": form}
    return render(request, DETAIL, context, status=422)


@requires(Permission.BOARD_REPORT_VIEW, Permission.ALLOCATION_LIST_MAKE)
@require_GET
def board_report_file(request: PageRequest, public_id: str, form: str) -> HttpResponse:
    """Hands out an open report as PDF or as data."""
    report = _report(public_id)
    return _file(request, report, content=report.content, digest=report.digest, form=form, kind="Open report")


@requires(Permission.ALLOCATION_LIST_MAKE)
@require_GET
@never_cache
def closed_report_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows a closed report by arm, for the unblinded statistician alone."""
    report = _report(public_id)
    content, digest = _closed(request, report)
    context = {"report": report, "digest": digest, **_shown(content)}
    context["answers"] = _answers(context["content"])
    return render(request, "pharmacy/closed_report_detail.html", context)


@requires(Permission.ALLOCATION_LIST_MAKE)
@require_GET
@never_cache
def closed_report_file(request: PageRequest, public_id: str, form: str) -> HttpResponse:
    """Hands out a closed report as PDF or as data; that is logged."""
    report = _report(public_id)
    content, digest = _closed(request, report)
    return _file(request, report, content=content, digest=digest, form=form, kind="CLOSED, UNBLINDED report")


def _report(public_id: str) -> OpenBoardReport:
    found = OpenBoardReport.objects.select_related("trial", "recorded_by").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _closed(request: PageRequest, report: OpenBoardReport) -> tuple[str, str]:
    found = allocation.closed_board_report(trial_id=report.trial_id, key=report.public_id, by=request.viewer.person)
    if found is None:
        raise Http404
    return found


def _open_context(request: PageRequest, report: OpenBoardReport) -> dict[str, Any]:
    rows = list(report.recommendations.select_related("recorded_by").order_by("-id"))
    signatures = Signature.objects.filter(
        record_table=BoardRecommendation._meta.db_table, record_id__in=[row.pk for row in rows]
    )
    by_row: dict[int, list[Signature]] = {}
    for signature in signatures.order_by("id"):
        by_row.setdefault(signature.record_id, []).append(signature)
    context: dict[str, Any] = {"report": report, "digest": report.digest, **_shown(report.content)}
    context |= {
        "recommendations": [(row, by_row.get(row.pk, [])) for row in rows],
        "answers": _answers(context["content"]),
        "sees_arms": request.viewer.may(Permission.ALLOCATION_LIST_MAKE),
    }
    if request.viewer.may(Permission.SAFETY_OFFICE):
        context["recommendation_form"] = RecommendationForm()
    return context


def _shown(text: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text)
    for row in content["terms"]:
        row["apart"] = apart_in_words(row["difference"])
    return {
        "content": content,
        "by_system": by_system(content),
        "term_columns": 1 + 2 * len(content["arms"]) + (len(content["arms"]) == 2),
        "dots": board_drawings.dots(content),
        "curves": board_drawings.curves(content),
        "pressures": board_drawings.pressures(content),
        "sizes": [(arm, content["sizes"][arm]) for arm in content["arms"]],
    }


def _answers(content: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = {name: counts for name, *counts in content["overview"]}
    allocated = sum(content["sizes"].values())
    return [
        ("Allocated", str(allocated), _by_arm(content, [content["sizes"][arm] for arm in content["arms"]])),
        ("With any event", *_of_arms(content, rows["Any event"])),
        ("With a serious event", *_of_arms(content, rows["Serious"])),
    ]


def _by_arm(content: dict[str, Any], counts: Iterable[Any]) -> str:
    """Returns what was counted with the names of the arms; nothing where there is only one name for all."""
    arms = content["arms"]
    return ", ".join(f"{arm} {count}" for arm, count in zip(arms, counts, strict=True)) if len(arms) > 1 else ""


def _of_arms(content: dict[str, Any], counts: list[str]) -> tuple[str, str]:
    return (counts[0], "") if len(counts) == 1 else (_by_arm(content, counts), "")


def _file(
    request: PageRequest, report: OpenBoardReport, *, content: str, digest: str, form: str, kind: str
) -> HttpResponse:
    if form not in FORMS:
        raise Http404
    log_access("report of the monitoring board", f"{report.public_id}, {kind}, {form}")
    body = content.encode() if form == "json" else _pdf(request, report, content=content, digest=digest, kind=kind)
    answer = HttpResponse(body, content_type=FORMS[form])
    answer["Content-Disposition"] = f'attachment; filename="{report.public_id}.{form}"'
    return answer


def _pdf(request: PageRequest, report: OpenBoardReport, *, content: str, digest: str, kind: str) -> bytes:
    about = f"{report.trial.code}. Data of {report.cut_off_at:%-d %b %Y, %H:%M} UTC.\nSHA-256 {digest}"
    return pdf(
        f"{kind} of the monitoring board: {report.title}", parts=board_parts(json.loads(content), about=about),
        printed_by=request.viewer.person.display_name, at=request.now, zone=report.trial.sponsor_zone,
    )  # fmt: skip
