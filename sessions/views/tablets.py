"""The tablet of a session: its shell for when the server is away, and how a PIN opens it again."""

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.clock import now
from core.devices import COOKIE, device_of, know_device, open_again
from core.permissions import Permission, public, requires
from core.pins import WrongPin, has_pin
from core.problems import problem
from core.requests import PageRequest
from sessions.access import session_for
from sessions.kinds import ALL
from sessions.models import DosingSession
from sessions.tablet import tablet_of
from sessions.views.panels import panel_of

# A session lasts eight hours and more; the day after, only the password opens the tablet.
HOURS_KNOWN = 12


@requires(Permission.SESSION_RECORD)
@require_GET
@never_cache
def session_shell(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the cockpit without anything that was recorded: what a tablet keeps for when the server is away."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    panels = [
        (panel_of(kind.code, session), kind.build(session, at=request.now), kind.quick(session, request.now))
        for kind in ALL
    ]
    context = {
        "session": session,
        "panels": panels,
        "may_record": True,
        "is_shell": True,
        "tablet": tablet_of(session, may_record=True),
    }
    return render(request, "sessions/session_shell.html", context)


@public
@require_GET
def session_worker(request: PageRequest) -> HttpResponse:
    """Serves the service worker of cockpits from where it may see their addresses, and no other's."""
    with staticfiles_storage.open("js/cockpit-worker.js") as script:
        answer = HttpResponse(script.read(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@requires(Permission.SESSION_RECORD)
@require_POST
def know_tablet(request: PageRequest, public_id: str) -> HttpResponse:
    """Makes this tablet known for the session, so that a PIN opens it again; answers whether there is a PIN."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    person = request.viewer.person
    if not has_pin(person):
        return JsonResponse({"has_pin": False})
    known = device_of(request, at=request.now)
    answer = JsonResponse({"has_pin": True})
    if known is None or known.person != person:
        place = _place_of(session)
        token = know_device(person, opens=place, hours=HOURS_KNOWN, at=request.now)
        answer.set_cookie(
            COOKIE, token, max_age=HOURS_KNOWN * 3600, path=place, secure=settings.SESSION_COOKIE_SECURE,
            httponly=True, samesite="Strict",
        )  # fmt: skip
    return answer


@public
@require_POST
def open_tablet(request: PageRequest, public_id: str) -> HttpResponse:
    """Opens a known tablet again by its owner's PIN; nothing but the session and its alerts."""
    at = now()
    device = device_of(request, at=at)
    if device is None or device.opens != reverse("sessions:session-detail", args=[public_id]):
        raise Http404
    try:
        open_again(request, device, pin=request.POST.get("pin", ""), also=(reverse("safety:alert-list"),), at=at)
    except WrongPin as refusal:
        return problem(422, refusal.message)
    return JsonResponse({"person": device.person.display_name})


def _place_of(session: DosingSession) -> str:
    return reverse("sessions:session-detail", args=[session.public_id])
