"""Who may do what: a viewer's rights, and the statement of permission that every view must make."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from core.models import Membership, Person
from core.prepared import prepared
from core.problems import problem
from core.roles import ROLES, Permission, Role

__all__ = ["Permission", "Role", "Viewer", "public", "requires", "signed_in"]


@prepared
def _memberships(person_id: Any, moment: Any) -> QuerySet[Membership]:
    valid: QuerySet[Membership] = Membership.objects.valid_at(moment).filter(person_id=person_id)
    return valid.select_related("site__trial").order_by("id")


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Viewer:
    """A person with the memberships in force now; what access and queries judge by."""

    person: Person
    memberships: tuple[Membership, ...]

    @classmethod
    def at(cls, person: Person, moment: Any) -> "Viewer":
        """Returns the viewer with the memberships in force at `moment`; one statement."""
        return cls(person, tuple(_memberships(person_id=person.pk, moment=moment)))

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """Returns the roles held, without repetition, in the order given."""
        return tuple(dict.fromkeys(Role(membership.role) for membership in self.memberships))

    def may(self, permission: Permission, *, site_id: int | None = None) -> bool:
        """Returns whether some membership grants the permission, at the site if one is named."""
        return any(
            permission in ROLES[Role(membership.role)].permissions
            and (site_id is None or membership.site_id is None or membership.site_id == site_id)
            for membership in self.memberships
        )

    def site_ids(self, permission: Permission) -> set[int] | None:
        """Returns the sites at which the permission is held; None means every site."""
        held = [m for m in self.memberships if permission in ROLES[Role(m.role)].permissions]
        if any(membership.site_id is None for membership in held):
            return None
        return {membership.site_id for membership in held if membership.site_id is not None}

    def has_role(self, *roles: Role) -> bool:
        """Returns whether one of the roles is held."""
        return bool(set(roles) & set(self.roles))


def requires(*permissions: Permission) -> Callable[[View], View]:
    """States the permissions of a view, any of which opens it; others get 404, as if the page did not exist."""
    from django.http import Http404

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            viewer: Viewer | None = getattr(request, "viewer", None)
            if viewer is None:
                return ask_to_sign_in(request)
            if not any(viewer.may(permission) for permission in permissions):
                raise Http404
            return view(request, *args, **kwargs)

        guarded.permission = permissions  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def signed_in(view: View) -> View:
    """States that a view is open to everybody who is signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request, "viewer", None) is None:
            return ask_to_sign_in(request)
        return view(request, *args, **kwargs)

    guarded.permission = ("signed in",)  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def public(view: View) -> View:
    """States that a view is open to everybody."""
    view.permission = ("public",)  # type: ignore[attr-defined]
    return view


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sends to the sign-in page and back; htmx is told to leave the page, and a script hears that it must sign in."""
    from django.contrib.auth.views import redirect_to_login

    if request.headers.get("Accept", "").startswith("application/json"):
        return problem(401, "Sign in again. What you recorded is kept on this device.")
    target = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
    answer = redirect_to_login(target)
    if request.headers.get("HX-Request"):
        moved = HttpResponse(status=204)
        moved["HX-Redirect"] = answer["Location"]
        return moved
    return answer


def people_with(role: Role, *, site_id: int | None, moment: Any) -> Iterable[Person]:
    """Returns the active people who hold a role at a site (or everywhere) at `moment`."""
    from django.db.models import Q

    found = Person.objects.filter(
        Q(memberships__site_id=site_id) | Q(memberships__site_id__isnull=True),
        Q(memberships__ends_at__isnull=True) | Q(memberships__ends_at__gt=moment),
        memberships__role=role,
        memberships__starts_at__lte=moment,
        is_active=True,
    )
    return found.distinct().order_by("id")
