"""The cockpit's panels: one form each, opened by a big button, kept with everything typed when it is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from core.errors import Conflict, Refused
from core.permissions import Permission
from core.refusals import show_refusal
from core.requests import PageRequest
from sessions import actions, queries
from sessions import forms as shapes
from sessions.cockpit import cockpit_of
from sessions.kinds import KINDS
from sessions.models import DosingSession, ObservedEffect
from sessions.tablet import tablet_of

Frame = dict[str, Any]
Make = Callable[[DosingSession, PageRequest, Any, Frame], forms.Form]


@dataclass(frozen=True)
class Step:
    """A step of the session that the server judges: what its panel says, its address, and how its form is made."""

    title: str
    verb: str
    url_name: str
    make: Make


@dataclass(frozen=True)
class Panel:
    """What a panel says around its form, and where the form goes."""

    name: str
    title: str
    verb: str
    url: str
    kind: str = ""


def _dose(session: DosingSession, request: PageRequest, data: Any, frame: Frame) -> forms.Form:
    return shapes.InitialDoseForm(data, people=_others(session, request), **frame)


def _supplemental(session: DosingSession, request: PageRequest, data: Any, frame: Frame) -> forms.Form:
    chosen = request.GET.get("decision", "")
    return shapes.SupplementalForm(data, people=_others(session, request), initial={"decision": chosen}, **frame)


def _discharge(session: DosingSession, request: PageRequest, data: Any, frame: Frame) -> forms.Form:
    questions = discharge_questions(session)
    return shapes.DischargeForm(data, people=_others(session, request), questions=questions, **frame)


def _hand_over(session: DosingSession, request: PageRequest, data: Any, frame: Frame) -> forms.Form:
    people = queries.attendants_on_duty(session, at=request.now).exclude(pk=request.viewer.person.pk)
    return shapes.HandOverForm(data, people=people, **frame)


def _end_early(session: DosingSession, request: PageRequest, data: Any, frame: Frame) -> forms.Form:
    known = queries.definition_for(session).conduct.early_end
    return shapes.EndEarlyForm(data, causes=known.reasons.items() if known else ())


def _release(session: DosingSession, request: PageRequest, data: Any, frame: Frame) -> forms.Form:
    return shapes.ReleaseForm(data)


def _close(session: DosingSession, request: PageRequest, data: Any, frame: Frame) -> forms.Form:
    return shapes.CloseForm(data)


STEPS: dict[str, Step] = {
    "dose": Step("Initial dose", "Confirm given", "sessions:dose-give", _dose),
    "supplemental": Step("Supplemental dose", "Record decision", "sessions:supplemental-decide", _supplemental),
    "discharge": Step("Discharge readiness", "Record check", "sessions:discharge-check", _discharge),
    "hand_over": Step("Hand over for the night", "Hand over", "sessions:hand-over", _hand_over),
    "end_early": Step("End the session early", "End the session", "sessions:session-end", _end_early),
    "release": Step("Let the participant leave", "Sign", "sessions:session-release", _release),
    "close": Step("Close the session", "Sign and close", "sessions:session-close", _close),
}
# Panels that only show, or whose forms are many and small.
SHOWN = {"observed": "How it was felt", "safety": "Safety of the participant"}


def panel_of(name: str, session: DosingSession) -> Panel | None:
    """Returns the panel of a kind of entry or of a step, if there is one of that name."""
    if name in KINDS:
        address = reverse("sessions:entry-record", args=[session.public_id, name])
        return Panel(name, KINDS[name].title, KINDS[name].verb, address, name)
    if name in STEPS:
        step = STEPS[name]
        return Panel(name, step.title, step.verb, reverse(step.url_name, args=[session.public_id]))
    return Panel(name, SHOWN[name], "", "") if name in SHOWN else None


def build(panel: str, session: DosingSession, request: PageRequest, data: Any = None) -> Any:
    """Returns the form of a panel, filled with what was sent."""
    if panel in KINDS:
        return KINDS[panel].build(session, at=request.now, data=data)
    return STEPS[panel].make(session, request, data, {"zone": session.site.zone, "now": request.now})


def _others(session: DosingSession, request: PageRequest) -> Any:
    return queries.people_in_room(session, at=request.now, but=request.viewer.person)


def discharge_questions(session: DosingSession) -> list[str]:
    """Returns the protocol's yes-or-no questions of discharge."""
    definition = queries.definition_for(session)
    names = [name for rule in definition.discharge_criteria for name in rule.expression.names]
    asked = [name for name in dict.fromkeys(names) if definition.variables[name].type == "bool"]
    return [name for name in asked if "DISCHARGE" in definition.variables[name].source]


def refused(
    request: PageRequest, session: DosingSession, *, panel: str, form: forms.Form, refusal: Refused
) -> HttpResponse:
    """Shows the panel with the refusal and everything typed; 409 when the session's state forbids the step."""
    show_refusal(form, refusal)
    session.refresh_from_db()
    return show(request, session, panel=panel, form=form, status=409 if isinstance(refusal, Conflict) else 422)


def show(
    request: PageRequest,
    session: DosingSession,
    *,
    panel: str = "",
    form: forms.Form | None = None,
    errors: list[str] | None = None,
    status: int = 0,
) -> HttpResponse:
    """Shows the cockpit, with a panel open if one is named; 422 when something was refused."""
    failed = bool(errors) or (form is not None and form.is_bound and bool(form.errors))
    shown = panel_of(panel, session)
    if shown is not None and form is None and panel not in SHOWN:
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
        "may_record": may_record,
        "override_form": shapes.OverrideForm(),
        **_of_panel(panel, session, request),
    }
    answer = render(request, "sessions/session_detail.html", context, status=status or (422 if failed else 200))
    # What is seen offline comes from the tablet's own encrypted store, and from nowhere else.
    add_never_cache_headers(answer)
    return answer


def _of_panel(panel: str, session: DosingSession, request: PageRequest) -> dict[str, Any]:
    """Returns what one panel shows besides its form."""
    if panel in KINDS:
        asked = request.GET.get("paper", "") or request.POST.get("paper", "")
        sheet = queries.sheet_of(session, asked) if asked else None
        return {"quick": KINDS[panel].quick(session, request.now), "paper": sheet}
    if panel == "close":
        return {"closing": actions.closing_lines(session, at=request.now)}
    if panel == "observed":
        effects = queries.standing(ObservedEffect, session)
        return {"unclassified": [effect for effect in effects if effect.valence == "not_asked"]}
    return {}


def done(session: DosingSession) -> HttpResponse:
    """Goes back to the cockpit after something was recorded."""
    return redirect("sessions:session-detail", session.public_id)


def opened(request: PageRequest) -> str:
    """Returns the name of the panel that the address asks for."""
    return request.GET.get("panel", "")
