from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reports of serious cases: what leaves for regulators, and what they answer."""

    name = "reports"
