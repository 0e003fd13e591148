"""Pages of the administrator: who has an account, in which roles, from when to when. No participant is named here."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Refused
from core.models import Membership, Person
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.roles import ROLES, Role
from trials import actions
from trials.access import membership_for, person_for
from trials.forms import GrantForm, InviteForm, ReasonForm
from trials.models import Site

logger = logging.getLogger("vigil.people")


@requires(Permission.ACCOUNT_MANAGE)
@require_GET
def people_list(request: PageRequest) -> HttpResponse:
    """Shows every account with the roles in force now."""
    held = Prefetch(
        "memberships", Membership.objects.valid_at(request.now).select_related("site").order_by("id"), "held"
    )
    people = list(Person.objects.filter(is_system=False).prefetch_related(held).order_by("-is_active", "display_name"))
    active = [person for person in people if person.is_active]
    unblinded = [person for person in active if any(ROLES[Role(m.role)].unblinded for m in person.held)]
    context = {
        "people": people,
        "answers": [
            ("Who can sign in?", str(len(active)), f"of {len(people)} accounts"),
            ("Who is unblinded?", str(len(unblinded)), ", ".join(person.display_name for person in unblinded[:2])),
            ("Who has no role?", str(sum(not person.held for person in active)), "and therefore sees nothing"),
        ],
    }
    return render(request, "trials/people_list.html", context)


@requires(Permission.ACCOUNT_MANAGE)
@require_http_methods(["GET", "POST"])
def person_invite(request: PageRequest) -> HttpResponse:
    """Adds an account without a password and sends a link by which the person chooses one."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.add_person(password=None, by=request.viewer.person, **form.cleaned_data)
            _send_link(request, person)
            return redirect("trials:person-detail", person.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "trials/person_invite.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.ACCOUNT_MANAGE)
@require_GET
def person_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one account, its roles, and what can be done."""
    person = person_for(request.viewer, public_id)
    return render(request, "trials/person_detail.html", _context(request, person))


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def person_grant(request: PageRequest, public_id: str) -> HttpResponse:
    """Gives the person a role."""
    person = person_for(request.viewer, public_id)
    form = GrantForm(request.POST, sites=Site.objects.order_by("code"))
    if form.is_valid():
        entered = form.cleaned_data
        try:
            actions.grant_membership(
                person=person,
                role=Role(entered["role"]),
                site=entered["site"],
                starts_at=entered["starts_at"],
                ends_at=entered["ends_at"],
                by=request.viewer.person,
            )
            messages.success(request, f"{Role(entered['role']).label} granted.")
            return redirect("trials:person-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, person) | {"form": form, "grant_form": form}
    return render(request, "trials/person_detail.html", context, status=422)


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def membership_end(request: PageRequest, public_id: str, number: int) -> HttpResponse:
    """Takes a role away now; it acts on the person's next request, and in the database at once."""
    person = person_for(request.viewer, public_id)
    memberships = _memberships(person)
    if not 1 <= number <= len(memberships):
        number = 0
    membership = membership_for(request.viewer, person, memberships[number - 1].pk if number else 0)
    form = ReasonForm(request.POST)
    if form.is_valid():
        actions.end_membership(membership, reason=form.cleaned_data["reason"], by=request.viewer.person, at=request.now)
        messages.success(request, f"{membership.get_role_display()} taken away.")
        return redirect("trials:person-detail", public_id)
    context = _context(request, person) | {"form": form, "failed": number}
    return render(request, "trials/person_detail.html", context, status=422)


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def person_deactivate(request: PageRequest, public_id: str) -> HttpResponse:
    """Closes the account; it is kept, and its name is never given to somebody else."""
    person = person_for(request.viewer, public_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.deactivate_person(person, reason=form.cleaned_data["reason"], by=request.viewer.person)
            messages.success(request, f"The account of {person.display_name} is closed.")
            return redirect("trials:person-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, person) | {"form": form, "close_form": form}
    return render(request, "trials/person_detail.html", context, status=422)


@requires(Permission.ACCOUNT_MANAGE)
@require_POST
def person_send_link(request: PageRequest, public_id: str) -> HttpResponse:
    """Sends the link to choose a password again; nobody else ever knows the password."""
    person = person_for(request.viewer, public_id)
    _send_link(request, person)
    return redirect("trials:person-detail", public_id)


def _send_link(request: PageRequest, person: Person) -> None:
    form = ResetPasswordForm({"email": person.email})
    try:
        if form.is_valid():
            form.save(request)
        messages.success(request, f"A link to choose a password was sent to {person.email}.")
    except (OSError, SMTPException) as error:
        logger.warning("The link to choose a password could not be sent: %s", type(error).__name__)
        messages.warning(request, "The mail could not be sent. The account is there: send the link again later.")


def _memberships(person: Person) -> list[Membership]:
    return list(person.memberships.select_related("site").order_by("id"))


def _context(request: PageRequest, person: Person) -> dict[str, Any]:
    rows = [
        (number, membership, _state(membership, request.now), ROLES[Role(membership.role)].sentence)
        for number, membership in enumerate(_memberships(person), start=1)
    ]
    in_force = [membership for _, membership, state, _ in rows if state[1] == "In force"]
    unblinded = any(ROLES[Role(membership.role)].unblinded for membership in in_force)
    sites = {membership.site.code if membership.site else "Every site" for membership in in_force}
    return {
        "person": person,
        "rows": rows,
        "is_self": person.pk == request.viewer.person.pk,
        "grant_form": GrantForm(sites=Site.objects.order_by("code"), initial={"starts_at": request.now}),
        "end_form": ReasonForm(auto_id=False),
        "close_form": ReasonForm(prefix=None, auto_id="close_%s"),
        "answers": [
            (
                "Can this person sign in?",
                "Yes" if person.is_active else "No",
                "" if person.is_active else "account closed",
            ),
            ("Which roles now?", str(len(in_force)), ", ".join(sorted(sites))),
            (
                "Blinded?",
                "Unblinded" if unblinded else "Blinded" if in_force else "No role",
                "one person is never both",
            ),
        ],
    }


def _state(membership: Membership, moment: Any) -> tuple[str, str]:
    if membership.ends_at is not None and membership.ends_at <= moment:
        return "notdone", "Ended"
    return ("notdue", "Starts later") if membership.starts_at > moment else ("complete", "In force")
