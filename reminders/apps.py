from django.apps import AppConfig


class RemindersConfig(AppConfig):
    """Due rows, the outbox and its delivery."""

    name = "reminders"
