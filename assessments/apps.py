from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    """Instruments as data: capture, scoring and independent raters."""

    name = "assessments"
