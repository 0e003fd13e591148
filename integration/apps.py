from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    """Integration therapy and follow-up contacts."""

    name = "integration"
