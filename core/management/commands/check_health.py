"""Says whether one process works; for the health checks of containers."""

import json
import os
import platform
import urllib.error
import urllib.request
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.health import last_sign_of_life


class Command(BaseCommand):
    """Succeeds when the process works that is served in this container."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds which process is asked after."""
        parser.add_argument("process", choices=["web", "worker", "beat", "stream"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Fails with a sentence when the process does not work."""
        questions = {"web": _web, "worker": _worker}
        process = options["process"]
        answer = questions[process]() if process in questions else last_sign_of_life(process)
        if answer != "ok":
            raise CommandError(answer)
        self.stdout.write("ok")


def _web() -> str:
    """Asks this container's web process; a worker that is down is not the web's illness."""
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz"
    request = urllib.request.Request(address, headers={"Host": settings.ALLOWED_HOSTS[0]})
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            parts = json.load(response)
    except urllib.error.HTTPError as error:
        if error.code != 503:
            return f"the web answers {error.code}"
        parts = json.load(error)
    except OSError as error:
        return f"the web does not answer: {error}"
    return next((parts[name] for name in ("web", "database") if parts[name] != "ok"), "ok")


def _worker() -> str:
    """Asks the worker of this container by its name, through the broker."""
    name = f"celery@{platform.node()}"
    answers = current_app.control.inspect(destination=[name], timeout=5).ping()
    return "ok" if answers else f"the worker {name} does not answer"
