"""Pages of what people hold: trainings, licences and certificates with their expiry."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from trials import actions, queries
from trials.access import qualification_for, site_chosen
from trials.delegation_log import qualifications_at
from trials.forms import QualificationForm, ReasonForm
from trials.models import Site
from trials.site_chips import site_chips


@requires(Permission.DELEGATION_VIEW)
@require_http_methods(["GET", "POST"])
def qualification_list(request: PageRequest) -> HttpResponse:
    """Shows what the people of a site hold, what expires first at the top, and records one more."""
    site = site_chosen(request.viewer, request.GET.get("site"), Permission.DELEGATION_VIEW)
    may_record = request.viewer.may(Permission.QUALIFICATION_RECORD, site_id=site.pk)
    if request.method == "POST" and not may_record:
        raise Http404
    form = _form(request, site) if may_record else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            actions.record_qualification(site=site, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Recorded.")
            return redirect(f"{reverse('trials:qualification-list')}?site={site.code}")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, site) | {"record_form": form, "form": form}
    return render(request, "trials/qualification_list.html", context, status=422 if form and form.errors else 200)


@requires(Permission.QUALIFICATION_RECORD)
@require_POST
def qualification_withdraw(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes a qualification away, with the reason."""
    qualification = qualification_for(request.viewer, public_id, Permission.QUALIFICATION_RECORD)
    form = ReasonForm(request.POST)
    if form.is_valid():
        actions.withdraw_qualification(
            qualification, reason=form.cleaned_data["reason"], by=request.viewer.person, at=request.now
        )
        messages.success(request, "Withdrawn. Duties that ask for it rest.")
        return redirect(f"{reverse('trials:qualification-list')}?site={qualification.site.code}")
    context = _context(request, qualification.site) | {"form": form, "tried": public_id}
    return render(request, "trials/qualification_list.html", context, status=422)


def _form(request: PageRequest, site: Site) -> QualificationForm:
    version = queries.protocol_in_force(site, on=local_date(request.now, zone=site.zone))
    known = queries.definition_of(version).qualifications.values() if version else ()
    people = queries.people_of(site, at=request.now)
    sent = request.POST if request.method == "POST" else None
    return QualificationForm(sent, people=people, kinds=[(each.code, each.name) for each in known])


def _context(request: PageRequest, site: Site) -> dict[str, Any]:
    rows = qualifications_at(site, on=local_date(request.now, zone=site.zone))
    soon = [row for row in rows if row.state == "closing"]
    over = [row for row in rows if row.state == "overdue"]
    may_record = request.viewer.may(Permission.QUALIFICATION_RECORD, site_id=site.pk)
    return {
        "site": site,
        "rows": rows,
        "may_record": may_record,
        "chips": site_chips(request.viewer, Permission.DELEGATION_VIEW, current=site),
        "answers": [
            ("What has expired?", str(len(over)), "duties that ask for it rest"),
            ("What expires soon?", str(len(soon)), "the person is reminded"),
            ("What is recorded?", str(len(rows)), "trainings, licences, certificates"),
        ],
    }
