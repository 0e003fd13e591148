"""The health page and the answers for everything that went wrong."""

import logging
import sys

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods
from psycopg2.errors import LockNotAvailable

from core.errors import Refused
from core.forms import PinForm
from core.health import state_of_parts
from core.permissions import public, signed_in
from core.pins import has_pin, set_pin
from core.problems import problem
from core.refusals import show_refusal
from core.requests import PageRequest

logger = logging.getLogger("vigil.request")

API = "/api/v1/"
AWAY = "The database cannot be reached."
TOO_LARGE = "This is larger than anything that Vigil takes. Nothing was saved."


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Says whether web, database, Redis, worker and beat all work; 503 with a sentence for each that does not."""
    parts = state_of_parts()
    healthy = all(state == "ok" for state in parts.values())
    return JsonResponse(parts, status=200 if healthy else 503)


@signed_in
@require_http_methods(["GET", "POST"])
def pin_set(request: PageRequest) -> HttpResponse:
    """Lets a person choose the PIN that opens a tablet again."""
    form = PinForm(request.POST if request.method == "POST" else None, person=request.viewer.person)
    if form.is_valid():
        try:
            set_pin(request.viewer.person, pin=form.cleaned_data["pin"], at=request.now)
            messages.success(request, "Your PIN is set. It opens the cockpit again on a tablet on which you signed in.")
            return redirect("pin-set")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"form": form, "is_set": has_pin(request.viewer.person)}
    return render(request, "core/pin_set.html", context, status=422 if form.errors else 200)


@public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers what no page of ours sends, and what is larger than any form: nothing was saved."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent)
    status = 413 if too_large else 400
    if request.path.startswith("/api/") or request.content_type == "application/json":
        return problem(status, TOO_LARGE if too_large else "The request cannot be understood. Nothing was done.")
    return render(request, "400.html", {"too_large": too_large}, status=status)


@public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers alike whether a thing does not exist or is not yours."""
    if request.path.startswith(API):
        return problem(404, "There is nothing here that this token may see.", kind=f"{API}docs/#problem-404")
    return render(request, "404.html", status=404)


@public
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers a request that is refused as a whole."""
    return render(request, "403.html", status=403)


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers a form whose token is missing or old; what was typed stays in the browser."""
    return render(request, "403.html", {"stale_form": True}, status=403)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """Answers an unforeseen error, or 503 when the database cannot be reached; nothing was saved."""
    error = sys.exc_info()[1]
    away = isinstance(error, OperationalError | InterfaceError)
    busy = away and isinstance(getattr(error, "__cause__", None), LockNotAvailable)
    status, page = (503, "503.html") if away else (500, "500.html")
    if request.path.startswith("/api/"):
        detail = "Others are saving the same." if busy else AWAY if away else "An unforeseen error happened."
        problem = {"type": "about:blank", "title": "Service unavailable" if away else "Server error", "status": status}
        problem["detail"] = f"{detail} Nothing was saved. Try again in a minute."
        response: HttpResponse = JsonResponse(problem, status=status, content_type="application/problem+json")
    else:
        told = error.message if away and isinstance(error, Refused) else ""
        response = HttpResponse(render_to_string(page, {"busy": busy, "told": told}), status=status)
    if away:
        response["Retry-After"] = "30"
    return response
