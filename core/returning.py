"""Where somebody goes back to after a step aside."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request: HttpRequest) -> str:
    """Returns the page of ours that a request's address names as the one to go back to; empty when it names none."""
    asked = request.GET.get("next", "") or request.POST.get("next", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) else ""
