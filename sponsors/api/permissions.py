"""A view states the scopes that open it; a token without them gets a clear refusal."""

from typing import Any

from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from sponsors.models import ApiToken


class HasScope(BasePermission):
    """Lets a token through that has every scope of the view."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Returns True, or raises the refusal that names the missing scope."""
        if not isinstance(request.auth, ApiToken):
            raise NotAuthenticated("Send Authorization: Bearer and a valid token.")
        missing = [scope for scope in view.scopes if scope not in request.auth.scopes]
        if missing:
            raise PermissionDenied(f"The token lacks the scope {missing[0]}.")
        return True
