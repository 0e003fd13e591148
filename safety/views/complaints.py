"""Complaints about conduct: anybody tells one; those on its list work on it, and nobody who is named reads it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.audit import log_access
from core.documents import Rows, Text, pdf
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import moment
from portal.access import report_for
from safety import actions, queries
from safety.access import complaint_for
from safety.forms import ClosingForm, ComplaintForm, PersonForm, SaidForm, StepForm, SuspensionForm
from safety.models import Complaint
from trials import queries as trial_queries

DETAIL = "safety/complaint_detail.html"
REVIEWERS = ("monitor", "data_manager", "independent_rater", "medical_monitor", "safety_officer", "ombudsperson")


@requires(Permission.WORKLIST_VIEW)
@require_http_methods(["GET", "POST"])
@never_cache
def complaint_tell(request: PageRequest) -> HttpResponse:
    """Takes what somebody tells about conduct, and shows what became of what they told before."""
    viewer = request.viewer
    report = None
    if viewer.may(Permission.CONFIDENTIAL_READ) and (key := request.GET.get("report")):
        report = report_for(viewer, key)
    first = (
        {"words": report.words, "subject_code": report.participant_code, "report_id": report.public_id}
        if report
        else {}
    )
    form = ComplaintForm(
        request.POST or None, office=queries.office(), people=queries.people_to_name(viewer, at=request.now),
        sites=list(trial_queries.sites_for(viewer, Permission.WORKLIST_VIEW)), today=request.now.date(), initial=first,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        told = entered | {
            "site": form.sites[entered["site"]],
            "named": [form.people[key] for key in entered["named"]],
            "source": "participant" if entered["report_id"] else _source(request),
        }
        try:
            actions.tell_complaint(**told, by=viewer.person, at=request.now)
            messages.success(
                request, "It is with the desk, and with nobody at a site. What becomes of it stands below."
            )
            return redirect("safety:complaint-tell")
        except Refused as refusal:
            show_refusal(form, refusal)
    mine = list(queries.complaints_of(viewer.person, part="teller").order_by("-told_at", "-id"))
    hours = queries.office().complaint_acknowledge_within_hours
    context = {
        "form": form,
        "mine": mine,
        "answers": [
            ("Who reads it?", "The desk", "ombudsperson and safety officer; nobody at a site"),
            ("Until when?", f"{hours} hours", "until it is acknowledged by name"),
            ("Told by you", str(len(mine)), ""),
        ],
    }
    return render(request, "safety/complaint_tell.html", context, status=422 if form.errors else 200)


@requires(Permission.CONFIDENTIAL_READ)
@require_GET
@never_cache
def complaint_list(request: PageRequest) -> HttpResponse:
    """Lists the complaints on whose lists the viewer is, what nobody has read first."""
    found = list(queries.complaints_of(request.viewer.person, part="desk"))
    found.sort(key=lambda each: (each.state != "waiting", each.closed_at is not None, each.acknowledge_by_at))
    waiting = [each for each in found if each.state == "waiting"]
    late = sum(each.acknowledge_by_at < request.now for each in waiting)
    zone, kinds = request.viewer.person.zone, queries.office().complaint_kinds
    context = {
        "rows": [(_shape(each, request), kinds.get(each.kind, each.kind), each) for each in found],
        "answers": [
            ("Not read yet", str(len(waiting)), f"{late} overdue" if late else ""),
            ("Next by", moment(waiting[0].acknowledge_by_at, zone) if waiting else "Nothing", ""),
            ("Looked into", str(sum(each.state == "open" for each in found)), ""),
        ],
    }
    return render(request, "safety/complaint_list.html", context)


@requires(Permission.CONFIDENTIAL_READ)
@require_GET
@never_cache
def complaint_register(request: PageRequest) -> HttpResponse:
    """Hands out the register for the ethics board, which names nobody; that is logged."""
    found = queries.complaints_of(request.viewer.person, part="desk").order_by("told_at", "id")
    told, suspended = queries.steps_of_kind("ethics"), queries.steps_of_kind("suspension")
    kinds, zone = queries.office().complaint_kinds, trial_queries.current_trial().sponsor_zone
    rows = [
        [
            each.public_id, each.site.code, kinds.get(each.kind, each.kind), each.get_source_display(),
            str(moment(each.told_at, zone)), str(moment(each.acknowledged_at, zone)) if each.acknowledged_at else "no",
            each.get_state_display(), "yes" if each.public_id in suspended else "no",
            "yes" if each.public_id in told else "no",
        ]
        for each in found
    ]  # fmt: skip
    head = ["Case", "Site", "About", "Told by", "Told", "Read", "State", "Duty suspended", "Board told"]
    log_access("register of complaints", f"{len(rows)} cases")
    document = pdf(
        "Register of complaints about conduct",
        parts=[
            Text("For the ethics board. Nobody is named here; each case is on file under its number."),
            Rows(head, rows, (16, 6, 14, 14, 14, 14, 12, 9, 9)),
        ],
        printed_by=request.viewer.person.display_name,
        at=request.now,
        zone=zone,
    )
    answer = HttpResponse(document, content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="register_of_complaints.pdf"'
    return answer


@requires(Permission.WORKLIST_VIEW)
@require_GET
@never_cache
def complaint_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows a complaint to those on its list; whoever told it sees what was told and how it stands."""
    complaint, works = complaint_for(request.viewer, public_id)
    return render(request, DETAIL, _context(request, complaint, works=works))


@requires(Permission.WORKLIST_VIEW)
@require_POST
def complaint_acknowledge(request: PageRequest, public_id: str) -> HttpResponse:
    """Acknowledges a complaint by name."""
    return _taken(request, public_id, SaidForm(request.POST), actions.acknowledge_complaint, "said_form")


@requires(Permission.WORKLIST_VIEW)
@require_POST
def complaint_step(request: PageRequest, public_id: str) -> HttpResponse:
    """Keeps what was done about a complaint."""
    return _taken(request, public_id, StepForm(request.POST), actions.take_step, "step_form")


@requires(Permission.SAFETY_OFFICE)
@require_POST
def complaint_suspend(request: PageRequest, public_id: str) -> HttpResponse:
    """Suspends a duty of somebody who is named, from this minute."""
    complaint, _ = complaint_for(request.viewer, public_id, working=True)
    duties = trial_queries.duties_not_ended(queries.named_in(complaint), at=request.now)
    form = SuspensionForm(request.POST, duties=duties, prefix="suspension")

    def suspend(found: Complaint, *, delegation: str, **entered: Any) -> object:
        return actions.suspend_duty(found, delegation=form.duties[delegation], **entered)

    return _taken(request, public_id, form, suspend, "suspension_form")


@requires(Permission.CONFIDENTIAL_READ)
@require_POST
def complaint_name(request: PageRequest, public_id: str) -> HttpResponse:
    """Names somebody whom a complaint is about."""
    return _with_person(request, public_id, actions.name_person, "name_form")


@requires(Permission.CONFIDENTIAL_READ)
@require_POST
def complaint_share(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts somebody on the list of a complaint."""
    return _with_person(request, public_id, actions.add_reader, "reader_form")


@requires(Permission.CONFIDENTIAL_READ)
@require_POST
def complaint_close(request: PageRequest, public_id: str) -> HttpResponse:
    """Closes a complaint with what was found."""
    return _taken(request, public_id, ClosingForm(request.POST), actions.close_complaint, "closing_form")


def _with_person(request: PageRequest, public_id: str, act: Callable[..., object], name: str) -> HttpResponse:
    form = PersonForm(request.POST, people=queries.people_to_name(request.viewer, at=request.now), prefix=name)

    def on_person(found: Complaint, *, person: str, **entered: Any) -> object:
        return act(found, person=form.people[person], **entered)

    return _taken(request, public_id, form, on_person, name)


def _taken(request: PageRequest, public_id: str, form: Any, act: Callable[..., object], name: str) -> HttpResponse:
    """Does what a form says about a complaint; a refusal stands at its field on the page of the complaint."""
    complaint, works = complaint_for(request.viewer, public_id, working=True)
    if form.is_valid():
        try:
            act(complaint, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, "Kept in your name.")
            return redirect("safety:complaint-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, DETAIL, _context(request, complaint, works=works) | {name: form, "form": form}, status=422)


def _context(request: PageRequest, complaint: Complaint, *, works: bool) -> dict[str, Any]:
    kinds, zone = queries.office().complaint_kinds, request.viewer.person.zone
    context: dict[str, Any] = {
        "complaint": complaint,
        "kind": kinds.get(complaint.kind, complaint.kind),
        "shape": _shape(complaint, request),
        "works": works,
        "answers": [
            ("Told", moment(complaint.told_at, zone), complaint.get_source_display()),
            ("Read by", moment(complaint.acknowledge_by_at, zone), "by name"),
            ("How it stands", complaint.get_state_display(), ""),
        ],
    }
    if not works:
        return context
    named = queries.named_in(complaint)
    context |= {
        "named": named,
        "readers": queries.readers_of(complaint),
        "steps": queries.steps_of_complaint(complaint),
    }
    if complaint.state == "waiting":
        context["said_form"] = SaidForm()
    if complaint.state == "open":
        context |= {"step_form": StepForm(), "closing_form": ClosingForm()}
        duties = (
            trial_queries.duties_not_ended(named, at=request.now)
            if request.viewer.may(Permission.SAFETY_OFFICE)
            else []
        )
        if duties:
            context["suspension_form"] = SuspensionForm(duties=duties, prefix="suspension")
    if request.viewer.may(Permission.CONFIDENTIAL_READ):
        people = queries.people_to_name(request.viewer, at=request.now)
        context |= {name: PersonForm(people=people, prefix=name) for name in ("name_form", "reader_form")}
    return context


def _shape(complaint: Complaint, request: PageRequest) -> tuple[str, str]:
    if complaint.state == "waiting":
        late = complaint.acknowledge_by_at < request.now
        return ("overdue", "Overdue") if late else ("due", "Not read yet")
    return {"open": ("started", "Looked into"), "founded": ("complete", "Founded")}.get(
        complaint.state, ("notdone", "Not founded")
    )


def _source(request: PageRequest) -> str:
    return "reviewer" if any(role.value in REVIEWERS for role in request.viewer.roles) else "staff"
