"""The ASGI entry point of the session stream, which uvicorn serves; see sessions/live.py."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from sessions.live import Stream  # noqa: E402  (the rooms can be read only after Django knows them)

application = Stream()
