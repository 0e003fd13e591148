"""What becomes of a deviation: analysed, acted on, checked, told to the ethics board; and how deviations go."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from safety import actions, drawings, queries
from safety.access import action_for, deviation_for, deviations_for
from safety.forms import ActionForm, AnalysisForm, CheckForm, EthicsForm, FinishForm
from safety.models import Deviation
from safety.views.deviation_page import DETAIL, detail_context
from trials import queries as trial_queries

UNSORTED = "Not sorted yet"


@requires(Permission.DEVIATION_VIEW)
@require_GET
def deviation_trends(request: PageRequest) -> HttpResponse:
    """Shows how many deviations there were in each month, by site and by category."""
    deviations = deviations_for(request.viewer, Permission.DEVIATION_VIEW)
    sites = list(trial_queries.sites_for(request.viewer, Permission.DEVIATION_VIEW))
    wanted = next((site for site in sites if site.code == request.GET.get("site")), None)
    trend = queries.trend_of(deviations.filter(site=wanted) if wanted else deviations)
    office = trial_queries.definition_of(trial_queries.latest_version(trial_queries.current_trial())).office
    names = {code: office.deviation_categories.get(code, UNSORTED) for code in trend.by_category}
    by_category = {names[code]: row for code, row in trend.by_category.items()}
    totals = {name: sum(row) for name, row in by_category.items()}
    most = max(totals, key=lambda name: totals[name], default="")
    context = {
        "trend": trend,
        "charts": [
            ("By site", drawings.stacked(trend.months, trend.by_site), _legend(trend.by_site)),
            ("By category", drawings.stacked(trend.months, by_category), _legend(by_category)),
        ]
        if trend.months
        else [],
        "tables": [("Site", _rows(trend.by_site)), ("Category", _rows(by_category))],
        "sums": [*trend.by_month, sum(trend.by_month)] if trend.months else [],
        "chips": [
            {"url": "?", "label": "All sites", "current": wanted is None},
            *({"url": f"?site={site.code}", "label": str(site), "current": site == wanted} for site in sites),
        ]
        if len(sites) > 1
        else [],
        "answers": [
            ("Deviations", str(sum(totals.values())), "without those that were refused"),
            ("Most often", str(totals.get(most, 0)), most),
            (
                "Latest month",
                str(trend.by_month[-1]) if trend.months else "0",
                trend.months[-1] if trend.months else "",
            ),
        ],
    }
    return render(request, "safety/deviation_trends.html", context)


@requires(Permission.DEVIATION_DECIDE)
@require_POST
def deviation_analyse(request: PageRequest, public_id: str) -> HttpResponse:
    """Says where a deviation belongs and why it came about."""
    deviation = deviation_for(request.viewer, public_id, Permission.DEVIATION_DECIDE)
    form = AnalysisForm(request.POST, office=queries.office_of(deviation))
    return _taken(
        request, deviation, form, actions.analyse_deviation, deviation, "The analysis is kept.", analysis_form=form
    )


@requires(Permission.DEVIATION_DECIDE)
@require_POST
def action_plan(request: PageRequest, public_id: str) -> HttpResponse:
    """Plans what is done about a deviation."""
    deviation = deviation_for(request.viewer, public_id, Permission.DEVIATION_DECIDE)
    form = ActionForm(request.POST, owners=queries.owners_at(deviation.site, at=request.now))

    def plan(found: Deviation, **entered: Any) -> object:
        return actions.plan_action(found, **entered | {"owner": form.owners[entered["owner"]]})

    return _taken(
        request, deviation, form, plan, deviation, "The action is planned; its owner finds it on the own worklist.",
        action_form=form,
    )  # fmt: skip


@requires(Permission.DEVIATION_VIEW)
@require_POST
def action_finish(request: PageRequest, public_id: str) -> HttpResponse:
    """Says that an action is done; its owner alone does."""
    action = action_for(request.viewer, public_id, Permission.DEVIATION_VIEW)
    form = FinishForm(request.POST, prefix=action.public_id)
    told = "The action is done. Its effect is checked by somebody else."
    return _taken(
        request, action.deviation, form, actions.finish_action, action, told, step_form=form, stepping=public_id
    )


@requires(Permission.DEVIATION_RECORD, Permission.DEVIATION_DECIDE)
@require_POST
def action_check(request: PageRequest, public_id: str) -> HttpResponse:
    """Says whether an action had its effect."""
    action = action_for(request.viewer, public_id, Permission.DEVIATION_RECORD)
    form = CheckForm(request.POST, prefix=action.public_id)
    return _taken(
        request, action.deviation, form, actions.check_action, action, "The check is kept in your name.",
        step_form=form, stepping=public_id,
    )  # fmt: skip


@requires(Permission.DEVIATION_DECIDE)
@require_POST
def ethics_tell(request: PageRequest, public_id: str) -> HttpResponse:
    """Records that the ethics board was told of a deviation."""
    deviation = deviation_for(request.viewer, public_id, Permission.DEVIATION_DECIDE)
    form = EthicsForm(request.POST, zone=deviation.site.zone, now=request.now)
    report = queries.ethics_report_of(deviation)
    if report is None:
        messages.error(request, "The ethics board is not told of this one.")
        return redirect("safety:deviation-detail", public_id)
    told = "Recorded: the ethics board was told."
    return _taken(request, deviation, form, actions.tell_ethics_board, report, told, ethics_form=form)


def _taken(
    request: PageRequest,
    deviation: Deviation,
    form: Any,
    act: Callable[..., object],
    subject: object,
    told: str,
    **given: Any,
) -> HttpResponse:
    """Does what a form says, and tells so; a refusal stands at its field on the page of the deviation."""
    if form.is_valid():
        try:
            act(subject, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, told)
            return redirect("safety:deviation-detail", deviation.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = detail_context(request, deviation.public_id, **given)
    return render(request, DETAIL, context | {"form": form}, status=422)


def _legend(series: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, fill) for name, fill in drawings.fills_of(series).items()]


def _rows(series: dict[str, tuple[int, ...]]) -> list[tuple[str, list[int]]]:
    return [(name, [*row, sum(row)]) for name, row in series.items()]
