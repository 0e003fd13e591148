"""Pages of the delegation log: who may do what, on whose signature, row by row."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.roles import ROLES, Role
from core.signatures import signatures_of
from trials import actions, queries
from trials.access import delegation_for, own_delegation_for, site_chosen
from trials.delegation_log import TO_ACCEPT, delegation_log, own_duties, row_of
from trials.forms import AcceptForm, DecideForm, DelegateForm, EndForm
from trials.models import Delegation, Site
from trials.site_chips import site_chips


@requires(Permission.DELEGATION_VIEW)
@require_GET
def delegation_list(request: PageRequest) -> HttpResponse:
    """Shows the log of a site: a matrix of people and duties, then every row."""
    site = site_chosen(request.viewer, request.GET.get("site"), Permission.DELEGATION_VIEW)
    may_delegate = request.viewer.may(Permission.DELEGATION_APPROVE, site_id=site.pk)
    form = _delegate_form(request, site, None) if may_delegate else None
    return render(request, "trials/delegation_list.html", _list_context(request, site) | {"delegate_form": form})


@requires(Permission.DELEGATION_APPROVE)
@require_POST
def delegation_delegate(request: PageRequest) -> HttpResponse:
    """Proposes a duty for a person; it holds after the approval."""
    site = site_chosen(request.viewer, request.GET.get("site"), Permission.DELEGATION_APPROVE)
    form = _delegate_form(request, site, request.POST)
    if form.is_valid():
        try:
            made = actions.delegate_duty(site=site, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Proposed. It holds once the person has accepted it and you have approved it.")
            return redirect("trials:delegation-detail", made.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _list_context(request, site) | {"delegate_form": form, "form": form}
    return render(request, "trials/delegation_list.html", context, status=422)


@requires(Permission.DELEGATION_VIEW)
@require_GET
def delegation_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one row: what exactly is approved, its signatures, and how to end it."""
    delegation = delegation_for(request.viewer, public_id, Permission.DELEGATION_VIEW)
    return render(request, "trials/delegation_detail.html", _context(request, delegation) | {"end_form": EndForm()})


@requires(Permission.DELEGATION_APPROVE)
@require_http_methods(["GET", "POST"])
def delegation_decide(request: PageRequest) -> HttpResponse:
    """Decides the waiting rows of a site one by one; each approved row is signed by itself."""
    site = site_chosen(request.viewer, request.GET.get("site"), Permission.DELEGATION_APPROVE)
    rows = delegation_log(site, on=local_date(request.now, zone=site.zone))
    waiting = [row for row in rows if row.waits_for_approval]
    form = DecideForm(request.POST if request.method == "POST" else None, rows=waiting)
    if request.method == "POST" and form.is_valid():
        try:
            signed = actions.decide_delegations(
                approved=form.approved(), refused=form.refused(), password=form.cleaned_data["password"],
                by=request.viewer.person, at=request.now,
            )  # fmt: skip
            messages.success(request, f"{len(signed)} approved, {len(form.refused())} refused.")
            return redirect(f"{reverse('trials:delegation-list')}?site={site.code}")
        except Refused as refusal:
            show_refusal(form, refusal)
    elsewhere = [row for row in rows if row.state_label in (TO_ACCEPT, "Training missing", "Expired")]
    context = {
        "site": site,
        "form": form,
        "waiting": waiting,
        "elsewhere": elsewhere,
        "answers": [
            ("What waits for you?", str(len(waiting)), "rows, each decided by itself"),
            ("What waits for others?", str(len(elsewhere)), "to accept or to train"),
            ("What do you sign?", "Each row", "under one password"),
        ],
    }
    return render(request, "trials/delegation_decide.html", context, status=422 if form.errors else 200)


@requires(Permission.DELEGATION_ACCEPT)
@require_GET
def duty_list(request: PageRequest) -> HttpResponse:
    """Shows the duties that were given to the viewer, and asks to accept the new ones."""
    return render(request, "trials/duty_list.html", _own_context(request, None, AcceptForm()))


@requires(Permission.DELEGATION_ACCEPT)
@require_POST
def delegation_accept(request: PageRequest, public_id: str) -> HttpResponse:
    """Accepts one duty with the viewer's signature."""
    delegation = own_delegation_for(request.viewer, public_id)
    form = AcceptForm(request.POST)
    if form.is_valid():
        try:
            password = form.cleaned_data["password"]
            actions.accept_delegation(delegation, password=password, by=request.viewer.person, at=request.now)
            messages.success(request, "Accepted. The duty holds once the investigator has approved it.")
            return redirect("trials:duty-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "trials/duty_list.html", _own_context(request, public_id, form), status=422)


@requires(Permission.DELEGATION_APPROVE)
@require_POST
def delegation_end(request: PageRequest, public_id: str) -> HttpResponse:
    """Gives a duty its last day."""
    delegation = delegation_for(request.viewer, public_id, Permission.DELEGATION_APPROVE)
    form = EndForm(request.POST)
    if form.is_valid():
        try:
            actions.end_delegation(delegation, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Ended. It would have to be accepted and approved again.")
            return redirect("trials:delegation-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, delegation) | {"form": form, "end_form": form}
    return render(request, "trials/delegation_detail.html", context, status=422)


def _delegate_form(request: PageRequest, site: Site, sent: Any) -> DelegateForm:
    duties = queries.duty_names(site, on=local_date(request.now, zone=site.zone))
    grantable = {duty for rights in ROLES.values() for duty in rights.duties}
    choices = [(code, name) for code, name in duties.items() if code in grantable]
    return DelegateForm(sent, people=queries.people_of(site, at=request.now), duties=choices)


def _list_context(request: PageRequest, site: Site) -> dict[str, Any]:
    rows = delegation_log(site, on=local_date(request.now, zone=site.zone))
    duties = list(dict.fromkeys(row.duty_name for row in rows))
    people = list(dict.fromkeys(row.delegation.person.display_name for row in rows))
    held = {(row.delegation.person.display_name, row.duty_name): row for row in rows}
    waiting = [row for row in rows if row.waits_for_approval]
    ending = sorted(row.delegation.ends_on for row in rows if row.stands and row.delegation.ends_on)
    return {
        "site": site,
        "rows": rows,
        "duties": duties,
        "matrix": [(person, [held.get((person, duty)) for duty in duties]) for person in people],
        "chips": site_chips(request.viewer, Permission.DELEGATION_VIEW, current=site),
        "waiting": waiting,
        "holders": _holders(),
        "answers": [
            ("Who may do something today?", str(len({r.delegation.person_id for r in rows if r.stands})), "people"),
            ("What waits for approval?", str(len(waiting)), "rows"),
            ("What ends next?", f"{ending[0]:%-d %b %Y}" if ending else "Nothing", "among approved duties"),
        ],
    }


def _holders() -> list[tuple[str, str]]:
    named = [
        (role.label, sorted(rights.duties)) for role, rights in ROLES.items() if rights.duties and role != Role.SYSTEM
    ]
    return [(str(label), ", ".join(duty.replace("_", " ") for duty in duties)) for label, duties in named]


def _own_context(request: PageRequest, tried: str | None, form: AcceptForm) -> dict[str, Any]:
    rows = own_duties(request.viewer.person, on=local_date(request.now, zone=request.viewer.person.zone))
    new = [row for row in rows if row.state_label == TO_ACCEPT]
    return {
        "rows": [row for row in rows if row.state_label != TO_ACCEPT],
        "new": [(row, form if row.delegation.public_id == tried else AcceptForm()) for row in new],
        "form": form,
        "answers": [
            ("What was given to you?", str(len(rows)), "duties of the protocol"),
            ("What do you still have to accept?", str(len(new)), "each with your signature"),
        ],
    }


def _context(request: PageRequest, delegation: Delegation) -> dict[str, Any]:
    row = row_of(delegation, on=local_date(request.now, zone=delegation.site.zone))
    may_decide = request.viewer.may(Permission.DELEGATION_APPROVE, site_id=delegation.site_id)
    return {
        "row": row,
        "delegation": delegation,
        "site": delegation.site,
        "signatures": signatures_of(delegation),
        "may_approve": may_decide and row.waits_for_approval,
        "may_end": may_decide and row.state != "notdone",
        "answers": [
            ("Who?", delegation.person.display_name, delegation.site.code),
            ("May do what?", row.duty_name, "a duty of the protocol"),
            ("Does it hold today?", "Yes" if row.stands else "No", row.state_label.lower()),
        ],
    }
