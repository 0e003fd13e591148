from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo trial: people, simulation and the one-click sign-in; absent in production."""

    name = "demo"
