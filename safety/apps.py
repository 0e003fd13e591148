from django.apps import AppConfig


class SafetyConfig(AppConfig):
    """Adverse events, alerts, reporting clocks and deviations."""

    name = "safety"
