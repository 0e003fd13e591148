"""A database that another version built is left as it is."""

import pytest
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from core.schema_history import require_own_history


def test_own_history_is_accepted(db):
    require_own_history("default")


def test_database_of_another_version_is_refused_with_what_to_do(db):
    MigrationRecorder(connection).record_applied("core", "0007_recorded_once")

    with pytest.raises(CommandError, match=r"core\.0007_recorded_once.*Nothing was changed.*\./run clean"):
        require_own_history("default")
