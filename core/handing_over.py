"""A device handed to somebody who is not signed in: the session is locked to one place until the password is given.

What a participant reads on a tablet is served in the session of the person who handed it over. Until that person's
password is entered again, no other page of the session answers, whatever address is asked for.
"""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.errors import WrongPassword
from core.requests import PageRequest

PLACE, FAILURES = "handed_over_to", "wrong_passwords_while_handed_over"
# Whoever holds the tablet may try a few passwords; then the session ends, and only a sign-in leads on.
MOST_FAILURES = 5
BACKGROUND = "X-Background"


def hand_over(request: HttpRequest, *, place: str) -> None:
    """Locks the session to the addresses below a place."""
    request.session[PLACE] = place
    request.session[FAILURES] = 0


def is_handed_over(request: HttpRequest, *, place: str) -> bool:
    """Returns whether the session is locked to a place."""
    return bool(request.session.get(PLACE) == place)


def take_back(request: PageRequest, *, password: str) -> None:
    """Unlocks the session. Raises WrongPassword; too many wrong ones end the session."""
    if request.viewer.person.check_password(password):
        request.session.pop(PLACE, None)
        request.session.pop(FAILURES, None)
        return
    request.session[FAILURES] = request.session.get(FAILURES, 0) + 1
    if request.session[FAILURES] >= MOST_FAILURES:
        logout(request)
        raise WrongPassword("Too many wrong passwords. The session is ended: sign in again.")
    raise WrongPassword("The password is not right. The tablet stays with the participant.", field="password")


class HandedOverMiddleware:
    """Leads every request of a locked session back to the one place."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Returns the response, or the way back; nothing that is asked for elsewhere is done."""
        place = request.session.get(PLACE)
        if not place:
            return self.get_response(request)
        if not request.path.startswith(place):
            return HttpResponse(status=204) if BACKGROUND in request.headers else redirect(place)
        response = self.get_response(request)
        # The browser's own Back button must show neither this page nor what stood before it.
        response["Cache-Control"] = "no-store"
        return response
