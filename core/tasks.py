"""Signs of life: beat asks every few seconds, the worker answers, and the health page reads both."""

from celery import shared_task
from django.db import connection


@shared_task
def beat_heartbeat() -> None:
    """Writes that beat asked and that a worker answered."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_heartbeat (name, beat_at) VALUES ('beat', clock_timestamp()),"
            " ('worker', clock_timestamp())"
            " ON CONFLICT (name) DO UPDATE SET beat_at = EXCLUDED.beat_at"
        )
