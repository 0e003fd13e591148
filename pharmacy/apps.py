from django.apps import AppConfig


class PharmacyConfig(AppConfig):
    """The unblinded room: allocation, kits and emergency unblinding."""

    name = "pharmacy"
