"""The stream of a session's entries: what devices send goes in, what is new comes out; everything as JSON."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from core.devices import or_known_device
from core.errors import Conflict, Refused
from core.permissions import Permission, requires
from core.problems import problem
from core.requests import PageRequest
from sessions import capture, queries
from sessions.access import session_for
from sessions.kinds import OF_MODEL, STREAMED, words_of
from sessions.models import DosingSession, SessionEntry

NOW = "Vigil-Now"
# How the device's clock stood when it sent: it may have been set since the entry was captured.
SENT_OFFSET = "Vigil-Clock-Offset"


@ensure_csrf_cookie
@or_known_device
@requires(Permission.SESSION_VIEW)
@require_http_methods(["GET", "POST"])
@never_cache
def entry_stream(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes an entry from a device, or answers what came after the number that a device has read."""
    if request.method == "POST":
        session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
        answer = _taken(request, session)
    else:
        session = session_for(request.viewer, public_id, Permission.SESSION_VIEW)
        answer = _after(request, session)
    answer[NOW] = request.now.isoformat()
    return answer


def _taken(request: PageRequest, session: DosingSession) -> HttpResponse:
    try:
        sent = capture.read(request.body, sent_offset_ms=request.headers.get(SENT_OFFSET, ""))
        entry, is_new = capture.take(session, sent, by=request.viewer.person, at=request.now)
    except capture.Unreadable:
        return problem(400, "This device sends entries in a form that is not understood. Reload the page.")
    except Refused as refusal:
        return _refused(refusal)
    return JsonResponse(_described(entry), status=201 if is_new else 200)


def _refused(refusal: Refused) -> HttpResponse:
    if isinstance(refusal, capture.Invalid):
        errors = [{"pointer": f"/values/{field}", "code": "invalid", "message": text} for field, text in refusal.errors]
        return problem(422, refusal.message, errors=errors)
    sentences = (refusal.message, *refusal.details)
    errors = [{"pointer": f"/values/{refusal.field}", "code": "refused", "message": text} for text in sentences]
    # An id that stands for another entry is a fault of what was sent; a record that moved on is a conflict.
    return problem(409 if isinstance(refusal, Conflict) else 422, " ".join(sentences), errors=errors)


def _after(request: PageRequest, session: DosingSession) -> HttpResponse:
    text = request.GET.get("after", "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Http404
    positions = queries.stream_of(session, after=int(text))
    entries = queries.entries_at(session, positions, models=STREAMED)
    lines = [{"sequence": each.sequence} | _described(entries[each.entry]) for each in positions]
    return JsonResponse({"state": session.state, "entries": lines, "more": len(positions) == queries.AT_ONCE})


def _described(entry: SessionEntry) -> dict[str, Any]:
    """Returns an entry as a device shows it; the same entry is described alike for ever."""
    kind = OF_MODEL.get(type(entry))
    return {
        "entry": entry.public_id,
        "submission_id": str(entry.submission_id),
        "kind": next(code for code, model in STREAMED.items() if model is type(entry)),
        "words": words_of(entry),
        "judged": kind.judged(entry) if kind else "",
        "by": entry.recorded_by.display_name,
        "observed_at": entry.observed_at.isoformat(),
        "captured_at": entry.captured_at.isoformat() if entry.captured_at else None,
        "recorded_at": entry.recorded_at.isoformat(),
        "amends": str(entry.amends.submission_id) if entry.amends else None,
        "withdrawn": entry.withdrawn,
    }
