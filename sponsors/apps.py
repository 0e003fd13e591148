from django.apps import AppConfig


class SponsorsConfig(AppConfig):
    """What leaves the house: datasets, the REST API and exports."""

    name = "sponsors"
