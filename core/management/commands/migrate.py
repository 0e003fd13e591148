"""Brings the schema up to date; a database of another history is left as it is."""

from typing import Any

from django.core.management.commands import migrate

from core.schema_history import require_own_history


class Command(migrate.Command):
    """Django's own command, which asks first where the database comes from."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, and changes nothing, when the database was built by another version."""
        require_own_history(options["database"])
        super().handle(*args, **options)
