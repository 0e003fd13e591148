"""How people sign in: accounts are invited, never self-made, and every attempt is written down."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from core.clock import now
from core.contributions import contribution
from core.devices import forget_devices
from core.models import Person, SignInAttempt
from core.prepared import prepared


@prepared
def _people(key: Any) -> QuerySet[Person]:
    return Person.objects.filter(pk=key)


class AccountBackend(AuthenticationBackend):
    """Finds the person of a sign-in with a statement that is written once: every request asks for somebody."""

    def get_user(self, user_id: Any) -> Person | None:
        """Returns the person, if the account is active."""
        found = _people(key=user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None


def display_name(person: Person) -> str:
    """Returns the name shown on account pages."""
    return person.display_name


class AccountAdapter(DefaultAccountAdapter):
    """Joins allauth to Vigil's people and to the log of sign-ins."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Returns False: accounts are made by an administrator."""
        return False

    def set_password(self, user: Any, password: str) -> None:
        """Writes a password that the person chose, as the person."""
        with contribution(by=user, reason="Password chosen"):
            super().set_password(user, password)

    def logout(self, request: HttpRequest) -> None:
        """Signs out, and lets no device be opened by the PIN any more."""
        if isinstance(request.user, Person):
            forget_devices(request.user, at=now())
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Writes a failed attempt under the name that was tried."""
        super().authentication_failed(request, **credentials)
        write_attempt(request, username=str(credentials.get("username", "")), outcome="failed")

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Writes the sign-in and begins the idle clock anew."""
        write_attempt(request, username=user.username, outcome="signed in", person=user)
        request.session.pop("seen_at", None)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response


def write_attempt(request: HttpRequest, *, username: str, outcome: str, person: Person | None = None) -> None:
    """Appends a row to the sign-in log."""
    address = get_adapter(request).get_client_ip(request)
    with contribution(by=Person.objects.system("sign-in"), reason="Sign-in"):
        SignInAttempt.objects.create(username=username[:150], person=person, outcome=outcome, address=address)
