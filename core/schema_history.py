"""Whether a database went through this version's own history, and through no other."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def require_own_history(database: str) -> None:
    """Raises CommandError when migrations were applied that this version does not have.

    Django passes over what it does not know: it would take a step of the same name for its own and migrate the rest.
    """
    rooms = {config.label for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}
    applied = MigrationRecorder(connections[database]).applied_migrations()
    known = MigrationLoader(None).disk_migrations
    unknown = sorted(step for step in applied if step[0] in rooms and step not in known)
    if unknown:
        raise CommandError(
            f"This database was built by another version of Vigil ({'.'.join(unknown[0])} and {len(unknown) - 1} more"
            " steps are not of this one), and its data cannot be taken over. Nothing was changed. The data of a demo is"
            " removed by ./run clean; elsewhere begin with an empty database."
        )
