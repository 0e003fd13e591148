"""Tokens: found by the digest of their secret; row security then acts as for the token's owner."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core import clock
from core.contributions import assume
from core.models import Person
from core.permissions import Permission, Viewer
from sponsors.actions import digest_of
from sponsors.models import ApiToken

REFUSED = "The token is missing, unknown, expired or revoked. Send Authorization: Bearer and a valid token."


class TokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer tms_live_…`."""

    def authenticate(self, request: Request) -> tuple[Person, ApiToken] | None:
        """Returns the owner and the token, and lets the request's transaction act as the owner."""
        parts = get_authorization_header(request).decode("latin-1").split()
        if len(parts) != 2 or parts[0].lower() != "bearer":
            return None
        found = ApiToken.objects.select_related("owner", "trial").filter(digest=digest_of(parts[1]))
        token = found.filter(revoked_at__isnull=True, owner__is_active=True).first()
        if token is None or token.expires_at <= clock.now():
            raise AuthenticationFailed(REFUSED)
        moment = assume(token.owner)
        viewer = Viewer.at(token.owner, moment)
        # A token is worth what its owner may hand out: with that right it ends, though nobody thought of revoking it.
        if not viewer.may(Permission.TOKEN_MANAGE):
            raise AuthenticationFailed(REFUSED)
        django_request: Any = request._request
        django_request.viewer, django_request.now = viewer, moment
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        """Returns the scheme, so that a missing token is 401."""
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):
    """Describes the tokens in the API's description."""

    target_class = "sponsors.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Returns the bearer scheme."""
        return {"type": "http", "scheme": "bearer"}
