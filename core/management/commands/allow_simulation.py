"""Marks a demo or test database as one whose recorded times may be simulated; only the owner can."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections


class Command(BaseCommand):
    """Lets the database obey simulated times; refused in production."""

    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        """Writes the mark as owner."""
        if settings.PRODUCTION:
            raise CommandError("A production database keeps real time. Nothing was changed.")
        if "owner" not in connections:
            raise CommandError("Set OWNER_DATABASE_URL: only the owner may mark the database.")
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE clock.state SET simulation_allowed = true")
        self.stdout.write("Recorded times of this database may be simulated.")
