"""“View as role”: what exactly a person or a role can see at a chosen time; it impersonates nobody, signs nothing."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.audit import log_access
from core.clock import local_date
from core.models import Membership, Person
from core.permissions import Permission, Viewer, requires
from core.requests import PageRequest
from core.roles import Role
from trials import queries
from trials.forms import RightsForm
from trials.rights import Rights, rights_of


@requires(Permission.RIGHTS_VIEW)
@require_GET
def rights(request: PageRequest) -> HttpResponse:
    """Shows what a person or a role can see: sites, rights and why, pages, and what is hidden; the look is logged."""
    people = list(Person.objects.filter(is_system=False).order_by("display_name"))
    form = RightsForm(request.GET or None, people=people, zone=request.viewer.person.zone)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        at, whom = form.cleaned_data["at"] or request.now, form.cleaned_data["whom"]
        viewer = Viewer.at(whom, at) if isinstance(whom, Person) else _as_role(whom)
        found = rights_of(viewer)
        log_access("rights", whom.public_id if isinstance(whom, Person) else f"role {whom.value}")
        context |= {"found": found, "whom": whom, "label": _label(whom), "at": at, "answers": _answers(found)}
        if isinstance(whom, Person) and request.viewer.may(Permission.DELEGATION_VIEW):
            context["duties"] = _duties(request, whom, at)
    return render(request, "trials/rights.html", context, status=422 if form.errors else 200)


def _as_role(role: Role) -> Viewer:
    # Nobody: a membership that is in no table, at every site.
    return Viewer(Person(display_name=str(role.label)), (Membership(role=role.value),))


def _label(whom: Person | Role) -> str:
    return whom.display_name if isinstance(whom, Person) else str(whom.label)


def _duties(request: PageRequest, person: Person, at: Any) -> list[tuple[str, str]]:
    standing = queries.standing_delegations(site_id=None, on=local_date(at, zone=person.zone)).filter(person=person)
    ids = request.viewer.site_ids(Permission.DELEGATION_VIEW)
    standing = standing if ids is None else standing.filter(site_id__in=ids)
    rows = standing.select_related("site").order_by("site__code", "duty")
    return [(row.duty.replace("_", " "), row.site.code) for row in rows]


def _answers(found: Rights) -> list[tuple[str, str, str]]:
    hidden = [each.data.name.lower() for each in found.classes if not each.by]
    return [
        ("Which pages open?", f"{len(found.opened)} of {len(found.pages)}", "each with the right that opens it"),
        ("Which rights?", f"{len(found.held)} of {len(found.held) + len(found.missing)}", "by role and site"),
        ("What is hidden?", f"{len(hidden)} of {len(found.classes)} classes", ", ".join(hidden) or "nothing"),
    ]
