from django.apps import AppConfig
from django.contrib.postgres.lookups import TrigramSimilar
from django.db.models import CharField


class CodingConfig(AppConfig):
    """Coding of what was written in words by the licensee's dictionaries."""

    name = "coding"

    def ready(self) -> None:
        """Lets texts be asked for by likeness, without the rest of Django's rooms for Postgres."""
        CharField.register_lookup(TrigramSimilar)
