"""The cockpit's panels: one form each, opened by a big button, kept with everything typed when it is refused."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render

from core.clock import local_date
from core.models import Person
from core.permissions import Permission
from core.requests import PageRequest
from sessions import forms as shapes
from sessions import queries
from sessions.cockpit import cockpit_of
from sessions.models import DosingSession
from trials.queries import standing_delegations

# panel: (title, what its button says, URL name)
PANELS: dict[str, tuple[str, str, str]] = {
    "vitals": ("Vital signs", "Save set", "sessions:vitals-record"),
    "effect": ("Record what you observed", "Save", "sessions:effect-observe"),
    "note": ("Note", "Save note", "sessions:note-write"),
    "distress": ("Subjective units of distress", "Save rating", "sessions:distress-rate"),
    "medicine": ("Medicine given", "Save medicine", "sessions:medicine-give"),
    "presence": ("Who is in the room", "Save", "sessions:presence-record"),
    "dose": ("Initial dose", "Confirm given", "sessions:dose-give"),
    "supplemental": ("Supplemental dose", "Record decision", "sessions:supplemental-decide"),
    "discharge": ("Discharge readiness", "Record check", "sessions:discharge-check"),
}
SIMPLE: dict[str, type[shapes.EntryForm]] = {
    "vitals": shapes.VitalsForm,
    "effect": shapes.EffectForm,
    "note": shapes.NoteForm,
    "distress": shapes.DistressForm,
    "medicine": shapes.MedicineForm,
}


def build(panel: str, session: DosingSession, request: PageRequest, data: Any = None) -> shapes.EntryForm:
    """Returns the form of a panel, filled with what was sent."""
    frame: dict[str, Any] = {"zone": session.site.zone, "now": request.now}
    if panel in SIMPLE:
        return SIMPLE[panel](data, **frame)
    if panel == "presence":
        return shapes.PresenceForm(data, people=staff_of(session, request), **frame)
    if panel == "dose":
        return shapes.InitialDoseForm(data, people=others_in_room(session, request), **frame)
    if panel == "supplemental":
        return shapes.SupplementalForm(data, people=others_in_room(session, request), **frame)
    return shapes.DischargeForm(data, questions=discharge_questions(session), **frame)


def staff_of(session: DosingSession, request: PageRequest) -> Any:
    """Returns the people with a duty at the site today."""
    on = local_date(request.now, zone=session.site.zone)
    standing = standing_delegations(site_id=session.site_id, on=on)
    return Person.objects.filter(pk__in=standing.values("person_id"), is_active=True).order_by("display_name")


def others_in_room(session: DosingSession, request: PageRequest) -> Any:
    """Returns who is in the room besides the person who records."""
    present = [one.person.pk for one in queries.in_room(session, at=request.now)]
    return Person.objects.filter(pk__in=present).exclude(pk=request.viewer.person.pk).order_by("display_name")


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
    if panel in PANELS and form is None:
        form = build(panel, session, request)
    title, verb, url_name = PANELS.get(panel, ("", "", ""))
    context = {
        "session": session,
        "participant": session.participant,
        "cockpit": cockpit_of(session, at=request.now),
        "panel": panel,
        "panel_title": title,
        "panel_verb": verb,
        "panel_url": url_name,
        "form": form,
        "errors": errors,
        "grid": queries.definition_for(session).effects if panel == "effect" else (),
        "may_record": request.viewer.may(Permission.SESSION_RECORD, site_id=session.site_id),
        "override_form": shapes.OverrideForm(),
    }
    return render(request, "sessions/session_detail.html", context, status=422 if refused else 200)


def done(session: DosingSession) -> HttpResponse:
    """Goes back to the cockpit after something was recorded."""
    return redirect("sessions:session-detail", session.public_id)


def opened(request: PageRequest) -> str:
    """Returns the panel that the address names, if there is one of that name."""
    name = request.GET.get("panel", "")
    return name if name in PANELS else ""
