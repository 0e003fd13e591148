from django.apps import AppConfig


class CoreConfig(AppConfig):
    """People, permissions, audit, signatures, events and the clock."""

    name = "core"
