"""The health page and the answers for everything that went wrong."""

import logging
import sys
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from core.models import Heartbeat
from core.permissions import public

logger = logging.getLogger("vigil.request")
SILENCE = timedelta(seconds=45)


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Says whether web, database, Redis, worker and beat all work; 503 with a sentence for each that does not."""
    parts = {"web": "ok", "database": _database_health(), "redis": _redis_health()}
    if parts["database"] == "ok":
        parts.update(_process_health(_real_now()))
    else:
        parts.update(worker="not known without the database", beat="not known without the database")
    healthy = all(state == "ok" for state in parts.values())
    return JsonResponse(parts, status=200 if healthy else 503)


@public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers alike whether a thing does not exist or is not yours."""
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
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status, page = (503, "503.html") if away else (500, "500.html")
    if request.path.startswith("/api/"):
        detail = "The database cannot be reached." if away else "An unforeseen error happened."
        problem = {"type": "about:blank", "title": "Service unavailable" if away else "Server error", "status": status}
        problem["detail"] = f"{detail} Nothing was saved. Try again in a minute."
        response: HttpResponse = JsonResponse(problem, status=status, content_type="application/problem+json")
    else:
        response = HttpResponse(render_to_string(page), status=status)
    if away:
        response["Retry-After"] = "30"
    return response


def _database_health() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError):
        return "the database does not answer"
    return "ok"


def _redis_health() -> str:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5).ping()
    except redis.RedisError:
        return "the Redis-protocol server does not answer"
    return "ok"


def _real_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def _process_health(moment: datetime) -> dict[str, str]:
    beats = dict(Heartbeat.objects.values_list("name", "beat_at"))
    answers = {}
    for name in ("worker", "beat"):
        seen = beats.get(name)
        alive = seen is not None and moment - seen < SILENCE
        answers[name] = "ok" if alive else f"no sign of life from the {name}"
    return answers
