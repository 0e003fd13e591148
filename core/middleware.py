"""What surrounds every request: the idle time-out, and one transaction with an actor."""

import time
from collections.abc import Callable

from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from core import contributions
from core.models import Person
from core.permissions import Viewer
from core.sign_ins import is_idle, opens

Handler = Callable[[HttpRequest], HttpResponse]

# Touching the session on every request would cost a write; a minute's grain is enough for the idle limit.
TOUCH_SECONDS = 60
NUL = "\x00"
# What a page asks for by itself, such as the banner of alerts, is no sign that anybody is there.
BACKGROUND = "X-Background"
VIEWS_OF_LIBRARIES = ("allauth.", "django.", "rest_framework.", "drf_spectacular.", "whitenoise.")


class ReadableAddressMiddleware:
    """Refuses an address with a NUL in it, which no page links to and no database can look for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Returns the response, or raises SuspiciousOperation, which is answered in a sentence."""
        if NUL in request.path or any(NUL in text for pair in request.GET.lists() for text in (pair[0], *pair[1])):
            raise SuspiciousOperation("A NUL in the address.")
        return self.get_response(request)


class IdleTimeoutMiddleware:
    """Ends a sign-in that was idle for longer than the limit, or that opens only another part of Vigil.

    The browser keeps what was typed.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Returns the response, as a visitor's where the sign-in ended."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        moment, asked_by_page = int(time.time()), BACKGROUND in request.headers
        if is_idle(request.session, moment=moment) or not opens(request.session, request.path):
            if asked_by_page:
                return HttpResponse(status=204)
            # Whoever is not signed in is asked to by the view, unless a known device may send to it.
            logout(request)
        elif moment - request.session.get("seen_at", 0) > TOUCH_SECONDS and not asked_by_page:
            request.session["seen_at"] = moment
        return self.get_response(request)


class ContributionMiddleware:
    """Opens the request's one transaction, tells the database who acts, and refuses views that state no permission."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Returns the response; a failed request leaves nothing half-written."""
        with transaction.atomic():
            if isinstance(request.user, Person):
                response = self._as_person(request, request.user)
            else:
                response = self._as_visitor(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response

    def _as_person(self, request: HttpRequest, person: Person) -> HttpResponse:
        reason = "Own account settings" if request.path.startswith("/accounts/") else ""
        with contributions.reading_as(person, reason=reason) as moment:
            request.now = moment  # type: ignore[attr-defined]
            request.viewer = Viewer.at(person, moment)  # type: ignore[attr-defined]
            return self.get_response(request)

    def _as_visitor(self, request: HttpRequest) -> HttpResponse:
        request.viewer = None  # type: ignore[attr-defined]
        before = contributions.current()
        try:
            return self.get_response(request)
        finally:
            contributions.forget(before)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> None:
        """Refuses a view of ours that states no permission: deny by default."""
        if getattr(view, "__module__", "").startswith(VIEWS_OF_LIBRARIES):
            return
        if hasattr(view, "permission") or hasattr(getattr(view, "cls", None), "scopes"):
            return
        raise PermissionDenied("This view states no permission.")
