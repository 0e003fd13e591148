from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """Pages that look across rooms: worklist, matrix and timeline."""

    name = "overview"
