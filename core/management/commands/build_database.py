"""Builds the database of a demo, a test or a developer in one process: logins, schema, simulated time."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Does what production does in separate roles, each with its own login: prepare_database, then migrate."""

    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        """Creates what is missing and brings the schema up to date."""
        call_command("prepare_database", stdout=self.stdout)
        call_command("migrate", database="owner", verbosity=0, stdout=self.stdout)
        if settings.DEMO:
            call_command("allow_simulation", stdout=self.stdout)
