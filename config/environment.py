"""Reads settings from the environment; NAME_FILE names a file that holds the value of NAME."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def read(name: str, default: str = "") -> str:
    """Returns the value of `name`, or the content of the file that `NAME_FILE` names, or the default."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        return Path(file_name).read_text().strip()
    return os.environ.get(name, default)


def database(url: str) -> dict[str, Any]:
    """Returns Django's database settings for a postgresql:// address; options such as sslmode stand after the “?”."""
    parts = urlsplit(url)
    options = {"connect_timeout": 5, "options": "-c lock_timeout=3000 -c statement_timeout=15000"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | dict(parse_qsl(parts.query)),
    }
