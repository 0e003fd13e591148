"""The cockpit's panels: one form each, opened by a big button, kept with everything typed when it is refused."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from core.permissions import Permission
from core.requests import PageRequest
from sessions import forms as shapes
from sessions import queries
from sessions.cockpit import cockpit_of
from sessions.kinds import KINDS
from sessions.models import DosingSession
from sessions.tablet import tablet_of

# The steps of a session, which the server judges: what their panel is called, what its button says, and its address.
STEPS: dict[str, tuple[str, str, str]] = {
    "dose": ("Initial dose", "Confirm given", "sessions:dose-give"),
    "supplemental": ("Supplemental dose", "Record decision", "sessions:supplemental-decide"),
    "discharge": ("Discharge readiness", "Record check", "sessions:discharge-check"),
}


@dataclass(frozen=True)
class Panel:
    """What a panel says around its form, and where the form goes."""

    title: str
    verb: str
    url: str
    kind: str = ""


def panel_of(name: str, session: DosingSession) -> Panel | None:
    """Returns the panel of a kind of entry or of a step, if there is one of that name."""
    if name in KINDS:
        return Panel(
            KINDS[name].title, KINDS[name].verb, reverse("sessions:entry-record", args=[session.public_id, name]), name
        )
    if name in STEPS:
        title, verb, url_name = STEPS[name]
        return Panel(title, verb, reverse(url_name, args=[session.public_id]))
    return None


def build(panel: str, session: DosingSession, request: PageRequest, data: Any = None) -> shapes.EntryForm:
    """Returns the form of a panel, filled with what was sent."""
    if panel in KINDS:
        return KINDS[panel].build(session, at=request.now, data=data)
    frame: dict[str, Any] = {"zone": session.site.zone, "now": request.now}
    if panel == "discharge":
        return shapes.DischargeForm(data, questions=discharge_questions(session), **frame)
    shape = shapes.InitialDoseForm if panel == "dose" else shapes.SupplementalForm
    return shape(data, people=queries.people_in_room(session, at=request.now, but=request.viewer.person), **frame)


def discharge_questions(session: DosingSession) -> list[str]:
    """Returns the protocol's yes-or-no questions of discharge."""
    definition = queries.definition_for(session)
    names = [name for rule in definition.discharge_criteria for name in rule.expression.names]
    asked = [name for name in dict.fromkeys(names) if definition.variables[name].type == "bool"]
    return [name for name in asked if "DISCHARGE" in definition.variables[name].source]


def show(
    request: PageRequest,
    session: DosingSession,
    *,
    panel: str = "",
    form: forms.Form | None = None,
    errors: list[str] | None = None,
) -> HttpResponse:
    """Shows the cockpit, with a panel open if one is named; 422 when something was refused."""
    refused = bool(errors) or (form is not None and form.is_bound and bool(form.errors))
    shown = panel_of(panel, session)
    if shown is not None and form is None:
        form = build(panel, session, request)
    cockpit = cockpit_of(session, at=request.now)
    may_record = request.viewer.may(Permission.SESSION_RECORD, site_id=session.site_id)
    baselines = queries.baseline_values(cockpit.sets, initial_at=session.initial_dose_at)
    context = {
        "session": session,
        "participant": session.participant,
        "cockpit": cockpit,
        "tablet": tablet_of(session, may_record=may_record, baselines=baselines),
        "panel": shown,
        "form": form,
        "errors": errors,
        "grid": queries.definition_for(session).effects if panel == "effect" else (),
        "may_record": may_record,
        "override_form": shapes.OverrideForm(),
    }
    answer = render(request, "sessions/session_detail.html", context, status=422 if refused else 200)
    # What is seen offline comes from the tablet's own encrypted store, and from nowhere else.
    add_never_cache_headers(answer)
    return answer


def done(session: DosingSession) -> HttpResponse:
    """Goes back to the cockpit after something was recorded."""
    return redirect("sessions:session-detail", session.public_id)


def opened(request: PageRequest) -> str:
    """Returns the name of the panel that the address asks for."""
    return request.GET.get("panel", "")
