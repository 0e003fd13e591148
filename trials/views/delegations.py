"""Pages of the delegation log: who may do what, on whose signature, row by row."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.clock import local_date
from core.errors import Refused
from core.models import SignatureMeaning
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.roles import ROLES, Role
from core.signatures import signatures_of
from trials import actions, queries
from trials.access import delegation_for
from trials.forms import ApproveForm, DelegateForm, EndForm
from trials.models import Delegation, Site


@requires(Permission.DELEGATION_VIEW)
@require_GET
def delegation_list(request: PageRequest) -> HttpResponse:
    """Shows the log of a site: a matrix of people and duties, then every row."""
    site = _site(request, Permission.DELEGATION_VIEW)
    may_delegate = request.viewer.may(Permission.DELEGATION_APPROVE, site_id=site.pk)
    form = _delegate_form(request, site, None) if may_delegate else None
    return render(request, "trials/delegation_list.html", _list_context(request, site) | {"delegate_form": form})


@requires(Permission.DELEGATION_APPROVE)
@require_POST
def delegation_delegate(request: PageRequest) -> HttpResponse:
    """Proposes a duty for a person; it holds after the approval."""
    site = _site(request, Permission.DELEGATION_APPROVE)
    form = _delegate_form(request, site, request.POST)
    if form.is_valid():
        try:
            made = actions.delegate_duty(site=site, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Proposed. The duty holds once you have approved it.")
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
    context = _context(request, delegation) | {"approve_form": ApproveForm(), "end_form": EndForm()}
    return render(request, "trials/delegation_detail.html", context)


@requires(Permission.DELEGATION_APPROVE)
@require_POST
def delegation_approve(request: PageRequest, public_id: str) -> HttpResponse:
    """Signs one row of the log."""
    delegation = delegation_for(request.viewer, public_id, Permission.DELEGATION_APPROVE)
    form = ApproveForm(request.POST)
    if form.is_valid():
        try:
            password = form.cleaned_data["password"]
            actions.approve_delegation(delegation, password=password, by=request.viewer.person, at=request.now)
            messages.success(request, "Approved.")
            return redirect("trials:delegation-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, delegation) | {"approve_form": form, "form": form, "end_form": EndForm()}
    return render(request, "trials/delegation_detail.html", context, status=422)


@requires(Permission.DELEGATION_APPROVE)
@require_POST
def delegation_end(request: PageRequest, public_id: str) -> HttpResponse:
    """Gives a duty its last day."""
    delegation = delegation_for(request.viewer, public_id, Permission.DELEGATION_APPROVE)
    form = EndForm(request.POST)
    if form.is_valid():
        try:
            actions.end_delegation(delegation, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Ended. A later last day must be approved again.")
            return redirect("trials:delegation-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, delegation) | {"approve_form": ApproveForm(), "form": form, "end_form": form}
    return render(request, "trials/delegation_detail.html", context, status=422)


def _site(request: PageRequest, permission: Permission) -> Site:
    sites = queries.sites_for(request.viewer, permission)
    wanted = request.GET.get("site")
    site = sites.filter(code=wanted).first() if wanted else sites.first()
    if site is None:
        raise Http404
    return site


def _delegate_form(request: PageRequest, site: Site, sent: Any) -> DelegateForm:
    duties = queries.duty_names(site, on=local_date(request.now, zone=site.zone))
    grantable = {duty for rights in ROLES.values() for duty in rights.duties}
    choices = [(code, name) for code, name in duties.items() if code in grantable]
    return DelegateForm(sent, people=queries.people_of(site, at=request.now), duties=choices)


def _list_context(request: PageRequest, site: Site) -> dict[str, Any]:
    rows = queries.delegation_log(site, on=local_date(request.now, zone=site.zone))
    duties = list(dict.fromkeys(row.duty_name for row in rows))
    people = list(dict.fromkeys(row.delegation.person.display_name for row in rows))
    held = {(row.delegation.person.display_name, row.duty_name): row for row in rows}
    waiting = [row for row in rows if row.state == "due"]
    ending = sorted(row.delegation.ends_on for row in rows if row.stands and row.delegation.ends_on)
    chips = [
        {"url": f"?site={other.code}", "label": str(other), "current": other.pk == site.pk}
        for other in queries.sites_for(request.viewer, Permission.DELEGATION_VIEW)
    ]
    return {
        "site": site,
        "rows": rows,
        "duties": duties,
        "matrix": [(person, [held.get((person, duty)) for duty in duties]) for person in people],
        "chips": chips if len(chips) > 1 else [],
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


def _context(request: PageRequest, delegation: Delegation) -> dict[str, Any]:
    on = local_date(request.now, zone=delegation.site.zone)
    signatures = signatures_of(delegation)
    row = queries.delegation_row(
        delegation,
        signature=signatures[-1] if signatures else None,
        names=queries.duty_names(delegation.site, on=on),
        on=on,
    )
    may_approve = request.viewer.may(Permission.DELEGATION_APPROVE, site_id=delegation.site_id)
    return {
        "row": row,
        "delegation": delegation,
        "site": delegation.site,
        "signatures": signatures,
        "meaning": SignatureMeaning.APPROVAL.label,
        "may_approve": may_approve and row.signature is None and row.state != "notdone",
        "may_end": may_approve and row.state != "notdone",
        "answers": [
            ("Who?", delegation.person.display_name, delegation.site.code),
            ("May do what?", row.duty_name, "a duty of the protocol"),
            ("Does it hold today?", "Yes" if row.stands else "No", row.state_label.lower()),
        ],
    }
