from django.apps import AppConfig


class TrialsConfig(AppConfig):
    """Trials, sites, protocol versions, staff and their delegated duties."""

    name = "trials"
