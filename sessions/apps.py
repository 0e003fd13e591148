from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """Preparation and dosing sessions: vital signs, doses, observed effects, presence."""

    name = "sessions"
    # Django's own sessions app has the plain label.
    label = "dosing"
