from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The pages of participants, and the line that leads past their site."""

    name = "portal"
