"""Whether web, database, Redis, worker and beat work: “ok”, or a sentence that says what does not."""

import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

SILENT_SECONDS = 45


def state_of_parts() -> dict[str, str]:
    """Returns the state of every part, as a web process sees it."""
    parts = {"web": "ok", "database": _state_of_database(), "redis": _state_of_redis()}
    for name in ("worker", "beat", *(["stream"] if settings.STREAM_URL else [])):
        parts[name] = last_sign_of_life(name) if parts["database"] == "ok" else "not known without the database"
    return parts


def last_sign_of_life(name: str) -> str:
    """Returns whether a process has shown a sign of life of late; measured with the database's real clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp() - beat_at < make_interval(secs => %s) FROM core_heartbeat WHERE name = %s",
            [SILENT_SECONDS, name],
        )
        alive = cursor.fetchone()
    return "ok" if alive and alive[0] else f"no sign of life from the {name}"


def _state_of_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError):
        return "the database does not answer"
    return "ok"


def _state_of_redis() -> str:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5).ping()
    except redis.RedisError:
        return "the Redis-protocol server does not answer"
    return "ok"
