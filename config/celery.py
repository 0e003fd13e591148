"""The Celery application: beat says when, the rows in Postgres say what."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("vigil")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def _ask_at_once(**_: Any) -> None:
    """Asks for the first sign of life when beat starts, not a period later."""
    app.send_task("core.tasks.beat_heartbeat", expires=10)
