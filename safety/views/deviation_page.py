"""The page of one deviation: where it comes from, what was decided, why it came about and what is done about it."""

from typing import Any

from core.clock import local_date
from core.permissions import Permission
from core.requests import PageRequest
from safety import queries
from safety.access import deviation_for
from safety.forms import ActionForm, AnalysisForm, CheckForm, DecisionForm, EthicsForm, FinishForm
from safety.models import Deviation

DETAIL = "safety/deviation_detail.html"
SHAPES = {
    "candidate": ("query", "To decide"),
    "accepted": ("closing", "Deviation"),
    "important": ("overdue", "Important"),
    "refused": ("notdone", "Not a deviation"),
}


def shape_of(deviation: Deviation) -> tuple[str, str]:
    """Returns the state of a deviation as shape and word."""
    important = deviation.state == "accepted" and deviation.importance == "important"
    return SHAPES["important" if important else deviation.state]


def detail_context(request: PageRequest, public_id: str, **given: Any) -> dict[str, Any]:
    """Returns what the page of one deviation shows, with a form that came back in place of a fresh one."""
    deviation = deviation_for(request.viewer, public_id, Permission.DEVIATION_VIEW)
    may_decide = deviation.state == "candidate" and request.viewer.may(
        Permission.DEVIATION_DECIDE, site_id=deviation.site_id
    )
    context = {
        "deviation": deviation,
        "shape": shape_of(deviation),
        "decision_form": DecisionForm(initial={"importance": deviation.importance}) if may_decide else None,
        "answers": [
            ("Where from?", deviation.get_source_display(), ""),
            ("How important?", deviation.get_importance_display() or "Not decided", ""),
            ("Who decides?", deviation.decided_by.display_name if deviation.decided_by else "The investigator", ""),
        ],
    }
    return context | quality_context(request, deviation, given)


def quality_context(request: PageRequest, deviation: Deviation, given: dict[str, Any]) -> dict[str, Any]:
    """Returns what the page of a deviation shows of its analysis, its actions and the ethics board."""
    viewer, office = request.viewer, queries.office_of(deviation)
    accepted = deviation.state == "accepted"
    decides = accepted and viewer.may(Permission.DEVIATION_DECIDE, site_id=deviation.site_id)
    analyses = list(deviation.analyses.select_related("recorded_by").order_by("-number"))
    report = queries.ethics_report_of(deviation)
    context: dict[str, Any] = {
        "analyses": [
            (each, office.deviation_categories.get(each.category), office.root_causes.get(each.root_cause))
            for each in analyses
        ],
        "steps": _steps(request, deviation, given),
        "ethics_report": report,
        "ethics_late": report is not None and (report.reported_at or request.now) > report.due_at,
    }
    if decides:
        owners = queries.owners_at(deviation.site, at=request.now)
        context |= {"analysis_form": AnalysisForm(office=office), "action_form": ActionForm(owners=owners)}
        if report is not None and report.reported_at is None:
            context["ethics_form"] = EthicsForm(zone=deviation.site.zone, now=request.now)
    return context | given


def _steps(request: PageRequest, deviation: Deviation, given: dict[str, Any]) -> list[tuple[Any, str, Any, str]]:
    """Returns the actions, each with its shape, the form of its next step and where that is sent."""
    viewer, steps = request.viewer, []
    today = local_date(request.now, zone=deviation.site.zone)
    checks = viewer.may(Permission.DEVIATION_RECORD, site_id=deviation.site_id)
    for action in deviation.quality_actions.select_related("owner", "done_by", "checked_by").order_by("id"):
        form: Any = None
        name = ""
        if action.state == "open" and action.owner_id == viewer.person.pk:
            form, name = FinishForm(prefix=action.public_id), "safety:action-finish"
        elif action.state == "done" and checks and action.done_by_id != viewer.person.pk and today >= action.check_on:
            form, name = CheckForm(prefix=action.public_id), "safety:action-check"
        if given.get("stepping") == action.public_id:
            form = given["step_form"]
        shape = {"open": "overdue" if action.due_on < today else "due", "done": "judge", "effective": "complete"}
        steps.append((action, shape.get(action.state, "failed"), form, name))
    return steps
